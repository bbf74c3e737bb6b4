#: {}
class Mine(BaseException):
    pass


raise Mine("mine")
