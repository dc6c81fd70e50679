"""Columns of fixed width: where they begin, told by blanks, and by what stands at the same place in every line."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from suyuan.kinds.plain import HAN
from suyuan.trace.columns.glued import MOBILE, RESIDENT
from suyuan.trace.formats.rows import Odd, Row, Text

BLANKS: Final = " \u3000"
FILLER: Final = "\x00"

LONGEST: Final = 4_096
LINES_LEAST: Final = 3

ODD_LINES: Final = 50
"""One line in so many may be unlike the others."""

RULED: Final = re.compile(r"^\s*-{2,}(?:\s+-{2,})+\s*$")
"""Dashes under every name of a column: what says where the columns of a terminal's output begin."""

NUMBERS: Final = ((RESIDENT, 18), (MOBILE, 11))
"""What tells a column by itself where it stands at one place in all lines, and how long it is."""

NUMBERS_LEAST: Final = 0.6
"""The share of lines that must have such a number there; the others are blank there."""

SEX: Final = "男女"
EDGE: Final = 2
"""A column is full if anything stands in its last two places."""

CUT: Final = re.compile(r"\d\d|[A-Za-z]{2}")
DIGIT: Final = re.compile(r"\d")
WORD: Final = re.compile(rf"[{HAN}]")
TURN: Final = re.compile(rf"(?<=[0-9A-Za-z])(?=[{HAN}])")
"""Where a code ends and words begin."""

