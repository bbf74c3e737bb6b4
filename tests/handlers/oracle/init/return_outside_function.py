#: {}
return 1
