"""What a ledger's store gives back: one meaning of its reading verbs, whatever database answers.

Each database names its statements alike and gives the same columns; how it is asked is its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Final

from suyuan.errors import VerificationError
from suyuan.ledger.ports import Pool
from suyuan.terms import LeafIndex

CHUNK_BYTES: Final = 256 * 1024
"""Sides are kept in chunks, so that one row of a large manifest is read without the rest."""

_LAST_CHUNK: Final = 2**31 - 1


def chunks(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Give a side in its chunks, numbered; an empty side has one that is empty."""
    for chunk, offset in enumerate(range(0, max(len(body), 1), CHUNK_BYTES)):
        yield chunk, body[offset : offset + CHUNK_BYTES]


class LedgerReading(ABC):
    """The reading verbs of `LedgerStore`, over statements called by name."""

    _name: str
    """What the store is called in an error."""

    @abstractmethod
    def _all(self, name: str, *arguments: object) -> list[Any]:  # What a database gives carries no types.
        """Give every row of a statement."""

    def size(self) -> int:
        """See `LedgerStore.size`."""
        return int(self._all("size")[0][0])

    def leaves(self, start: int, *, end: int) -> list[bytes]:
        """See `LedgerStore.leaves`."""
        found = self._all("leaves", start, end)
        # They come in order and each once, so the two ends tell whether any is missing between them.
        if found and (found[0][0] != start or found[-1][0] != start + len(found) - 1):
            present = {seq for seq, _ in found}
            missing = next(seq for seq in range(start, end) if seq not in present)
            raise VerificationError(f"{self._name}: entry {missing} is missing")
        return [leaf for _, leaf in found]

    def last_at_ms(self) -> int:
        """See `LedgerStore.last_at_ms`."""
        found = self._all("last_at_ms")
        return int(found[0][0]) if found else 0

    def side(self, index: int, *, name: str, start: int = 0, size: int | None = None) -> bytes | None:
        """See `LedgerStore.side`."""
        first = start // CHUNK_BYTES
        last = _LAST_CHUNK if size is None else max(first, (start + size - 1) // CHUNK_BYTES)
        found = self._all("side", index, name, first, last)
        if not found:
            return b"" if self._all("side", index, name, 0, 0) else None
        body = b"".join([part for (part,) in found])[start - first * CHUNK_BYTES :]
        return body if size is None else body[:size]

    def side_names(self, index: int) -> tuple[str, ...]:
        """See `LedgerStore.side_names`."""
        return tuple(name for (name,) in self._all("side_names", index))

    def find(self, op: str, *, key: bytes) -> LeafIndex | None:
        """See `LedgerStore.find`."""
        found = self._all("find", op, key)
        return LeafIndex(found[0][0]) if found else None

    def latest(self, op: str) -> LeafIndex | None:
        """See `LedgerStore.latest`."""
        found = self._all("latest", op)
        return LeafIndex(found[0][0]) if found else None

    def named(self, op: str) -> tuple[LeafIndex, ...]:
        """See `LedgerStore.named`."""
        return tuple(LeafIndex(seq) for (seq,) in self._all("named", op))

    def pools(self) -> tuple[Pool, ...]:
        """See `LedgerStore.pools`."""
        return tuple(
            Pool(index=LeafIndex(seq), rows=rows, lanes=lanes, next=following)
            for seq, rows, lanes, following in self._all("pools")
        )
