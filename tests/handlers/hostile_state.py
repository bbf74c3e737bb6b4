"""Does to /tmp what it is told to, and returns the bytes that it is given."""

import os

KEPT = []


def fill():
    with open("/tmp/filled", "ab", buffering=0) as file:
        while file.write(b"x" * (1 << 20)):
            pass


def do(step):
    what, *arguments = step
    path = "/tmp/" + arguments[0] if arguments else ""
    match what:
        case "file":
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(b"x" * arguments[1])
        case "folder":
            os.makedirs(path)
        case "link":
            os.symlink(arguments[1], path)
        case "hard_link":
            os.link("/tmp/" + arguments[1], path)
        case "rename":
            os.rename(path, "/tmp/" + arguments[1])
        case "keep_open":
            KEPT.append(os.open(path, os.O_RDONLY))
            if len(KEPT) > 20:
                os.close(KEPT.pop(0))
        case "remove":
            os.unlink(path)
        case "fill":
            fill()


def handler(event, context):
    for path in event.get("placed", []):
        with open("/tmp/" + path, "rb") as file:
            content = file.read()
        if content != b"of the case":
            raise AssertionError(path)
    for step in event["state"]:
        try:
            do(step)
        except OSError:
            pass
    return bytes.fromhex(event["result"])
