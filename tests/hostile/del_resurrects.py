"""A destructor that makes two new objects of its kind."""


class Hydra:
    def __del__(self):
        Hydra()
        Hydra()


def handler(event, context):
    Hydra()
