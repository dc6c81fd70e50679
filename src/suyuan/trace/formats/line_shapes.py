"""Shapes of lines that are no plain separated text: cards, separators that vary, blocks of lines, quotes around or between cells."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from suyuan.kinds.plain import HAN
from suyuan.trace.columns.glued import BEFORE, MOBILE
from suyuan.trace.files.records import read_records
from suyuan.trace.formats.rows import Odd, Record, Row, Text, rows_of_records


def vcards(text: Text) -> Iterator[Record]:
    """Give the cards of a vCard file."""
    names = {"FN": "name", "TEL": "phone", "EMAIL": "email", "ADR": "address", "BDAY": "birthday", "UID": "uid"}
    record: dict[str, str] = {}
    for line in unfolded(text.lines()):
        key, _, value = line.partition(":")
        word, *options = key.upper().rpartition(".")[2].split(";")
        if word == "BEGIN":
            record = {}
        elif word == "END":
            yield record or Odd(reason="label", text=line)
        elif word in names or word == "N":
            if any("QUOTED-PRINTABLE" in option for option in options):
                value = quoted_printable(value, options=options)
            parts = [
                part.replace("\\,", ",").replace("\\;", ";").replace("\\n", " ").strip() for part in value.split(";")
            ]
            if word == "N" and "name" not in record:
                record["name"] = "".join(parts[:2])
            elif word != "N":
                cell = address_of(parts) if word == "ADR" else " ".join(filter(None, parts))
                record[names[word] if names[word] not in record or word == "FN" else f"{names[word]} 2"] = cell


def address_of(parts: list[str]) -> str:
    """Give an address of a card, whose parts go from the street outwards, in the order of its script."""
    post_box, extended, street, town, region, code, country = [*parts, *[""] * 7][:7]
    if re.search(f"[{HAN}]", street + town + region):
        return "".join((region, town, street, extended, post_box))
    return ", ".join(part for part in (street, extended, town, region, code, country) if part)


def quoted_printable(value: str, *, options: list[str]) -> str:
    """Give the text of a quoted-printable value."""
    import quopri

    charset = next((option.partition("=")[2] for option in options if option.startswith("CHARSET=")), "utf-8")
    try:
        return quopri.decodestring(value.encode()).decode(charset, "replace")
    except LookupError:
        return value


def unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Give the lines of a card with those that go on joined to the one before."""
    held = ""
    for line in lines:
        if line[:1] in (" ", "\t") and len(held) < 1 << 16:
            held += line[1:]
        elif held.endswith("=") and "QUOTED-PRINTABLE" in held.upper() and len(held) < 1 << 16:
            held = held[:-1] + line
        else:
            if held:
                yield held
            held = line
    if held:
        yield held


def split_lines(text: Text, *, separator: str) -> Iterator[Row]:
    """Give the cells of every line under a separator of any length; a blank one means any run of white space."""
    for line in text.lines():
        if line.strip():
            yield line.split(separator) if separator else line.split()


def run_lines(text: Text, *, separator: str) -> Iterator[Row]:
    """Give the cells of every line under a separator of one character several times over, which is written longer in some.

    What a run has too many is nobody's: neither the cell before nor the one behind begins or ends with it.
    """
    runs = re.compile(f"((?:{re.escape(separator)})+){re.escape(separator[0])}*")
    for line in text.lines():
        if line.strip():
            yield runs.sub(r"\1", line).split(separator)


def has_longer_runs(text: str, *, separator: str) -> bool:
    """Say whether a separator of one character several times over is written with one or more too many in some lines."""
    if len(separator) < 2 or len(set(separator)) > 1:
        return False
    mark = re.escape(separator[0])
    return (
        re.search(rf"(?<!{mark})(?:{re.escape(separator)})+{mark}{{1,{len(separator) - 1}}}(?!{mark})", text)
        is not None
    )


