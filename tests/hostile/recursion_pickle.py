"""A pickle nested a million deep."""

import pickle


def handler(event, context):
    nested = []
    for _ in range(300_000):
        nested = [nested]
    return len(pickle.dumps(nested))
