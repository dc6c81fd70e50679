"""What discovery asks of where data lie: parts to look at, one after the other, each in pieces that fit in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePart:
    """A table: of a database, or a file with columns.

    Args:
        place: how a person finds it: a file, `file: table`, or `schema.table`.
        batches: its rows as text, some thousand at a time.
        rows: how many rows it has, as far as its owner knows; None where nobody counted.
        key: the columns that its owner says tell rows apart.
        relation: the name by which a query reaches it; empty for a file.
    """

    place: str
    batches: Callable[[], Iterator[pl.DataFrame]]
    rows: int | None = None
    key: tuple[str, ...] = ()
    relation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """Running text: a log, a message, a dump of SQL; UTF-8 in blocks that end with a line."""

    place: str
    blocks: Callable[[], Iterator[bytes]]
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadPart:
    """Something that is there and was not looked at, and why."""

    place: str
    reason: str


Part = TablePart | TextPart | UnreadPart


class ScanSource(Protocol):
    """A file, a folder or a database that can be looked through; nothing in it is ever changed."""

    def parts(self) -> Iterator[Part]:
        """Give the parts in a fixed order; what cannot be read is a part of its own, never an error."""
        ...
