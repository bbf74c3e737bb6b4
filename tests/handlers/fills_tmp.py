import errno
import os


def handler(event, context):
    if event == "bytes":
        written = 0
        try:
            with open("/tmp/full", "wb", buffering=0) as file:
                while True:
                    written += file.write(bytes(1 << 20))
        except OSError as error:
            return [written, errno.errorcode[error.errno], os.path.getsize("/tmp/full")]
    made = 0
    try:
        while True:
            open(f"/tmp/{made}", "w").close()
            made += 1
    except OSError as error:
        return [made, errno.errorcode[error.errno]]
