"""Classes, which are never freed while they are kept."""


def handler(event, context):
    kept = []
    while True:
        kept.append(type('Class', (), {}))
