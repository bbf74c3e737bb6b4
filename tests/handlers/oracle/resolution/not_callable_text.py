#: {}
handler = "handler"
