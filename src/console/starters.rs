//! Functions to start from, each with an event that fits.

/// A function that is ready to be changed.
pub(super) struct Starter {
    /// The value in the form.
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    /// The text of `app.py`.
    pub(super) code: &'static str,
    /// An event to try it with.
    pub(super) event: &'static str,
}

/// The handler of every starter.
pub(super) const HANDLER: &str = "app.handler";

pub(super) const STARTERS: [Starter; 3] = [
    Starter {
        key: "hello",
        title: "Hello",
        about: "Greets whoever the event names.",
        code: "def handler(event, context):\n    name = event.get(\"name\", \"World\")\n    return {\"message\": f\"Hello {name}!\"}\n",
        event: "{\n  \"name\": \"Ada\"\n}",
    },
    Starter {
        key: "http",
        title: "HTTP API",
        about: "Answers requests of API Gateway or of a function URL.",
        code: "import json\n\n\ndef handler(event, context):\n    query = event.get(\"queryStringParameters\") or {}\n    body = {\"path\": event.get(\"rawPath\", \"/\"), \"query\": query}\n    return {\n        \"statusCode\": 200,\n        \"headers\": {\"content-type\": \"application/json\"},\n        \"body\": json.dumps(body),\n    }\n",
        event: "{\n  \"rawPath\": \"/orders\",\n  \"queryStringParameters\": {\"limit\": \"10\"}\n}",
    },
    Starter {
        key: "batch",
        title: "Queue batch",
        about: "Works through the records of a queue and names those that failed.",
        code: "import json\n\n\ndef handler(event, context):\n    failed = []\n    for record in event.get(\"Records\", []):\n        try:\n            order = json.loads(record[\"body\"])\n            print(\"order\", order[\"id\"])\n        except (ValueError, KeyError) as error:\n            print(\"cannot read\", record[\"messageId\"], error)\n            failed.append({\"itemIdentifier\": record[\"messageId\"]})\n    return {\"batchItemFailures\": failed}\n",
        event: "{\n  \"Records\": [\n    {\"messageId\": \"1\", \"body\": \"{\\\"id\\\": 7}\"},\n    {\"messageId\": \"2\", \"body\": \"not json\"}\n  ]\n}",
    },
];
