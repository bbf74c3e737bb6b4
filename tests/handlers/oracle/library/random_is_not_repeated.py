#: {}
import random
import uuid


def handler(event, context):
    return [random.random() != random.random(), len(str(uuid.uuid4())), 0 <= random.randrange(5) < 5]
