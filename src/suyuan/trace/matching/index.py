"""From tokens to persons: sorted tokens of one kind in lines of the processor's cache, mapped from a private file that has no name.

A token's home is one line of 64 bytes, told by its upper half alone, for tokens are spread evenly; its person stands beside
it, so that a look-up asks memory once. A line that is full goes on in the next: all tokens lie in ascending order, with gaps.

The file is taken from its folder as soon as it is open: it goes with the process whatever becomes of that, and nothing of
a person who is erased stays in it. Its pages are the system's to drop, so an index larger than memory is slow, not fatal.
"""

import mmap
import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import can_compile, pays
from suyuan.errors import UnavailableError
from suyuan.terms import Digest
from suyuan.trace.ports import Numbers, Tokens

NOBODY: Final = -1
NOT_ONE: Final = 0xFFFFFFFF
"""Stands for no person among numbers of 32 bits."""

IN_MEMORY: Final = 1 << 20
"""Up to so many tokens no file is made."""

LARGE: Final = 100_000
"""From so many tokens on, look-ups are worth a kernel however few they are."""

LINE_BYTES: Final = 64
LINE_KEYS: Final = 8
"""Numbers of 64 bits in a line."""

SLOTS: Final = 5
"""Tokens in a line, each with a number of 32 bits behind them all."""

FULLNESS: Final = 0.75
"""Of all slots: fuller ones would spill into the next line more often, emptier ones fill memory."""

EMPTY: Final = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
"""Stands in a slot that holds no token: above all others, so that a search ends there."""

PLACED_AT_ONCE: Final = 1 << 20

Owners = npt.NDArray[np.uint32]


