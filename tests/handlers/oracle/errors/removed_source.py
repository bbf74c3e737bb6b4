#: {}
import os


def handler(event, context):
    os.mkdir("/tmp/code")
    with open("/tmp/code/gone.py", "w") as file:
        file.write("def run():\n    raise ValueError('gone')\n")
    import sys

    sys.path.append("/tmp/code")
    import gone

    os.remove("/tmp/code/gone.py")
    return gone.run()
