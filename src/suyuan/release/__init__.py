"""Release: the one door. Plan, ledger, receipt, and only then values, minimised and marked.

Promises: nothing leaves without an entry that was durable first; every copy carries its own marks.
Does not promise that no other road leads out of a platform's own databases.
"""
