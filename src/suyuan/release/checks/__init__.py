"""The door's checks: one file a step, in the order in which they are asked. The first no ends a request.

What no check promises: that the facts it is given are true. A case that was never real, or a word that nobody gave,
is refused where it is collected, not here.
"""
