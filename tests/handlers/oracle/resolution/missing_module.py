#: {"handler": "nowhere.handler"}

