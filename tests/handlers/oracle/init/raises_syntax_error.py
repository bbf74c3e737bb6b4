#: {}
raise SyntaxError("not of a file")
