"""A client of the HTTP interface, for programs in Python: typed, synchronous, and with the errors of suyuan itself."""
