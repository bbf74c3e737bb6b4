#: {"log_format": "JSON"}
raise ValueError("Runtime startup fails")
