"""The `trace-open` document: everything that was fixed before the first mark was read.

The ledger holds a salted commitment to it; the bundle opens it. Only labels of recipients stand here, no name.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from suyuan.evidence.law import OMISSION, ORDER, SHARED_DECOY
from suyuan.evidence.plain import HASH_BYTES, Node, to_base64

TRACE_OPEN: Final = "suyuan/trace-open/v1"
CELLS: Final = "suyuan/cells/v1"
NONCE_BYTES: Final = 16
PER_MILLE: Final = 1000
MOST_DENOMINATORS: Final = 100
MOST_CHANNELS: Final = 15
"""Sixteen bits a slot, four slots a channel: up to fifteen channels stay within a float."""


NO_FIELDS: Final = frozenset({OMISSION, ORDER, SHARED_DECOY})
"""Channels that are no field of a column."""

ATTACKS: Final = ("majority", "minority", "coin", "first", "last")
"""How colluders resolve what differs: as most show, as fewest show, by a coin, by choice 0, by choice 1."""

MOST_COLLUDERS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """One way a leak may have been treated; share and error in thousandths, and the channels not erased.

    `size` colluders, the suspect among them, resolved what differs by `attack`; a copy alone has none.
    """

    share: int
    error: int
    live: tuple[str, ...]
    attack: str = ""
    size: int = 1

    def document(self) -> list[object]:
        """Give the plain data: attack and size stand there for a coalition only."""
        return [self.share, self.error, list(self.live), *([self.attack, self.size] if self.attack else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the dump that was read: its position or key, its field, and the kind of the field."""

    at: int | str
    field: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How the dump is written down; the same words as `trace` uses when it first reads it."""

    format: str
    codecs: tuple[str, ...]
    bom: int
    delimiter: str
    quote: str
    header: bool
    width: int

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {
            "v": 1,
            "format": self.format,
            "codecs": list(self.codecs),
            "bom": self.bom,
            "delimiter": self.delimiter,
            "quote": self.quote,
            "header": self.header,
            "width": self.width,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpFacts:
    """The dump: digest, size, counts of rows, dialect and columns."""

    sha256: bytes
    size: int
    rows: int
    matched: int
    strangers: int
    unreadable: int
    dialect: Dialect
    columns: tuple[Column, ...]

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {
            "sha256": self.sha256.hex(),
            "size": self.size,
            "rows": self.rows,
            "matched": self.matched,
            "strangers": self.strangers,
            "unreadable": self.unreadable,
            "dialect": self.dialect.document(),
            "columns": [{"at": c.at, "field": c.field, "kind": c.kind} for c in self.columns],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTree:
    """How many distinct identifiers of one pool the dump holds, and the root over them."""

    count: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One hypothesis: a recipient's label, its weight, and the root over the persons linked to it."""

    label: bytes
    weight: tuple[int, int]
    persons: int
    planted: int
    root: bytes

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {
            "label": to_base64(self.label),
            "weight": list(self.weight),
            "persons": self.persons,
            "planted": self.planted,
            "root": to_base64(self.root),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOpen:
    """The whole document. `known_at`: when the dump was known to be out, in milliseconds UTC, if that was said before; no copy is younger."""

    number: int
    alpha: tuple[int, int]
    law: bytes
    channels: tuple[str, ...]
    grid: tuple[Strategy, ...]
    planted: tuple[int, ...]
    dump: DumpFacts
    pools: Mapping[str, FoundTree]
    suspects: tuple[Suspect, ...]
    known_at: int | None = None

    def document(self) -> dict[str, object]:
        """Give the plain data: its canonical bytes are what the ledger commits to. `known_at` stands there where it was said."""
        said = {} if self.known_at is None else {"known_at": self.known_at}
        return said | {
            "v": 1,
            "number": self.number,
            "alpha": list(self.alpha),
            "law": to_base64(self.law),
            "channels": list(self.channels),
            "grid": [strategy.document() for strategy in self.grid],
            "planted": list(self.planted),
            "dump": self.dump.document(),
            "pools": {name: {"count": p.count, "root": to_base64(p.root)} for name, p in self.pools.items()},
            "suspects": [suspect.document() for suspect in self.suspects],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One released row of a person: release leaf, row of its manifest, and what of it counts.

    `reads`: the lane of every field whose marks count; for `omission` the rate, in rows left out of 65,536; for
    `shared_decoy`, of one whom the export family shares in the place of a person, her class.
    """

    leaf: int
    row: int
    reads: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEntry:
    """One person linked to one suspect: dump rows, the commitment to their texts, and the suspect's copies."""

    p: bytes
    rows: tuple[int, ...]
    cells: bytes
    copies: tuple[Copy, ...]

    def document(self) -> dict[str, object]:
        """Give the plain data: its canonical bytes are a leaf under the suspect's root."""
        return {
            "p": to_base64(self.p),
            "rows": list(self.rows),
            "cells": to_base64(self.cells),
            "copies": [[c.leaf, c.row, dict(c.reads)] for c in self.copies],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One place in the dump that shows an identifier of a pool."""

    p: bytes
    pool: str
    identifier: str
    row: int
    at: int | str
    text: str

    def document(self) -> dict[str, object]:
        """Give the plain data: its canonical bytes are a leaf under the pool's root."""
        return {
            "p": to_base64(self.p),
            "pool": self.pool,
            "identifier": self.identifier,
            "row": self.row,
            "at": self.at,
            "text": self.text,
        }


def read_trace_open(node: Node) -> TraceOpen:
    """Read the document.

    Raises: VerificationError: not a `trace-open` document, or one that no evidence can rest on.
    """
    optional = [key for key, _ in node.items() if key == "known_at"]
    version, number, alpha, law, channels, grid, planted, dump, pools, suspects, *said = node.object(
        "v", "number", "alpha", "law", "channels", "grid", "planted", "dump", "pools", "suspects", *optional
    )
    version.whole(least=1, most=1)
    facts = _dump(dump)
    names = tuple(channel.name() for channel in channels.list())
    known = {column.field for column in facts.columns} | NO_FIELDS
    if len(set(names)) != len(names) or not known.issuperset(names):
        channels.wrong("a channel stands twice, or is no field of a column")
    if len(names) > MOST_CHANNELS:
        channels.wrong(f"more than {MOST_CHANNELS} channels")
    opened = TraceOpen(
        number=number.whole(least=1),
        alpha=_alpha(alpha),
        law=law.raw(size=HASH_BYTES),
        channels=names,
        grid=tuple(_strategy(item, channels=names) for item in grid.list()),
        planted=tuple(item.whole(least=1, most=PER_MILLE - 1) for item in planted.list()),
        dump=facts,
        pools={name: _found_tree(tree) for name, tree in pools.items()},
        suspects=tuple(_suspect(item) for item in suspects.list()),
        known_at=said[0].whole() if said else None,
    )
    _require_weights(opened, node=suspects)
    return opened


def _require_weights(opened: TraceOpen, *, node: Node) -> None:
    if len({suspect.label for suspect in opened.suspects}) != len(opened.suspects):
        node.wrong("a suspect stands twice")
    by_bottom: dict[int, int] = {}
    for suspect in opened.suspects:
        top, bottom = suspect.weight
        by_bottom[bottom] = by_bottom.get(bottom, 0) + top
    if len(by_bottom) > MOST_DENOMINATORS:
        node.wrong(f"more than {MOST_DENOMINATORS} denominators of weights")
    common = math.lcm(*by_bottom)
    if sum(top * (common // bottom) for bottom, top in by_bottom.items()) > common:
        node.wrong("the weights sum to more than 1")


def _alpha(node: Node) -> tuple[int, int]:
    """Read alpha: a rule that names an innocent more often than not is no rule, so at most 1/2."""
    top, bottom = _fraction(node)
    if 2 * top > bottom:
        node.wrong("expected a fraction of at most 1/2")
    return top, bottom


def _fraction(node: Node) -> tuple[int, int]:
    top, bottom = node.list(size=2)
    pair = top.whole(least=1), bottom.whole(least=1)
    if pair[0] > pair[1]:
        node.wrong("expected a fraction of at most 1")
    return pair


def _strategy(node: Node, *, channels: tuple[str, ...]) -> Strategy:
    share, error, live, *together = node.list(size=5) if len(node.list()) == 5 else node.list(size=3)
    names = tuple(item.name() for item in live.list())
    if not set(channels).issuperset(names) or len(set(names)) != len(names):
        live.wrong("a live channel stands twice, or is not among the channels")
    attack, size = (together[0].text(), together[1].whole(least=2, most=MOST_COLLUDERS)) if together else ("", 1)
    if together and attack not in ATTACKS:
        together[0].wrong("no such attack")
    return Strategy(
        share=share.whole(least=1, most=PER_MILLE - 1),
        error=error.whole(least=1, most=PER_MILLE - 1),
        live=names,
        attack=attack,
        size=size,
    )


def _found_tree(node: Node) -> FoundTree:
    count, root = node.object("count", "root")
    return FoundTree(count=count.whole(), root=root.raw(size=HASH_BYTES))


def _suspect(node: Node) -> Suspect:
    label, weight, persons, planted, root = node.object("label", "weight", "persons", "planted", "root")
    return Suspect(
        label=label.raw(size=HASH_BYTES),
        weight=_fraction(weight),
        persons=persons.whole(),
        planted=planted.whole(),
        root=root.raw(size=HASH_BYTES),
    )


def _dump(node: Node) -> DumpFacts:
    digest, size, rows, matched, strangers, unreadable, dialect, columns = node.object(
        "sha256", "size", "rows", "matched", "strangers", "unreadable", "dialect", "columns"
    )
    read = tuple(_column(item) for item in columns.list())
    if len({c.field for c in read}) != len(read) or len({c.at for c in read}) != len(read):
        columns.wrong("a column or a field stands twice")
    if not NO_FIELDS.isdisjoint(c.field for c in read):
        columns.wrong("the name of a channel that is no field")
    return DumpFacts(
        sha256=digest.hex(),
        size=size.whole(),
        rows=rows.whole(),
        matched=matched.whole(),
        strangers=strangers.whole(),
        unreadable=unreadable.whole(),
        dialect=_dialect(dialect),
        columns=read,
    )


def read_place(node: Node) -> int | str:
    """Read where a column stands: a position, or a key."""
    return node.text() if isinstance(node.value, str) else node.whole()


def _column(node: Node) -> Column:
    at, field, kind = node.object("at", "field", "kind")
    return Column(at=read_place(at), field=field.name(), kind=kind.name())


def _dialect(node: Node) -> Dialect:
    version, form, codecs, bom, delimiter, quote, header, width = node.object(
        "v", "format", "codecs", "bom", "delimiter", "quote", "header", "width"
    )
    version.whole(least=1, most=1)
    dialect = Dialect(
        format=form.name(),
        codecs=tuple(item.name() for item in codecs.list()),
        bom=bom.whole(most=4),
        delimiter=delimiter.text(),
        quote=quote.text(),
        header=header.flag(),
        width=width.whole(),
    )
    if dialect.format not in ("delimited", "jsonl", "parquet", "converted"):
        form.wrong("expected delimited, jsonl, parquet or converted")
    return dialect


def read_person_entry(node: Node) -> PersonEntry:
    """Read the entry of one person.

    Raises: VerificationError: not an entry; rows or copies empty or not ascending.
    """
    p, rows, cells, copies = node.object("p", "rows", "cells", "copies")
    entry = PersonEntry(
        p=p.raw(size=NONCE_BYTES),
        rows=tuple(item.whole() for item in rows.list()),
        cells=cells.raw(size=HASH_BYTES),
        copies=tuple(_copy(item) for item in copies.list()),
    )
    _require_ascending(list(entry.rows), node=rows)
    _require_ascending([(copy.leaf, copy.row) for copy in entry.copies], node=copies)
    return entry


def _copy(node: Node) -> Copy:
    leaf, row, reads = node.list(size=3)
    return Copy(leaf=leaf.whole(), row=row.whole(), reads={channel: item.whole() for channel, item in reads.items()})


def _require_ascending(values: list[int] | list[tuple[int, int]], *, node: Node) -> None:
    # A list is all of one type, which the union of lists does not say.
    if not values or any(not one < other for one, other in pairwise(values)):  # type: ignore[operator]
        node.wrong("expected at least one, each once, ascending")
