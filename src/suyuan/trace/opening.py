"""The opening of a trace: what is fixed in the ledger before any mark is read, in the bundle's own types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from suyuan.crypto import canonical, commit, merkle
from suyuan.crypto.commit import digest
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence import opening as bundle
from suyuan.mark.pool import Pool
from suyuan.mark.score import PLANTED_SHARES, Grid
from suyuan.terms import FieldName, Probability
from suyuan.trace.copies import Copies, Whole
from suyuan.trace.dialect import DumpFormat
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.hits import Place
from suyuan.trace.reading import Pairs

OPEN_SIDE = "opening"
"""Salt and document of a `trace-open`, kept beside it, sealed."""

_ALPHA_UNITS = 10**12
"""The error budget in whole units: floats have no canonical form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPerson:
    """One linked person of one suspect: the committed entry, and what opens it. Cells are clear values."""

    entry: bundle.PersonEntry
    person: int
    salt: bytes
    cells: tuple[tuple[int, Mapping[str, str]], ...]

    def __repr__(self) -> str:
        return f"<linked person {self.person}>"


def linked_persons(
    pairs: Pairs,
    *,
    copies: Copies,
    rows: pl.DataFrame,
    channels: Sequence[FieldName],
    reads: Sequence[Mapping[str, int]],
    key: bytes,
    is_old: bool = False,
) -> tuple[tuple[LinkedPerson, ...], ...]:
    """Give every suspect's linked persons, in the order of their pseudonyms.

    Args:
        rows: the linked rows with their cells.
        reads: per copy, the channels that count and their lanes.
        key: 32 random bytes of this trace, under which each person's own keys give her pseudonym and salts: they
            link to nothing else, and once she is erased nobody can make them again from what the trace kept.
        is_old: make them as openings of older versions did, of the key and her number alone.
    """
    own = {} if is_old else copies.linked.opening_keys(key)
    cells = _cells(rows, channels=channels)
    grouped = (
        pl.DataFrame(
            {
                "suspect": copies.suspect[pairs.copy],
                "person": copies.person[pairs.copy],
                "link": pairs.link,
                "copy": pairs.copy,
            }
        )
        .group_by("suspect", "person")
        .agg(pl.col("link").unique().sort(), pl.col("copy").unique().sort())
    )
    ordinals = rows[ROW].to_list()
    found: list[list[LinkedPerson]] = [[] for _ in copies.suspects]
    for suspect, person, links, held in grouped.iter_rows():
        texts = tuple(sorted(((ordinals[i], cells[i]) for i in links), key=lambda row: row[0]))
        head, tail = (key, person.to_bytes(8, "big")) if is_old else (own[person], b"")
        salt = digest(head + b"cells" + suspect.to_bytes(8, "big") + tail)
        payload = canonical.encode_plain([[row, dict(text)] for row, text in texts])
        entry = bundle.PersonEntry(
            p=digest(head + b"person" + tail)[: bundle.NONCE_BYTES],
            rows=tuple(row for row, _ in texts),
            cells=commit.commitment(bundle.CELLS.encode(), salt=salt, payload=payload),
            copies=tuple(
                sorted(
                    (bundle.Copy(leaf=int(copies.release[i]), row=int(copies.row[i]), reads=reads[i]) for i in held),
                    key=lambda copy: (copy.leaf, copy.row),
                )
            ),
        )
        found[suspect].append(LinkedPerson(entry=entry, person=person, salt=salt, cells=texts))
    return tuple(tuple(sorted(persons, key=lambda linked: linked.entry.p)) for persons in found)


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
    persons: Sequence[Sequence[LinkedPerson]],
    found: Mapping[str, Sequence[bundle.Found]],
    counting: frozenset[Place],
) -> bundle.TraceOpen:
    """Give the document that a `trace-open` commits to; every suspect has the same weight.

    Args:
        counting: the planted identifiers that may be evidence.
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
                persons=len(persons[place]),
                planted=planted[place],
                root=merkle.root(
                    [merkle.leaf_hash(canonical.encode_plain(linked.entry.document())) for linked in persons[place]]
                ),
            )
            for place, label in enumerate(copies.labels)
        ),
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


def _cells(rows: pl.DataFrame, *, channels: Sequence[FieldName]) -> list[dict[str, str]]:
    """Give the texts of the channels' fields in every linked row; empty cells are left out."""
    columns = [(str(name), rows[name].to_list()) for name in channels]
    return [{name: texts[i] for name, texts in columns if texts[i]} for i in range(rows.height)]


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
