#: {}
handler = lambda event, context: "lambda"
