"""Attacks nobody: what is answered after each attack."""


def handler(event, context):
    return {"message": f"Hello {event['name']}!"}
