"""The count of `beside` for lines of cells, which are read as they stand: line by line, of a large file in stretches."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from suyuan.terms import KindName
from suyuan.trace.columns.headers import is_anothers
from suyuan.trace.doubts.counted import Counted, Coverage, Tally
from suyuan.trace.doubts.identifiers import COUNTED, identifiers, keys_of
from suyuan.trace.dump import DumpColumn, kinds_of
from suyuan.trace.files.dialect import Dialect, DumpFormat, sample_rows
from suyuan.trace.files.encoding import utf8_block
from suyuan.trace.files.source import Source
from suyuan.trace.formats.jsonl import sample_jsonl
from suyuan.trace.formats.rows import Text

WHOLE_BYTES: Final = 16 << 20
"""A longer text is looked at in stretches."""

STRETCHES, STRETCH_BYTES = 256, 8 << 10
"""Of a file that can be entered anywhere: places spread evenly. What fills a hundredth of it is met in nine of ten files."""

PLACES_LOOKED_AT: Final = 2_000
"""Rows in which the columns are looked for where what was missed stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretches:
    """Lines of a text: all of them, or (`is_part`) some from all over it, or its first ones."""

    texts: tuple[str, ...] = field(repr=False)
    is_part: bool


def stretches_of(source: Source, *, dialect: Dialect) -> Stretches:
    """Give the lines of a text to look at."""
    is_wide = dialect.codecs[0].startswith("utf-16")
    if source.is_plain and not is_wide and source.path.stat().st_size > WHOLE_BYTES:
        pieces = source.probes(count=STRETCHES, piece_bytes=STRETCH_BYTES)
        texts = tuple(utf8_block(piece, codecs=dialect.codecs)[0].decode() for piece in pieces)
        return Stretches(texts=texts, is_part=True)
    taken: list[str] = []
    left = WHOLE_BYTES
    # A source of its own: this pass is short, and is none of those that are shown and hashed.
    apart = Source(source.path)
    apart.head()
    for block in Text(apart, codecs=dialect.codecs, bom=dialect.bom).blocks():
        if left <= 0:
            return Stretches(texts=tuple(taken), is_part=True)
        taken.append(block)
        left -= len(block)
    return Stretches(texts=tuple(taken), is_part=False)


def counted_in(
    stretches: Stretches,
    *,
    dialect: Dialect,
    columns: tuple[DumpColumn, ...],
    wanted: Collection[KindName],
    batches: Iterable[pl.DataFrame],
    unreadable: int,
) -> Counted:
    """Count the lines whose identifiers stand in no column of their kind.

    A line is in order if one of its identifiers of each kind does: the others are a second column's, or in a remark. Of
    stretches the rows are cut anew here; of a whole text they are those that were read.

    Args:
        wanted: the kinds that somebody's field is of.
        batches: the rows that were read.
        unreadable: how many could not be.
    """
    kinds = [kind for kind in COUNTED if kind in wanted]
    coverage, fields = Coverage(), kinds_of(columns)
    tables = [table_of(stretches.texts, dialect=dialect, columns=columns)] if stretches.is_part else batches
    for table in tables:
        coverage.take(table, kinds=fields)
    tallies = {kind: Tally() for kind in kinds}
    unfit: dict[KindName, int] = dict.fromkeys(kinds, 0)
    unfit_lines = 0
    shown = shown_in(tables, columns=columns, kinds=kinds)
    # Stretches are short, and one pass over all of them costs no more than one over each.
    for text in ["\n".join(stretches.texts)] if stretches.is_part else stretches.texts:
        lines = pl.Series(text.split("\n"), dtype=pl.String)
        found = identifiers(lines, kinds=kinds)
        lost: dict[KindName, list[int]] = {}
        for kind in kinds:
            of_kind = found.filter(pl.col("kind") == kind.value)
            is_shown = of_kind["key"].is_in(shown[kind].implode())
            places = of_kind["place"].unique()
            tallies[kind].looked += len(places)
            in_order = of_kind.filter(is_shown)["place"]
            if len(in_order) < len(of_kind):
                lost[kind] = places.filter(~places.is_in(in_order.implode())).sort().to_list()
        rows = {at: cells_of(lines[at], dialect=dialect, columns=columns) for at in sorted(set().union(*lost.values()))}
        unfit_lines += sum(row is None for row in rows.values())
        for kind, some in lost.items():
            fit = [row for at in some if (row := rows[at]) is not None]
            unfit[kind] += len(some) - len(fit)
            settle(tallies[kind], rows=fit, kind=kind, columns=columns)
    if unfit_lines > unreadable and not stretches.is_part:
        for kind in kinds:
            tallies[kind].missed += unfit[kind]
    return Counted(tallies=tallies, coverage=coverage, is_part=stretches.is_part)


