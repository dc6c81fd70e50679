"""Collect: what may be taken in, checked and brought to canonical form before anything is stored.

Promises: what is admitted has only registered fields, each a value of its kind; a submission has only what its purposes
allow, by necessity or by a consent that is live. Not promised: that what is true on paper was said by the person.
"""
