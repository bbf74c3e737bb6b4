def solve(numbers):
    return sorted(numbers)
