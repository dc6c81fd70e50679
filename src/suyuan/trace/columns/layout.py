"""How a table lies in its rows: where its header is, how wide it is, which column is which field."""

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
from suyuan.trace.columns.columns import SampledColumn, assign_columns, given_columns
from suyuan.trace.columns.glued import CROWD, PIECES, WHOLE, WHOLE_NAME, is_crowded, taken_apart, to_be_parted
from suyuan.trace.columns.headers import (
    ENDINGS,
    NUMBERED,
    SURE,
    hint_of,
    is_header,
    is_of_groups,
    is_other_number,
    is_remark,
    is_second,
    known_words,
    of_two_rows,
    plain_name,
    words_in,
)
from suyuan.trace.columns.marks import is_marked, without_marks
from suyuan.trace.columns.name_parts import joined_names, name_columns
from suyuan.trace.dump import SURE_SHARE, DumpColumn, fields_of, kinds_of
from suyuan.trace.files.damage import cleaned
from suyuan.trace.files.dialect import modal_width
from suyuan.trace.formats.rows import Odd, Part, Row

SAMPLE: Final = 4_000
KEPT: Final = 1_000
HEADER_ROWS: Final = 30
"""A header stands within the first rows: title lines, a date, a total may come before it."""

WIDTH_AT_MOST: Final = 1_000

OF_PEOPLE: Final = re.compile(r"\d{9,}|\d{3,4}[ -]\d{4}|@")
"""A number of somebody's or a mailbox; the year in a title is none."""

NAMES_LEAST: Final = 4
"""Names that a column must hold to tell of people."""

CODE: Final = r"^[0-9A-Za-z.:/+_-]+(?: [0-9.:/+_-]+)*$"
"""Numbers, codes and moments: no words."""

RIGID_SHARE: Final = 0.9

SHAPES_AT_MOST: Final = 24
"""Shapes of a column's codes from which they say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table lies in its rows.

    `skip` rows come before the data: titles and the header. `header` is the row that names the columns, where it may
    come again. `glued` are the columns taken apart, whose pieces follow the `width` columns in their order. `name_in_two` are
    the columns of given name and surname; the whole name follows the pieces. `rigid` are
    the columns of numbers and codes, in whose cells words would not pass unseen, and what share of their cells has which shape, if these are few. `spare` are the columns in which a
    field's value stands where its own has none.
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
    )


def named_columns(
    sample: list[list[str]], *, part: Part, fields: Mapping[FieldName, KindName], header: bool | None
) -> tuple[int, tuple[str, ...], tuple[str, ...] | None]:
    """Give how many rows come before the data, a name for each column, and the header if one is there.

    Raises: RefusedError: `trace.format`, more columns than any table of people has.
    """
    width = len(part.names) if part.names is not None else modal_width(sample)[0]
    if width > WIDTH_AT_MOST:
        raise RefusedError(
            f"the dump has more than {WIDTH_AT_MOST} columns", code="trace.format", hint="name its delimiter"
        )
    if part.names is not None:
        return 0, part.names, tuple(sample[0]) if sample[0] and is_same(sample[0], part.names) else None
    width = told_width(sample, width=width, fields=fields) if header is not False else width
    skip, first = find_header(sample, width=width, fields=fields, given=header)
    if first is not None and 0 < skip < len(sample) and is_second(sample[skip], first=first):
        skip, first = skip + 1, of_two_rows(first, sample[skip])
    elif first is not None and skip > 1 and is_of_groups(sample[skip - 2], below=first):
        first = of_two_rows(sample[skip - 2], first)
    return skip, tuple(((list(first) if first else []) + [""] * width)[:width]), first


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
    sampled = [SampledColumn(index=i, name=names[i].strip(), cells=cells) for i, cells in enumerate(bare)]
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
        sampled.append(SampledColumn(index=width + len(glued) * len(PIECES), name=title, cells=whole))
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


def spare_columns(
    sampled: Sequence[SampledColumn], *, columns: Sequence[DumpColumn]
) -> dict[FieldName, tuple[int, ...]]:
    """Give the columns of nobody's that hold numbers and mailboxes of a field's kind, by header or content.

    Where more people than one stand in a row the other number may be the other's: then only columns whose names begin
    alike are one person's, as 收件手机 and 收件固话 are.
    """
    free = [one for one in sampled if columns[one.index].field is None]
    is_alone = sum(map(is_of_person, sampled)) < 2
    found: dict[FieldName, tuple[int, ...]] = {}
    for column in columns:
        kind = column.kind
        if column.field is not None and kind is not None and kind in WHOLE and column.index < len(sampled):
            own = stem(column.name, kind=kind)
            found[column.field] = tuple(
                one.index
                for one in free
                if is_spare(one, kind=kind) and (is_alone or (own and stem(one.name, kind=kind) == own))
            )
    return {name: places for name, places in found.items() if places}


def is_of_person(column: SampledColumn) -> bool:
    """Say whether a column tells of a person: most of what it holds are names, and not the same few words again and again."""
    filled = column.cells.filter(column.cells != "")
    names = min(int(filled.str.contains(WHOLE_NAME).sum()), filled.n_unique())
    return len(filled) >= NAMES_LEAST and names * 2 > len(filled)


def stem(name: str, *, kind: KindName) -> str:
    """Give what the name of a column says before the word for its kind: whose the value is."""
    plain = NUMBERED.sub("", plain_name(name))
    ending = max((word for word in ENDINGS[kind] if plain.endswith(word)), key=len, default="")
    return plain.removesuffix(ending) if ending else ""


def is_spare(column: SampledColumn, *, kind: KindName) -> bool:
    """Say whether a column's header tells a kind, or, where it tells nothing, nearly all that it holds."""
    if is_other_number(column.name):
        return False
    if column.name:
        return hint_of(column.name).get(kind, 0.0) > 0
    filled = column.cells.filter(column.cells != "")
    return len(filled) > 0 and int(filled.str.contains(WHOLE[kind]).sum()) >= SURE * len(filled)


