"""Values of SQL that are no plain literal: joined texts, calls of well-known functions, casts, other ways to quote.

A tokenizer of our own goes over the text once; nothing is executed. What a call gives is reckoned only where that is
certain; of any other the words themselves are the value, so that what the file holds is seen.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from suyuan.trace.files.coded import coded, of_hex, of_unicode, unescaped
from suyuan.trace.formats.sql_calls import TYPES, Known, called

QUOTED_CHARACTERS: Final = 1 << 16
"""The longest comment, or text between dollar quotes, within a row."""

DEPTH_AT_MOST: Final = 40


class Backslash(Enum):
    """Whether a backslash escapes within quotes: in MySQL it does, in standard SQL it does not."""

    ESCAPES = 1
    STANDS = 2


GAP = re.compile(r"(?:\s++|--[^\n]*+(?:\n|\Z)|/\*)")
WORD = re.compile(r"[\w$#@.\\]++")
DOLLAR = re.compile(r"\$(?:[^\W\d]\w*)?\$")
PREFIX: Final = r"(?P<prefix>_\w+\s*+|U&|N|E|B|X)?+"
ESCAPED = re.compile(rf"{PREFIX}(?P<text>'(?:[^'\\]++|''|\\.)*+')", re.IGNORECASE | re.DOTALL)
STANDING = re.compile(rf"{PREFIX}(?P<text>'(?:[^']++|'')*+')", re.IGNORECASE)
WITH_MARKS = re.compile(r"(?P<prefix>E)(?P<text>'(?:[^'\\]++|''|\\.)*+')", re.IGNORECASE | re.DOTALL)
NAMED = re.compile(r'"(?:[^"\\]++|""|\\.)*+"|`[^`]*+`', re.DOTALL)
OPERATOR = re.compile(r"\|\||::|:=|[-+*/%=<>!,()\[\]{}:&|^~?.;]")
CLOSING: Final[Mapping[str, str]] = {"(": ")", "[": "]", "{": "}"}
BRACKETS: Final[Mapping[str, str]] = {**CLOSING, "<": ">"}
OWN_QUOTES = re.compile(r"N?Q'(\S)", re.IGNORECASE)
"""Oracle's quotes: `q'[...]'`."""

