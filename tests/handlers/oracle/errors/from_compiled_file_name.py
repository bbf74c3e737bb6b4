#: {}
def handler(event, context):
    exec(compile("\n\n1 / 0", "/var/task/generated.py", "exec"))
