#: {"log_format": "JSON"}
import a_module_that_is_not_there
