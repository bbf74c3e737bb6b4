"""A destructor that never comes back."""


class Endless:
    def __del__(self):
        while True:
            pass


def handler(event, context):
    Endless()
