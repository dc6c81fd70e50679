"""How a table lies in its rows: where its data begin, how wide it is, which column is which field."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.errors import RefusedError
from suyuan.kinds.column import kind_shares
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.abroad import country_of, with_country
from suyuan.trace.columns.columns import SampledColumn, assign_columns, given_columns
from suyuan.trace.columns.glued import (
    BEFORE,
    CROWD,
    EMAIL,
    MOBILE,
    PIECES,
    RESIDENT,
    WHOLE,
    first_of_several,
    is_crowded,
    taken_apart,
    to_be_parted,
)
from suyuan.trace.columns.header_rows import folded, is_repeated, is_side_by_side, named_columns
from suyuan.trace.columns.headers import is_remark, plain_name
from suyuan.trace.columns.marks import is_marked, without_marks
from suyuan.trace.columns.name_parts import joined_names, name_columns
from suyuan.trace.columns.spare import spare_columns
from suyuan.trace.dump import SURE_SHARE, DumpColumn, fields_of, kinds_of
from suyuan.trace.files.damage import cleaned
from suyuan.trace.formats.rows import Odd, Part

SAMPLE: Final = 4_000
KEPT: Final = 1_000

CODE: Final = r"^[0-9A-Za-z.:/+_-]+(?: [0-9.:/+_-]+)*$"
"""Numbers, codes and moments: no words."""

RIGID_SHARE: Final = 0.9

HELD: Final = re.compile(rf"{BEFORE}(?:{MOBILE}|{RESIDENT}|{MOBILE}{RESIDENT}|{RESIDENT}{MOBILE})(?:[^0-9]|$)|{EMAIL}")
"""What no cell may swallow in which separators are taken for its own: another's number or mailbox."""

TAILS_LEAST: Final = 3

