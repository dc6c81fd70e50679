"""From a dump to the account or partner it came from: ingest, link, candidates, marks, attribution, report.

Promises: what is read is read exactly as anyone can replay it, and no row is lost from the counts
(read = linked + strangers + unreadable). Does not promise that every row finds its person.
"""
