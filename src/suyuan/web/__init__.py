"""The HTTP interface: the one door for programs and browsers, on one process that owns the store.

Promises: nobody who is not proven is answered; what is answered was ledgered first; no error, log line or counter holds
a value. Does not promise that whoever holds an account's credentials is its owner.
"""
