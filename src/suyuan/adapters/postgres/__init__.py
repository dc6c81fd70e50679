"""The ledger in a PostgreSQL database: one writer, one durable transaction per append, fail-stop.

It does not make a ledger more trustworthy than a file does: who owns the database can write it anew. What shows that is
the published log and those who keep its checkpoints.
"""