BLOCK_LINES: Final = 20
BLOCKS_LEAST: Final = 5
BLOCKS_ALIKE: Final = 0.8
"""How many lines a record may have, how many records must be seen, and which share of them has as many lines as most."""


def block_rows(text: Text) -> Iterator[Row]:
    """Give the lines between two blank ones as the cells of a row."""
    held: list[str] = []
    for line in text.lines():
        if line.strip():
            held.append(line.strip())
        if held and (not line.strip() or len(held) > BLOCK_LINES):
            yield held
            held = []
    if held:
        yield held


def is_in_blocks(head: str) -> bool:
    """Say whether a text is records of a few lines each, a value on a line, with blank lines between them.

    Not where numbers of people stand on several lines of a record: these lines are rows, on short pages.
    """
    blocks = [block.split("\n") for block in BLANK_LINES.split(head.strip("\n"))]
    counts = Counter(map(len, blocks))
    lines, alike = max(counts.items(), key=lambda item: item[1])
    if len(blocks) < BLOCKS_LEAST or not 1 < lines <= BLOCK_LINES or alike < BLOCKS_ALIKE * len(blocks):
        return False
    numbers = Counter(
        place for block in blocks if len(block) == lines for place, line in enumerate(block) if NUMBER.search(line)
    )
    return sum(count * 2 > alike for count in numbers.values()) == 1


BLANK_LINES: Final = re.compile(r"\n(?:[^\S\n]*\n)+")
NUMBER: Final = re.compile(BEFORE + MOBILE)

APART: Final = re.compile(r"[ \t\u3000]{2,}|\t")
"""Two blanks or more, or a tabulator: what parts columns where one blank stands within a cell."""


def apart_lines(text: Text) -> Iterator[Row]:
    """Give the cells of every line that two blanks or more part."""
    for line in text.lines():
        if line.strip():
            yield APART.split(line.strip())


WRAPPED: Final = re.compile(r'^\s*"((?:[^"]|"")*)"[,;|\t]*\s*$')
"""A line that stands in quotes as a whole, its own quotes doubled; empty cells may follow it."""


def unwrapped(line: str) -> str:
    """Give a line without the quotes that enclose the whole of it, if they do."""
    found = WRAPPED.match(line)
    return found[1].replace('""', '"') if found else line


def unwrapped_rows(text: Text, *, delimiter: str) -> Iterator[Row]:
    """Give the records of lines each of which stands in quotes as a whole."""
    lines = (unwrapped(line) + "\n" for line in text.lines() if line.strip())
    return rows_of_records(read_records(lines, delimiter=delimiter, quote='"' if len(delimiter) == 1 else ""))


def blank_quoted_rows(text: Text, *, width: int) -> Iterator[Row]:
    """Give the records of cells in quotes that blanks part, as R writes them; its header has no name for the row's own."""
    lines = (line + "\n" for line in text.lines() if line.strip())
    for row in rows_of_records(read_records(lines, delimiter=" ", quote='"')):
        yield ["", *row] if not isinstance(row, Odd) and len(row) == width - 1 else row


def tightened(line: str, *, mark: str) -> str:
    """Give a line without the blanks that stand between quotes and separators, where no reader expects them."""
    line = re.sub(rf'"[ \t]+(?=[{re.escape(mark)}\r\n]|$)', '"', line)
    return re.sub(rf'(^|[{re.escape(mark)}])[ \t]+(?=")', r"\1", line)


def tightened_rows(text: Text, *, delimiter: str) -> Iterator[Row]:
    """Give the records of separated text with blanks around its quotes."""
    lines = (tightened(line, mark=delimiter) + "\n" for line in text.lines())
    return rows_of_records(read_records(lines, delimiter=delimiter, quote='"'))


def whole_line_rows(text: Text) -> Iterator[Row]:
    """Give every line that is not blank as one cell."""
    for line in text.lines():
        if line.strip():
            yield [line.strip()]
