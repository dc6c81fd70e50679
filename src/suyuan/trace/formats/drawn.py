"""Tables drawn with bars and rules: Markdown, and what a database's terminal prints, one person on a line or on several."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from suyuan.kinds.plain import HAN
from suyuan.trace.files.records import RECORD_CHARACTERS
from suyuan.trace.formats.rows import Row, Text

BARS: Final = "|│┃"
BLANK_OR_RULE: Final = re.compile(r"^[\s|+\-=:─┼│├┤┌┐└┘┬┴═╪━]*$")
RULED: Final = re.compile(r"[-=─═━]")
FRAME: Final = re.compile(
    r"^[^\S\n]*+(?:\+[-=+]{3,}\+|\|(?:[^\S\n]*+:?-{2,}+:?[^\S\n]*+\|)+|[┌├└╔╠][─┬┼┴═╦╬]+.*|-{2,}+(?:\+-{2,}+)+)[^\S\n]*+$",
    re.MULTILINE,
)
"""A rule by which a drawn table is told from separated text."""

BARE_RULE: Final = re.compile(r"^[^\S\n]*+-{2,}+(?:\+-{2,}+)+[^\S\n]*+$", re.MULTILINE)
"""The rule of a table without bars at its edges."""

GOES_ON: Final = re.compile(r"[+↵]$")
"""What psql writes at the end of a cell whose next line stands below."""

GROUPS_AT_LEAST: Final = 3
LINES_AT_MOST: Final = 16
"""Lines between two rules that one row may have."""

EDGES: Final = 2
"""Blanks round a cell that fills its column."""

TOUCHES_HAN: Final = re.compile(rf"[{HAN}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How a table is drawn. `has_edges`: bars at both ends of a line; `is_ruled`: a rule between every two rows."""

    has_edges: bool
    is_ruled: bool


def drawing_of(head: str) -> Drawing | None:
    """Give how the table in a head is drawn; None if there is none."""
    if FRAME.search(head) is None:
        return None
    groups: list[list[str]] = []
    is_open = False
    for line in head.split("\n")[:-1]:
        if is_rule(line):
            is_open = True
            groups.append([])
        elif is_open and any(bar in line for bar in BARS):
            groups[-1].append(line)
        else:
            is_open = False
    filled = [group for group in groups if group]
    lines = [len(group) for group in filled]
    is_ruled = (
        len(filled) >= GROUPS_AT_LEAST
        and 1 < max(lines) <= LINES_AT_MOST
        # The heading of another page, and not a row, is what comes again.
        and all(group[0] != filled[0][0] for group in filled[1:])
    )
    return Drawing(has_edges=BARE_RULE.search(head) is None, is_ruled=is_ruled)


def is_rule(line: str) -> bool:
    """Say whether a line is nothing but drawn."""
    return BLANK_OR_RULE.match(line) is not None and RULED.search(line) is not None


def drawn_rows(text: Text, *, drawing: Drawing) -> Iterator[Row]:
    """Give the rows of a drawn table; lines outside it are rows of their own, of another width."""
    held: list[list[str]] = []
    size = 0
    for line in text.lines():
        if is_rule(line):
            if held and drawing.is_ruled:
                yield together(held)
                held = []
            continue
        if not line.strip(f" \t{BARS}"):
            continue
        cells = cells_of(line, has_edges=drawing.has_edges)
        if held and (size > RECORD_CHARACTERS or not is_more(held[-1], cells, is_ruled=drawing.is_ruled)):
            yield together(held)
            held = []
        size = len(line) + (size if held else 0)
        held.append(cells)
    if held:
        yield together(held)


def cells_of(line: str, *, has_edges: bool) -> list[str]:
    """Give the cells between the bars of one line, with the blanks that stand round them."""
    bare = line.strip() if has_edges else line
    bar = next((mark for mark in BARS if mark in bare), "|")
    inner = bare.removeprefix(bar).removesuffix(bar) if has_edges else bare
    return [cell.replace("\\|", "|") for cell in re.split(rf"(?<!\\)\{bar}", inner)]


def is_more(above: Sequence[str], cells: Sequence[str], *, is_ruled: bool) -> bool:
    """Say whether a line belongs to the row of the line above it."""
    if len(above) != len(cells):
        return False
    goes_on = [GOES_ON.search(cell) is not None for cell in above]
    return is_ruled or (
        any(goes_on) and not any(cell.strip() for cell, goes in zip(cells, goes_on, strict=True) if not goes)
    )


def together(lines: Sequence[Sequence[str]]) -> list[str]:
    """Give the lines of one row as its cells."""
    if len(lines) == 1:
        return [cell.strip() for cell in lines[0]]
    return [joined(column) for column in zip(*lines, strict=True)]


def joined(pieces: Sequence[str]) -> str:
    """Give the pieces of one cell, which stand below each other, as its text."""
    whole = ""
    for above, piece in zip(("", *pieces), pieces, strict=False):
        text = GOES_ON.sub("", piece).strip()
        if not whole or not text:
            whole += text
        elif GOES_ON.search(above):
            whole += f"\n{text}"
        elif len(above) - len(above.strip()) <= EDGES:
            # Where it filled its column it was cut wherever it was; a blank at the cut begins the next piece.
            whole += f" {text}" if piece.startswith("  ") else text
        else:
            whole += text if TOUCHES_HAN.search(f"{whole[-1]}{text}"[:2]) else f" {text}"
    return whole
