"""What a trace keeps in case it is interrupted, so that the next one takes it up.

Promise: the answer is that of a trace that was never interrupted; what does not verify is dropped and done anew. Not
promised: that anything was kept, for a trace goes on where the disk takes no more.
"""
