"""Hidden tests of the exercise: `solve(numbers)` returns them in ascending order."""


def test_sorts(submission):
    assert submission.solve([3, 1, 2]) == [1, 2, 3]


def test_keeps_duplicates(submission):
    assert submission.solve([2, 2, 1]) == [1, 2, 2]


def test_leaves_its_argument_alone(submission):
    numbers = [2, 1]
    submission.solve(numbers)
    assert numbers == [2, 1]
