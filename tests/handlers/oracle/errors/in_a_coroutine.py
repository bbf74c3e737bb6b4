#: {}
import asyncio


async def work():
    raise ValueError("awaited")


def handler(event, context):
    return asyncio.run(work())