def has_spare(table: Sequence[pl.Series], *, header: Sequence[str] | None) -> bool:
    """Say whether a header names several columns of numbers or mailboxes, and in some rows only one of them has any."""
    for kind in WHOLE if header else ():
        filled = [
            cells != ""
            for name, cells in zip(header or (), table, strict=False)
            if hint_of(name).get(kind, 0.0) > 0 and not is_other_number(name)
        ]
        if any(bool((one & ~other).any()) for one in filled for other in filled):
            return True
    return False


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


def is_side_by_side(names: Sequence[str]) -> bool:
    """Say whether the header is one group of columns several times over: `name, phone, name, phone`, a blank one between or not."""
    plain = [plain for name in names if (plain := plain_name(name))]
    for size in range(2, len(plain) // 2 + 1):
        if plain == plain[:size] * (len(plain) // size):
            return sum(any(weight > 0 for weight in hint_of(name).values()) for name in plain[:size]) > 1
    return False


def told_width(sample: Sequence[Sequence[str]], *, width: int, fields: Mapping[FieldName, KindName]) -> int:
    """Give the number of columns that a header at the top tells, where rows are wider than it and not just by empty cells.

    An address at a row's end that holds the separator makes most rows wider than the header, each as it pleases.
    """
    header = sample[0]
    if not 1 < len(header) < width or words_in(header, known=known_words(fields)) < 2:
        return width
    wider = [row for row in sample[1:] if len(row) > len(header)]
    is_told = is_header([header, *sample[1:]], fields=fields) and any(any(row[len(header) :]) for row in wider)
    return len(header) if is_told else width


def folded(row: Sequence[str], *, width: int, header: tuple[str, ...] | None, delimiter: str) -> list[str]:
    """Give a row that is too wide for a header that ends with an address as it would be with that in one cell."""
    if header is None or not 0 < width < len(row) or KindName.POSTAL_ADDRESS not in hint_of(header[width - 1]):
        return list(row)
    return [*row[: width - 1], delimiter.join(row[width - 1 :])]


def find_header(
    sample: Sequence[Sequence[str]], *, width: int, fields: Mapping[FieldName, KindName], given: bool | None
) -> tuple[int, tuple[str, ...] | None]:
    """Give how many rows come before the data, and the header if one of them is it.

    A row of known words wins wherever it stands within the first ones, for titles may come before it; otherwise only
    the first row of the usual width may be a header.
    """
    if given is False:
        return 0, None
    known = known_words(fields)
    for place, row in enumerate(sample[:HEADER_ROWS]):
        if len(row) != width or words_in(row, known=known) < min(2, width):
            continue
        if width == 1 and place and not is_named_list(sample[place + 1 :]):
            continue
        if is_header(sample[place:], fields=fields):
            # People may stand before it too: a header in the middle names the columns and is no row. In a sheet a company's
            # own number stands there beside its label, and most cells of that row are empty.
            filled = sum(map(bool, row))
            is_inside = any(
                len(before) == width and sum(map(bool, before)) * 2 > filled and any(map(OF_PEOPLE.search, before))
                for before in sample[:place]
            )
            return (0 if is_inside else place + 1), tuple(row)
    first = next((place for place, row in enumerate(sample) if len(row) == width), 0)
    if given or (first < HEADER_ROWS and is_header(sample[first:], fields=fields)):
        return first + 1, tuple(sample[first])
    return 0, None


def is_named_list(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether nearly all rows are one cell of one kind: then a word above them may name it, wherever it stands."""
    cells = pl.Series([row[0] for row in rows[:KEPT] if len(row) == 1], dtype=pl.String)
    return len(cells) > 0 and max(kind_shares(cells).values()) >= SURE


def is_repeated(row: Row, *, header: tuple[str, ...] | None) -> bool:
    """Say whether a row is the header again."""
    return header is not None and not isinstance(row, Odd) and is_same(row, header)


def is_same(row: Sequence[str], header: Sequence[str]) -> bool:
    """Say whether two rows are the same but for case, punctuation and what nobody sees."""
    return len(row) == len(header) and all(map(str.__eq__, map(plain_name, row), map(plain_name, header)))
