"""One pass over the bytes for all patterns at once: RE2 by default, Hyperscan where it is installed."""

import importlib
import re
from functools import cache
from typing import Final, Protocol

from suyuan.discovery.patterns import SOURCES, Category
from suyuan.errors import UnavailableError

Candidate = tuple[int, int]
"""Where a candidate begins, in bytes, and the number of its category."""

MEMORY_BYTES: Final = 1 << 26
"""What RE2 may keep of its automaton; with less it forgets and rebuilds it within one text."""


BY_DIGIT: Final = (Category.PLACE, Category.NUMBER, Category.ADDRESS, Category.NETWORK)
"""The categories with a pattern that can begin with a digit; most candidates do, and need not be held against labels."""


class Engine(Protocol):
    """Finds where candidates begin."""

    name: str

    def candidates(self, data: bytes) -> list[Candidate]:
        """Give every place where a pattern begins, in order; no two at one place have one category."""
        ...


class Re2Engine:
    """All patterns as one automaton of RE2: leftmost matches, none over another, then which pattern it was."""

    name = "re2"

    def __init__(self) -> None:
        re2 = importlib.import_module("re2")
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = MEMORY_BYTES
        options.never_capture = True
        self._all = re2.compile(_union().encode("ascii"), options)
        self._which = _which(tuple(Category))
        self._which_by_digit = _which(BY_DIGIT)

    def candidates(self, data: bytes) -> list[Candidate]:
        """Give the leftmost candidates that do not overlap."""
        any_which, digit_which = self._which, self._which_by_digit
        found: list[Candidate] = []
        for match in self._all.finditer(data):
            start = match.start()
            which = digit_which if 0x30 <= data[start] <= 0x39 else any_which
            exact = which.match(data, start)
            if exact is not None and exact.lastgroup is not None:
                found.append((start, int(exact.lastgroup[1:])))
        return found


class HyperscanEngine:
    """All patterns as one Hyperscan database, compiled once a process; candidates may overlap."""

    name = "hyperscan"

    def __init__(self) -> None:
        hyperscan = importlib.import_module("hyperscan")
        pairs = [(pattern, category) for category, patterns in SOURCES.items() for pattern in patterns]
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[pattern.encode("ascii") for pattern, _ in pairs],
            ids=[int(category) for _, category in pairs],
            elements=len(pairs),
            flags=[hyperscan.HS_FLAG_SOM_LEFTMOST] * len(pairs),
        )

    def candidates(self, data: bytes) -> list[Candidate]:
        """Give every candidate once, in order."""
        found: set[Candidate] = set()
        add = found.add

        def seen(category: int, start: int, _end: int, _flags: int, _context: object) -> None:
            add((start, category))

        self._database.scan(data, match_event_handler=seen)
        return sorted(found)


def _union() -> str:
    return "|".join(f"(?:{pattern})" for category in Category for pattern in SOURCES[category])


@cache
def _which(categories: tuple[Category, ...]) -> re.Pattern[bytes]:
    """Give the pattern that says, at a place where one begins, which of these categories it is."""
    groups = (f"(?P<c{int(category)}>{'|'.join(SOURCES[category])})" for category in categories)
    return re.compile("|".join(groups).encode("ascii"))


@cache
def engine(name: str = "") -> Engine:
    """Give the engine of that name, built once a process; without a name the fastest that is installed.

    Raises: UnavailableError `discovery.engine`: it is not installed.
    """
    for candidate in (HyperscanEngine, Re2Engine):
        if name in ("", candidate.name):
            try:
                return candidate()
            except ImportError:
                continue
    raise UnavailableError(
        "what finds personal information in text is not installed",
        code="discovery.engine",
        hint="pip install 'suyuan[scan]', or 'suyuan[scan,fast]' for Hyperscan",
    )
