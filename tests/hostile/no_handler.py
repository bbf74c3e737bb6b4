"""Has no handler."""

answer = 1
