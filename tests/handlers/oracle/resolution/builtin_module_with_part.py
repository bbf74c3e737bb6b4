#: {"handler": "time.x.handler"}

