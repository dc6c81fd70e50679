"""Whole parts of work that is done, sealed and durable, until the trace that did it has ended.

A piece of work is found by what it was made from: other bytes, another index of persons, other options or another version
of suyuan are another piece. A part is whole or absent, and bound to its piece and number.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any, Final, Protocol

import orjson
import polars as pl

from suyuan.crypto import canonical
from suyuan.crypto.canonical import Json
from suyuan.errors import UnavailableError, VerificationError
from suyuan.terms import KindName
from suyuan.trace.history.ports import HistoryParts
from suyuan.trace.ports import TokenOwners

_NAME: Final = "unfinished"
_SIZE: Final = 4


class Seals(Protocol):
    """Seals and opens bytes under a key of the store; the key broker does."""

    def seal_side(self, body: bytes, *, name: str, bound: bytes) -> bytes:
        """Seal bytes, bound to a name and a place."""
        ...

    def open_side(self, sealed: bytes, *, name: str, bound: bytes) -> bytes:
        """Open what was sealed. Raises: VerificationError: it was altered, or is of another place."""
        ...


class KeptParts(HistoryParts, Protocol):
    """Keeps sealed parts by the piece of work that they belong to."""

    def drop(self, source: str) -> None:
        """Remove all parts of a piece."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: plain values, and bytes. Any: the values are those of JSON, written and read by this version alone."""

    header: Mapping[str, Any]
    bodies: tuple[bytes, ...] = field(default=(), repr=False)

    def encode(self) -> bytes:
        """Give `u32be header size || header || bodies`."""
        header = orjson.dumps({"header": self.header, "sizes": [len(body) for body in self.bodies]})
        return b"".join((len(header).to_bytes(_SIZE, "big"), header, *self.bodies))

    @classmethod
    def decode(cls, encoded: bytes) -> "Part":
        """Read what `encode` gave."""
        place = _SIZE + int.from_bytes(encoded[:_SIZE], "big")
        document = orjson.loads(encoded[_SIZE:place])
        bodies = []
        for size in document["sizes"]:
            bodies.append(encoded[place : place + size])
            place += size
        return cls(header=document["header"], bodies=tuple(bodies))


class Work:
    """One piece of work: its parts 0, 1, 2 and so on."""

    def __init__(self, unfinished: "Unfinished", *, source: str) -> None:
        self._all = unfinished
        self._source = source

    def part(self, number: int) -> Part | None:
        """Give a part that was kept; None where there is none, or none that verifies."""
        return self._all.open(self._source, number)

    def put(self, number: int, part: Part) -> bool:
        """Keep a part, durably; say no where that cannot be done, which stops nothing."""
        return self._all.seal(self._source, number, part)

    def drop(self) -> None:
        """Remove all parts: they are not of what is at hand."""
        self._all.drop(self._source)


class Unfinished:
    """What interrupted traces have left, and what this one will leave if it is interrupted."""

    def __init__(
        self, parts: KeptParts, *, seals: Seals, owners: TokenOwners, version: str, say: Callable[[str], None]
    ) -> None:
        """Take where parts lie, what seals them, the index of persons, and whom to tell what was taken up."""
        self._parts = parts
        self._seals = seals
        self._owners = owners
        self._version = version
        self._say = say
        self._met: set[str] = set()
        self._is_full = False

    def work(self, name: str, *, of: Mapping[str, Json]) -> Work:
        """Give the piece of work that is made from these."""
        what = canonical.encode({"v": 1, "suyuan": self._version, "name": name, "of": dict(of)})
        source = sha256(b"suyuan/trace/unfinished\x00" + what).hexdigest()
        self._met.add(source)
        return Work(self, source=source)

    def index(self, kinds: Collection[KindName]) -> str:
        """Give the digest of the index of persons by some kinds."""
        whole = sha256()
        for kind in sorted(kinds):
            whole.update(kind.value.encode() + b"\x00" + self._owners.owners_digest(kind))
        return whole.hexdigest()

    @property
    def met(self) -> tuple[str, ...]:
        """The pieces that this trace has met so far, by their names."""
        return tuple(sorted(self._met))

    def meet(self, sources: Iterable[str]) -> None:
        """Count pieces that an interrupted trace had met as met by this one, so that they go with its own."""
        self._met.update(sources)

    def tell(self, what: str) -> None:
        """Tell what was taken up, in one line."""
        self._say(what)

    def finish(self) -> None:
        """Remove all that this trace has kept or met: its answer is out."""
        for source in self._met:
            self._parts.drop(source)

    def open(self, source: str, number: int) -> Part | None:
        """Give one part of a piece (`Work.part`)."""
        sealed = self._parts.part(source, number)
        if sealed is None:
            return None
        try:
            return Part.decode(self._seals.open_side(sealed, name=_NAME, bound=_bound(source, number)))
        except VerificationError:
            # It is done anew and written over.
            return None

    def seal(self, source: str, number: int, part: Part) -> bool:
        """Keep one part of a piece (`Work.put`)."""
        if self._is_full:
            return False
        try:
            sealed = self._seals.seal_side(part.encode(), name=_NAME, bound=_bound(source, number))
            self._parts.put(source, number, sealed)
        except UnavailableError:
            self._is_full = True
            self._say("nothing more is kept in case of an interruption: the store's disk takes no more")
        return not self._is_full

    def drop(self, source: str) -> None:
        """Remove a piece (`Work.drop`)."""
        self._parts.drop(source)


def _bound(source: str, number: int) -> bytes:
    return bytes.fromhex(source) + number.to_bytes(8, "big")


def table_digest(table: pl.DataFrame) -> str:
    """Give the SHA-256 of a table's names, types and cells."""
    stream = BytesIO()
    table.rechunk().write_ipc_stream(stream, compat_level=pl.CompatLevel.oldest())
    return sha256(stream.getbuffer()).hexdigest()
