"""SQLite: the embedded default. One file per store, one writer at a time, all SQL in `sql/`.

Promises: when a writing call returns, its transaction is on the disk, whole; when it raises, nothing of it is.
Does not promise many writers, nor speed over a network file system: that is what PostgreSQL is for.
"""