SHAPES_AT_MOST: Final = 24
"""Shapes of a column's codes from which they say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table lies in its rows.

    `skip` rows come before the data: titles and the header. `header` is the row that names the columns, where it may
    come again. `glued` are the columns taken apart, whose pieces follow the `width` columns in their order. `name_in_two` are
    the columns of given name and surname; the whole name follows the pieces. `rigid` are
    the columns of numbers and codes, in whose cells words would not pass unseen, and what share of their cells has which shape, if these are few. `spare` are the columns in which a
    field's value stands where its own has none. `is_keyed`: no cell can have moved into another column.
    `tails` are the cells that rows have too many at their end, where these are alike. `abroad` are the columns of
    numbers of another country without a plus before its code, and that code.
    """

    skip: int
    header: tuple[str, ...] | None = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    width: int
    glued: tuple[int, ...]
    name_in_two: tuple[int, int] | None = None
    columns: tuple[DumpColumn, ...]
    delimiter: str = ","
    rigid: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    spare: Mapping[FieldName, tuple[int, ...]] = field(default_factory=dict)
    is_keyed: bool = False
    tails: frozenset[tuple[str, ...]] = field(default=frozenset(), repr=False)
    abroad: Mapping[int, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[int, FieldName]:
        """The field of each wanted column."""
        return fields_of(self.columns)

    @property
    def named_fields(self) -> dict[FieldName, tuple[str, str]]:
        """The plain name of the column in which each wanted field stands, and which piece of a cell it is."""
        found: dict[FieldName, tuple[str, str]] = {}
        for index, field_name in self.fields.items():
            place, piece = divmod(index - self.width, len(PIECES))
            is_piece = 0 <= place < len(self.glued)
            name = self.names[self.glued[place]] if is_piece else self.columns[index].name
            found[field_name] = (plain_name(name), PIECES[piece] if is_piece else "")
        return found

    @property
    def kinds(self) -> dict[FieldName, KindName]:
        """The kind of each wanted field."""
        return kinds_of(self.columns)

    @property
    def has_people(self) -> bool:
        """Whether numbers or mailboxes stand in it by which people are found."""
        return any(column.kind in WHOLE and column.is_sure for column in self.columns)

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
        raise header_only()
    skip, names, first = named_columns(sample, part=part, fields=fields, header=header)
    width = len(names)
    if first is not None and not given and is_side_by_side(names):
        raise RefusedError(
            "a row holds several people side by side",
            code="trace.format",
            hint="put each on a line, or name the columns to read",
        )
    data = [folded(row, width=width, header=first, delimiter=part.delimiter) for row in sample[skip:]]
    body = [row for row in data if len(row) == width and not is_repeated(row, header=first)]
    if not body and any(data):
        raise ragged()
    if not body:
        raise header_only()
    if len(body) * 2 < len(sample) - skip:
        raise ragged()
    kept = body[:: max(1, len(body) // KEPT)][:KEPT]
    table = [cleaned(cells) for cells in cells_table(kept, width=width)]
    abroad = {index: code for index, cells in enumerate(table) if (code := country_of(cells))}
    table = [with_country(cells, code=abroad[at]) if at in abroad else cells for at, cells in enumerate(table)]
    glued = glued_columns(table, names=names, given=given)
    sampled, two = sampled_columns(table, names=names, glued=glued, fields=fields, given=given)
    columns = assign_columns(sampled, fields=fields, given=given)
    columns = tuple(replace(one, name=names[one.index].strip()) if two and one.index in two else one for one in columns)
    if not given and not any(names) and all(c.share < SURE_SHARE for c in columns):
        # Without a header, a column of which less than most is of a kind is chance: words of addresses stand in any text.
        raise RefusedError(
            "no column of the dump is surely of a kind that a field has",
            code="trace.no-column",
            hint="name a column and its field yourself",
        )
    return Layout(
        skip=skip,
        header=first,
        names=names,
        width=width,
        glued=glued,
        name_in_two=two if two and columns[-1].field is not None else None,
        columns=columns,
        delimiter=part.delimiter,
        rigid={index: few_shapes(cells) for index, cells in enumerate(table) if is_rigid(cells)},
        spare=spare_columns(sampled[:width], columns=columns),
        is_keyed=part.is_keyed,
        tails=alike_tails(data, width=width),
        abroad=abroad,
    )


def alike_tails(data: Sequence[Sequence[str]], *, width: int) -> frozenset[tuple[str, ...]]:
    """Give what several rows have too many at their end, word for word, and no row of the table's width ends in.

    Never numbers or mailboxes. A separator within a cell pushes the last columns out: these are the end of other rows too.
    """
    counts = Counter(tuple(row[width:]) for row in data if len(row) > width)
    often = {tail for tail, count in counts.items() if count >= TAILS_LEAST and not HELD.search("\t".join(tail))}
    lengths = {len(tail) for tail in often}
    ends = {tuple(row[-length:]) for row in data if len(row) == width for length in lengths}
    return frozenset(often - ends)


def glued_columns(
    table: Sequence[pl.Series], *, names: Sequence[str], given: Mapping[int | str, tuple[FieldName, KindName]]
) -> tuple[int, ...]:
    """Give the columns that are taken apart; what the caller has named is read as it stands.

    Raises: RefusedError: `trace.format`, a cell holds several people.
    """
    told = {which if isinstance(which, int) else plain_name(which) for which in given}
    free = [index for index, name in enumerate(names) if not {index, plain_name(name)} & told]
    glued = without_remarks(tuple(index for index in to_be_parted(table) if index in free), names=names, table=table)
    if len(glued) > CROWD or any(is_crowded(table[index]) for index in glued):
        raise RefusedError(
            "a cell holds several people, so no row is one person",
            code="trace.format",
            hint="name the delimiter between people, or put each on a line",
        )
    return glued


def sampled_columns(
    table: Sequence[pl.Series],
    *,
    names: Sequence[str],
    glued: Sequence[int],
    fields: Mapping[FieldName, KindName],
    given: Mapping[int | str, tuple[FieldName, KindName]],
) -> tuple[list[SampledColumn], tuple[int, int] | None]:
    """Give the columns from which fields are told, and the two that are a given name and a surname, if any are.

    A column that is taken apart, or joined with another, is blank among them; its pieces and the whole name follow.
    """
    width = len(table)
    bare = [without_marks(cells) if is_marked(cells, name=names[i]) else cells for i, cells in enumerate(table)]
    # Some people's two numbers in one cell make it no other column.
    firsts = map(first_of_several, bare)
    sampled = [SampledColumn(index=i, name=names[i].strip(), cells=cells) for i, cells in enumerate(firsts)]
    for place, index in enumerate(glued):
        pieces = taken_apart(table[index])
        sampled[index] = blanked(sampled[index])
        sampled += [
            SampledColumn(index=width + place * len(PIECES) + n, name="", cells=pieces[piece])
            for n, piece in enumerate(PIECES)
        ]
    two = name_columns(sampled[:width], fields=fields, chosen=frozenset(given_columns(sampled, given=given)))
    if two is not None:
        whole = joined_names(table[two[0]], table[two[1]])
        for index in two:
            sampled[index] = blanked(sampled[index])
        title = " ".join(names[index].strip() for index in two).strip()
        index = width + len(glued) * len(PIECES)
        sampled.append(SampledColumn(index=index, name=title, cells=whole, told=KindName.PERSON_NAME))
    return sampled, two


def blanked(column: SampledColumn) -> SampledColumn:
    """Give a column without its name and cells."""
    return replace(column, name="", cells=pl.Series([""] * len(column.cells), dtype=pl.String))


def without_remarks(glued: tuple[int, ...], *, names: Sequence[str], table: Sequence[pl.Series]) -> tuple[int, ...]:
    """Give the columns to take apart: not one of free words, where another column tells who the row's person is.

    A number in a remark is as likely a child's, a neighbour's or the sender's.
    """
    remarks = {index for index in glued if is_remark(names[index])}
    if not remarks:
        return glued
    others = [cells for index, cells in enumerate(table) if index not in remarks]
    is_told = any(max(kind_shares(cells)[kind] for kind in WHOLE) >= SURE_SHARE for cells in others)
    return tuple(index for index in glued if index not in remarks) if is_told else glued


def cells_table(rows: Sequence[Sequence[str]], *, width: int) -> list[pl.Series]:
    """Give rows of one width as columns."""
    return [pl.Series([row[index] for row in rows], dtype=pl.String) for index in range(width)]


def header_only() -> RefusedError:
    """Give the refusal of a table without rows."""
    return RefusedError(
        "the dump has a header but no row", code="trace.header-only", hint="check that the export finished"
    )


def ragged() -> RefusedError:
    """Give the refusal of rows that do not agree on their number of cells."""
    return RefusedError(
        "more than half of the first rows have another number of cells than the rest",
        code="trace.ragged",
        hint="name the delimiter, or trace the parts one by one",
    )


def is_rigid(cells: pl.Series) -> bool:
    """Say whether nearly all cells of a column are numbers or codes without a blank."""
    return len(cells) > 0 and int(cells.str.contains(CODE).sum()) >= RIGID_SHARE * len(cells)


def shapes(cells: pl.Series) -> pl.Series:
    """Give codes with their digits and letters made alike."""
    return cells.str.replace_all(r"\d", "9").str.replace_all("[A-Za-z]", "a")


def few_shapes(cells: pl.Series) -> dict[str, float]:
    """Give what share of a column's codes has which shape; nothing if the shapes are many."""
    counts = Counter(shapes(cells.filter(cells.str.contains(CODE))).to_list())
    return {shape: count / counts.total() for shape, count in counts.items()} if len(counts) <= SHAPES_AT_MOST else {}
