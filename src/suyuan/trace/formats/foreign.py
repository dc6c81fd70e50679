"""Structures that no reader here takes apart: told by marks of their own, and refused by name before lines are guessed at."""

import re
from dataclasses import dataclass
from typing import Final

from suyuan.errors import RefusedError

HEAD_CHARACTERS: Final = 64 << 10
"""Of a head that much is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A structure: the marks of it that all stand in a head, what it is, and the way out."""

    marks: tuple[re.Pattern[str], ...]
    what: str
    way_out: str


def mark(pattern: str) -> re.Pattern[str]:
    """Give a mark that begins a line."""
    return re.compile(rf"^{pattern}", re.MULTILINE | re.IGNORECASE)


FOREIGN: Final = (
    Foreign(
        marks=(
            re.compile(r"\A\s*(?:[\w.]+\s*(?:<-|=)\s*)?(?:structure\(\s*)?(?:list|data\.frame)\(|\A\s*[\w.]+\s*<-\s*c\("),
            re.compile(r"[\w.`]+\s*(?:=|<-)\s*c\("),
        ),
        what="the dump is R source with a vector for each column, and no row for each person",
        way_out="load it in R and write the frame with write.csv",
    ),
    Foreign(
        marks=(re.compile(r"\A\*\d+\r?\n\$\d+\r?\n"),),
        what="the dump is a log of Redis commands, with the length of every word on a line of its own",
        way_out="load it into Redis and export the keys as JSON Lines",
    ),
    Foreign(
        marks=(mark(r"###[ \t]+(?:INSERT INTO|UPDATE|DELETE FROM)\b"), mark(r"###[ \t]+@\d+=")),
        what="the rows of the dump stand in the comments of a MySQL binary log, under numbers instead of names",
        way_out="replay the log into a database and export the table as CSV",
    ),
    Foreign(
        marks=(
            mark(r"[ \t]*(?:LOAD[ \t]+DATA|BEGINDATA)\b"),
            re.compile(r"\bPOSITION\s*\(\s*\d+\s*[:\-]\s*\d+\s*\)", re.IGNORECASE),
        ),
        what="the dump is for SQL*Loader, which cuts its lines at places that are declared in the first ones",
        way_out="cut the lines at those places, or load them, and export the table as CSV",
    ),
    Foreign(
        marks=(mark(r"[ \t]*DATA[ \t]+LIST\b"), mark(r"[ \t]*BEGIN[ \t]+DATA\b")),
        what="the dump is for SPSS, which cuts its lines at places that are declared in the first ones",
        way_out="load it and save the table as CSV",
    ),
    Foreign(
        marks=(mark(r"\[\[[\w.\-]+\]\][ \t]*$"), mark(r"\[[\w\-]+\.[\w.\-]+\][ \t]*$|[\w\-]+[ \t]*=[ \t]*(?:\"\"\"|''')")),
        what="the dump is TOML whose records have tables or text of several lines within",
        way_out="convert it to JSON Lines: one object for each record",
    ),
    Foreign(
        marks=(
            mark(r"[|│+├┌╟╠][-─═]*\[ RECORD \d+ \]"),
            mark(r"[|│║][ \t]*\S"),
        ),
        what="the dump is psql's expanded output with a frame around it",
        way_out=r"run the query with \pset border 1, or with --csv",
    ),
    Foreign(
        marks=(mark(r"---MORE---[ \t]*\r?$"),),
        what="marks of a pager stand between the rows of the dump",
        way_out="run the query with PAGING OFF, or COPY ... TO a CSV file",
    ),
)  # fmt: skip


def require_known(head: str) -> None:
    """Refuse a structure that is known, and not read.

    Raises: RefusedError: `trace.format`.
    """
    text = head[:HEAD_CHARACTERS].lstrip("\ufeff")
    for form in FOREIGN:
        if all(one.search(text) for one in form.marks):
            raise RefusedError(form.what, code="trace.format", hint=form.way_out)
