"""Compiled kernels, for processes that live long enough to be paid back."""

from suyuan.adapters.people import record_columns
from suyuan.crypto import aead_table, side_by_side
from suyuan.release import writing


def load_kernels() -> bool:
    """Have what hashes and writes many rows at once compiled: seconds in a user's first run, half a second after. Safe in a thread.

    Returns: whether Numba is installed (`suyuan[trace]` or `suyuan[fast]`); all works without it, lists more slowly.
    """
    aead_table.load()  # Not on every processor.
    return side_by_side.load() and writing.load() and record_columns.load()
