"""Fonts for a PDF: those that come with the setter, a Chinese one of this machine, and which characters they have.

What no font has is spelled out or refused: a box in the place of a character could be any name.
"""

import struct
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from suyuan.errors import UnavailableError
from suyuan.legible import spelled

if TYPE_CHECKING:
    import typst

LATIN: Final = (range(0x20, 0x7F), range(0xA1, 0xAD), range(0xAE, 0x180), range(0x391, 0x3A2), range(0x3A3, 0x3CA))
"""What the setter's own fonts have of what ids are written in: ASCII, Latin-1, Latin Extended-A, Greek."""

SIGNS: Final = frozenset("\N{EN DASH}\N{EM DASH}‘’“”…·−×∞≥≤Γ")
"""Signs of our own texts that the setter's own fonts have."""

FAMILIES: Final = (
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Songti SC",
    "SimSun",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
)
"""Fonts with simplified Chinese, the first that is installed is taken; Debian's `fonts-noto-cjk` has two of them."""

HINT: Final = "install a Chinese font (Debian: fonts-noto-cjk), or write the report as .html"
_COLLECTION: Final = b"ttcf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeface:
    """A font family of this machine: its files, and the characters that every one of its cuts has."""

    family: str
    files: tuple[Path, ...]
    characters: frozenset[int]


@cache
def chinese_typeface() -> Typeface | None:
    """Give the first Chinese font that is installed and readable, or None."""
    import typst

    cuts: dict[str, list[typst.FontInfo]] = {}
    for cut in typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).fonts():
        if cut.path is not None and cut.family in FAMILIES and cut.style == "normal" and cut.weight in (400, 700):
            cuts.setdefault(cut.family, []).append(cut)
    for family in FAMILIES:
        typeface = _typeface(family, cuts=cuts.get(family, []))
        if typeface is not None:
            return typeface
    return None


def _typeface(family: str, *, cuts: "list[typst.FontInfo]") -> Typeface | None:
    if not cuts:
        return None
    try:
        have = [characters_of(Path(str(cut.path)), index=cut.index) for cut in cuts]
    except (OSError, ValueError, struct.error):
        return None
    files = sorted({Path(str(cut.path)) for cut in cuts})
    return Typeface(family=family, files=tuple(files), characters=frozenset.intersection(*have))


def is_latin(character: str) -> bool:
    """Say whether the setter's own fonts have a character."""
    return character in SIGNS or any(ord(character) in some for some in LATIN)


def require_covered(texts: Iterable[str], *, typeface: Typeface | None) -> None:
    """Require that every character of our own texts has a font.

    Raises: UnavailableError `trace.report-font`: a font is missing.
    """
    have = frozenset[int]() if typeface is None else typeface.characters
    missing = {c for text in texts for c in text if not is_latin(c) and ord(c) not in have and c != "\n"}
    if missing:
        what = (
            "no font with Chinese characters is"
            if typeface is None
            else f"{typeface.family} lacks characters and no other is"
        )
        raise UnavailableError(f"the report cannot be set: {what} installed", code="trace.report-font", hint=HINT)


def spelled_out(text: str, *, typeface: Typeface | None) -> str:
    """Spell out what no font has, and what is read from right to left: `\\u0634`, as invisible characters are."""
    if text.isascii():
        return text
    have = frozenset[int]() if typeface is None else typeface.characters

    def one(character: str) -> str:
        if character in "\u2066\u2067\u2068\u2069":
            return ""
        if character == "\n" or is_latin(character):
            return character
        turned = unicodedata.bidirectional(character) in ("R", "AL", "AN")
        joined = unicodedata.combining(character) != 0
        return character if ord(character) in have and not turned and not joined else spelled(character)

    return "".join(map(one, text))


def characters_of(path: Path, *, index: int) -> frozenset[int]:
    """Give the characters of one font of a file, by its Unicode tables.

    Args:
        index: which font of a collection.
    Raises: OSError, ValueError, struct.error: it cannot be read.
    Source: OpenType 1.9, `cmap`, formats 4 and 12.
    """
    data = path.read_bytes()
    start = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == _COLLECTION else 0
    tables = struct.unpack_from(">H", data, start + 4)[0]
    for place in range(start + 12, start + 12 + 16 * tables, 16):
        if data[place : place + 4] == b"cmap":
            return _of_cmap(data, begin=struct.unpack_from(">I", data, place + 8)[0])
    raise ValueError("a font without a cmap")


def _of_cmap(data: bytes, *, begin: int) -> frozenset[int]:
    """Give what the largest Unicode subtable maps."""
    found: frozenset[int] = frozenset()
    for at in range(begin + 4, begin + 4 + 8 * struct.unpack_from(">H", data, begin + 2)[0], 8):
        platform, encoding, offset = struct.unpack_from(">HHI", data, at)
        if (platform, encoding) not in {(0, 3), (0, 4), (3, 1), (3, 10)}:
            continue
        kind = struct.unpack_from(">H", data, begin + offset)[0]
        if kind in (4, 12):
            mapped = _segments(data, at=begin + offset) if kind == 4 else _groups(data, at=begin + offset)
            found = max(found, frozenset(code for some in mapped for code in some), key=len)
    if not found:
        raise ValueError("a font without a Unicode table")
    return found


def _groups(data: bytes, *, at: int) -> Iterator[range]:
    """Read format 12: runs of characters whose glyphs follow on each other; glyph 0 is no glyph."""
    for group in range(struct.unpack_from(">I", data, at + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * group)
        yield range(first + (glyph == 0), min(last, 0x10FFFF) + 1)


def _segments(data: bytes, *, at: int) -> Iterator[range]:
    """Read format 4: segments of the first 65,536 characters, the last of which is a mark of the end."""
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    begins = struct.unpack_from(f">{count}H", data, at + 16 + 2 * count)
    return (range(first, last + 1) for first, last in zip(begins, ends, strict=True) if first != 0xFFFF)
