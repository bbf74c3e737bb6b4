#: {}
raise ImportError("my own words")
