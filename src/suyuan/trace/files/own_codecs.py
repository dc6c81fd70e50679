"""Codecs of suyuan's own, by names that `bytes.decode` knows once this is imported: text encoded twice, and lines of Big5 among others."""

import codecs
import re
from codecs import CodecInfo
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

TWICE: Final = "suyuan_utf8_twice"
"""UTF-8 whose bytes a program took for Windows-1252 and wrote as UTF-8 once more."""

BIG5_LINES: Final = "suyuan_big5_lines"
"""Big5 that stands in some lines, by what each of them looks like."""

OWN: Final = (TWICE, BIG5_LINES)

OF_A_BYTE: Final = {
    ord(bytes((byte,)).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in b"\x81\x8d\x8f\x90\x9d"
}
"""The characters that Windows-1252 has for bytes of which Latin-1 makes controls."""

TWICE_LEAST: Final = 3
TWICE_SHARE: Final = 0.9
"""How many lines, and which share of those beyond ASCII, must be UTF-8 once more for a text to be it."""

PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")

BIG5_TRAILS: Final = 0.12
"""The share of two-byte characters with a low second byte above which text may be Big5: there it is two in five."""

SURE_PAIRS: Final = 8
"""Characters that must all be common in Big5 for one of them to tell it: in GB2312 half of them would not be."""


def is_of_ours(names: tuple[str, ...]) -> bool:
    """Say whether one of some codecs is suyuan's own, so that the standard library alone cannot read the cells again."""
    return not set(OWN).isdisjoint(names)


def is_twice(text: str) -> bool:
    """Say whether nearly all lines beyond ASCII are UTF-8 that was encoded twice.

    Never a text with Chinese characters: no byte of Windows-1252 is one, and no text of people, in any language,
    is such a run of accented letters and signs that its bytes are UTF-8 once more, line after line.
    """
    lines = [line for line in text.split("\n") if not line.isascii()]
    return len(lines) >= TWICE_LEAST and sum(once(line) is not None for line in lines) >= TWICE_SHARE * len(lines)


def once(line: str) -> str | None:
    """Give a line that was encoded twice as it was before, or None."""
    try:
        return line.translate(OF_A_BYTE).encode("latin-1").decode()
    except UnicodeError:
        return None


def looks_like_big5(line: bytes, *, among_others: bool = False) -> bool:
    """Say whether a line is rather Big5 than GB18030.

    Two in five characters of Big5 have a second byte below 0x7F, and its common ones begin with 0xA4 to 0xC6. Text of
    GB2312, which is nearly all that GB18030 is used for, never has such a second byte.

    Args:
        among_others: lines of the file are known to be Big5; one such character is then enough where all are common.
    """
    pairs: list[bytes] = PAIR.findall(line)
    if not pairs:
        return False
    try:
        line.decode("cp950")
    except UnicodeDecodeError:
        return False
    common = sum(0xA4 <= pair[0] <= 0xC6 for pair in pairs)
    simplified = sum(0xB0 <= pair[0] <= 0xF7 and pair[1] >= 0xA1 for pair in pairs)
    low = sum(pair[1] < 0x7F for pair in pairs)
    if among_others and low and common == len(pairs) >= SURE_PAIRS:
        return True
    return low >= BIG5_TRAILS * len(pairs) and common >= 0.9 * len(pairs) and simplified <= 0.9 * len(pairs)


def decode_twice(data: "Buffer", errors: str = "strict") -> tuple[str, int]:
    """Give UTF-8 that was encoded twice as text; lines that were encoded once stay as they are.

    Raises: UnicodeDecodeError: a line is neither, and errors are not to be replaced.
    """
    content = bytes(data)
    lines = content.decode("utf-8", errors).split("\n")
    for place, line in enumerate(lines):
        if line.isascii():
            continue
        whole = once(line)
        if whole is None and is_of_bytes(line):
            if errors == "strict":
                raise UnicodeDecodeError(TWICE, b"", 0, 0, "a line was cut between two encodings")
            whole = line.translate(OF_A_BYTE).encode("latin-1", "replace").decode("utf-8", errors)
        lines[place] = line if whole is None else whole
    return "\n".join(lines), len(content)


def is_of_bytes(line: str) -> bool:
    """Say whether every character of a line stands for one byte."""
    return all(ord(character) < 0x100 or ord(character) in OF_A_BYTE for character in line)


def decode_big5_lines(data: "Buffer", errors: str = "strict") -> tuple[str, int]:
    """Give a line of Big5 as text.

    Raises: UnicodeDecodeError: it does not look like Big5, and errors are not to be replaced.
    """
    line = bytes(data)
    if errors == "strict" and not looks_like_big5(line, among_others=True):
        raise UnicodeDecodeError(BIG5_LINES, b"", 0, 0, "no line of Big5")
    return line.decode("cp950", errors), len(line)


def _no_encoding(text: str, errors: str = "strict") -> tuple[bytes, int]:
    raise UnicodeEncodeError("suyuan", "", 0, 0, "only for reading")


def _of_ours(name: str) -> CodecInfo | None:
    if name == TWICE:
        return CodecInfo(_no_encoding, decode_twice, name=name)
    return CodecInfo(_no_encoding, decode_big5_lines, name=name) if name == BIG5_LINES else None


codecs.register(_of_ours)
