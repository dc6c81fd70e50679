"""The engine, `cedarpy`, loaded only where a site has conditions of its own; and where in a text it stopped reading."""

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from suyuan.errors import RefusedError, UnavailableError

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|;|[^";/]+|.', re.DOTALL)
_TOKEN = re.compile(r"`([^`]+)`|: (\w+)$")


def engine() -> ModuleType:
    """Give the library. Raises: UnavailableError `cedar.missing`: the extra is not installed."""
    try:
        import cedarpy
    except ImportError as e:
        raise UnavailableError(
            "Cedar policies need a library that is not installed",
            code="cedar.missing",
            hint="install suyuan with its extra: pip install 'suyuan[cedar]'",
        ) from e
    return cedarpy


def parse(text: str, *, place: str) -> Any:
    """Give the policies as the engine keeps them. `Any`: the library calls its handle only by itself.

    Raises: RefusedError `config.syntax`: no Cedar, with file and line. UnavailableError: no library.
    """
    library = engine()
    try:
        return library.PolicySet.from_str(text)
    except ValueError as e:
        said = str(e).splitlines()[0]
        line = _line(text, library=library, said=said)
        raise RefusedError(f"{place}:{line}: not Cedar: {said}", code="config.syntax") from None


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Give each policy of a text with the line on which it begins; strings and remarks may hold semicolons."""
    start, line, current = 1, 1, ""
    for piece in _PIECE.findall(text):
        if not current.strip() and not piece.startswith("//"):
            text_of = piece.lstrip()
            line += piece.removesuffix(text_of).count("\n")
            piece, start = text_of, line
        line += piece.count("\n")
        current += piece
        if piece == ";":
            yield start, current
            current = ""
        elif piece.startswith("//") and not current.removesuffix(piece).strip():
            current = ""
    if current.strip():
        yield start, current


def _line(text: str, *, library: ModuleType, said: str) -> int:
    """Give the line of the first policy that does not parse, or of the one word in it that the engine stumbled over."""
    for start, statement in statements(text):
        try:
            library.PolicySet.from_str(statement)
        except ValueError:
            found = _TOKEN.search(said)
            word = (found[1] or found[2]) if found else ""
            if word and statement.count(word) == 1:
                return start + statement[: statement.index(word)].count("\n")
            return start
    return 1
