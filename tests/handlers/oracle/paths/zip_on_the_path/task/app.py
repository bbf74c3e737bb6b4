import sys
import zipfile

with zipfile.ZipFile("/tmp/lib.zip", "w") as archive:
    archive.writestr("zipped.py", "def run():\n    raise ValueError('zipped')\n")
sys.path.append("/tmp/lib.zip")
import zipped


def handler(event, context):
    return zipped.run()
