import os
import shutil


def handler(event, context):
    empty = shutil.disk_usage("/tmp")
    os.mkdir("/tmp/folder")
    for name, size in [("/tmp/a", 1), ("/tmp/folder/b", 5000)]:
        with open(name, "wb") as file:
            file.write(bytes(size))
    try:
        os.statvfs("/tmp/missing")
        missing = None
    except FileNotFoundError:
        missing = "statvfs"
    with open("/tmp/a") as file:
        same = os.fstatvfs(file.fileno()) == os.statvfs("/tmp")
    return [empty, shutil.disk_usage("/tmp/folder"), shutil.disk_usage("/var/task"), missing, same]
