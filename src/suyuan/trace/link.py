"""Which person each row of a dump is about: by strong identifiers exactly, by everything together for the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.ports import FuzzyMatcher, Numbers, PeopleIndex, TokenMaker, Tokens

NOBODY: Final = -1

BY_EVERYTHING: Final = FieldName("*")
"""What stands in `field` where no single field made the link."""

LINK_SCHEMA: Final = pl.Schema(
    {ROW: pl.UInt64(), "person": pl.Int64(), "field": pl.Categorical(), "confidence": pl.Float64()}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The link table and its counts: read = linked + strangers + unreadable.

    `table`: `row`, `person`, `field` (the strongest that named the person; "*" for a fuzzy link) and `confidence`:
    the share of the row's readable strong identifiers known to us that name this person, or the matcher's
    probability. `residual` are the rows that no strong identifier names; `contradicting` those whose strong
    identifiers name several persons without a majority. Both are strangers until a fuzzy link is found.
    """

    read: int
    unreadable: int
    table: pl.DataFrame = field(repr=False)
    residual: pl.Series = field(repr=False)
    contradicting: pl.Series = field(repr=False)

    @property
    def linked(self) -> int:
        """How many rows have a person."""
        return self.table.height

    @property
    def strangers(self) -> int:
        """How many readable rows have none."""
        return self.read - self.unreadable - self.linked

    @property
    def persons(self) -> int:
        """How many different persons were found."""
        return self.table["person"].n_unique()


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """What every strong field of a batch says: one column of person numbers per field, strongest first."""

    fields: tuple[FieldName, ...]
    persons: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """The person each row goes to (or NOBODY), the place of the strongest field that says so, and the share of
    its votes; and which rows contradict themselves.
    """

    persons: Numbers
    by: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float64]
    is_contradicting: npt.NDArray[np.bool_]


def link(dump: Dump, *, people: PeopleIndex, tokenizers: Mapping[KindName, TokenMaker]) -> Links:
    """Link rows to persons by exact equality of canonical strong identifiers.

    1. Every strong field's cells become canonical values, tokens and person numbers.
    2. A row whose fields agree goes to that person; else to the person with more fields than any other.
    3. A tie is `contradicting`; the matcher may still settle it by everything the row shows.

    Args:
        tokenizers: by kind; a strong field without one is not used.
    Returns: at most one person per row.
    Test: tests/unit/trace/test_link.py, tests/properties/test_link_votes.py.
    """
    strong = strong_fields(dump.kinds, tokenizers=tokenizers)
    tables: list[pl.DataFrame] = []
    residual: list[pl.Series] = []
    contradicting: list[pl.Series] = []
    for rows in dump.batches:
        votes = cast_votes(rows, strong=strong, kinds=dump.kinds, people=people, tokenizers=tokenizers)
        verdicts = count_votes(votes.persons)
        tables.append(link_table(rows[ROW], verdicts=verdicts, fields=votes.fields))
        contradicting.append(rows[ROW].filter(pl.Series(verdicts.is_contradicting)))
        residual.append(rows[ROW].filter(pl.Series((verdicts.persons == NOBODY) & ~verdicts.is_contradicting)))
    return Links(
        read=dump.read,
        unreadable=dump.unreadable,
        table=pl.concat(tables),
        residual=pl.concat(residual),
        contradicting=pl.concat(contradicting),
    )


def strong_fields(
    kinds: Mapping[FieldName, KindName], *, tokenizers: Mapping[KindName, TokenMaker]
) -> tuple[FieldName, ...]:
    """Give the dump's strong fields, strongest first."""
    usable = [name for name, kind in kinds.items() if kind in STRONG_KINDS and kind in tokenizers]
    return tuple(sorted(usable, key=lambda name: STRONG_KINDS.index(kinds[name])))


def tokens_of(cells: pl.Series, *, kind: KindName, tokenizer: TokenMaker) -> tuple[npt.NDArray[np.bool_], Tokens]:
    """Give which cells have a canonical value, and the tokens of those that do."""
    canonical = KINDS[kind].canonical_column(cells)
    has_value = canonical.is_not_null()
    return has_value.to_numpy(), tokenizer.column(canonical.drop_nulls()).to_numpy()