class PersonIndex:
    """Distinct tokens, ascending, and the one person each leads to; a token of several persons leads to nobody."""

    __slots__ = ("_count", "_digest", "_homes", "_keys", "_mapped", "_owners", "_wide")

    def __init__(self, *, keys: Tokens, persons: Numbers, folder: Path | None = None) -> None:
        """Take distinct ascending tokens and their persons, -1 where a token leads to nobody.

        Args:
            folder: where the private file is made; by default where temporary files lie.
        Raises: UnavailableError: the file cannot be written.
        """
        self._count = len(keys)
        self._digest: Digest | None = None
        self._homes = int(len(keys) / (SLOTS * FULLNESS)) + 1
        last = 0
        for _, places in self._placed(keys):
            last = int(places[-1])
        # The last line has a free slot: no search goes on behind it.
        size = (last // SLOTS + 2) * LINE_BYTES
        self._mapped = _private_file(size, folder=folder) if len(keys) > IN_MEMORY else None
        table = np.empty(size, dtype=np.uint8) if self._mapped is None else np.frombuffer(self._mapped, dtype=np.uint8)
        table[:] = 0xFF
        self._keys: Tokens = table.view(np.uint64)
        self._owners: Owners = table.view(np.uint32)
        # Where persons have no numbers of 32 bits, a slot holds a token's own number instead, and its person stands apart.
        is_wide = bool(len(persons)) and int(persons.max()) >= NOT_ONE
        self._wide: Numbers | None = persons.astype(np.int64) if is_wide else None
        for start, places in self._placed(keys):
            some = slice(start, start + len(places))
            numbers = (
                np.where(persons[some] < 0, NOBODY, np.arange(some.start, some.stop)) if is_wide else persons[some]
            )
            key, owner = _slots_at(places)
            self._keys[key], self._owners[owner] = keys[some], numbers.astype(np.uint32)
        table.flags.writeable = self._keys.flags.writeable = self._owners.flags.writeable = False

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
        return self._count

    def __repr__(self) -> str:
        return f"<index of {len(self)} tokens>"

    @property
    def entries(self) -> tuple[Tokens, Numbers]:
        """Give the tokens, ascending, and the person of each, -1 where it leads to nobody."""
        tokens = self._keys.reshape(-1, LINE_KEYS)[:, :SLOTS]
        owners = self._owners.reshape(-1, 2 * LINE_KEYS)[:, 2 * SLOTS : 3 * SLOTS]
        filled = (tokens != EMPTY) | (owners != NOT_ONE)
        keys, persons = tokens[filled], self._persons(_numbers(owners[filled]))
        if len(keys) < self._count:
            # The highest token of all leads to nobody, and looks as an empty slot does.
            return np.append(keys, EMPTY), np.append(persons, NOBODY)
        return keys, persons

    @property
    def digest(self) -> Digest:
        """Give the SHA-256 of the index, the same of equal indexes and only of those; made once."""
        if self._digest is None:
            whole = sha256(b"%d %d " % (self._count, self._wide is not None))
            whole.update(self._keys.data)
            if self._wide is not None:
                whole.update(self._wide.data)
            self._digest = Digest(whole.digest())
        return self._digest

    def find(self, tokens: Tokens) -> Numbers:
        """Give the person of each token, -1 where there is none or not one."""
        if not self._count or not len(tokens):
            return np.full(len(tokens), NOBODY, dtype=np.int64)
        if (can_compile() and self._count >= LARGE) or pays(len(tokens)):
            from suyuan.trace.matching.probing import probe

            found = np.empty(len(tokens), dtype=np.int64)
            probe(np.ascontiguousarray(tokens), self._homes, self._keys, self._owners, found)
            return self._persons(found)
        places = self._homes_of(tokens)
        below = np.arange(len(tokens))
        while len(below):
            below = below[self._keys[_slots_at(places[below])[0]] < tokens[below]]
            places[below] += 1
        key, owner = _slots_at(places)
        return self._persons(_numbers(np.where(self._keys[key] == tokens, self._owners[owner], np.uint32(NOT_ONE))))

    def _persons(self, numbers: Numbers) -> Numbers:
        """Give the persons of the numbers that stand in slots."""
        return numbers if self._wide is None else np.where(numbers == NOBODY, NOBODY, self._wide[numbers])

    def rest(self) -> None:
        """Let go of the pages in memory; the next look-up reads them again."""
        if self._mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED)

    def _homes_of(self, tokens: Tokens) -> Numbers:
        """Give the first slot of each token's home."""
        return ((tokens >> np.uint64(32)) * np.uint64(self._homes) >> np.uint64(32)).astype(np.int64) * SLOTS

    def _placed(self, keys: Tokens) -> Iterator[tuple[int, Numbers]]:
        """Give which slot each token takes, stretch by stretch: its home's first one, or the one behind the token before it."""
        ahead = 0
        for start in range(0, len(keys), PLACED_AT_ONCE):
            homes = self._homes_of(keys[start : start + PLACED_AT_ONCE])
            order = np.arange(start, start + len(homes))
            spilled = np.maximum(np.maximum.accumulate(homes - order), ahead if start else homes[0])
            ahead = int(spilled[-1])
            yield start, spilled + order


def _slots_at(places: Numbers) -> tuple[Numbers, Numbers]:
    """Give where the tokens of slots stand among numbers of 64 bits, and their persons among those of 32."""
    line, slot = np.divmod(places, SLOTS)
    return line * LINE_KEYS + slot, 2 * (line * LINE_KEYS + SLOTS) + slot


def _numbers(owners: Owners) -> Numbers:
    """Give what stands in slots as signed numbers, -1 where that is nobody."""
    return np.where(owners == NOT_ONE, NOBODY, owners.astype(np.int64))


def _private_file(size: int, *, folder: Path | None) -> mmap.mmap:
    """Give a file of so many bytes without a name, mapped, for which there surely is room."""
    try:
        descriptor, name = tempfile.mkstemp(prefix="suyuan-index-", dir=folder)
        try:
            os.unlink(name)
            os.posix_fallocate(descriptor, 0, size)
            return mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UnavailableError(
            f"the index of persons could not be written (system error {error.errno})",
            code="trace.spill",
            hint="free some space where temporary files lie, or point TMPDIR elsewhere",
        ) from None
