"""The definitions of a CREATE TABLE, told apart by what stands outside its strings and comments."""

import re
from typing import Final

from suyuan.trace.formats.sql_values import Backslash

COMMENTED: Final = r"(?P<comment>--[^\n]*+|(?<!\S)#[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)"
MARKS: Final = {
    backslash: re.compile(
        rf"(?P<quoted>'(?:{inside}|'')*+'|\"[^\"]*+\"|`[^`]*+`)|{COMMENTED}|(?P<open>['\"`]|/\*)|[(),;]"
    )
    for backslash, inside in ((Backslash.ESCAPES, r"[^'\\]++|\\[\s\S]"), (Backslash.STANDS, r"[^']++"))
}
"""What may end or part the definitions of a table, and what it may stand in."""
BARE_MARKS: Final = re.compile(rf"{COMMENTED}|[(),;]")
"""The same where a quote never ends."""


def definitions(text: str, start: int, *, end: int, marks: re.Pattern[str]) -> tuple[str, int] | None:
    """Give a table's definitions one a line, and where they end; None where they do not, or a quote in them does not.

    They end at their closing bracket or at a `;`. What stands in quotes or comments neither ends nor parts them, and
    comments are left out.
    """
    depth, at = 0, start
    out: list[str] = []
    for found in marks.finditer(text, start, end):
        mark, kind = found[0], found.lastgroup
        if kind == "open":
            return None
        out.append(on_one_line(text[at : found.start()]))
        at = found.end()
        if mark == ";" or (mark == ")" and not depth):
            return "".join(out), at
        depth += (mark == "(") - (mark == ")")
        out.append("\n" if mark == "," and not depth else " " if kind == "comment" else on_one_line(mark))
    return None


def on_one_line(text: str) -> str:
    """Give a text with blanks for the ends of its lines."""
    return text.replace("\r", " ").replace("\n", " ")
