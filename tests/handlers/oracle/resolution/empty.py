#: {"handler": ""}

