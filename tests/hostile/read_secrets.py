"""Reads what orchestrators mount."""


def handler(event, context):
    return open('/var/run/secrets/kubernetes.io/serviceaccount/token').read()
