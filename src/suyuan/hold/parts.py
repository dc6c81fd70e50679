"""Parts of a value by which persons may be searched: the last four characters of a number, and a surname.

A part's token stands for a bucket of persons, never for one. It leaks more than a whole value's token does: whoever has the
store sees how large each bucket is, and of surnames the sizes alone tell which is which. So a site declares each
part (`search` in fields.toml), and a search whose bucket is small is refused.
"""

import re
from typing import Final

import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.crypto.token import Tokenizer
from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.kinds.plain import HAN
from suyuan.kinds.surnames import COMPOUND

LAST4: Final = "last4"
SURNAME: Final = "surname"

STORE_PER_MINIMUM: Final = 10
"""A store of fewer persons than so many times a part's minimum is not searched by it: too little to hide in."""


def part_of(canonical: str, *, part: str) -> str | None:
    """Give the part of a canonical value, or None where the value has none.

    Raises: RefusedError `hold.part`: there is no such part.
    """
    if part == LAST4:
        return canonical[-4:].upper() if len(canonical) >= 4 else None
    if part != SURNAME:
        raise RefusedError(f"no field is found by {part!r}", code="hold.part", hint=f"use {LAST4} or {SURNAME}")
    if not re.search(f"[{HAN}]", canonical):
        return canonical.rpartition(" ")[2].casefold()
    # `·` parts the names of a name that was transcribed; the last one is the family's.
    if "\u00b7" in canonical:
        return canonical.rpartition("\u00b7")[2]
    return canonical[:2] if canonical[:2] in COMPOUND and len(canonical) > 2 else canonical[:1]


def sought(text: str, *, part: str) -> str:
    """Give the part that somebody types to search by: it is the part itself, not a whole value."""
    return text.strip().upper() if part == LAST4 else text.strip().casefold()


def part_column(canonical: pl.Series, *, part: str) -> pl.Series:
    """`part_of` over a column; null stays null. Test: tests/properties/test_parts.py holds it equal."""
    value = pl.col("value")
    if part == LAST4:
        found: pl.Expr = pl.when(value.str.len_chars() >= 4).then(value.str.slice(-4).str.to_uppercase())
    elif part == SURNAME:
        two = value.str.slice(0, 2)
        compound = two.is_in(sorted(COMPOUND)) & (value.str.len_chars() > 2)
        found = (
            pl.when(~value.str.contains(f"[{HAN}]"))
            .then(value.str.split(" ").list.last().map_elements(str.casefold, return_dtype=pl.String))
            .when(value.str.contains("\u00b7", literal=True))
            .then(value.str.split("\u00b7").list.last())
            .otherwise(pl.when(compound).then(two).otherwise(value.str.slice(0, 1)))
        )
    else:
        raise RefusedError(f"no field is found by {part!r}", code="hold.part", hint=f"use {LAST4} or {SURNAME}")
    return pl.DataFrame({"value": canonical.cast(pl.String)}).select(found.alias(canonical.name)).to_series()


def part_tokenizer(broker: KeyBroker, *, field: FieldPolicy, part: str, generation: int | None = None) -> Tokenizer:
    """Give the keyed tokens of one part of one field, by default those by which is sought."""
    return broker.part_tokenizer(field.name, kind=field.kind, part=part, generation=generation)


def stored_part(part: str, *, generation: int) -> str:
    """Give the name under which a part's tokens of a generation lie in the store."""
    return part if generation == 0 else f"{part}/{generation}"
