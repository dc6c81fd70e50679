"""Tables that a text may hold, and which of them is likeliest: by how many rows it has and how much of people."""

from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Final

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.headers import known_words
from suyuan.trace.columns.layout import layout_of
from suyuan.trace.formats import labels
from suyuan.trace.formats.labelled_cells import cut_of, labelled_cells
from suyuan.trace.formats.rows import Odd, Part, Text, part_of_records

FAIR_SHARE: Final = 0.6
"""The share of rows that must agree on their number of cells for a separator to be believed."""

ROWS_COUNTED: Final = 200

OF_FIELDS = Mapping[FieldName, KindName]


def named(part: Part | None) -> list[Part]:
    """Give a part as a list; none is a refusal.

    Raises: RefusedError: `trace.format`.
    """
    if part is None:
        raise RefusedError("no record is found in the dump", code="trace.format", hint="export it as CSV")
    return [part]


def rows_counted(part: Part) -> int:
    """Give how many of a part's first rows can be read, less those that cannot."""
    return sum(-1 if isinstance(row, Odd) else 1 for row in islice(part.rows(), ROWS_COUNTED))


def scored(part: Part, *, fields: OF_FIELDS) -> float:
    """Give how much of people a part holds; 0 where nothing."""
    try:
        return layout_of(part, fields=fields, given={}).score
    except RefusedError:
        return 0.0


def labelled_parts(head: str, *, text: Text, fields: OF_FIELDS) -> list[Part] | None:
    """Give the table of text whose values have labels, or None if it is no such text."""
    lines = labels.head_lines(head)
    found = labels.labels_of(lines, known=known_words(fields))
    if found is None:
        return None
    how, is_a_line = found
    read = partial(labels.labelled_lines if is_a_line else labels.labelled_blocks, text, labels=how)
    if is_a_line and (cut := cut_of(lines, labels=how, fields=fields)) is not None:
        read = partial(labelled_cells, text, labels=how, cut=cut)
    part = part_of_records("records", read)
    return None if part is None or scored(part, fields=fields) <= 0 else [part]
