"""From tokens to persons: sorted tokens of one kind in buckets, mapped from a private file that has no name.

The file is taken from its folder as soon as it is open: it goes with the process whatever becomes of that, and nothing of
a person who is erased stays in it. Its pages are the system's to drop, so an index larger than memory is slow, not fatal.
"""

import mmap
import os
import tempfile
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import can_compile, pays
from suyuan.errors import UnavailableError
from suyuan.trace.ports import Numbers, Tokens

NOBODY: Final = -1
NOT_ONE: Final = np.uint32(0xFFFFFFFF)
"""Stands for no person among numbers of 32 bits."""

IN_MEMORY: Final = 1 << 20
"""Up to so many tokens no file is made."""

LARGE: Final = 100_000
"""From so many tokens on, look-ups are worth a kernel however few they are."""

LEAST_BITS: Final = 4
MOST_BITS: Final = 26

Buckets = npt.NDArray[np.uint32]
Persons = npt.NDArray[np.uint32] | npt.NDArray[np.int64]


class PersonIndex:
    """Distinct tokens, ascending, and the one person each leads to; a token of several persons leads to nobody."""

    __slots__ = ("_buckets", "_keys", "_mapped", "_persons", "_shift")

    def __init__(self, *, keys: Tokens, persons: Numbers, folder: Path | None = None) -> None:
        """Take distinct ascending tokens and their persons, -1 where a token leads to nobody.

        Args:
            folder: where the private file is made; by default where temporary files lie.
        Raises: UnavailableError: the file cannot be written.
        """
        bits = min(max(len(keys).bit_length() - 1, LEAST_BITS), MOST_BITS)
        self._shift = 64 - bits
        self._buckets: Buckets
        self._keys: Tokens
        self._persons: Persons
        starts = np.arange((1 << bits) + 1, dtype=np.uint64)
        if can_compile() and len(keys) >= LARGE:
            from suyuan.trace.matching.probing import count_buckets

            buckets = np.empty((1 << bits) + 1, dtype=np.uint32)
            count_buckets(keys, self._shift, buckets)
        else:
            # The last start is 2^64, which no token reaches.
            buckets = np.append(np.searchsorted(keys, starts[:-1] << np.uint64(self._shift)), len(keys)).astype(
                np.uint32
            )
        is_small = not len(persons) or int(persons.max()) < int(NOT_ONE)
        narrow: Persons = persons.astype(np.uint32) if is_small else persons
        self._mapped: mmap.mmap | None = None
        if len(keys) <= IN_MEMORY:
            self._buckets, self._keys, self._persons = buckets, keys, narrow
            return
        mapped, places = _at_rest((buckets, keys, narrow), folder=folder)
        self._mapped = mapped
        self._buckets = np.frombuffer(mapped, dtype=np.uint32, count=len(buckets), offset=places[0])
        self._keys = np.frombuffer(mapped, dtype=np.uint64, count=len(keys), offset=places[1])
        if is_small:
            self._persons = np.frombuffer(mapped, dtype=np.uint32, count=len(narrow), offset=places[2])
        else:
            self._persons = np.frombuffer(mapped, dtype=np.int64, count=len(narrow), offset=places[2])

    @classmethod
    def of(cls, tokens: Tokens, *, persons: Numbers, folder: Path | None = None) -> Self:
        """Give the index of pairs in any order; a pair may come twice."""
        order = np.argsort(tokens, kind="stable")
        tokens, persons = tokens[order], persons[order]
        del order
        first = np.ones(len(tokens), dtype=np.bool_)
        first[1:] = tokens[1:] != tokens[:-1]
        starts = np.flatnonzero(first)
        keys = tokens[starts]
        if len(starts) == len(tokens):
            return cls(keys=keys, persons=persons, folder=folder)
        low, high = np.minimum.reduceat(persons, starts), np.maximum.reduceat(persons, starts)
        return cls(keys=keys, persons=np.where(low == high, low, NOBODY), folder=folder)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<index of {len(self._keys)} tokens>"

    @property
    def entries(self) -> tuple[Tokens, Numbers]:
        """Give the tokens, ascending, and the person of each, -1 where it leads to nobody."""
        persons = self._persons.astype(np.int64)
        if self._persons.dtype == np.uint32:
            persons[self._persons == NOT_ONE] = NOBODY
        return self._keys, persons

    def find(self, tokens: Tokens) -> Numbers:
        """Give the person of each token, -1 where there is none or not one."""
        found = np.full(len(tokens), NOBODY, dtype=np.int64)
        self.find_into(tokens, rows=np.arange(len(tokens)), out=found)
        return found

    def find_into(self, tokens: Tokens, *, rows: Numbers, out: Numbers) -> None:
        """Write to `out[rows[i]]` the person of `tokens[i]`; where there is none, nothing."""
        if not len(self._keys) or not len(tokens):
            return
        if (can_compile() and len(self._keys) >= LARGE) or pays(len(tokens)):
            from suyuan.trace.matching.probing import probe

            probe(tokens, self._shift, self._buckets, self._keys, self._persons, rows, out)
        else:
            places = np.minimum(np.searchsorted(self._keys, tokens), len(self._keys) - 1)
            known = self._keys[places] == tokens
            out[rows[known]] = self._persons[places[known]]
        if self._persons.dtype == np.uint32:
            out[out == int(NOT_ONE)] = NOBODY

    def rest(self) -> None:
        """Let go of the pages in memory; the next look-up reads them again."""
        if self._mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED)


def _at_rest(arrays: tuple[Buckets, Tokens, Persons], *, folder: Path | None) -> tuple[mmap.mmap, list[int]]:
    """Give one file without a name, mapped, that holds the arrays, and where in it each begins."""
    try:
        descriptor, name = tempfile.mkstemp(prefix="suyuan-index-", dir=folder)
        try:
            os.unlink(name)
            places: list[int] = []
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                for array in arrays:
                    file.write(bytes(-file.tell() % 64))
                    places.append(file.tell())
                    array.tofile(file)
            return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ), places
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UnavailableError(
            f"the index of persons could not be written (system error {error.errno})",
            code="trace.spill",
            hint="free some space where temporary files lie, or point TMPDIR elsewhere",
        ) from None
