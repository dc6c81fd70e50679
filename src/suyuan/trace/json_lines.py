"""Lines each of which holds one value of JSON, or of a program's own spelling of one: objects, lists, ends of log lines."""

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from suyuan.trace.json_rows import DECODER, at_path, flat, record_of, uncalled
from suyuan.trace.jsonl import is_text
from suyuan.trace.rows import Odd, Record, Row, Text
from suyuan.trace.sql_values import Backslash, row_at

LITERAL_CHARACTERS: Final = 1 << 16
"""The longest line that is looked at as a literal of Python."""

TAILS_AT_MOST: Final = 8

ACTIONS: Final = frozenset({"index", "create", "update", "delete"})


def is_action(value: object) -> bool:
    """Say whether an object is a line of a bulk request that only names the document of the next one."""
    if not isinstance(value, Mapping) or len(value) != 1 or not value.keys() <= ACTIONS:
        return False
    [inner] = value.values()
    return isinstance(inner, Mapping) and all(key.startswith("_") or key == "retry_on_conflict" for key in inner)


def listed_records(text: Text, *, path: str) -> Iterator[Record]:
    """Give every object of the list that stands under a path within the object of each line."""
    for line in text.lines(alone=True):
        if not line.strip():
            continue
        try:
            inner = at_path(DECODER.decode(line.strip().rstrip(",")), path=path)
        except (ValueError, RecursionError):
            inner = None
        if not isinstance(inner, list):
            yield Odd(reason="json", text=line)
            continue
        for value in inner:
            yield record_of(value, text=line)


def json_lines(text: Text) -> Iterator[Record]:
    """Give the object of every line that is not blank, whatever is within it; Python's own spelling is read too."""
    for line in text.lines(alone=True):
        bare = line.strip().strip("\x1e\ufeff").rstrip(",")
        if not bare or bare in ("[", "]"):
            continue
        try:
            value = DECODER.decode(bare)
            if isinstance(value, str) and value[:1] == "{":
                # An object that was written as text once more.
                value = DECODER.decode(value)
        except (ValueError, RecursionError):
            yield shell_record(bare, text=line)
            continue
        if not is_action(value):
            yield record_of(value, text=line)


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


def literal_of(bare: str) -> object:
    """Give the value that Python's `print` wrote on a line, or None."""
    try:
        return ast.literal_eval(bare) if len(bare) <= LITERAL_CHARACTERS else None
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        # A list within a set is a literal to the parser, and no value.
        return None


def shell_record(bare: str, *, text: str) -> Record:
    """Give the record of a line that is JSON but for the calls that a database's shell puts around values."""
    plain = uncalled(bare)
    if plain != bare:
        try:
            return record_of(DECODER.decode(plain), text=text)
        except (ValueError, RecursionError):
            pass
    return python_record(bare, text=text)


def python_record(bare: str, *, text: str) -> Record:
    """Give the record of a line that Python's `print` wrote: literals alone, nothing is evaluated."""
    return record_of(literal_of(bare) if bare.startswith("{") else None, text=text)
