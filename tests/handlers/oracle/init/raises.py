#: {}
print("init speaks")
raise ValueError("Runtime startup fails")
