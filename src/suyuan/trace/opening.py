"""The opening of a trace: what is fixed in the ledger before any mark is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from suyuan.crypto import canonical, merkle
from suyuan.crypto.canonical import Json, to_base64
from suyuan.crypto.commit import digest
from suyuan.mark.score import PLANTED_SHARES, Grid
from suyuan.terms import Probability
from suyuan.trace.copies import Copies, Whole
from suyuan.trace.dialect import DumpFormat
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.reading import Pairs

OPEN_SIDE = "opening"
"""Salt and document of a `trace-open`, kept beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEntry:
    """One linked person of one suspect: her pseudonym in this trace, her dump rows, the suspect's copies of her."""

    pseudonym: bytes
    person: int
    rows: tuple[int, ...]
    copies: tuple[tuple[int, int], ...]
    used: tuple[tuple[int, int, str], ...]

    def document(self) -> dict[str, Json]:
        """Give the entry as the suspect's root commits to it."""
        return {
            "p": to_base64(self.pseudonym),
            "rows": list(self.rows),
            "copies": [list(copy) for copy in self.copies],
            "used": [list(mark) for mark in self.used],
        }


def person_entries(
    pairs: Pairs,
    *,
    copies: Copies,
    links: pl.DataFrame,
    used: frozenset[tuple[int, int, str]],
    key: bytes,
) -> tuple[tuple[PersonEntry, ...], ...]:
    """Give every suspect's linked persons, in the order of their pseudonyms.

    Args:
        key: 32 random bytes of this trace; a pseudonym is a hash under it and links to nothing else.
    """
    spent: dict[tuple[int, int], list[str]] = {}
    for release, row, channel in used:
        spent.setdefault((release, row), []).append(channel)
    grouped = (
        pl.DataFrame(
            {
                "suspect": copies.suspect[pairs.copy],
                "person": copies.person[pairs.copy],
                "row": links[ROW].to_numpy()[pairs.link],
                "release": copies.release[pairs.copy],
                "at": copies.row[pairs.copy],
            }
        )
        .group_by("suspect", "person")
        .agg(
            pl.col("row").unique().sort(),
            pl.struct("release", "at").unique().sort().alias("copies"),
        )
    )
    found: list[list[PersonEntry]] = [[] for _ in copies.suspects]
    for suspect, person, rows, held in grouped.iter_rows():
        mine = tuple((copy["release"], copy["at"]) for copy in held)
        found[suspect].append(
            PersonEntry(
                pseudonym=digest(key + person.to_bytes(8, "big"))[:16],
                person=person,
                rows=tuple(rows),
                copies=mine,
                used=tuple(sorted((*copy, channel) for copy in mine for channel in spent.get(copy, ()))),
            )
        )
    return tuple(tuple(sorted(entries, key=lambda entry: entry.pseudonym)) for entries in found)


def entries_root(entries: Sequence[PersonEntry]) -> bytes:
    """Give the RFC 6962 root over the canonical entries."""
    return merkle.root([merkle.leaf_hash(canonical.encode(entry.document())) for entry in entries])


def open_document(
    *,
    number: int,
    alpha: Probability,
    law: bytes,
    channels: Sequence[str],
    grid: Grid,
    dump: Dump,
    matched: int,
    strangers: int,
    copies: Copies,
    entries: Sequence[Sequence[PersonEntry]],
    weights: Sequence[tuple[int, int]],
    pool_counts: Mapping[str, int],
) -> dict[str, Json]:
    """Give the document that a `trace-open` commits to; docs/reference/bundle.md has its members."""
    planted = planted_counts(copies)
    return {
        "v": 1,
        "number": number,
        "alpha": [max(1, round(float(alpha) * 10**12)), 10**12],
        "law": to_base64(law),
        "channels": list(channels),
        "grid": [[s.share, s.error, list(s.live)] for s in grid.strategies],
        "planted": list(PLANTED_SHARES),
        "dump": {
            "sha256": dump.sha256.hex(),
            "size": dump.size_bytes,
            "rows": dump.read,
            "matched": matched,
            "strangers": strangers,
            "unreadable": dump.unreadable,
            "dialect": dump.dialect.document(),
            "columns": [
                {
                    "at": column.index if dump.dialect.format is DumpFormat.DELIMITED else column.name,
                    "field": column.field,
                    "kind": column.kind.value,
                }
                for column in dump.columns
                if column.field is not None and column.kind is not None
            ],
        },
        "pools": dict(pool_counts),
        "suspects": [
            {
                "label": to_base64(label),
                "weight": list(weight),
                "persons": len(entries[place]),
                "planted": planted[place],
                "root": to_base64(entries_root(entries[place])),
            }
            for place, (label, weight) in enumerate(zip(copies.labels, weights, strict=True))
        ],
    }


def planted_counts(copies: Copies) -> list[int]:
    """Give how many identifiers were planted in each suspect's copies."""
    place = {suspect: i for i, suspect in enumerate(copies.suspects)}
    counts = [0] * len(copies.suspects)
    for facts in copies.releases.values():
        counts[place[facts.plan.recipient]] += len(facts.planted)
    return counts


def equal_weights(suspects: int) -> list[tuple[int, int]]:
    """Give every suspect the same part of the budget; the parts sum to 1."""
    return [(1, suspects)] * suspects


def linked_persons(links: pl.DataFrame) -> Whole:
    """Give the linked persons, ascending and distinct."""
    return np.unique(links["person"].to_numpy()).astype(np.int64)
