"""Legacy history: who had looked up whom before suyuan, brought in from the logs there are.

Promise: persons stand in it under pseudonyms made with keys of their own, so that nothing leads to a person who was erased; values
and other columns are not kept; read = kept + strangers + unreadable. Not promised: that the log is whole, which nobody can prove.
"""
