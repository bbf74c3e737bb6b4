#: {}
import os
import tempfile


def handler(event, context):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("x")
        file.flush()
        found = os.path.dirname(file.name), os.path.getsize(file.name)
    with tempfile.TemporaryDirectory() as folder:
        inside = os.path.dirname(folder)
    return [found, inside, tempfile.gettempdir(), os.path.exists(file.name), os.path.exists(folder)]
