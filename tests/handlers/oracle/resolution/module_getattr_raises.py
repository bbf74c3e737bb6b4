#: {"handler": "module_getattr_raises.made_up"}
def __getattr__(name):
    raise ValueError(name)
