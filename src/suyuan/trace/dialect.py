"""How a dump is written down: enough for anyone to read the very same cells with Python's standard library alone."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from suyuan.crypto.canonical import Json
from suyuan.errors import RefusedError

SAMPLE_LINES = 2_000
"""Lines of the head from which dialect and columns are recognised."""

CELL_CHARACTERS = 131_072
"""The longest cell: the default limit of Python's csv module, so that a replay needs no setting."""

LONG_DELIMITERS = ("----", "|+|")
"""Separators of several characters, seen in traded dumps. Such files know no quoting."""

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
    are no rows. A row with other than `width` cells is unreadable but keeps its ordinal.
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
    """Give the rows of a sample as far as they are well formed; blank lines are no rows."""
    lines = io.StringIO(text, newline="")
    if len(delimiter) > 1:
        return [line.rstrip("\r\n").split(delimiter) for line in islice(lines, SAMPLE_LINES) if line.rstrip("\r\n")]
    rows: list[list[str]] = []
    try:
        for row in csv.reader(
            lines,
            delimiter=delimiter,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            strict=True,
        ):
            if row:
                rows.append(row)
            if len(rows) >= SAMPLE_LINES:
                break
    except csv.Error:
        # The full reading names the row; the sample only needs what came before it.
        pass
    return rows


def modal_width(rows: list[list[str]]) -> tuple[int, float]:
    """Give the commonest number of cells and the share of rows that have it; the wider of two equals."""
    if not rows:
        return 1, 0.0
    width, count = max(Counter(map(len, rows)).items(), key=lambda item: (item[1], item[0]))
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
    start = text.lstrip("\ufeff \t\r\n")
    if given.delimiter is None and start[:1] in ("{", "["):
        require_json_lines(start)
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


def require_json_lines(text: str) -> None:
    """Refuse JSON that is not one object a line.

    Raises: RefusedError: `trace.format`.
    """
    first = text.split("\n", 1)[0]
    try:
        is_object = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise RefusedError(
            "the file looks like JSON, but its first line is not one whole object",
            code="trace.format",
            hint="write JSON Lines: one object a line",
        )
