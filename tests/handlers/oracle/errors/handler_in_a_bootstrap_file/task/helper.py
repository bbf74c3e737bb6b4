def run():
    raise ValueError("below the runtime's name")
