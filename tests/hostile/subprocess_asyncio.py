"""Runs a command through asyncio."""

import asyncio


def handler(event, context):
    return asyncio.run(asyncio.create_subprocess_shell("id"))
