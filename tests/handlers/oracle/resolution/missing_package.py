#: {"handler": "pkg/nowhere.handler"}

