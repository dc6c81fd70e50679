"""From rows of an odd format to a table: its header found, its columns recognised, its cells cleaned, its rows counted."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.aside import Aside
from suyuan.trace.columns import KIND_OF_WORD, SampledColumn, assign_columns, is_header, plain_name
from suyuan.trace.damage import cleaned, lost_numbers
from suyuan.trace.dump import Body, DumpColumn, batch
from suyuan.trace.glued import PIECES, is_glued, taken_apart
from suyuan.trace.rows import Odd, Part, Row
from suyuan.trace.spool import Batches

SAMPLE: Final = 4_000
KEPT: Final = 1_000
CHUNK_ROWS: Final = 20_000
HEADER_ROWS: Final = 30
"""A header stands within the first rows: title lines, a date, a total may come before it."""

WIDTH_AT_MOST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table lies in its rows.

    `skip` rows come before the data: titles and the header. `header` is the row that names the columns, where it may
    come again. `glued` are the columns taken apart, whose pieces follow the `width` columns in their order.
    """

    skip: int
    header: tuple[str, ...] | None = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    width: int
    glued: tuple[int, ...]
    columns: tuple[DumpColumn, ...]

    @property
    def fields(self) -> dict[int, FieldName]:
        """The field of each wanted column."""
        return {column.index: column.field for column in self.columns if column.field is not None}

    @property
    def kinds(self) -> dict[FieldName, KindName]:
        """The kind of each wanted field."""
        return {c.field: c.kind for c in self.columns if c.field is not None and c.kind is not None}

    @property
    def score(self) -> float:
        """How much of people it holds: what tells one table of a file from another."""
        wanted = [column for column in self.columns if column.kind is not None]
        return sum(0.5 + column.share + (column.kind in STRONG_KINDS) for column in wanted)


