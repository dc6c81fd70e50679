"""Moving a store's parts between databases: table by table in the order of their keys, so that it can go on anywhere.

What is moved is compared by count and digest of every table before anybody is told to use it.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from suyuan.errors import VerificationError

Row = tuple[Any, ...]  # What a database gives carries no types.
Progress = Callable[[str, int, int], None]
"""Tells a person how far long work has come: the table, rows done, rows in all."""

ROWS_AT_A_TIME: Final = 20_000
_BYTES_AT_A_TIME: Final = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that lies alike in every database: its columns, and how many of the first are its key."""

    name: str
    columns: tuple[str, ...]
    key: int = 1

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the key."""
        return self.columns[: self.key]


def _table(name: str, columns: str, *, key: int = 1) -> Table:
    return Table(name=name, columns=tuple(columns.split()), key=key)


PEOPLE: Final = (
    _table("person", "number"),
    _table("token", "kind token person since until", key=3),
    _table("record", "person version body commitments hidden"),
    _table("version", "person version since until changed", key=2),
    _table("case_link", "case_id account person opened closed queue region", key=3),
    _table("observed", "release row field dump", key=3),
    _table("registry", "person sealed_identifier enrolled shared"),
    _table("erasing", "person label epoch size"),
    _table("part", "field part token person", key=4),
    _table("age", "person child_until minor_until"),
    _table("hold", "number person hold since until reason"),
    _table("restriction", "person purpose since", key=2),
    _table("collected", "purpose person at", key=2),
    _table("consent", "person place id purpose scope recipient state terms guardian receipt", key=2),
    _table("consents_followed", "number entry"),
    _table("approval", "id request asked_by purpose reason asked_at expires approved_by approved_at declined used_at"),
    _table("account", "id roles attributes password disabled created changed"),
    _table("api_key", "id account digest expires revoked created"),
    _table("remembered", "account key request entry at", key=2),
)
LEDGER: Final = (
    _table("entries", "seq at_ms leaf"),
    _table("sides", "seq name chunk body", key=3),
    _table("named", "op key seq", key=2),
    _table("latest", "op seq"),
    _table("pools", "seq rows lanes next"),
    _table("registered", "label seq live"),
)
KEYS: Final = (_table("person", "number wrapped"), _table("secret", "name wrapped"))


class Endpoint(ABC):
    """One database of a move."""

    @abstractmethod
    def count(self, table: Table) -> int:
        """Give how many rows a table has."""

    @abstractmethod
    def last_key(self, table: Table) -> Row | None:
        """Give the key of a table's last row, None where it is empty."""

    @abstractmethod
    def rows(self, table: Table, *, after: Row | None) -> Iterator[Row]:
        """Give a table's rows behind a key, in the order of their keys, texts by code point."""

    @abstractmethod
    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, durably, all or none."""

    @abstractmethod
    def clear(self, table: Table) -> None:
        """Remove every row of a table, durably."""

    @abstractmethod
    def last_number(self) -> int | None:
        """Give the number that a key store gave last; None where this is none."""

    @abstractmethod
    def finish(self, *, last_number: int | None) -> None:
        """Make what was added a whole store: what is derived from it, and the word that it is ready."""

    @abstractmethod
    def close(self) -> None:
        """Close it."""


def move(source: Endpoint, target: Endpoint, *, tables: Sequence[Table], progress: Progress | None = None) -> None:
    """Copy what the target does not have yet, from where an earlier run stopped.

    The source was worked on since that run: a table whose rows are no more those that were copied is copied again.

    Raises: UnavailableError: a database refuses; run it again.
    """
    for table in tables:
        whole, done = source.count(table), target.count(table)
        if done and not _is_begun(source, target, table=table, done=done):
            target.clear(table)
            done = 0
        for rows in _parts(source.rows(table, after=target.last_key(table))):
            target.add(table, rows)
            done += len(rows)
            if progress is not None:
                progress(table.name, done, whole)


def require_same(source: Endpoint, target: Endpoint, *, tables: Sequence[Table]) -> dict[str, int]:
    """Require that every table has the same rows on both sides, by count and digest; give the counts.

    Raises: VerificationError `store.moved`: a table differs; nothing was switched.
    """
    counts: dict[str, int] = {}
    for table in tables:
        there, here = _digest(source.rows(table, after=None)), _digest(target.rows(table, after=None))
        if there != here:
            raise VerificationError(
                f"table {table.name} differs after the move: {there[0]:,} rows there, {here[0]:,} here",
                code="store.moved",
                hint="nothing was switched; see that nobody writes into either, empty the new place, and begin again",
            )
        counts[table.name] = here[0]
    return counts


def _is_begun(source: Endpoint, target: Endpoint, *, table: Table, done: int) -> bool:
    """Say whether the target has the source's first rows, as they are now."""
    there, here = source.rows(table, after=None), target.rows(table, after=None)
    return _digest(islice(there, done)) == _digest(here)


def _digest(rows: Iterable[Row]) -> tuple[int, bytes]:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        count += 1
        digest.update(b"".join([_told(value) for value in row]))
    return count, digest.digest()


def _told(value: Any) -> bytes:  # What a database gives carries no types.
    """Give a value so that no two values, and no two rows of one table, read alike."""
    if value is None:
        return b"n"
    if isinstance(value, int):
        return b"i%d;" % value
    kind, body = (b"t", value.encode()) if isinstance(value, str) else (b"b", bytes(value))
    return kind + len(body).to_bytes(8, "big") + body


def _parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Give rows in parts that one transaction takes well."""
    while part := list(islice(rows, ROWS_AT_A_TIME // 20)):
        size = sum(len(value) for row in part for value in row if isinstance(value, bytes))
        while len(part) < ROWS_AT_A_TIME and size < _BYTES_AT_A_TIME:
            more = list(islice(rows, ROWS_AT_A_TIME // 20))
            if not more:
                break
            part += more
            size += sum(len(value) for row in more for value in row if isinstance(value, bytes))
        yield part
