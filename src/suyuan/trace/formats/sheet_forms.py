"""Sheets that are no table: a form with each label beside its value, or a table turned round with the labels at its left."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest
from typing import Final

from suyuan.trace.columns.headers import ANOTHER, KIND_OF_WORD, plain_name, words_in
from suyuan.trace.formats.rows import Odd, Row

HEAD_ROWS: Final = 200
LABELS_LEAST: Final = 3
"""Different labels of one person from which a sheet may be a form."""

COVERED: Final = 0.8
"""The share of the filled cells that must be labels and their values."""

LABEL_CHARACTERS: Final = 12
TURNED_ROWS: Final = 100
TURNED_LEAST: Final = 2
"""People beside one another from which a table is turned round rather than a form of one."""


def as_table(rows: Iterator[Row]) -> Iterator[Row]:
    """Give the rows of a sheet; of a form, and of a table turned round, a header and a row for each person.

    Test: tests/unit/trace/test_sheets.py.
    """
    head = list(islice(rows, HEAD_ROWS))
    sample = [row for row in head if not isinstance(row, Odd)]
    if len(sample) == len(head) < HEAD_ROWS and is_turned(sample):
        yield from map(list, zip_longest(*(row for row in sample if is_label(row[first_filled(row)])), fillvalue=""))
    elif len(sample) == len(head) and is_of_forms(sample):
        yield from of_records(records_of(row for row in chain(head, rows) if not isinstance(row, Odd)))
    else:
        yield from chain(head, rows)


def is_label(cell: str) -> bool:
    """Say whether a cell is a word that names a value, of whatever kind."""
    bare = cell.strip().strip(":：*")
    is_known = words_in((bare, bare), known=KIND_OF_WORD) > 0 or ANOTHER.match(plain_name(bare)) is not None
    return 0 < len(bare) <= LABEL_CHARACTERS and is_known


def first_filled(row: Sequence[str]) -> int:
    """Give the place of the first cell with anything in it."""
    return next((place for place, cell in enumerate(row) if cell.strip()), 0)


def is_turned(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether nearly all rows begin with a label, each its own, and go on with the values of several people."""
    begun = [row for row in rows if row and is_label(row[first_filled(row)])]
    if len(rows) > TURNED_ROWS or len(begun) < LABELS_LEAST or len(begun) < COVERED * len(rows):
        return False
    labels = [row[first_filled(row)].strip() for row in begun]
    values = [[cell for cell in row[first_filled(row) + 1 :] if cell.strip()] for row in begun]
    is_many = sum(len(cells) >= TURNED_LEAST for cells in values) >= COVERED * len(begun)
    return is_many and len(set(labels)) == len(labels) and not any(is_label(cell) for cells in values for cell in cells)


def is_of_forms(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether nearly all that is filled is labels with their values, some of them different.

    A table's header has labels beside labels, and below it no label at all; a row with its kind in a column of its own
    (手机, number, name) has more than that beside it.
    """
    found = [pair for row in rows for pair in labels_of(row)]
    values = sum(bool(value) for _, value in found)
    # A line of its own above a form is its title.
    filled = [[cell for cell in row if cell.strip()] for row in rows]
    cells = sum(len(row) for row in filled if len(row) > 1)
    is_covered = len(found) + values >= COVERED * cells > 0
    return len({label for label, value in found if value}) >= LABELS_LEAST and values * 2 > len(found) and is_covered


def labels_of(row: Sequence[str]) -> list[tuple[str, str]]:
    """Give the labels of a row, each with the value behind it; an empty one where another label or nothing follows."""
    cells = [cell.strip() for cell in row if cell.strip()]
    labels = [*map(is_label, cells), True]
    return [
        (cell.strip(":：*"), "" if labels[place + 1] else cells[place + 1])
        for place, cell in enumerate(cells)
        if labels[place]
    ]


def records_of(rows: Iterator[Sequence[str]]) -> Iterator[dict[str, str]]:
    """Give the records of forms: each begins with the label that the first began with.

    Another label that comes again within one is somebody else's, of whom the label before it tells: 紧急联系人, 电话.
    """
    record: dict[str, str] = {}
    begin = before = ""
    for label, value in chain.from_iterable(map(labels_of, rows)):
        begin = begin or label
        if label == begin and record:
            yield record
            record = {}
        name = label if label not in record else before + label
        if name not in record:
            record[name] = value
        before = label
    if record:
        yield record


def of_records(records: Iterator[dict[str, str]]) -> Iterator[Row]:
    """Give records as a header and the rows below it."""
    whole = list(records)
    labels = list(dict.fromkeys(label for record in whole for label in record))
    yield labels
    for record in whole:
        yield [record.get(label, "") for label in labels]
