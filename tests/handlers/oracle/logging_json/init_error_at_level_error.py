#: {"log_format": "JSON", "application_log_level": "ERROR"}
raise ValueError("Runtime startup fails")
