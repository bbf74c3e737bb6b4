"""Changes a setting of the kernel."""


def handler(event, context):
    with open("/proc/sys/kernel/pid_max", "w") as setting:
        setting.write("1")
