"""Text that a program wrote as the numbers of its characters or bytes: hexadecimal, octal, base64, percent signs."""

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote_to_bytes

ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a", "f": "\f", "v": "\v"}
CODED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))|''", re.DOTALL)
UNICODE = re.compile(r"\\(?:([0-9A-Fa-f]{4})|\+([0-9A-Fa-f]{6})|(\\))")
BYTES = re.compile(r"(?:\\(?:[0-3][0-7]{2}|x[0-9A-Fa-f]{2}))+")
BYTE = re.compile(r"\\(?:([0-3][0-7]{2})|x([0-9A-Fa-f]{2}))")
QUOTE = re.compile(r"\\(['\"])")
PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


def unescaped(inner: str) -> str:
    """Give a text in which MySQL's backslashes stand before characters."""
    return ESCAPE.sub(lambda m: "'" if m[1] is None else LETTERS.get(m[1], m[1]), inner)


def coded(inner: str) -> str:
    """Give a text of PostgreSQL's `E'...'`."""

    def one(m: re.Match[str]) -> str:
        number = m[1] or m[2] or m[3]
        code = int(number, 16) if number else int(m[4], 8) if m[4] else None
        if code is None:
            return "'" if m[5] is None else LETTERS.get(m[5], m[5])
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"

    return CODED.sub(one, inner)


def of_unicode(inner: str) -> str:
    """Give a text of `U&'...'` or UNISTR, whose characters are numbers behind a backslash."""
    units = UNICODE.sub(lambda m: "\\" if m[3] else point(int(m[1] or m[2], 16)), inner)
    return whole(units)


def whole(units: str) -> str:
    """Give a text whose pairs of halves are characters; a half by itself is none, and a mark stands for it."""
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def point(code: int) -> str:
    """Give the character of a number; a mark where there is none of it."""
    return chr(code) if code < 0x110000 else "\ufffd"


CODECS: Final = ("utf-8", "gb18030")


def codecs_of(line: str) -> tuple[str, ...]:
    """Give the codecs in whose order the percent signs of a line are read: all of its values are of one."""
    try:
        unquote_to_bytes(line).decode()
    except UnicodeDecodeError:
        return CODECS[::-1]
    return CODECS


def of_bytes(raw: bytes, *, codecs: tuple[str, ...] = CODECS) -> str | None:
    """Give bytes as text, or None where they are none: a picture, a key."""
    for codec in codecs:
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        return (
            text
            if text.isprintable() or text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable()
            else None
        )
    return None


def of_hex(digits: str) -> str | None:
    """Give the text that hexadecimal digits spell, or None."""
    try:
        return of_bytes(bytes.fromhex(digits))
    except ValueError:
        return None


def of_base64(digits: str) -> str | None:
    """Give the text that base64 spells, or None."""
    try:
        return of_bytes(base64.b64decode("".join(digits.split()), validate=True))
    except (binascii.Error, ValueError):
        return None


UNITS = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")


def of_units(text: str) -> str:
    """Give a text whose characters beyond ASCII a program wrote as `\\u5f20`."""
    return UNITS.sub(lambda found: of_unicode(found[0].replace("\\u", "\\")), text)


def of_numbers(value: str, *, codecs: tuple[str, ...] = CODECS) -> str:
    """Give a value without the percent signs, or the backslashes and numbers, that a program wrote for its bytes."""
    if "%" in value and PERCENT.search(value):
        raw = unquote_to_bytes(value.replace("+", " "))
        text = of_bytes(raw, codecs=codecs)
        return raw.decode("utf-8", "replace") if text is None else text
    if "\\" in value and BYTES.search(value):
        value = BYTES.sub(spelled_out, value)
    return QUOTE.sub(r"\1", value) if "\\" in value else value


def spelled_out(found: re.Match[str]) -> str:
    """Give the text of a run of numbers behind backslashes, or the run itself."""
    text = of_bytes(bytes(int(m[1], 8) if m[1] else int(m[2], 16) for m in BYTE.finditer(found[0])))
    return found[0] if text is None else text
