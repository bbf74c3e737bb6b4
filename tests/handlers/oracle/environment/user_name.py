#: {}
import getpass
import os
import pwd


def handler(event, context):
    return [getpass.getuser(), pwd.getpwuid(os.getuid()).pw_name]
