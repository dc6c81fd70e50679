"""The opening of a trace: what is fixed in the ledger before any mark is read, in the bundle's own types."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import polars as pl

from suyuan.crypto import canonical, merkle
from suyuan.crypto.commit import digest
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence import opening as bundle
from suyuan.mark.pool import Pool
from suyuan.mark.score import PLANTED_SHARES, Grid
from suyuan.terms import FieldName, Probability
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.files.dialect import DumpFormat
from suyuan.trace.naming.copies import Copies, Whole
from suyuan.trace.naming.entries import Entries
from suyuan.trace.naming.hits import Place

OPEN_SIDE = "opening"
"""Salt and document of a `trace-open`, kept beside it, sealed."""

_ALPHA_UNITS = 10**12
"""The error budget in whole units: floats have no canonical form."""


def found_identifiers(
    found: pl.DataFrame, *, dump: Dump, pools: Mapping[str, Pool], key: bytes
) -> dict[str, tuple[bundle.Found, ...]]:
    """Give, for each pool, the identifiers of it that stand in the dump, in the order of their pseudonyms."""
    texts = _texts_at(dump, wanted=found)
    places = {c.field: c.index if dump.dialect.format is DumpFormat.DELIMITED else c.name for c in dump.columns}
    by_pool: dict[str, list[bundle.Found]] = {name: [] for name in pools}
    for pool, index, row, field in found.select("pool", "index", ROW, "field").iter_rows():
        by_pool[pool].append(
            bundle.Found(
                p=digest(key + b"found" + pool.encode() + b"\x00" + index.to_bytes(8, "big"))[: bundle.NONCE_BYTES],
                pool=pool,
                identifier=pools[pool].member(index),
                row=row,
                at=places[FieldName(field)],
                text=texts[row, field],
            )
        )
    return {name: tuple(sorted(items, key=lambda item: item.p)) for name, items in by_pool.items()}


def found_tree(items: Sequence[bundle.Found]) -> merkle.Tree:
    """Give the tree over the identifiers found of one pool."""
    return merkle.Tree([merkle.leaf_hash(canonical.encode_plain(item.document())) for item in items])


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
    persons: Entries,
    found: Mapping[str, Sequence[bundle.Found]],
    counting: frozenset[Place],
    known_at: int | None = None,
) -> bundle.TraceOpen:
    """Give the document that a `trace-open` commits to; every suspect has the same weight.

    Args:
        counting: the planted identifiers that may be evidence.
        known_at: when the dump was known to be out, in milliseconds, where the caller says so.
    """
    planted = planted_counts(copies, counting=counting)
    return bundle.TraceOpen(
        number=number,
        alpha=_fraction(alpha),
        law=law,
        channels=tuple(channels),
        grid=tuple(
            bundle.Strategy(share=s.share, error=s.error, live=s.live, attack=s.attack, size=s.size)
            for s in grid.strategies
        ),
        planted=PLANTED_SHARES,
        dump=_facts(dump, matched=matched, strangers=strangers),
        pools={name: bundle.FoundTree(count=len(items), root=found_tree(items).root) for name, items in found.items()},
        suspects=tuple(
            bundle.Suspect(
                label=label,
                weight=(1, len(copies.suspects)),
                persons=persons.counts[place],
                planted=planted[place],
                root=persons.roots[place],
            )
            for place, label in enumerate(copies.labels)
        ),
        known_at=known_at,
    )


def planted_counts(copies: Copies, *, counting: frozenset[Place]) -> list[int]:
    """Give how many identifiers that count were planted in each suspect's copies."""
    place = {suspect: i for i, suspect in enumerate(copies.suspects)}
    counts = [0] * len(copies.suspects)
    for release, _ in counting:
        counts[place[copies.releases[release].plan.recipient]] += 1
    return counts


def _fraction(alpha: Probability) -> tuple[int, int]:
    """Give the budget in whole units, rounded down: never more than was allowed."""
    units = int(Fraction(repr(float(alpha))) * _ALPHA_UNITS)
    if not units:
        raise RefusedError(f"alpha is below 1/{_ALPHA_UNITS}: nobody could be named")
    return units, _ALPHA_UNITS


def persons_of(links: pl.DataFrame) -> Whole:
    """Give the linked persons, ascending and distinct."""
    return np.unique(links["person"].to_numpy()).astype(np.int64)


def _facts(dump: Dump, *, matched: int, strangers: int) -> bundle.DumpFacts:
    dialect = dump.dialect
    # A key of JSON or a name of Parquet is a place; other columns may have no name, or one that comes twice.
    by_index = dialect.format in (DumpFormat.DELIMITED, DumpFormat.CONVERTED)
    return bundle.DumpFacts(
        sha256=dump.sha256,
        size=dump.size_bytes,
        rows=dump.rows,
        matched=matched,
        strangers=strangers,
        unreadable=dump.unreadable,
        dialect=bundle.Dialect(
            format=dialect.format.value,
            codecs=dialect.codecs,
            bom=dialect.bom,
            delimiter=dialect.delimiter,
            quote=dialect.quote,
            header=dialect.header,
            width=dialect.width,
        ),
        columns=tuple(
            bundle.Column(at=c.index if by_index else c.name, field=c.field, kind=c.kind.value)
            for c in dump.columns
            if c.field is not None and c.kind is not None
        ),
    )


def _texts_at(dump: Dump, *, wanted: pl.DataFrame) -> dict[tuple[int, str], str]:
    """Give the cells that the found identifiers stand in."""
    texts: dict[tuple[int, str], str] = {}
    for batch in dump.batches:
        here = wanted.select(ROW, "field").join(batch, on=ROW, how="inner")
        for row in here.iter_rows(named=True):
            texts[row[ROW], row["field"]] = row[row["field"]]
    if len(texts) < wanted.select(ROW, "field").n_unique():
        raise VerificationError("an identifier was found in a row that is not there")
    return texts
