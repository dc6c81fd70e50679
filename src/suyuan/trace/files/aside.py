"""The rows that could not be read, kept aside: number, reason and text, in a private file that the user names."""

import csv
import os
from collections import Counter
from pathlib import Path
from typing import Final, TextIO

from suyuan.errors import RefusedError, UnavailableError
from suyuan.trace.files.damage import neutral

REASONS: Final = {
    "width": "another number of cells than the other rows",
    "quote": "a quote never closed, or text after a closing one",
    "long": "longer than a row may be",
    "json": "no JSON object, or one that breaks off",
    "sql": "values that break off or are no values",
    "label": "no label that the other rows have",
    "shifted": "cells in another order than in the other rows",
    "hole": "zero bytes within the row, and then perhaps another",
    "cut": "the file breaks off in it",
    "number": "a spreadsheet has rounded the identifiers",
    "several": "the names and numbers of more people than one",
    "nobody": "no number and no mailbox, which the other lines have",
    "line": "could not be read",
}

WAYS_OUT: Final = {
    "width": "name its delimiter",
    "number": "trace the file as it was before a spreadsheet saved it",
}

TEXT_CHARACTERS: Final = 10_000


class Aside:
    """Counts the rows that could not be read and, with a path, writes them down.

    The file is CSV with `row` (from 1), `reason` and `text`; only its owner may read it, and no cell of it is a formula
    to a spreadsheet. Rows that a second reading of the dump brings again are written once.
    """

    __slots__ = ("_file", "_path", "_writer", "counts", "left_out", "rounded")

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file: TextIO | None = None
        self.counts: Counter[str] = Counter()
        self.left_out = 0
        self.rounded: dict[str, int] = {}
        if path is not None:
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                raise RefusedError(
                    "the file for unreadable rows is there already", code="trace.option", hint="name a new one"
                ) from None
            except OSError as error:
                raise unwritten(error) from None
            self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
            self._begin()

    def refusal(self) -> RefusedError:
        """Give the refusal of a dump of which too many rows were put aside, for the reason that most of them have."""
        reason = max(self.counts, key=self.counts.__getitem__, default="line")
        return RefusedError(
            f"more than half of the dump's rows cannot be read, most of them for this: {REASONS[reason]}",
            code="trace.ragged",
            hint=WAYS_OUT.get(reason, "`suyuan trace columns DUMP --unreadable FILE` keeps them aside"),
        )

    @property
    def keeps_text(self) -> bool:
        """Whether the rows' text is written down."""
        return self._file is not None

    def put(self, row: int, *, reason: str, text: str) -> None:
        """Take a row.

        Args:
            row: its number, from 0 over data rows.
        Raises: UnavailableError: the disk takes no more.
        """
        self.counts[reason] += 1
        if self._file is not None:
            try:
                self._writer.writerow((row + 1, REASONS[reason], neutral(text[:TEXT_CHARACTERS].replace("\0", ""))))
            except OSError as error:
                raise unwritten(error) from None

    def notes(self) -> tuple[str, ...]:
        """Give a line on the lines that are nobody's, if any were left out, and one on each field with rounded numbers."""
        told = [
            f"{name}: {count:,} cells hold a number of which a spreadsheet has thrown digits away, and are not read"
            for name, count in self.rounded.items()
        ]
        if self.left_out:
            told.insert(0, f"lines that are titles, rules or totals, and no rows: {self.left_out:,}")
        return tuple(told)

    def restart(self) -> None:
        """Forget what was taken: the dump is read anew."""
        self.counts.clear()
        self.left_out = 0
        self.rounded = {}
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._begin()

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        assert self._file is not None
        self._writer = csv.writer(self._file)
        self._writer.writerow(("row", "reason", "text"))


def unwritten(error: OSError) -> UnavailableError:
    """Give the error of a file for unreadable rows that cannot be written."""
    return UnavailableError(
        f"the unreadable rows could not be written (system error {error.errno})",
        code="trace.spill",
        hint="name a file in a folder that can be written to",
    )
