#: {"handler": "posixpath.join", "events": ["a"]}

