"""A zip file that unpacks to more than the memory."""

import zipfile


def handler(event, context):
    with zipfile.ZipFile("/tmp/bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
        with bomb.open("zeroes", "w") as member:
            for _ in range(130):
                member.write(bytes(1 << 20))
    return len(zipfile.ZipFile("/tmp/bomb.zip").read("zeroes"))
