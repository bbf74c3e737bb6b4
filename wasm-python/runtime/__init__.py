"""The guest runtime: what runs inside the sandbox between the host's frames and the user's handler.

`bootstrap` is the entry; the C side (platform/entry/wasmlam.c) calls its `init`, `reseed` and `invoke`. The host trusts nothing
that comes from here: this package decides how a function behaves, not what it may do.

One rule holds for every module: a handler may replace any name of the standard library or of `builtins`, and the call
it is in must still be answered. So what is needed while user code has run is bound when the module is imported, and
each module keeps its own copy of the builtins (`__builtins__` in a module's globals is where its functions look).
"""
