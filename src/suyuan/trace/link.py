"""Which person each row of a dump is about: by strong identifiers exactly, by everything together for the rest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.files.spool import Batches
from suyuan.trace.matching.reading import read_column
from suyuan.trace.matching.seen import seen_column
from suyuan.trace.matching.standing import CONTRADICTING, KEYLESS, LINKED, NOBODY, UNKNOWN, Standings
from suyuan.trace.ports import FuzzyMatcher, PeopleIndex, TokenMaker, Tokens

BY_EVERYTHING: Final = FieldName("*")
"""What stands in `field` where no single field made the link."""

RESIDUAL_AT_MOST: Final = 1_000_000
"""With more unnamed rows than this, those whose identifiers were read and are nobody's count as strangers at once."""

LINK_SCHEMA: Final = pl.Schema(
    {ROW: pl.UInt64(), "person": pl.Int64(), "field": pl.Categorical(), "confidence": pl.Float64()}
)

DATED: Final = pl.Schema({ROW: pl.UInt64(), "field": pl.String(), "since": pl.Int64(), "until": pl.Int64()})
"""When the value that a row shows in a field was its person's, in milliseconds; `since` null: from the first, `until` null: still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The link table and its counts: read = linked + strangers + unreadable.

    `table`: `row`, `person`, `field` (the strongest that named the person; "*" for a fuzzy link) and `confidence`:
    the share of the row's readable strong identifiers known to us that name this person, or the matcher's
    probability. `standing` says in one byte how each row of the file stands (`matching.standing`); who is in it by
    another word than linked is a stranger until a fuzzy link is found. `dated` belongs to the table: its rows show
    identifiers that were replaced, or that replaced others (`naming.former`).
    """

    read: int
    unreadable: int
    table: pl.DataFrame = field(repr=False)
    standing: npt.NDArray[np.uint8] = field(repr=False)
    dated: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DATED), repr=False)

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

    @property
    def residual(self) -> pl.Series:
        """The rows that no strong identifier names."""
        return self._standing_as(UNKNOWN, KEYLESS)

    @property
    def keyless(self) -> pl.Series:
        """The rows among the residual ones of which no strong identifier could be read."""
        return self._standing_as(KEYLESS)

    @property
    def contradicting(self) -> pl.Series:
        """The rows whose strong identifiers name several persons without a majority."""
        return self._standing_as(CONTRADICTING)

    def _standing_as(self, *words: int) -> pl.Series:
        found = np.flatnonzero(np.isin(self.standing, words))
        return pl.Series(ROW, found, dtype=pl.UInt64)


class Gathered(Protocol):
    """How the rows of a dump stand (`matching.standing.Standings`, or what was gathered of its splits)."""

    def table(self, schema: pl.Schema) -> pl.DataFrame:
        """Give the linked rows; once."""
        ...

    def standing(self, read: int) -> npt.NDArray[np.uint8]:
        """Give one byte for every row that was read."""
        ...


class LinkingRoad(Protocol):
    """A reader that links while it reads (`matching.road.ByteRoad`, `engines.road.SplitRoad`)."""

    def standings_of(self, rows: Batches) -> Gathered | None:
        """Give how the rows of a dump stand, if this road read them; once."""
        ...


def link(
    dump: Dump, *, people: PeopleIndex, tokenizers: Mapping[KindName, TokenMaker], road: LinkingRoad | None = None
) -> Links:
    """Link rows to persons by exact equality of canonical strong identifiers.

    1. Every strong field's cells become canonical values, tokens and person numbers.
    2. A row whose fields agree goes to that person; else to the person with more fields than any other.
    3. A tie is `contradicting`; the matcher may still settle it by everything the row shows.

    Args:
        tokenizers: by kind; a strong field without one is not used.
        road: the road that was offered to `ingest`, if any: what it linked while it read is not linked again.
    Returns: at most one person per row.
    Test: tests/unit/trace/test_link.py, tests/properties/test_link_votes.py, tests/properties/test_byte_road.py.
    """
    standings = None if road is None else road.standings_of(dump.batches)
    if standings is None:
        standings = standings_of_batches(dump.batches, kinds=dump.kinds, people=people, tokenizers=tokenizers)
    return Links(
        read=dump.read,
        unreadable=dump.unreadable,
        standing=standings.standing(dump.read),
        table=standings.table(LINK_SCHEMA),
    )


