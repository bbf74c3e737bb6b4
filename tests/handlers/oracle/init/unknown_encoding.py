#: {}
# coding: no-such-encoding
