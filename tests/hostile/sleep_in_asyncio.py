"""Waits for a future that nobody completes."""

import asyncio


async def wait():
    await asyncio.get_running_loop().create_future()


def handler(event, context):
    asyncio.run(wait())
