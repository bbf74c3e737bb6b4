raise RuntimeError("helper fails")