HEX = re.compile(r"0x((?:[0-9A-Fa-f]{2})+)", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?[\d.]+(?:e[+-]?\d+)?", re.IGNORECASE)

STATEMENT: Final = frozenset({"into", "values"})
"""Words that stand in no value."""

QUOTING: Final = TYPES | {"interval"}
"""Words whose value follows in quotes: `DATE '2024-01-01'`."""

AFTER: Final = frozenset({"collate", "uescape", "at", "day", "month", "year", "hour", "minute", "second", "escape"})
"""Words that may follow a text without changing what it shows of a person."""


@dataclass(slots=True)
class Reader:
    """A place in the text of a row, under one meaning of the backslash."""

    text: str
    at: int
    end: int
    backslash: Backslash
    closes: dict[str, int] = field(default_factory=dict)
    """Where each mark that closes something comes next, as far as was looked: nothing is looked over twice."""

    def skip(self) -> None:
        """Go past blanks and comments."""
        while (found := GAP.match(self.text, self.at, self.end)) is not None:
            if found[0] != "/*":
                self.at = found.end()
                continue
            close = self._next("*/", start=found.end())
            if close is None:
                return
            self.at = close + 2

    def peek(self) -> str:
        """Give the next character that is neither blank nor comment; nothing at the end."""
        self.skip()
        return self.text[self.at : self.at + 1] if self.at < self.end else ""

    def word(self) -> str:
        """Give the next word in small letters without taking it; nothing where none stands."""
        self.skip()
        found = WORD.match(self.text, self.at, self.end)
        return found[0].lower() if found is not None else ""

    def string(self) -> Known | None:
        """Take a quoted text, however it is quoted."""
        self.skip()
        if (opened := DOLLAR.match(self.text, self.at, self.end)) is not None:
            return self._up_to(opened[0], start=opened.end())
        if (opened := OWN_QUOTES.match(self.text, self.at, self.end)) is not None:
            return self._up_to(BRACKETS.get(opened[1], opened[1]) + "'", start=opened.end())
        form = ESCAPED if self.backslash is Backslash.ESCAPES else STANDING
        found = WITH_MARKS.match(self.text, self.at, self.end) or form.match(self.text, self.at, self.end)
        if found is not None:
            self.at = found.end()
            return Known(
                unquoted_text(found["text"], prefix=found["prefix"] or "", backslash=self.backslash), is_text=True
            )
        if (named := NAMED.match(self.text, self.at, self.end)) is not None:
            self.at = named.end()
            inner = named[0][1:-1]
            return Known(
                unescaped(inner.replace('""', '"')) if "\\" in inner else inner.replace('""', '"'), is_text=True
            )
        return None

    def _up_to(self, mark: str, *, start: int) -> Known | None:
        """Take a text up to the mark that closes it."""
        close = self._next(mark, start=start)
        if close is None:
            return None
        self.at = close + len(mark)
        return Known(self.text[start:close], is_text=True)

    def _next(self, mark: str, *, start: int) -> int | None:
        """Give where a mark comes next; None where it does not, or lies too far away."""
        close = self.closes.get(mark, -1)
        if close < start:
            found = self.text.find(mark, start, self.end)
            close = self.closes[mark] = found if found >= 0 else self.end
        return close if close + len(mark) <= min(self.end, start + QUOTED_CHARACTERS) else None


def unquoted_text(raw: str, *, prefix: str, backslash: Backslash) -> str:
    """Give what a quoted text says.

    Args:
        raw: with its quotes.
        prefix: what stands before the first, such as `N`, `X` or `_utf8mb4`.
    """
    inner = raw[1:-1]
    match prefix.strip().upper():
        case "X":
            text = of_hex(inner)
            return inner if text is None else text
        case "E":
            return coded(inner)
        case "U&":
            return of_unicode(inner.replace("''", "'"))
    return unescaped(inner) if backslash is Backslash.ESCAPES and "\\" in inner else inner.replace("''", "'")


def bare_value(bare: str) -> str:
    """Give the text of a value without quotes: nothing for NULL and DEFAULT, the text that hexadecimal digits spell, else itself."""
    if bare.upper() in ("NULL", "DEFAULT"):
        return ""
    found = HEX.fullmatch(bare.split()[-1])
    if found is not None and (text := of_hex(found[1])) is not None:
        return text
    return bare


def row_at(text: str, at: int, *, end: int, backslash: Backslash) -> tuple[list[str], int | None]:
    """Give the cells of `(...)` and where it ends; None where the text breaks off or is no such thing."""
    reader = Reader(text, at, min(end, len(text)), backslash)
    if reader.peek() != "(":
        return [], None
    reader.at += 1
    cells = values_until(reader, closing=")")
    return (cells, reader.at) if cells is not None else ([], None)


def values_until(reader: Reader, *, closing: str) -> list[str] | None:
    """Take values parted by commas up to a closing mark, and that; None where it does not come."""
    cells: list[str] = []
    while True:
        reader.skip()
        start = reader.at
        value = expression(reader, depth=0)
        stop = reader.at
        mark = reader.peek()
        if mark not in (",", closing) or not mark:
            return None
        reader.at += 1
        cells.append(value.text if value is not None else " ".join(reader.text[start:stop].split()))
        if mark == closing:
            return cells


def listed_at(text: str, at: int, *, end: int, backslash: Backslash) -> tuple[list[str], int, str]:
    """Give the values of a SELECT without a table, where they end, and the word that follows them."""
    reader = Reader(text, at, min(end, len(text)), backslash)
    cells: list[str] = []
    while True:
        reader.skip()
        start = reader.at
        value = expression(reader, depth=0, stops=STOPS)
        cells.append(value.text if value is not None else " ".join(reader.text[start : reader.at].split()))
        if reader.peek() != ",":
            return cells, reader.at, reader.word() or reader.peek()
        reader.at += 1


def assigned_at(text: str, at: int, *, end: int, backslash: Backslash) -> tuple[dict[str, str], int]:
    """Give the names and values of `SET a = 1, b = 'x' WHERE c = 2`, and where they end; none where it is no such thing."""
    reader = Reader(text, at, min(end, len(text)), backslash)
    found: dict[str, str] = {}
    while True:
        reader.skip()
        name = NAME_AT.match(reader.text, reader.at, reader.end)
        if name is None:
            return {}, at
        reader.at = name.end()
        start = reader.at
        value = expression(reader, depth=0, stops=STOPS)
        found[name[1].strip('`"[]@')] = (
            value.text if value is not None else " ".join(reader.text[start : reader.at].split())
        )
        if reader.peek() == ",":
            reader.at += 1
        elif reader.word() in ("where", "and"):
            reader.at += len(reader.word())
        else:
            return found, reader.at


NAME_AT = re.compile(r"(`[^`]{1,128}`|\"[^\"]{1,128}\"|\[[^\]]{1,128}\]|[\w$#@.]{1,128})\s*=(?!=)\s*")
STOPS: Final = frozenset({"from", "union", "where", "and", "go", "on", "limit", "returning"})


def expression(reader: Reader, *, depth: int, stops: frozenset[str] = frozenset()) -> Known | None:
    """Take one expression up to the comma or bracket that ends it, and give its value; None where it is not certain."""
    parts: list[Known] = []
    is_known, joins = True, ""
    while True:
        mark = reader.peek()
        if mark in ("", ",", ")", "]", "}", ";"):
            break
        word = reader.word()
        if word in stops:
            break
        if parts and word == "as":
            # An alias, or the type of a CAST.
            passed(reader, stops=stops, depth=depth)
            break
        if mark == ":" and reader.text.startswith("::", reader.at):
            reader.at += 2
            reader.skip()
            cast_type(reader)
            continue
        if parts and word in AFTER:
            passed(reader, stops=stops, depth=depth)
            break
        operator = OPERATOR.match(reader.text, reader.at, reader.end)
        if operator is not None and operator[0] not in CLOSING and not (operator[0] in "+-." and not parts):
            reader.at = operator.end()
            joins += operator[0]
            is_known &= operator[0] in ("||", "+", "&")
            continue
        before = reader.at
        one = operand(reader, depth=depth)
        if reader.at == before:
            return None
        if one is None:
            is_known = False
        else:
            is_known &= not (parts and not joins and not one.is_text)
            parts.append(one)
    if not is_known or not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    if "+" in joins and not any(part.is_text for part in parts):
        return None
    return Known("".join(part.text for part in parts), is_text=True)


def cast_type(reader: Reader) -> None:
    """Go past the name of a type behind `::`."""
    if (found := TYPE.match(reader.text, reader.at, reader.end)) is not None:
        reader.at = found.end()


TYPE = re.compile(
    r"""\s*(?:[\w.]+|"[^"]*")(?:\s+(?:varying|precision))?\s*(?:\([\d,\s]*\))?(?:\s+with(?:out)?\s+time\s+zone)?(?:\[\d*\])*""",
    re.IGNORECASE,
)


def passed(reader: Reader, *, stops: frozenset[str], depth: int) -> None:
    """Go past the rest of an expression, brackets and quotes in it as wholes."""
    while (mark := reader.peek()) and mark not in ",)]};" and reader.word() not in stops:
        before = reader.at
        if operand(reader, depth=max(depth + 1, DEPTH_AT_MOST - 2)) is None and reader.at == before:
            reader.at += 1


def operand(reader: Reader, *, depth: int) -> Known | None:
    """Take a text, a number, a word, a call or brackets; None where what it gives is not certain."""
    if depth >= DEPTH_AT_MOST:
        return None
    if (text := reader.string()) is not None:
        return text
    if reader.text[reader.at] in CLOSING:
        inner = arguments(reader, depth=depth)
        return inner[0] if inner is not None and len(inner) == 1 else None
    signed = NUMBER.match(reader.text, reader.at, reader.end)
    found = WORD.match(reader.text, reader.at, reader.end)
    if signed is not None and (found is None or signed.end() >= found.end()):
        reader.at = signed.end()
        return Known(signed[0])
    if found is None:
        return None
    word = found[0]
    if word.lower() in STATEMENT:
        # Brackets that were never closed: what follows is another statement's, and is not looked over for this one.
        reader.end = reader.at
        return None
    reader.at = found.end()
    mark = reader.peek()
    if mark == "(":
        given = arguments(reader, depth=depth)
        return None if given is None else called(word.lower(), given)
    if mark == "[":
        arguments(reader, depth=depth)
        return None
    if mark in ("'", '"') and word.lower() in QUOTING:
        return reader.string()
    if word.startswith("_") and mark == "0":
        return Known("")
    return Known(bare_value(word), is_text=word[:2].lower() == "0x" and bare_value(word) != word)


def arguments(reader: Reader, *, depth: int) -> list[Known | None] | None:
    """Take what stands in brackets, and them; None where they do not close."""
    closing = CLOSING[reader.text[reader.at]]
    reader.at += 1
    found: list[Known | None] = []
    while True:
        if not (mark := reader.peek()):
            return None
        if mark == closing:
            reader.at += 1
            return found
        if mark in ",:;":
            reader.at += 1
            continue
        before = reader.at
        found.append(expression(reader, depth=depth + 1))
        if reader.at == before:
            return None
        if reader.word() == "using":
            passed(reader, stops=frozenset(), depth=depth)
