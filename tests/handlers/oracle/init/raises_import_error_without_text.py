#: {}
raise ImportError
