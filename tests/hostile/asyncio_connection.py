"""Connects through asyncio."""

import asyncio


def handler(event, context):
    return asyncio.run(asyncio.open_connection("2001:db8::1", 443))
