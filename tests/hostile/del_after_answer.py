"""A destructor that runs for ever once the answer is written."""


class Endless(dict):
    def __del__(self):
        while True:
            pass


def handler(event, context):
    return Endless(a=1)