def layout_of(
    part: Part,
    *,
    fields: Mapping[FieldName, KindName],
    given: Mapping[int | str, tuple[FieldName, KindName]],
    header: bool | None = None,
) -> Layout:
    """Recognise the table of a part from rows spread over its beginning.

    Args:
        header: whether the first row names the columns, where the caller knows it.
    Raises: RefusedError: `trace.header-only`, `trace.empty`, `trace.format`, and those of `assign_columns`.
    """
    sample = [[] if isinstance(row, Odd) else row for row in islice(part.rows(), SAMPLE)]
    if not sample:
        raise RefusedError("the dump has a header but no row", code="trace.header-only", hint="check the export")
    width = len(part.names) if part.names is not None else usual_width(sample)
    if width > WIDTH_AT_MOST:
        raise RefusedError(
            f"the dump has more than {WIDTH_AT_MOST} columns", code="trace.format", hint="name its delimiter"
        )
    if part.names is not None:
        skip, names, first = 0, part.names, None
        if sample[0] and tuple(map(plain_name, sample[0])) == tuple(map(plain_name, names)):
            first = tuple(sample[0])
    else:
        skip, first = find_header(sample, width=width, fields=fields, given=header)
        names = tuple(((list(first) if first else []) + [""] * width)[:width])
    body = [row for row in sample[skip:] if len(row) == width and not is_repeated(row, header=first)]
    if not body:
        raise RefusedError("the dump has a header but no row", code="trace.header-only", hint="check the export")
    if len(body) * 2 < len(sample) - skip:
        raise RefusedError(
            "more than half of the first rows have another number of cells than the rest",
            code="trace.ragged",
            hint="name the delimiter, or trace the parts one by one",
        )
    kept = body[:: max(1, len(body) // KEPT)][:KEPT]
    table = [cleaned(cells) for cells in cells_table(kept, width=width)]
    glued = tuple(index for index, cells in enumerate(table) if is_glued(cells))
    sampled = [SampledColumn(index=i, name=names[i].strip(), cells=cells) for i, cells in enumerate(table)]
    for place, index in enumerate(glued):
        pieces = taken_apart(table[index])
        sampled[index] = SampledColumn(index=index, name="", cells=pl.Series([""] * len(kept), dtype=pl.String))
        sampled += [
            SampledColumn(index=width + place * len(PIECES) + n, name="", cells=pieces[piece])
            for n, piece in enumerate(PIECES)
        ]
    columns = assign_columns(sampled, fields=fields, given=given)
    return Layout(skip=skip, header=first, names=names, width=width, glued=glued, columns=columns)


def cells_table(rows: Sequence[Sequence[str]], *, width: int) -> list[pl.Series]:
    """Give rows of one width as columns."""
    return [pl.Series([row[index] for row in rows], dtype=pl.String) for index in range(width)]


def usual_width(sample: Sequence[Sequence[str]]) -> int:
    """Give the number of cells that most rows have."""
    counts = Counter(len(row) for row in sample if row)
    return max(counts.items(), key=lambda item: (item[1], item[0]))[0] if counts else 1


def find_header(
    sample: Sequence[Sequence[str]], *, width: int, fields: Mapping[FieldName, KindName], given: bool | None
) -> tuple[int, tuple[str, ...] | None]:
    """Give how many rows come before the data, and the header if one of them is it.

    A row of known words wins wherever it stands within the first ones, for titles may come before it; otherwise only
    the first row of the usual width may be a header.
    """
    if given is False:
        return 0, None
    known = KIND_OF_WORD.keys() | {plain_name(name) for name in fields}
    for place, row in enumerate(sample[:HEADER_ROWS]):
        words = sum(plain_name(cell) in known for cell in row)
        if len(row) == width and words >= min(2, width) and is_header(sample[place:], fields=fields):
            return place + 1, tuple(row)
    first = next((place for place, row in enumerate(sample) if len(row) == width), 0)
    if given or (first < HEADER_ROWS and is_header(sample[first:], fields=fields)):
        return first + 1, tuple(sample[first])
    return 0, None


def read_part(part: Part, *, layout: Layout, aside: Aside, ordinal: int, batches: Batches) -> tuple[int, int]:
    """Read the rows of a part into the batches.

    Args:
        ordinal: the number of its first row.
    Returns: the number after its last row, and how many were unreadable.
    """
    unreadable = 0
    for rows in chunked(part.rows(), layout=layout):
        table, odd = batch_of_rows(rows, layout=layout, ordinal=ordinal)
        for number, reason, text in odd:
            aside.put(number, reason=reason, text=text)
        unreadable += len(odd)
        ordinal += len(rows)
        batches.add(table)
    return ordinal, unreadable


def chunked(rows: Iterator[Row], *, layout: Layout) -> Iterator[list[Row]]:
    """Give the data rows in chunks: what comes before them, and a header that comes again, is left out."""
    data = (row for row in islice(rows, layout.skip, None) if not is_repeated(row, header=layout.header))
    while chunk := list(islice(data, CHUNK_ROWS)):
        yield chunk
    # The schema, where there is no row.
    yield []


def is_repeated(row: Row, *, header: tuple[str, ...] | None) -> bool:
    """Say whether a row is the header again."""
    return header is not None and not isinstance(row, Odd) and is_same(row, header)


def is_same(row: Sequence[str], header: Sequence[str]) -> bool:
    """Say whether two rows are the same but for case, punctuation and what nobody sees."""
    return len(row) == len(header) and all(map(str.__eq__, map(plain_name, row), map(plain_name, header)))


def batch_of_rows(
    rows: Sequence[Row], *, layout: Layout, ordinal: int
) -> tuple[pl.DataFrame, list[tuple[int, str, str]]]:
    """Give the batch of some rows, and the number, reason and text of those that could not be read."""
    odd: list[tuple[int, str, str]] = []
    fit: list[list[str]] = []
    places: list[int] = []
    for place, row in enumerate(rows, start=ordinal):
        if isinstance(row, Odd):
            odd.append((place, row.reason, row.text))
        elif len(row) != layout.width:
            odd.append((place, "width", "\t".join(row)))
        else:
            fit.append(row)
            places.append(place)
    whole = {
        index: cleaned(pl.Series([row[index] for row in fit], dtype=pl.String))
        for index in {*(i for i in layout.fields if i < layout.width), *layout.glued}
    }
    apart = {index: taken_apart(whole[index]) for index in layout.glued}
    cells = {name: column_at(index, layout=layout, whole=whole, apart=apart) for index, name in layout.fields.items()}
    table = batch(rows=places, cells=cells)
    lost = lost_rows(table, kinds=layout.kinds)
    if lost.any():
        numbers = lost.arg_true().to_list()
        odd += [(places[number], "number", "\t".join(fit[number])) for number in numbers]
        table = table.filter(~lost)
    for name in layout.kinds:
        if name in table.columns:
            table = table.with_columns(
                pl.when(lost_numbers(table[name])).then(pl.lit("")).otherwise(pl.col(name)).alias(name)
            )
    return table, sorted(odd)


def column_at(
    index: int, *, layout: Layout, whole: Mapping[int, pl.Series], apart: Mapping[int, pl.DataFrame]
) -> pl.Series:
    """Give the cells of a column, be it one of the file or a piece of a glued one."""
    if index < layout.width:
        return whole[index]
    place, piece = divmod(index - layout.width, len(PIECES))
    return apart[layout.glued[place]][PIECES[piece]]


def lost_rows(table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName]) -> pl.Series:
    """Say which rows a spreadsheet has robbed of every identifier: one is rounded, and no other is there."""
    strong = [name for name, kind in kinds.items() if kind in STRONG_KINDS and name in table.columns]
    lost = pl.Series([False] * table.height, dtype=pl.Boolean)
    left = pl.Series([False] * table.height, dtype=pl.Boolean)
    for name in strong:
        is_lost = lost_numbers(table[name])
        lost |= is_lost
        left |= ~is_lost & (table[name] != "")
    return lost & ~left


def read_parts(parts: Sequence[Part], *, layouts: Sequence[Layout], aside: Aside) -> Body:
    """Read several parts with the same fields as one table, one after the other."""
    batches = Batches()
    ordinal = unreadable = 0
    names = list(layouts[0].kinds)
    for part, layout in zip(parts, layouts, strict=True):
        collected = Batches() if list(layout.kinds) != names else batches
        ordinal, odd = read_part(part, layout=layout, aside=aside, ordinal=ordinal, batches=collected)
        unreadable += odd
        if collected is not batches:
            for table in collected:
                batches.add(table.select("row", *names))
    return Body(batches=batches, unreadable=unreadable)
