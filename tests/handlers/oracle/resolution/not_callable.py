#: {}
handler = 5
