"""A dump read and matched in splits, by many processes at once: the answer is that of one process, to the last bit.

Nothing here knows what runs the processes; `trace.ports.Engine` does. What cannot be split is read by the caller in one piece.
"""