DATE: Final = re.compile(r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
DATE_LENGTH: Final = 8
CLOCK: Final = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d[0-5]\d")
CLOCK_LENGTH: Final = 6

DIGITS_LEAST: Final = 6
"""So many digits at the same places in all lines are a column, whatever touches them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where the columns of lines begin. `is_wide`: measured as a terminal does, a Chinese character as two.

    At a place of `firm` a column begins whatever stands before it: a cell that is full touches the next one. Where only
    blanks in other lines say so, it is of `steps` too, and the cell before must be one piece to be full, and no number
    or word be cut: a blank in it says that words of any length follow each other. `numbers` are the places between which a number stands, and its pattern.
    """

    starts: tuple[int, ...]
    is_wide: bool
    firm: frozenset[int] = frozenset()
    steps: frozenset[int] = frozenset()
    numbers: tuple[tuple[int, int, re.Pattern[str]], ...] = ()
    ends: tuple[int, ...] = ()
    """Where the columns end that a rule shows: what is longer goes on below, in its column."""

    def measured(self, line: str) -> str:
        """Give a line as its places are counted."""
        return widths(line) if self.is_wide else line

    def cells(self, line: str) -> Row:
        """Give the cells of a line; one that crosses a border, or lacks a number where it crosses a firm one, is odd."""
        measured = self.measured(line)
        full = [at for at in self.starts if 0 < at < len(measured) and not set(BLANKS) & {*measured[at - 1 : at + 1]}]
        is_odd = any(at not in self.firm or measured[at] == FILLER or not self.is_full(measured, at) for at in full)
        if is_odd or (full and not self.has_numbers(measured)):
            return Odd(reason="width", text=line)
        ends = [*self.starts[1:], None]
        return [
            measured[start:end].replace(FILLER, "").strip(BLANKS) for start, end in zip(self.starts, ends, strict=True)
        ]

    def goes_on(self, line: str, *, above: str) -> bool:
        """Say whether a line only goes on with cells that fill their columns in the line above it.

        Never one that begins in the first column, nor where no end of a column is shown.
        """
        measured, before = self.measured(line), self.measured(above)
        spans = list(zip(self.starts, self.ends, strict=False))
        filled = [(start, end) for start, end in spans if measured[start:end].strip(BLANKS)]
        # A Chinese character that would stand across the end goes below.
        is_full = all(before[end - EDGE : end].strip(BLANKS) for _, end in filled)
        return bool(filled) and filled[0][0] > 0 and is_full and not measured[: filled[0][0]].strip(BLANKS)

    def is_full(self, measured: str, at: int) -> bool:
        """Say whether the cell before a place is one piece, where no more than blanks tell that a column begins there.

        Never in a line without a digit: a title or an advertisement is one piece throughout.
        """
        if at not in self.steps:
            return True
        before = max(start for start in self.starts if start < at)
        is_whole = not set(BLANKS).intersection(measured[before:at]) and not CUT.match(measured[at - 1 : at + 1])
        return is_whole and DIGIT.search(measured) is not None

    def has_numbers(self, measured: str) -> bool:
        """Say whether every number of a line stands at its place, or nothing does."""
        return all(
            pattern.fullmatch(measured[start:end]) or not measured[start:end].strip(BLANKS)
            for start, end, pattern in self.numbers
        )


def widths(line: str) -> str:
    """Give a line with every wide character followed by a filler, so that places are those of a terminal."""
    if line.isascii():
        return line
    wide = "".join(c + FILLER if unicodedata.east_asian_width(c) in "WF" else c for c in line)
    return wide.replace(f"\u3000{FILLER}", "\u3000 ")


def ruled_columns(lines: Iterable[str], *, wide: bool) -> Columns | None:
    """Give the columns that a rule under the header shows, or None if there is none."""
    rule = next((line for line in lines if RULED.match(line)), None)
    if rule is None:
        return None
    spans = [found.span() for found in re.finditer("-+", rule)]
    return Columns(starts=tuple(start for start, _ in spans), ends=tuple(end for _, end in spans), is_wide=wide)


def fixed_columns(lines: Sequence[str], *, wide: bool, others: Sequence[str] = ()) -> Columns | None:
    """Give the columns of lines of fixed width, or None if they are none.

    A column begins where all lines (but one in fifty) have a blank before and some have text; where most have a blank
    before and all have text; and where an ID or a mobile number stands in all lines, where a sex does, or where a code
    ends and words begin. Lines are measured in characters, or with wide ones as two.

    Args:
        others: lines that are no rows, headings among them: of the blanks before a column those count that cut fewest
            of these, for a number is set to the right and its heading to the left.
    """
    measured = [widths(line) if wide else line for line in lines if line.strip()]
    if len(measured) < LINES_LEAST:
        return None
    longest = max(map(len, measured))
    if longest > LONGEST:
        return None
    padded = [line.ljust(longest) for line in measured]
    blank = [sum(line[place] in BLANKS for line in padded) for place in range(longest)]
    few = len(padded) // ODD_LINES
    allowed = len(padded) - few
    starts = [
        place for place in range(longest) if blank[place] < allowed and (place == 0 or blank[place - 1] >= allowed)
    ]
    numbers = standing_numbers(padded, few=few)
    told = {place for start, end, _ in numbers for place in (start, end)} | turning_places(padded, few=few)
    told |= dated_places(padded, few=few)
    told |= digit_places(padded, few=few, numbers=numbers)
    told = {place for place in told if 0 < place < longest and blank[place] < allowed} - set(starts)
    steps = {place for place in range(1, longest) if blank[place] <= few and blank[place - 1] * 2 >= len(padded)}
    steps -= told.union(starts)
    if len(starts) + len(told | steps) < 2:
        return None
    starts = beside_headings(starts, blank=blank, allowed=allowed, others=[widths(o) if wide else o for o in others])
    every = Columns(
        starts=tuple(sorted({*starts, *told, *steps})), is_wide=wide, firm=frozenset(told | steps),
        steps=frozenset(steps), numbers=numbers,
    )  # fmt: skip
    wrong = {at for at in steps if sum(is_broken_by(line, at, columns=every) for line in padded) > few}
    wrong |= {at for at in steps if is_always_full(padded, at, columns=every)}
    if not wrong:
        return every
    left = tuple(start for start in every.starts if start not in wrong)
    return replace(every, starts=left, firm=every.firm - wrong, steps=every.steps - wrong) if len(left) > 1 else None


def is_broken_by(line: str, at: int, *, columns: Columns) -> bool:
    """Say whether a column that began at a place would cut a line within its words."""
    return line[at - 1] not in BLANKS and (line[at] == FILLER or not columns.is_full(line, at))


def is_always_full(padded: Sequence[str], at: int, *, columns: Columns) -> bool:
    """Say whether most cells before a place touch what is there: where lines begin a place apart, that is one column."""
    before = max(start for start in columns.starts if start < at)
    filled = [line for line in padded if line[before:at].strip(BLANKS)]
    return sum(not set(BLANKS) & {*line[at - 1 : at + 1]} for line in filled) * 2 > len(filled)


def standing_numbers(padded: Sequence[str], *, few: int) -> tuple[tuple[int, int, re.Pattern[str]], ...]:
    """Give where an ID or a mobile number stands in nearly all lines, and nothing in the rest."""
    found: list[tuple[int, int, re.Pattern[str]]] = []
    for pattern, length in NUMBERS:
        again = re.compile(f"(?={pattern})")
        counts = Counter(match.start() for line in padded for match in again.finditer(line))
        for start, count in sorted(counts.items()):
            end = start + length
            is_free = all(end <= first or start >= last for first, last, _ in found)
            if count < NUMBERS_LEAST * len(padded) or not is_free:
                continue
            if sum(DATE.match(line, start) is not None for line in padded) >= count:
                # Years of birth begin as mobile numbers do, and digits follow.
                continue
            if count + sum(not line[start:end].strip(BLANKS) for line in padded) >= len(padded) - few:
                found.append((start, end, re.compile(pattern)))
    return tuple(found)


def turning_places(padded: Sequence[str], *, few: int) -> set[int]:
    """Give the places at which nearly all lines turn from a code to words, and those round a sex."""
    turns = Counter(match.start() for line in padded for match in TURN.finditer(line))
    found = {place for place, count in turns.items() if count >= len(padded) - few}
    sexes = Counter(place for line in padded for place, character in enumerate(line) if character in SEX)
    for place, count in sexes.items():
        if count >= len(padded) - few:
            found |= {place, place + 1 + all(line[place + 1 : place + 2] in (FILLER, "") for line in padded)}
    return found


def dated_places(padded: Sequence[str], *, few: int) -> set[int]:
    """Give the places at which most lines turn from a date of eight digits to words, and the others have a date alone."""
    turns = Counter(match.start() for line in padded for match in TURN.finditer(line))
    found: set[int] = set()
    for place, count in turns.items():
        first = place - DATE_LENGTH
        if first < 0 or count < NUMBERS_LEAST * len(padded):
            continue
        undated = sum(not DATE.fullmatch(line[first:place]) for line in padded)
        unturned = sum(line[place] not in BLANKS and not TURN.match(line, place) for line in padded)
        if undated <= few and unturned <= few:
            found.add(place)
    return found


def digit_places(padded: Sequence[str], *, few: int, numbers: Sequence[tuple[int, int, re.Pattern[str]]]) -> set[int]:
    """Give the places at which digits begin that all lines have, and at which the date ends that they begin with.

    Only where before them words touch in some lines and a blank stands in others: a cell of words that may be full.
    Numbers set to the right have digits or a blank before their last ones, never words. A date with a time of day is
    one.

    Test: tests/unit/trace/test_full_cells.py.
    """
    taken = {place for start, end, _ in numbers for place in range(start, end)}
    are_digits = [
        place not in taken and sum(line[place].isdecimal() for line in padded) >= len(padded) - few
        for place in range(len(padded[0]))
    ]
    found: set[int] = set()
    for place in range(1, len(are_digits) - DIGITS_LEAST + 1):
        if are_digits[place - 1] or not all(are_digits[place : place + DIGITS_LEAST]):
            continue
        worded = sum(line[place - 1] == FILLER or WORD.match(line[place - 1]) is not None for line in padded)
        blank = sum(line[place - 1] in BLANKS for line in padded)
        if min(worded, blank) >= max(few, LINES_LEAST):
            found |= {place, *date_ends(padded, at=place, few=few, is_digit=are_digits)}
    return found


def date_ends(padded: Sequence[str], *, at: int, few: int, is_digit: Sequence[bool]) -> set[int]:
    """Give where the dates end that digits begin with, if more digits follow that are no time of day."""
    end = at + DATE_LENGTH
    if not all(is_digit[at : end + 1]) or len(is_digit) <= end:
        return set()
    if sum(not DATE.fullmatch(line[at:end]) for line in padded) > few:
        return set()
    unclocked = sum(not CLOCK.fullmatch(line[end : end + CLOCK_LENGTH]) for line in padded)
    hours = {line[end : end + 2] for line in padded}
    return {end} if unclocked > few or len(hours) == 1 else set()


def beside_headings(starts: Sequence[int], *, blank: Sequence[int], allowed: int, others: Sequence[str]) -> list[int]:
    """Give the columns' beginnings, each moved to the left among the blanks before it where fewer headings are cut."""

    def cuts(place: int) -> int:
        return sum(line[place - 1 : place] not in ("", *BLANKS) for line in others)

    found: list[int] = []
    for start in starts:
        first = start
        while found and first - 1 > found[-1] and blank[first - 2] >= allowed:
            first -= 1
        found.append(min(range(start, first - 1, -1), key=cuts))
    return found


def fixed_rows(text: Text, *, columns: Columns) -> Iterator[Row]:
    """Give the cells of every line of fixed width that is not blank, with what goes on below them."""
    row: Row | None = None
    above = ""
    for line in text.lines():
        if not line.strip():
            continue
        cells = columns.cells(line)
        if isinstance(row, list) and isinstance(cells, list) and columns.goes_on(line, above=above):
            row = [first + more for first, more in zip(row, cells, strict=True)]
        else:
            if row is not None:
                yield row
            row = cells
        above = line
    if row is not None:
        yield row
