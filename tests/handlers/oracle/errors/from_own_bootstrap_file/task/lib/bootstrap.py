def run():
    raise ValueError("of a file with the runtime's name")
