#: {"handler": "sys.exit"}

