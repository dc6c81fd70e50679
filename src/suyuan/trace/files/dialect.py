"""How a dump is written down: enough for anyone to read the very same cells with Python's standard library alone."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from suyuan.crypto.canonical import Json
from suyuan.errors import RefusedError
from suyuan.trace.files.records import RECORD_CHARACTERS, Broken, Held, csv_reader, read_records

SAMPLE_LINES = 2_000
"""Lines of the head from which dialect and columns are recognised."""

LONG_DELIMITERS = ("----", "|+|")
"""Separators of several characters, seen in traded dumps. Such files know no quoting."""

JSON_LINES = 50
"""Lines of the head from which JSON Lines are told."""

DELIMITERS = (",", "\t", "|", ";")

RARE_DELIMITERS = ("\x01", "\x02", "\x1f")
"""What Hive and its kin write between cells."""

ANCHOR = r"(?:1[3-9]\d{9}|[1-9]\d{16}[\dXx]|[A-Za-z0-9._%+-]{1,64}+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})"
RUN = r"[^0-9A-Za-z\u3400-\u9fff\"'“”()（）+@.\r\n]{1,8}"
TAGS = re.compile(r"</[A-Za-z][A-Za-z0-9]{0,9}>")
"""Where a tag of a web page closes: its brackets part no cells."""
BESIDE = re.compile(rf"(?:(?<![0-9A-Za-z])|^){ANCHOR}(?P<after>{RUN})|(?P<before>{RUN}){ANCHOR}(?![0-9A-Za-z])")
"""A number or mailbox and what stands beside it: where nothing else tells, that is the separator."""

LONGER_AT_MOST = 2
"""How many times as many lines as any other the record may have in which a sample breaks off."""

BARE = re.compile(r"-?\d+(?:\.\d+)?|NULL")

FAIR_SHARE, HALF = 0.8, 0.5

MOST, EMPTY_SHARE, ENDING, NARROW = 0.6, 0.9, 10, 3
"""The share of rows whose width is the table's in any case, the share of these that have a last cell in vain otherwise, the
one row in so many that lacks it, and the width that is too little to tell."""

SOME = 50
"""One row in so many is enough for a column to be one."""

ASCII_DIGITS = {0xFF10 + n: 0x30 + n for n in range(10)} | {0xFF38: "X", 0xFF20: "@"}
"""Full-width digits as plain ones, so that a number is seen however wide it is written."""


class DumpFormat(StrEnum):
    """The shapes of a file that are read.

    `DELIMITED` and `JSONL` stand in the file's own bytes, so that the standard library alone reads the very same cells.
    `CONVERTED` is everything that suyuan's own readers make a table of: packed files, SQL, spreadsheets, JSON of other
    shapes, markup, labelled and glued text. Such a dump is known by its digest; its cells need suyuan to be read again.
    """

    DELIMITED = "delimited"
    JSONL = "jsonl"
    PARQUET = "parquet"
    CONVERTED = "converted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The reading of one dump. `docs/reference/dump-formats.md` gives the replay in fifteen lines of Python.

    `codecs` are tried in turn on every line, the first that decodes it strictly wins; a line that none decodes
    is read by the codec that leaves the fewest replacement characters. `bom` bytes are skipped first. `delimiter` of one character is
    read by `csv.reader(strict=True)` with `quote` (empty: QUOTE_NONE); a longer one by `str.split`. Blank lines
    are no rows. A row with other than `width` cells is unreadable but keeps its ordinal; so is a line that the
    csv module refuses, as `records.read_records` and `source.whole_lines` say.
    """

    format: DumpFormat
    codecs: tuple[str, ...] = ("utf-8",)
    bom: int = 0
    delimiter: str = ""
    quote: str = ""
    header: bool = False
    width: int = 0

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> "Dialect":
        """Give the dialect that was written as plain values. Any: they are those of JSON."""
        fields = {name: value for name, value in values.items() if name != "v"}
        return cls(**{**fields, "format": DumpFormat(fields["format"]), "codecs": tuple(fields["codecs"])})

    def document(self) -> dict[str, Json]:
        """Give the dialect as plain values, for a canonical encoding."""
        return {
            "v": 1,
            "format": self.format.value,
            "codecs": list(self.codecs),
            "bom": self.bom,
            "delimiter": self.delimiter,
            "quote": self.quote,
            "header": self.header,
            "width": self.width,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the caller knows better than the sniffer; None is left to it."""

    codecs: tuple[str, ...] | None = None
    delimiter: str | None = None
    quote: str | None = None
    header: bool | None = None
    part: str | None = None
    """The sheet, table or member of an archive to read, by name."""


def sample_rows(text: str, *, delimiter: str, quote: str) -> list[list[str]]:
    """Give the rows of a sample; a broken one has no cells, blank lines are no rows."""
    if len(delimiter) == 1 and len(text) <= RECORD_CHARACTERS:
        # Where no line is broken the csv module alone gives what `read_records` does, at a third of the time.
        try:
            rows = csv_reader(io.StringIO(text, newline=""), delimiter=delimiter, quote=quote)
            return list(islice(filter(None, rows), SAMPLE_LINES))
        except csv.Error:
            if (whole := whole_records(text, delimiter=delimiter, quote=quote)) is not None:
                return whole
    lines = io.StringIO(text, newline="")
    records = islice(read_records(lines, delimiter=delimiter, quote=quote), SAMPLE_LINES)
    return [[] if isinstance(record, Broken) else record for record in records]


def whole_records(text: str, *, delimiter: str, quote: str) -> list[list[str]] | None:
    """Give the rows of a sample that breaks off in one of several lines, without that one; None of any other.

    It is no longer than others are: a quote that is opened once and never closed makes one record of all that follows.
    """
    lines = Held(io.StringIO(text, newline=""))
    rows: list[list[str]] = []
    longest = 1
    try:
        for row in csv_reader(lines, delimiter=delimiter, quote=quote):
            longest = max(longest, len(lines.lines))
            lines.drop()
            rows += [row] if row else []
    except csv.Error:
        is_like_others = longest > 1 and len(lines.lines) <= LONGER_AT_MOST * longest
        return rows if is_like_others and next(lines, None) is None else None
    return rows


def modal_width(rows: list[list[str]]) -> tuple[int, float]:
    """Give the commonest number of cells and the share of rows that have it; the wider of two equals.

    Rows without cells are broken and have no say, but lower the share.
    """
    counts = Counter(len(row) for row in rows if row)
    if not counts:
        return 1, 0.0
    width, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    return width, count / len(rows)


def table_width(rows: list[list[str]], *, header: bool) -> int:
    """Give the number of cells of a table: that of most rows, or, where none has half, what all have but for empty cells at the end.

    Args:
        header: whether the first row names the columns, the last ones too.
    """
    width, share = modal_width(rows)
    if share >= HALF:
        return width if header or share >= MOST else width_without_end(rows, width=width)
    counts = Counter(map(filled_width, rows))
    wide = max((size for size, count in counts.items() if count * SOME > len(rows)), default=width)
    wide = max(wide, filled_width(rows[0])) if header else wide
    is_all = sum(filled_width(row) <= wide <= len(row) for row in rows) >= FAIR_SHARE * len(rows)
    return wide if is_all else width


def width_without_end(rows: list[list[str]], *, width: int) -> int:
    """Give the width of rows of which most end in an empty cell that is no column: many others end before it.

    What stands there in a few is the end of a row that a separator within a cell has moved.

    Test: tests/unit/trace/test_short_rows.py.
    """
    wide = [row for row in rows if len(row) == width]
    before = sum(len(row) == width - 1 for row in rows)
    is_empty = sum(not row[-1] for row in wide if row) >= EMPTY_SHARE * len(wide)
    return width - 1 if width > NARROW and is_empty and before * ENDING >= len(rows) else width


def filled_width(row: Sequence[str]) -> int:
    """Give how many cells a row has without the empty ones at its end."""
    return next((size for size in range(len(row), 0, -1) if row[size - 1]), 0)


def trimmed(row: list[str], *, width: int) -> list[str]:
    """Give a row without cells that it has too many, if they are empty."""
    return row[:width] if len(row) > width and not any(row[width:]) else row


def width_under(text: str, *, delimiter: str, quote: str) -> tuple[int, float]:
    """Give the modal width of a sample under a separator; where that is nowhere in it, no row is read for it."""
    if delimiter not in text:
        return 1, 1.0
    return modal_width(sample_rows(text, delimiter=delimiter, quote=quote))


def sniff(
    text: str, *, codecs: tuple[str, ...], bom: int, given: Given, is_header: Callable[[list[list[str]]], bool]
) -> Dialect:
    """Recognise the dialect of a text from its head.

    Args:
        text: the decoded head of the file, whole lines.
        is_header: judges whether the first of the rows names the columns.
    """
    if given.delimiter is None and is_json_lines(text.lstrip("\ufeff \t\r\n")):
        return Dialect(format=DumpFormat.JSONL, codecs=codecs, bom=bom)
    delimiter = choose_delimiter(text, quote='"' if given.quote is None else given.quote, given=given.delimiter)
    quote = "" if len(delimiter) > 1 else ('"' if given.quote is None else given.quote)
    rows = sample_rows(text, delimiter=delimiter, quote=quote)
    if given.quote is None and quote and is_in_single_quotes(rows):
        quote = "'"
        rows = sample_rows(text, delimiter=delimiter, quote=quote)
    header = is_header(rows) if given.header is None else given.header
    return Dialect(
        format=DumpFormat.DELIMITED,
        codecs=codecs,
        bom=bom,
        delimiter=delimiter,
        quote=quote,
        header=header,
        width=table_width(rows, header=header),
    )


def is_in_single_quotes(rows: list[list[str]]) -> bool:
    """Say whether most cells stand in single quotes; programs that quote so leave numbers and NULL bare."""
    cells = [cell for row in rows[:200] for cell in row if cell and not BARE.fullmatch(cell)]
    # A separator within quotes leaves one of them on each side; a spreadsheet's apostrophe has none behind.
    opened, closed = (sum(len(cell) > 1 and cell[edge] == "'" for cell in cells) for edge in (0, -1))
    either = sum(len(cell) > 1 and "'" in (cell[0], cell[-1]) for cell in cells)
    return either > FAIR_SHARE * max(1, len(cells)) and min(opened, closed) >= FAIR_SHARE * max(opened, closed)


def choose_delimiter(text: str, *, quote: str, given: str | None) -> str:
    """Give the separator under which the most rows agree on the most cells."""
    if given is not None:
        if not given:
            raise RefusedError("a delimiter has at least one character", code="trace.option")
        return given
    for long in LONG_DELIMITERS:
        width, share = width_under(text, delimiter=long, quote="")
        if width > 1 and share >= FAIR_SHARE:
            return long
    scores = {}
    shares = {}
    found = beside_anchors(text)
    for delimiter in (*DELIMITERS, *RARE_DELIMITERS, *found):
        width, share = width_under(text, delimiter=delimiter, quote=quote if len(delimiter) == 1 else "")
        scores[delimiter], shares[delimiter] = share * (1 - 1 / width), share
    best = max(DELIMITERS + RARE_DELIMITERS, key=lambda delimiter: scores[delimiter])
    for longer in found:
        # `||` between all cells: every bar is part of one, so a single bar would give empty columns between.
        inside = longer.count(best)
        is_whole = inside and text.count(best) == inside * text.count(longer)
        if is_whole and longer.strip(" ") != best and shares[longer] >= FAIR_SHARE and scores[longer] > 0:
            return longer
    rare = max(found, key=lambda delimiter: (scores[delimiter], len(delimiter)), default=best)
    return rare if scores[best] < 0.4 <= scores[rare] and shares[rare] >= FAIR_SHARE else best


def beside_anchors(text: str) -> tuple[str, ...]:
    """Give what stands beside numbers and mailboxes most often, the commonest first; blanks alone are no separator."""
    counts: Counter[str] = Counter()
    is_tagged = len(TAGS.findall(text)) > text.count("\n")
    for match in islice(BESIDE.finditer(text.translate(ASCII_DIGITS)), SAMPLE_LINES):
        run = match["after"] or match["before"]
        counts.update({run, run.strip(" ")})
    usual = [run for run, _ in counts.most_common(12) if run.strip()]
    usual = [run for run in usual if not (is_tagged and ("<" in run or ">" in run))]
    return tuple(run for run in usual if run not in DELIMITERS + RARE_DELIMITERS)[:8]


def is_json_lines(text: str) -> bool:
    """Say whether a text is JSON Lines: half of its first lines or more are each one whole object."""
    lines = [line for line in islice(io.StringIO(text), JSON_LINES) if line.strip()]
    return sum(map(is_object, lines)) * 2 >= max(1, len(lines))


def is_object(line: str) -> bool:
    """Say whether a line is one whole JSON object."""
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(line, parse_int=str), dict)
    except (ValueError, RecursionError):
        return False
