"""The dictionary of personal information: what an item is called, and how sensitive it is.

Versioned data (`data/dictionary.json`); the mapping to categories, flags and tiers is this project's reading of the
instruments that the file names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from suyuan.collect.shipped import shipped
from suyuan.errors import RefusedError
from suyuan.terms import ItemName

Tier = Literal["a", "b", "c"]
"""The criminal counts of an item: from 50 records (a), 500 (b) or 5,000 (c); half of each for whoever had access on duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of personal information.

    Args:
        name: the key by which a field's `item` names it.
        zh: its title in Chinese.
        en: its title in English.
        category: the standard's category, a key of `categories()`.
        sensitive_2020: it stands in GB/T 35273-2020, annex B.
        sensitive_2025: it stands in GB/T 45574-2025, annex A, or in article 28 of the law.
        tier: which of the criminal counts it falls under.
    """

    name: ItemName
    zh: str
    en: str
    category: str
    sensitive_2020: bool
    sensitive_2025: bool
    tier: Tier


@cache
def items() -> Mapping[ItemName, Item]:
    """Give every item by its name, in the order of the data."""
    listed = (
        Item(**{key: value for key, value in row.items() if key != "note"})
        for row in shipped("dictionary.json")["items"]
    )
    return MappingProxyType({item.name: item for item in listed})


def item(name: str) -> Item:
    """Give the item of this name.

    Raises: RefusedError `collect.item`: the dictionary has none.
    """
    found = items().get(ItemName(name))
    if found is None:
        raise RefusedError(
            f"the dictionary has no item {name}" if name.isascii() and name.isidentifier() else "no such item",
            code="collect.item",
            hint="docs/reference/necessary-information.md lists the items",
        )
    return found


@cache
def categories() -> Mapping[str, tuple[str, str]]:
    """Give the English and Chinese title of each category."""
    return MappingProxyType(
        {name: (title["en"], title["zh"]) for name, title in shipped("dictionary.json")["categories"].items()}
    )
