#: {}
import os


def handler(event, context):
    os.makedirs("/tmp/a/b")
    with open("/tmp/a/b/c", "w") as file:
        file.write("line\n")
    with open("/tmp/a/b/c", "a+") as file:
        file.write("more\n")
        file.seek(0)
        text = file.read()
    os.rename("/tmp/a/b/c", "/tmp/a/d")
    return [text, os.path.getsize("/tmp/a/d"), [(path, names, files) for path, names, files in os.walk("/tmp/a")]]