def standings_of_batches(
    batches: Iterable[pl.DataFrame],
    *,
    kinds: Mapping[FieldName, KindName],
    people: PeopleIndex,
    tokenizers: Mapping[KindName, TokenMaker],
) -> Standings:
    """Say how rows stand, by the identifiers in their cells."""
    strong = strong_fields(kinds, tokenizers=tokenizers)
    standings = Standings(fields=strong)
    for rows in batches:
        votes, has_token = cast_votes(rows, strong=strong, kinds=kinds, people=people, tokenizers=tokenizers)
        standings.add(rows[ROW].to_numpy().astype(np.int64), votes=votes, has_token=has_token)
    return standings


def strong_fields(
    kinds: Mapping[FieldName, KindName], *, tokenizers: Mapping[KindName, TokenMaker]
) -> tuple[FieldName, ...]:
    """Give the dump's strong fields, strongest first."""
    usable = [name for name, kind in kinds.items() if kind in STRONG_KINDS and kind in tokenizers]
    return tuple(sorted(usable, key=lambda name: STRONG_KINDS.index(kinds[name])))


def tokens_of(cells: pl.Series, *, kind: KindName, tokenizer: TokenMaker) -> tuple[npt.NDArray[np.bool_], Tokens]:
    """Give which cells have a canonical value, and the tokens of those that do, in the cells' order."""
    read = read_column(cells, kind=kind, tokenizer=tokenizer)
    has_value = np.zeros(len(cells), dtype=np.bool_)
    has_value[read.rows] = True
    tokens = np.empty(len(cells), dtype=np.uint64)
    tokens[read.rows] = read.tokens
    return has_value, tokens[has_value]


def cast_votes(
    rows: pl.DataFrame,
    *,
    strong: Sequence[FieldName],
    kinds: Mapping[FieldName, KindName],
    people: PeopleIndex,
    tokenizers: Mapping[KindName, TokenMaker],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Look every strong field's cells up.

    Returns: the person each field names, shape (fields, rows), -1 for no one; and which rows have an identifier at all.
    """
    votes = np.full((len(strong), rows.height), NOBODY, dtype=np.int64)
    has_token = np.zeros(rows.height, dtype=np.bool_)
    for place, name in enumerate(strong):
        kind = kinds[name]
        read = read_column(rows[name], kind=kind, tokenizer=tokenizers[kind])
        has_token[read.rows] = True
        if len(read.rows):
            votes[place, read.rows] = people.numbers(kind, tokens=read.tokens)
    return votes, has_token


def residual_table(dump: Dump, *, links: Links) -> pl.DataFrame:
    """Give what is seen of the rows that no strong identifier named, contradicting ones among them.

    Where they are very many, rows with an identifier that is nobody's of ours are left out: they are strangers.

    Returns: `row` and one String column per field: canonical values, and of masked, cut or mistyped ones what is left
        (`matching.seen`); null where that is nothing.
    """
    unnamed = np.isin(links.standing, (UNKNOWN, KEYLESS, CONTRADICTING))
    if int(unnamed.sum()) > RESIDUAL_AT_MOST:
        unnamed = np.isin(links.standing, (KEYLESS, CONTRADICTING))
    tables: list[pl.DataFrame] = []
    for rows in dump.batches:
        chosen = rows.filter(pl.Series(unnamed[rows[ROW].to_numpy().astype(np.int64)]))
        if chosen.height or not tables:
            seen = [seen_column(chosen[name], kind=kind).alias(name) for name, kind in dump.kinds.items()]
            tables.append(chosen.with_columns(seen))
    return pl.concat(tables)


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
    standing = links.standing.copy()
    standing[found[ROW].to_numpy().astype(np.int64)] = LINKED
    return replace(links, table=pl.concat([links.table, added]).sort(ROW), standing=standing)
