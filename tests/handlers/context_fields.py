def handler(event, context):
    remaining = context.get_remaining_time_in_millis()
    client = context.client_context
    return {
        "function_name": context.function_name,
        "function_version": context.function_version,
        "invoked_function_arn": context.invoked_function_arn,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "log_group_name": context.log_group_name,
        "remaining": [type(remaining).__name__, 0 < remaining <= event["timeout_ms"]],
        "request_id_is_set": len(context.aws_request_id),
        "custom": client.custom if client else None,
    }
