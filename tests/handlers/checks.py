"""A checker: accepts a result that is as near to what is expected as its argument says, and shows what it was given."""


def handler(question, context):
    if question["args"] == "fail":
        raise RuntimeError("the checker is broken")
    if question["args"] == "nonsense":
        return "yes"
    assert set(question) == {"event", "expected", "result", "text", "error", "log", "args"}, question
    near = abs(question["result"] - question["expected"]) <= question["args"]
    return near or {"accepted": False, "message": f"{question['result']} is too far from {question['expected']}"}
