#: {"handler": "method_of_a_class.A.handler"}
class A:
    def handler(event, context):
        return 1
