"""How a dump is written down: enough for anyone to read the very same cells with Python's standard library alone."""

import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from suyuan.crypto.canonical import Json
from suyuan.errors import RefusedError
from suyuan.trace.records import Broken, read_records

SAMPLE_LINES = 2_000
"""Lines of the head from which dialect and columns are recognised."""

LONG_DELIMITERS = ("----", "|+|")
"""Separators of several characters, seen in traded dumps. Such files know no quoting."""

JSON_LINES = 50
"""Lines of the head from which JSON Lines are told."""

DELIMITERS = (",", "\t", "|", ";")


class DumpFormat(StrEnum):
    """The three shapes of a file that are read."""

    DELIMITED = "delimited"
    JSONL = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The reading of one dump. `docs/reference/dump-formats.md` gives the replay in fifteen lines of Python.

    `codecs` are tried in turn on every line, the first that decodes it strictly wins; a line that none decodes
    is read as UTF-8 with replacement characters. `bom` bytes are skipped first. `delimiter` of one character is
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


def sample_rows(text: str, *, delimiter: str, quote: str) -> list[list[str]]:
    """Give the rows of a sample; a broken one has no cells, blank lines are no rows."""
    lines = io.StringIO(text, newline="")
    records = islice(read_records(lines, delimiter=delimiter, quote=quote), SAMPLE_LINES)
    return [[] if isinstance(record, Broken) else record for record in records]


def modal_width(rows: list[list[str]]) -> tuple[int, float]:
    """Give the commonest number of cells and the share of rows that have it; the wider of two equals.

    Rows without cells are broken and have no say, but lower the share.
    """
    counts = Counter(len(row) for row in rows if row)
    if not counts:
        return 1, 0.0
    width, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    return width, count / len(rows)


def sniff(
    text: str, *, codecs: tuple[str, ...], bom: int, given: Given, is_header: Callable[[list[list[str]]], bool]
) -> Dialect:
    """Recognise the dialect of a text from its head.

    Args:
        text: the decoded head of the file, whole lines.
        is_header: judges whether the first of the rows names the columns.
    Raises: RefusedError: `trace.format`, JSON that is not one object a line.
    """
    if given.delimiter is None and is_json_lines(text.lstrip("\ufeff \t\r\n")):
        return Dialect(format=DumpFormat.JSONL, codecs=codecs, bom=bom)
    delimiter = choose_delimiter(text, quote='"' if given.quote is None else given.quote, given=given.delimiter)
    quote = "" if len(delimiter) > 1 else ('"' if given.quote is None else given.quote)
    rows = sample_rows(text, delimiter=delimiter, quote=quote)
    return Dialect(
        format=DumpFormat.DELIMITED,
        codecs=codecs,
        bom=bom,
        delimiter=delimiter,
        quote=quote,
        header=is_header(rows) if given.header is None else given.header,
        width=modal_width(rows)[0],
    )


def choose_delimiter(text: str, *, quote: str, given: str | None) -> str:
    """Give the separator under which the most rows agree on the most cells."""
    if given is not None:
        if not given:
            raise RefusedError("a delimiter has at least one character", code="trace.option")
        return given
    for long in LONG_DELIMITERS:
        width, share = modal_width(sample_rows(text, delimiter=long, quote=""))
        if width > 1 and share >= 0.8:
            return long
    scores = {}
    for delimiter in DELIMITERS:
        width, share = modal_width(sample_rows(text, delimiter=delimiter, quote=quote))
        scores[delimiter] = share * (1 - 1 / width)
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def is_json_lines(text: str) -> bool:
    """Say whether a text is JSON Lines: half of its first lines or more are each one whole object.

    Raises: RefusedError: `trace.format`, it is JSON of another shape.
    """
    lines = [line for line in islice(io.StringIO(text), JSON_LINES) if line.strip()]
    if sum(map(is_object, lines)) * 2 >= max(1, len(lines)):
        return True
    if text[:1] in ("{", "[") and sum(looks_like_json(line) for line in lines) * 2 >= len(lines):
        raise RefusedError(
            "the file looks like JSON, but its lines are not each one whole object",
            code="trace.format",
            hint="write JSON Lines: one object a line",
        )
    return False


def is_object(line: str) -> bool:
    """Say whether a line is one whole JSON object."""
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(line, parse_int=str), dict)
    except (ValueError, RecursionError):
        return False


def looks_like_json(line: str) -> bool:
    """Say whether a line could stand in JSON that is written over several lines."""
    return line.strip()[:1] in tuple("{}[]") or '":' in line
