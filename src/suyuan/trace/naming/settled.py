"""What a trace has settled on its way: before the opening, of what counts in one, and by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from suyuan.crypto.canonical import Json
from suyuan.evidence.opening import Found, TraceOpen
from suyuan.mark.score import Grid
from suyuan.terms import FieldName
from suyuan.trace.dump import Dump
from suyuan.trace.link import Links
from suyuan.trace.naming.copies import Copies, Whole
from suyuan.trace.naming.entries import Entries
from suyuan.trace.naming.hits import Place
from suyuan.trace.naming.opened import Opened
from suyuan.trace.naming.order import Ties
from suyuan.trace.naming.reading import OpenPairs, Pairs, Reader, Shown
from suyuan.trace.naming.reads import Reads
from suyuan.trace.naming.shared import SharedCopies


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What is settled before the opening.

    Args:
        shown: what the linked rows show of each field. persons: the person of each linked row.
        members: the planted identifiers of the dump. planted_rows: the rows they stand in.
        known_ms: when the dump was known, if that was said. before: candidates end here.
    """

    dump: Dump
    links: Links
    rows: pl.DataFrame
    copies: Copies
    pairs: Pairs
    channels: tuple[FieldName, ...]
    grid: Grid
    opens: Sequence[OpenPairs]
    shown: Mapping[FieldName, Shown]
    persons: Whole
    reader: Reader
    members: pl.DataFrame
    planted_rows: pl.Series
    declared: Mapping[bytes, Mapping[str, Json]]
    shared: SharedCopies
    ties: Ties
    known_ms: int | None
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What counts in one opening: everything that no opening before it has spent.

    Args:
        used: marks that are spent. planted: the identifiers that count. shared: the copies of shared decoys that do.
        copies: of persons, and behind them of those decoys. reads: per copy, the channels that count.
    """

    used: frozenset[tuple[int, int, str]]
    planted: frozenset[Place]
    shared: SharedCopies
    copies: Copies
    reads: Reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """An opening in the ledger, with what counts in it and what opens its commitments."""

    opened: Opened
    document: TraceOpen
    counting: Counting
    linked: Entries
    found: dict[str, tuple[Found, ...]]
    grid: Grid
