"""Records of separated text, one broken line at a time: a record that cannot be read never stops the ones after it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from suyuan.trace.files.source import LINE_BYTES

CELL_CHARACTERS = 131_072
"""The longest cell: the default limit of Python's csv module, so that a replay needs no setting."""

RECORD_CHARACTERS = LINE_BYTES
"""The longest quoted record of several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A line that is no record. `line` counts lines of the text from 1; nothing of the line itself is kept."""

    line: int
    is_long: bool


class Held(Iterator[str]):
    """Lines on their way to the csv module, those of the record under way held back for a second reading.

    A record over the limit is ended with the csv module's own error, so that an open quote holds no more than that.
    """

    __slots__ = ("_lines", "_size", "lines", "seen")

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._size = 0
        self.lines: list[str] = []
        self.seen = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.lines.append(line)
        self.seen += 1
        self._size += len(line)
        if self._size > RECORD_CHARACTERS:
            raise csv.Error
        return line

    def drop(self) -> None:
        """Forget the record that was read."""
        self.lines.clear()
        self._size = 0


def read_records(lines: Iterator[str], *, delimiter: str, quote: str) -> Iterator[list[str] | Broken]:
    """Give every record; blank lines are none.

    Where `csv.reader(strict=True)` refuses a record, each of its lines is read as a record of its own, and those
    that fail alone are broken: a quote never closed costs its own line and no other.
    """
    if len(delimiter) > 1:
        for line in lines:
            if bare := line.rstrip("\r\n"):
                yield bare.split(delimiter)
        return
    held = Held(lines)
    reader = csv_reader(held, delimiter=delimiter, quote=quote)
    while True:
        try:
            for row in reader:
                held.drop()
                if row:
                    yield row
            return
        except csv.Error:
            # The csv module's own message is dropped: nothing it may quote from the row can reach a log.
            before = held.seen - len(held.lines)
            again = list(held.lines)
            held.drop()
        for number, line in enumerate(again, start=before + 1):
            try:
                row = next(csv_reader(iter((line,)), delimiter=delimiter, quote=quote))
            except csv.Error:
                yield Broken(line=number, is_long=len(line) > CELL_CHARACTERS)
                continue
            if row:
                yield row


def csv_reader(lines: Iterator[str], *, delimiter: str, quote: str) -> Iterator[list[str]]:
    """Give the csv module's strict reader."""
    return csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=True,
    )
