#: {"handler": "module_getattr.made_up"}
def __getattr__(name):
    return lambda event, context: name
