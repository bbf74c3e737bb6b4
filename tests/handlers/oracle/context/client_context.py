#: {"client_context": "{\"custom\": {\"k\": \"v\"}, \"env\": {\"e\": 1}, \"client\": {\"installation_id\": \"i\", \"app_title\": \"t\", \"app_version_name\": \"n\", \"app_version_code\": \"c\", \"app_package_name\": \"p\", \"more\": 1}, \"services\": {}}"}
def handler(event, context):
    given = context.client_context
    return [repr(given), given.custom, given.env, given.client.app_title, type(given).__module__, type(given.client).__name__, repr(context)]