def settle(tally: Tally, *, rows: Sequence[Sequence[str]], kind: KindName, columns: tuple[DumpColumn, ...]) -> None:
    """Count the rows that are not in order: but not those in which all identifiers are somebody else's by the header."""
    table = pl.DataFrame(
        {
            "place": [place for row in rows for place in range(len(row))],
            "row": [n for n, row in enumerate(rows) for _ in row],
        },
        schema={"place": pl.Int64, "row": pl.Int64},
    )
    found = identifiers(pl.Series([cell for row in rows for cell in row], dtype=pl.String), kinds=(kind,))
    stands = table[found["place"]]
    others = [column.index for column in columns if is_anothers(column.name, kind=kind)]
    hers = stands.filter(~pl.col("place").is_in(others))
    # What is in no cell by itself, but was in the line, is missed all the more.
    tally.missed += len(rows) - stands["row"].n_unique() + hers["row"].n_unique()
    own = [column.index for column in columns if column.kind is kind]
    tally.places.update(hers.filter(~pl.col("place").is_in(own))["place"].head(PLACES_LOOKED_AT).to_list())


def shown_in(
    batches: Iterable[pl.DataFrame], *, columns: tuple[DumpColumn, ...], kinds: Sequence[KindName]
) -> Mapping[KindName, pl.Series]:
    """Give the keys of the identifiers that stand in the columns of their kind."""
    gathered: dict[KindName, list[pl.Series]] = {kind: [pl.Series(dtype=pl.UInt64)] for kind in kinds}
    for table in batches:
        for column in columns:
            if column.kind in gathered and column.field is not None and column.field in table.columns:
                gathered[column.kind].append(keys_of(table[column.field], kind=column.kind).drop_nulls())
    return {kind: pl.concat(series).unique() for kind, series in gathered.items()}


def table_of(texts: Sequence[str], *, dialect: Dialect, columns: tuple[DumpColumn, ...]) -> pl.DataFrame:
    """Give the wanted columns from the rows of stretches."""
    rows = rows_of(texts, dialect=dialect, columns=columns)
    wanted = [column for column in columns if column.field is not None]
    return pl.DataFrame({c.field: pl.Series([row[c.index] for row in rows], dtype=pl.String) for c in wanted})


def rows_of(
    texts: Sequence[str], *, dialect: Dialect, columns: tuple[DumpColumn, ...], most: int | None = None
) -> list[list[str]]:
    """Give the readable rows of stretches, whole; or so many of them at most, from all stretches."""
    found: list[list[str]] = []
    for text in texts:
        if dialect.format is DumpFormat.JSONL:
            keys, rows = sample_jsonl(text)
            records = [dict(zip(keys, row, strict=True)) for row in rows]
            some = [[record.get(column.name, "") for column in columns] for record in records]
        else:
            rows = sample_rows(text, delimiter=dialect.delimiter, quote=dialect.quote)
            some = [row for row in rows if len(row) == dialect.width]
        found += some if most is None else some[: most // len(texts) + 1]
    return found


def cells_of(line: str, *, dialect: Dialect, columns: tuple[DumpColumn, ...]) -> list[str] | None:
    """Give the cells of a line by itself, in the columns' order; None where it is no row."""
    if dialect.format is DumpFormat.JSONL:
        keys, rows = sample_jsonl(line)
        if not rows:
            return None
        named = dict(zip(keys, rows[0], strict=True))
        # Keys of its own come after the columns.
        return [named.pop(column.name, "") for column in columns] + list(named.values())
    rows = sample_rows(line, delimiter=dialect.delimiter, quote=dialect.quote)
    return rows[0] if len(rows) == 1 and len(rows[0]) == dialect.width else None
