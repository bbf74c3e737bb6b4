#: {}
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    return await asyncio.gather(*map(work, range(3)))


def handler(event, context):
    return asyncio.run(main())
