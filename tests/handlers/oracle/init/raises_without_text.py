#: {}
raise Exception
