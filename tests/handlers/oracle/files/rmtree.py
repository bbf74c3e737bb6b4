#: {}
import os
import shutil


def handler(event, context):
    os.makedirs("/tmp/x/y")
    open("/tmp/x/y/z", "w").close()
    shutil.rmtree("/tmp/x")
    return os.listdir("/tmp")
