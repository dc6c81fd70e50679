"""JSON in other spellings than its own: a program's objects, a database's shell, Python's `print`. Nothing is evaluated."""

import ast
import json
import re
from collections.abc import Mapping
from typing import Final

LITERAL_CHARACTERS: Final = 1 << 16
"""The longest text that is looked at as a literal of Python, or as an object of a program."""

CALLS = re.compile(
    r"\b(?:new\s+)?(?:ObjectId|NumberLong|NumberInt|NumberDecimal|ISODate|Date|Timestamp|BinData|UUID|DBRef)"
    r"\(\s*(?:(\"[^\"\\]*\")|'([^'\"\\]*)'|(-?[\d.]*))\s*(?:,[^()]*)?\)"
)
"""How the shell of MongoDB prints a value with its type. Within a text its quotes would have backslashes before them."""

DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
LENIENT: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
"""Takes line ends and tabulators within a text, where a program has not escaped them."""

WORDS: Final = {"undefined": "null", "None": "null", "True": "true", "False": "false"}
LOOSE = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")|\'(?P<single>(?:[^\'\\]|\\.)*)\'|(?P<remark>//[^\n]*|/\*.*?\*/)'
    r"|(?P<word>[^\W\d][\w$]*)(?P<colon>\s*:)?",
    re.DOTALL,
)
TRAILING = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])')
ESCAPED = re.compile(r"\\(?:x(?P<byte>[0-9A-Fa-f]{2})|(?P<other>.))|\"", re.DOTALL)


def uncalled(text: str) -> str:
    """Give the text with the value alone for each call around one."""
    return CALLS.sub(lambda found: found[1] or f'"{found[2] or found[3] or ""}"', text)


def respelled(text: str) -> object:
    """Give the value of one object that JSON does not know so spelled; None where it is no such thing.

    Keys without quotes, single quotes, remarks, a comma before the closing bracket, `undefined`; or Python's spelling.
    It may not act where a quote was never closed: then the words are no words, and no value comes out.
    """
    if len(text) > LITERAL_CHARACTERS:
        return None
    value = literal_of(text)
    if value is not None:
        return value
    try:
        return DECODER.decode(TRAILING.sub(lambda found: found[1] or "", LOOSE.sub(respelled_word, text)))
    except (ValueError, RecursionError):
        return None


def respelled_word(found: re.Match[str]) -> str:
    """Give a word, a text or a remark of a program as JSON has it."""
    if found["text"] is not None:
        return found["text"]
    if found["single"] is not None:
        return f'"{ESCAPED.sub(doubled, found["single"])}"'
    if found["remark"] is not None:
        return " "
    word, colon = found["word"], found["colon"] or ""
    if colon:
        return f'"{word}"{colon}'
    return WORDS.get(word, word)


def doubled(found: re.Match[str]) -> str:
    """Give an escape of single quotes as one of double quotes."""
    if found["byte"] is not None:
        return f"\\u00{found['byte']}"
    if found["other"] is None:
        return '\\"'
    return found["other"] if found["other"] == "'" else found[0]


def literal_of(bare: str) -> object:
    """Give the value that Python's `print` wrote, or None."""
    try:
        return ast.literal_eval(bare) if len(bare) <= LITERAL_CHARACTERS else None
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        # A list within a set is a literal to the parser, and no value.
        return None


def opened(value: object) -> object:
    """Give the object or list that a text spells in JSON, or the value as it is."""
    if not isinstance(value, str) or value[:1] not in ("{", "[") or value[-1:] not in ("}", "]"):
        return value
    try:
        inner = DECODER.decode(value)
    except (ValueError, RecursionError):
        return value
    return inner if isinstance(inner, Mapping | list) else value
