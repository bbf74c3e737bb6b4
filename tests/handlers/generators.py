"""Generators of random numbers that the init makes: what they give in each sandbox."""

import pickle
import random

made = random.Random()
drawn_from = random.Random()
drawn_from.random()
seeded = random.Random(7)
cleared = random.Random(7)
cleared.seed()
SEEDED = random.Random(7).random()


def handler(event, context):
    new = random.Random()
    copy = pickle.loads(pickle.dumps(new))
    return {
        "made": made.random(), "cleared": cleared.getrandbits(64), "hidden": random.random(), "gauss": random.gauss(),
        "drawn_from": drawn_from.random(), "seeded": seeded.random() == SEEDED, "copy": copy.random() == new.random(),
        "state": random.Random().getstate()[1][-1],
    }
