"""Separated text with line ends within its quotes: its lines alone say nothing of what it is."""

import re
from typing import Final

from suyuan.kinds.column import kind_shares
from suyuan.terms import KindName
from suyuan.trace.columns.glued import WHOLE
from suyuan.trace.columns.layout import cells_table
from suyuan.trace.dump import SURE_SHARE
from suyuan.trace.files.dialect import Dialect, DumpFormat, choose_delimiter, modal_width, sample_rows
from suyuan.trace.formats.torn import is_broken_up, swallowed

LEFT_OPEN: Final = re.compile(r'(?:^|[,;|\t\x01\x02\x1f])"(?:[^"\n]|"")*+\n', re.MULTILINE)
"""A quote that begins a cell and is not closed on its line."""

AGREEING: Final = 0.9
"""The share of records that must be of one width for the quotes to be believed."""

RECORDS_LEAST: Final = 3

TELLING: Final = frozenset({*WHOLE, KindName.PERSON_NAME})


def is_quoted_table(head: str) -> bool:
    """Say whether a text is a table some of whose quoted cells go over several lines, and a column of it tells people.

    A line within such a cell may look like one of a chat, a label or a statement, and so may the line in which it ends.
    Not where lines that a stray quote has swallowed are rows by themselves, nor where people stand in such cells alone.

    Test: tests/unit/trace/test_quoted_lines.py.
    """
    if LEFT_OPEN.search(head) is None:
        return False
    delimiter = choose_delimiter(head, quote='"', given=None)
    if len(delimiter) > 1:
        return False
    rows = sample_rows(head, delimiter=delimiter, quote='"')
    width, share = modal_width(rows)
    if width < 2 or share < AGREEING or len(rows) < RECORDS_LEAST:
        return False
    dialect = Dialect(format=DumpFormat.DELIMITED, delimiter=delimiter, quote='"', width=width)
    fit = [row for row in rows if len(row) == width]
    broken = [row for row in fit if is_broken_up(row)]
    if sum(not swallowed(row, dialect=dialect) for row in broken) * 2 <= len(broken):
        return False
    own = [cells for cells in cells_table(fit, width=width) if not cells.str.contains(r"[\r\n]").any()]
    return any(kind_shares(cells)[kind] >= SURE_SHARE for cells in own for kind in TELLING)
