"""Lines of a web server's log whose objects it wrote with `\\x22` for every quote and `\\xE5` for every byte beyond ASCII."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from suyuan.errors import RefusedError
from suyuan.trace.formats.candidates import OF_FIELDS, scored
from suyuan.trace.formats.json_rows import record_of
from suyuan.trace.formats.json_spelling import DECODER
from suyuan.trace.formats.rows import Odd, Part, Record, Text, part_of_records

LINES_LOOKED_AT: Final = 50
LINE_CHARACTERS: Final = 1 << 18
"""The longest line that is decoded."""

BYTE: Final = re.compile(rb"\\x([0-9A-Fa-f]{2})")
IN_JSON: Final = {0x22: rb"\"", 0x5C: rb"\\"}


def is_spelled(head: str) -> bool:
    """Say whether half of a text's first lines or more hold objects whose quotes are spelled as bytes."""
    lines = [line for line in islice(head.split("\n"), LINES_LOOKED_AT) if line.strip()]
    return sum("\\x22" in line and ":" in line for line in lines) * 2 >= max(2, len(lines))


def spelled_parts(text: Text, *, fields: OF_FIELDS) -> list[Part]:
    """Give the table of the objects of such lines.

    Raises: RefusedError: `trace.format`, they are no objects about people.
    """
    part = part_of_records("objects", lambda: spelled_records(text))
    if part is None or scored(part, fields=fields) <= 0:
        raise RefusedError(
            r"the lines of the log spell their bytes as \x22, and no objects about people stand in them",
            code="trace.format",
            hint=r"write the log without these escapes, or decode them first",
        )
    return [part]


def spelled_records(text: Text) -> Iterator[Record]:
    """Give the object of every line, with what an object written as text within it holds."""
    for line in text.lines(alone=True):
        if line.strip():
            yield spelled_record(line)


def spelled_record(line: str) -> Record:
    """Give the record of one line: the line itself where it is an object, else the object that stands in it."""
    if len(line) > LINE_CHARACTERS:
        return Odd(reason="json", text="")
    is_object = line.lstrip().startswith("{")
    whole = decoded(line, is_object=is_object)
    if not is_object:
        whole = whole[whole.find("{") : whole.rfind("}") + 1]
    try:
        value = DECODER.decode(whole.strip())
    except (ValueError, RecursionError):
        return Odd(reason="json", text=line)
    return record_of(value, text=line)


def decoded(line: str, *, is_object: bool) -> str:
    """Give a line with its bytes as characters, be they of UTF-8 or of GBK; as it is where they are of neither.

    Args:
        is_object: the line is JSON, in which a quote within a text has a backslash before it.
    """

    def one(found: re.Match[bytes]) -> bytes:
        byte = int(found[1], 16)
        if byte < 0x20:
            return b" "
        return IN_JSON.get(byte, bytes((byte,))) if is_object else bytes((byte,))

    raw = BYTE.sub(one, line.encode())
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return line
