"""What PHP's `serialize` writes, one value a line among other cells or one value in all; nothing is ever made of a class."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from suyuan.trace.formats.candidates import FAIR_SHARE, OF_FIELDS, scored
from suyuan.trace.formats.json_rows import TURNED_CHARACTERS, record_of
from suyuan.trace.formats.rows import Odd, Part, Record, Text, part_of_records

LINES_LOOKED_AT: Final = 50
DEPTH_AT_MOST: Final = 40

BEGINS = re.compile(r'(?:^|(?<=[\t|,;: "]))(?=[aO]:\d{1,9}:(?:"[^"\n]{1,99}":\d{1,9}:)?\{(?:[isb]:|\}))')
TRIED: Final = 4

SCALAR = re.compile(r"(?P<kind>[ibdrR]):(?P<value>[-+\w.]{1,400});|N;")
GROUP = re.compile(r'(?:a|O:\d{1,9}:"[^"]{1,99}"):(?P<size>\d{1,9}):\{')
STRING = re.compile(r's:(?P<size>\d{1,9}):"')
FOLLOWS = re.compile(r'";(?=[aOsibdrRN][:;]|\}|\s*\Z)')
"""The end of a text whose length is told in the bytes of another codec."""

CODECS: Final = ("utf-8", "gb18030")


def value_at(text: str, at: int, *, depth: int = 0) -> tuple[object, int]:
    """Give the value that begins at a place, and where it ends.

    Raises: ValueError: it is no such value, or breaks off.
    """
    if (scalar := SCALAR.match(text, at)) is not None:
        is_number = scalar["kind"] in ("i", "d")
        value = scalar["value"] if is_number else None if scalar["kind"] != "b" else scalar["value"] == "1"
        return value, scalar.end()
    if (string := STRING.match(text, at)) is not None:
        end = end_of(text, string.end(), size=int(string["size"]))
        return text[string.end() : end], end + 2
    group = GROUP.match(text, at)
    if group is None or depth > DEPTH_AT_MOST:
        raise ValueError("no value")
    place = group.end()
    found: dict[str, object] = {}
    while not text.startswith("}", place):
        key, place = value_at(text, place, depth=depth + 1)
        if not isinstance(key, str):
            raise ValueError("no key")
        # Of a class's own properties the name follows that of the class, between zero characters.
        found[key.rpartition("\0")[2]], place = value_at(text, place, depth=depth + 1)
    is_list = list(found) == [str(number) for number in range(len(found))]
    return list(found.values()) if is_list and found else found, place + 1


def end_of(text: str, start: int, *, size: int) -> int:
    """Give where a text of so many bytes ends: of UTF-8, of GBK, or where what must follow it does.

    Raises: ValueError: nowhere.
    """
    piece = text[start : start + size]
    for codec in CODECS:
        held = piece.encode(codec, "replace")[:size].decode(codec, "ignore")
        if text.startswith('";', start + len(held)):
            return start + len(held)
    found = FOLLOWS.search(text, start)
    if found is None:
        raise ValueError("no end")
    return found.start()


def people_of(line: str) -> list[Record]:
    """Give the records of a line: the objects of the list that it holds, or the one object with the cells beside it."""
    for begins in islice(BEGINS.finditer(line), TRIED):
        start = begins.start()
        is_quoted = line.startswith('"', max(0, start - 1)) and start > 0
        if is_quoted:
            # A cell of separated text, whose own quotes are doubled.
            line = line[:start] + line[start:].replace('""', '"')
        try:
            value, end = value_at(line, start)
        except ValueError:
            continue
        if isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
            return [record_of(one, text="") for one in value]
        record = record_of(value, text=line)
        before, after = line[: start - is_quoted], line[end + is_quoted :]
        mark = before[-1:] or after[:1]
        cells = [*before[:-1].split(mark), *after[1:].split(mark)] if mark.strip(" ;") else []
        if isinstance(record, Mapping) and before + after:
            record = {**{str(place): cell for place, cell in enumerate(cells) if cell}, **record}
        return [record]
    return [Odd(reason="json", text=line)]


def serialized_records(text: Text) -> Iterator[Record]:
    """Give the records of every line."""
    for line in text.lines(alone=True):
        if line.strip():
            yield from people_of(line)


def whole_records(text: Text) -> Iterator[Record]:
    """Give the records of a text that is one value."""
    whole = ""
    for piece in text.pieces():
        whole += piece
        if len(whole) > TURNED_CHARACTERS:
            return
    yield from people_of(whole.strip("\ufeff \t\r\n"))


def serialized_parts(head: str, *, text: Text, fields: OF_FIELDS) -> list[Part] | None:
    """Give the table of such lines, or of one such value; None of other text."""
    lines = [line for line in islice(head.split("\n"), LINES_LOOKED_AT) if line.strip()]
    if not lines or sum(BEGINS.search(line) is not None for line in lines) < FAIR_SHARE * len(lines):
        return None
    is_one = len(lines) == 1
    read = whole_records if is_one else serialized_records
    part = part_of_records("objects", lambda: read(text))
    return None if part is None or scored(part, fields=fields) <= 0 else [part]
