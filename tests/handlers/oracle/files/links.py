#: {}
import os


def handler(event, context):
    with open("/tmp/x", "w") as file:
        file.write("x")
    os.symlink("/tmp/x", "/tmp/y")
    return [os.readlink("/tmp/y"), open("/tmp/y").read(), os.path.realpath("/tmp/y"), os.path.islink("/tmp/y")]
