"""`suyuan demo`: the whole story once, on invented persons.

Promises: every number it prints comes from the run; the people, their work and the leak follow from --seed; nothing
it prints or writes belongs to a real person. Not promised: the same bits twice. Keys are drawn by the machine, as they
are in earnest, so bits and rows differ a little from run to run.
"""

from suyuan.cli.demo.verb import run

__all__ = ["run"]
