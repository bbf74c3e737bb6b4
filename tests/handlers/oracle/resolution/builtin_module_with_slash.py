#: {"handler": "sys/x.handler"}

