"""Foreign text made safe to read: ids, names of columns and of files, on their way to a terminal or a page."""

import unicodedata
from typing import Final

from suyuan.errors import RefusedError

ID_CHARACTERS: Final = 256
"""The longest id of an account, a partner, a contract, a case or a purpose."""


def printable(text: str) -> str:
    """Make a text safe to read: characters that are invisible, steer a terminal or turn the line are spelled out.

    `a017` with a right-to-left override in it must not be able to read as another account.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if is_plain(character) else spelled(character) for character in text)


def is_plain(character: str) -> bool:
    """Say whether a character is seen, stays where it is put and can be written."""
    return character == " " or unicodedata.category(character)[0] not in "CZ"


def spelled(character: str) -> str:
    """Give a character as its number, `\\u202e`."""
    return f"\\u{ord(character):04x}"


def printable_lines(text: str) -> str:
    """Make a text of several lines safe to read, line by line."""
    return "\n".join(map(printable, text.split("\n")))


def printable_json(text: str) -> str:
    """Give JSON that means the same and is safe to read: such characters stand only in its strings, as escapes."""
    return "".join(c if c == "\n" or is_plain(c) else escaped(c) for c in text)


def escaped(character: str) -> str:
    """Give a character as JSON escapes it: beyond the first 65,536 as two halves."""
    code = ord(character)
    if code < 0x10000:
        return spelled(character)
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def require_id(text: str, *, what: str) -> str:
    """Require that an id can be read and compared by eye.

    Args:
        what: what it is the id of, such as `account`.
    Raises: RefusedError `id.text`: empty, too long, or with characters that cannot be seen or written.
    """
    if not text or text != text.strip() or len(text) > ID_CHARACTERS or not all(map(is_plain, text)):
        raise RefusedError(
            f"the {what} id is no text of 1 to {ID_CHARACTERS} visible characters",
            code="id.text",
            hint="control characters, invisible ones and halves of characters stand in no id",
        )
    return text