def cast_votes(
    rows: pl.DataFrame,
    *,
    strong: Sequence[FieldName],
    kinds: Mapping[FieldName, KindName],
    people: PeopleIndex,
    tokenizers: Mapping[KindName, TokenMaker],
) -> Votes:
    """Look every strong field's cells up."""
    persons = np.full((rows.height, len(strong)), NOBODY, dtype=np.int64)
    for place, name in enumerate(strong):
        kind = kinds[name]
        has_value, tokens = tokens_of(rows[name], kind=kind, tokenizer=tokenizers[kind])
        if len(tokens):
            persons[has_value, place] = people.numbers(kind, tokens=tokens)
    return Votes(fields=tuple(strong), persons=persons)


def count_votes(persons: Numbers) -> Verdicts:
    """Give every row to the person that more of its fields name than any other person.

    Args:
        persons: shape (rows, fields), strongest field first, NOBODY where a field names no one.
    """
    rows, fields = persons.shape
    names_someone = persons != NOBODY
    votes = np.zeros((rows, fields), dtype=np.int64)
    for place in range(fields):
        votes[:, place] = (persons == persons[:, place : place + 1]).sum(axis=1) * names_someone[:, place]
    total = names_someone.sum(axis=1)
    if not fields:
        nothing = np.zeros(rows, dtype=np.int64)
        return Verdicts(
            persons=nothing + NOBODY, by=nothing, confidence=np.zeros(rows), is_contradicting=nothing.astype(np.bool_)
        )
    best = votes.argmax(axis=1)
    winner = persons[np.arange(rows), best]
    most = votes.max(axis=1)
    rival = np.where(persons == winner[:, None], 0, votes).max(axis=1)
    is_contradicting = (total > 0) & (rival == most)
    return Verdicts(
        persons=np.where(is_contradicting, NOBODY, winner),
        by=best,
        confidence=(most / np.maximum(total, 1)).astype(np.float64),
        is_contradicting=is_contradicting,
    )


def link_table(ordinals: pl.Series, *, verdicts: Verdicts, fields: Sequence[FieldName]) -> pl.DataFrame:
    """Give the rows that have a person."""
    linked = verdicts.persons != NOBODY
    names = np.array([*fields, ""], dtype=object)[verdicts.by[linked]]
    return pl.DataFrame(
        {
            ROW: ordinals.filter(pl.Series(linked)),
            "person": verdicts.persons[linked],
            "field": pl.Series(names, dtype=pl.String),
            "confidence": verdicts.confidence[linked],
        },
        schema=LINK_SCHEMA,
    )


def residual_table(dump: Dump, *, links: Links) -> pl.DataFrame:
    """Give the canonical values of the rows that no strong identifier named, contradicting ones among them.

    Returns: `row` and one String column per field, null where the cell is no value of its kind.
    """
    unnamed = pl.concat([links.residual, links.contradicting]).to_frame()
    tables = [rows.join(unnamed, on=ROW, how="semi") for rows in dump.batches]
    return canonical_table(pl.concat(tables), kinds=dump.kinds)


def canonical_table(table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName]) -> pl.DataFrame:
    """Give a table with every field's column in canonical form; other columns stay."""
    return table.with_columns(
        KINDS[kind].canonical_column(table[name]).alias(name) for name, kind in kinds.items() if name in table.columns
    )


def link_rest(links: Links, *, residual: pl.DataFrame, people: pl.DataFrame, matcher: FuzzyMatcher) -> Links:
    """Link what no strong identifier named by everything the rows show.

    Args:
        residual: as `residual_table` gives it.
        people: `person` and canonical String columns; in sealed mode only candidates unsealed through the door.
    Raises: RefusedError: `trace.matcher`, the matcher gave a row twice or one that was not asked.
    """
    if not residual.height or not people.height:
        return links
    found = matcher.match(residual, people=people)
    asked = residual.select(ROW)
    if found[ROW].n_unique() != found.height or found.join(asked, on=ROW, how="anti").height:
        raise RefusedError("the matcher linked a row twice or one it was not asked about", code="trace.matcher")
    added = found.select(
        pl.col(ROW),
        pl.col("person"),
        pl.lit(BY_EVERYTHING).cast(pl.Categorical).alias("field"),
        pl.col("probability").alias("confidence"),
    )
    still = asked.join(found, on=ROW, how="anti")
    return Links(
        read=links.read,
        unreadable=links.unreadable,
        table=pl.concat([links.table, added]).sort(ROW),
        residual=links.residual.to_frame().join(still, on=ROW, how="semi").to_series(),
        contradicting=links.contradicting.to_frame().join(still, on=ROW, how="semi").to_series(),
    )
