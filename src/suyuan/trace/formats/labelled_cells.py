"""Separated text one column of which holds labelled text: `1001,收件人：张三 电话：138... 地址：...,文件,21.00`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.headers import is_header
from suyuan.trace.files.dialect import choose_delimiter, modal_width
from suyuan.trace.files.records import Broken, read_records
from suyuan.trace.formats.label_block import fresh_name
from suyuan.trace.formats.labels import Labels, found_in, labelled, plain
from suyuan.trace.formats.rows import Odd, Record, Text

ALIKE: Final = 0.95
"""The share of lines that must have as many cells as most, and their labels in the same one alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How lines are cut: the labels stand in the cell at `place`, of `width`. `header` names the cells, if a line does."""

    delimiter: str
    place: int
    width: int
    header: tuple[str, ...] = field(repr=False)


def cut_of(lines: Sequence[str], *, labels: Labels, fields: Mapping[FieldName, KindName]) -> Cut | None:
    """Give how lines with labels are cut into cells; None where they are not.

    Not where labels stand in several cells, for then the separator parts these, nor where an address makes the number
    of cells differ, nor without a header where nothing follows the labelled cell.

    Test: tests/unit/trace/test_glued_lines.py.
    """
    filled = [line for line in lines if line.strip()]
    delimiter = choose_delimiter("\n".join(filled) + "\n", quote='"', given=None)
    rows = [cells_of(line, delimiter=delimiter) for line in filled]
    width, share = modal_width(rows)
    if width < 2 or share < ALIKE:
        return None
    labelled_places = [places_of(row, labels=labels) for row in rows]
    is_named = len(rows[0]) == width and not labelled_places[0] and is_header(rows, fields=fields)
    counts = Counter(map(tuple, labelled_places[is_named:]))
    most, count = counts.most_common(1)[0] if counts else ((), 0)
    if len(most) != 1 or count < ALIKE * (len(rows) - is_named) or not (is_named or most[0] < width - 1):
        return None
    return Cut(delimiter=delimiter, place=most[0], width=width, header=tuple(rows[0]) if is_named else ())


def cells_of(line: str, *, delimiter: str) -> list[str]:
    """Give the cells of a line; none where its quoting is broken."""
    quote = '"' if len(delimiter) == 1 else ""
    record = next(read_records(iter((line.lstrip("\ufeff") + "\n",)), delimiter=delimiter, quote=quote), [])
    return [] if isinstance(record, Broken) else record


def places_of(row: Sequence[str], *, labels: Labels) -> list[int]:
    """Give the cells of a row in which a label stands."""
    return [
        place
        for place, cell in enumerate(row)
        if any(one[0] in labels.words for one in found_in(plain(cell, bracketed=labels.bracketed)))
    ]


def labelled_cells(text: Text, *, labels: Labels, cut: Cut) -> Iterator[Record]:
    """Give one record for each line: the values of its labelled cell, and its other cells under their header."""
    for line in text.lines(alone=True):
        if not line.strip():
            continue
        row = cells_of(line, delimiter=cut.delimiter)
        if len(row) != cut.width:
            yield Odd(reason="width" if row else "quote", text=line)
            continue
        if tuple(row) == cut.header:
            continue
        lead, record = labelled(row[cut.place], labels=labels)
        if not record:
            yield Odd(reason="label", text=line)
            continue
        others = [*row[: cut.place], lead, *row[cut.place + 1 :]]
        if cut.header:
            tried: dict[str, int] = {}
            for word, cell in zip(cut.header, others, strict=True):
                record[fresh_name(word.strip(), taken=record, tried=tried)] = cell
        else:
            record[""] = " ".join(filter(None, others))
        yield record
