"""Work for a pool that submits more work to the pool."""

from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor()


def more():
    return pool.submit(more).result()


def handler(event, context):
    return more()
