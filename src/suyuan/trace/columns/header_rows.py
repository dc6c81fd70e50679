"""Where the header of a table is among its first rows, how many columns it tells, and where it comes again."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from suyuan.errors import RefusedError
from suyuan.kinds.column import kind_shares
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.glued import OF_PEOPLE
from suyuan.trace.columns.headers import (
    SURE,
    hint_of,
    is_header,
    is_of_groups,
    is_second,
    known_words,
    of_two_rows,
    plain_name,
    words_in,
)
from suyuan.trace.files.dialect import modal_width
from suyuan.trace.formats.rows import Odd, Part, Row

HEADER_ROWS: Final = 30
"""A header stands within the first rows: title lines, a date, a total may come before it."""

WIDTH_AT_MOST: Final = 1_000

LISTED: Final = 1_000
"""Rows of a list that are looked at below a word that may name it."""


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
    cells = pl.Series([row[0] for row in rows[:LISTED] if len(row) == 1], dtype=pl.String)
    return len(cells) > 0 and max(kind_shares(cells).values()) >= SURE


def is_repeated(row: Row, *, header: tuple[str, ...] | None) -> bool:
    """Say whether a row is the header again."""
    return header is not None and not isinstance(row, Odd) and is_same(row, header)


def is_same(row: Sequence[str], header: Sequence[str]) -> bool:
    """Say whether two rows are the same but for case, punctuation and what nobody sees."""
    return len(row) == len(header) and all(map(str.__eq__, map(plain_name, row), map(plain_name, header)))
