#: {}
class Grows(dict):
    def items(self):
        for key in list(self):
            yield key, self[key]


def handler(event, context):
    return Grows(a=1, b=2)
