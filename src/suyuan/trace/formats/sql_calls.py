"""Calls of well-known functions of SQL, and what they give where that is certain."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from suyuan.trace.files.coded import of_base64, of_bytes, of_hex, of_unicode, point, whole

RESULT_CHARACTERS: Final = 1 << 16
"""The longest text that a call may give: it could make a small file large."""

GROWN_CHARACTERS: Final = 1 << 12
"""How much longer REPLACE may make a text."""

TYPES: Final = frozenset(
    "char character varchar varchar2 nvarchar nvarchar2 nchar text ntext clob date datetime datetime2 smalldatetime time timestamp int integer bigint "
    "smallint tinyint decimal numeric float real double money bit binary varbinary uniqueidentifier xml json signed unsigned".split()
)
FIRST: Final = frozenset(
    "cast try_cast convert try_convert to_date to_timestamp to_seconddate to_timestamp_tz str_to_date parsedatetime to_char to_nchar to_clob "
    "to_nclob to_number date datetime timestamp time from_unixtime trim ltrim rtrim btrim nvl ifnull isnull coalesce nullif "
    "parse_json json to_jsonb quote_literal tostring tolowcardinality toutf8 binary".split()
)
"""Functions that give their first argument, in another type or with nothing around it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is certain. `is_text`: it was quoted."""

    text: str
    is_text: bool = False


def called(name: str, given: Sequence[Known | None]) -> Known | None:
    """Give what a call gives, where that is certain: texts joined, characters by number, one text for another."""
    if name in FIRST:
        values = given[1:] if len(given) > 1 and is_type(given[0]) else given
        return values[0] if values else None
    texts = [one.text for one in given if one is not None]
    if len(texts) != len(given) or not texts:
        # A type of T-SQL, `VARCHAR(11)`, is a call to this reader.
        return None
    if name in TYPES and name not in ("char", "nchar"):
        return Known(name)
    rule = CALLS.get(name)
    text = rule(texts) if rule is not None else None
    return None if text is None or len(text) > RESULT_CHARACTERS else Known(text, is_text=True)


def is_type(value: Known | None) -> bool:
    """Say whether an argument is the name of a type: T-SQL's CONVERT has it before the value."""
    return value is not None and not value.is_text and value.text.lower() in TYPES


def characters(texts: list[str]) -> str | None:
    """Give the characters of some numbers; several small ones are bytes."""
    if not all(text.isdecimal() and len(text) < 8 for text in texts):
        return texts[0] if len(texts) == 1 and not texts[0].isdecimal() else None
    codes = [int(text) for text in texts]
    if len(codes) > 1 and max(codes) < 256:
        return of_bytes(bytes(codes))
    return whole("".join(map(point, codes)))


def replaced(texts: list[str]) -> str | None:
    """Give a text with one piece for another, unless it grows beyond all reason."""
    if len(texts) != 3 or not texts[1]:
        return texts[0]
    before, old, new = texts
    return before.replace(old, new) if before.count(old) * len(new) <= GROWN_CHARACTERS + len(before) else None


def parted(texts: list[str]) -> str | None:
    """Give texts with the first of them between the others, unless that grows beyond all reason."""
    mark, *others = texts
    size = len(mark) * len(others) + sum(map(len, others))
    return mark.join(others) if size <= RESULT_CHARACTERS else None


CALLS: Final[Mapping[str, Callable[[list[str]], str | None]]] = {
    "concat": "".join,
    "concat_ws": parted,
    "char": characters,
    "chr": characters,
    "nchar": characters,
    "unichr": characters,
    "unistr": lambda texts: of_unicode(texts[0]),
    "replace": replaced,
    "upper": lambda texts: texts[0].upper(),
    "lower": lambda texts: texts[0].lower(),
    "unhex": lambda texts: of_hex(texts[0]),
    "hextoraw": lambda texts: of_hex(texts[0]),
    "from_base64": lambda texts: of_base64(texts[0]),
}
