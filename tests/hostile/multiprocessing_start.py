"""Starts a process with multiprocessing."""

import multiprocessing


def handler(event, context):
    multiprocessing.Process(target=print).start()
