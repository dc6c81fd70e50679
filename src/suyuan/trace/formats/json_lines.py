"""Lines each of which holds one value of JSON, or of a program's own spelling of one: objects, lists, ends of log lines."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from suyuan.trace.formats.json_rows import flat, record_of
from suyuan.trace.formats.json_spelling import DECODER, literal_of
from suyuan.trace.formats.jsonl import is_text
from suyuan.trace.formats.rows import Odd, Record, Row, Text
from suyuan.trace.formats.sql_values import Backslash, row_at

TAILS_AT_MOST: Final = 8

TAIL = re.compile(r"(?:^|(?<=[\s|,;:=]))\{(?=\s*\")")


def tail_of(line: str) -> tuple[str, Mapping[str, object]] | None:
    """Give what stands before the object that ends a line, and that; None where no object of two keys or more does."""
    bare = line.rstrip(" \t\r\n,;")
    if not bare.endswith("}"):
        return None
    for found in islice(TAIL.finditer(bare), TAILS_AT_MOST):
        try:
            value, end = DECODER.raw_decode(bare, found.start())
        except (ValueError, RecursionError):
            continue
        if end == len(bare) and isinstance(value, Mapping) and len(value) > 1:
            return bare[: found.start()], value
    return None


def tail_records(text: Text) -> Iterator[Record]:
    """Give the object that ends every line; what stands before it, between tabs, keeps the number of its place."""
    for line in text.lines(alone=True):
        if not line.strip():
            continue
        found = tail_of(line)
        if found is None:
            yield Odd(reason="json", text=line)
            continue
        before, value = found
        record = record_of(value, text=line)
        if isinstance(record, Mapping):
            cells = enumerate(before.strip().split("\t")) if before.strip() else ()
            record = {**{str(place): cell for place, cell in cells}, **record}
        yield record


def literal_lines(text: Text) -> Iterator[Row]:
    """Give the values of every line that is one list of JSON or one tuple of Python; nothing is evaluated."""
    for line in text.lines(alone=True):
        bare = line.strip().rstrip(",;")
        if not bare or bare in ("[", "]"):
            continue
        try:
            value = DECODER.decode(bare)
        except (ValueError, RecursionError):
            value = literal_of(bare)
        if value is None:
            # NULL and the calls of SQL are no literals of Python.
            cells, end = row_at(bare, 0, end=len(bare), backslash=Backslash.ESCAPES)
            yield cells if end == len(bare) else Odd(reason="json", text=line)
            continue
        if not isinstance(value, list | tuple):
            yield Odd(reason="json", text=line)
            continue
        cells = ["" if cell is None else " ".join(flat(cell).values()) for cell in value]
        yield cells if is_text("".join(cells)) else Odd(reason="json", text=line)
