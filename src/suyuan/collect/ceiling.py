"""The ceiling of an app type: what its basic function may require of a consumer, and nothing beyond.

Versioned data (`data/app_types.json`) after the provisions on necessary personal information for the 39 common types.
The list is a ceiling on what may be *required*: more may be taken on an own consent, or where another law says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from suyuan.collect.shipped import shipped
from suyuan.errors import RefusedError
from suyuan.terms import AppType, ItemName


@dataclass(frozen=True, slots=True, kw_only=True)
class Necessary:
    """One item that a basic function may require.

    Args:
        item: the item, a key of the dictionary.
        subject: whose it is: `registered_user`, `consignee`, `payer` ...
        when: the condition under which alone it is necessary, a key of `conditions()`; empty: always.
        if_any: only where the thing has one, such as a seat number.
        one_of: items of one such group are alternatives: one of them is necessary, not all.
    """

    item: ItemName
    subject: str
    when: str = ""
    if_any: bool = False
    one_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKind:
    """One of the 39 common types of app.

    Args:
        name: its key, such as `food_delivery`.
        number: its place in the provisions, 1 to 39.
        zh: its name in Chinese.
        en: its name in English.
        function: its basic function, in English and Chinese.
        necessary: what that function may require; empty for the types that need nothing.
    """

    name: AppType
    number: int
    zh: str
    en: str
    function: tuple[str, str]
    necessary: tuple[Necessary, ...]


@cache
def app_kinds() -> Mapping[AppType, AppKind]:
    """Give the 39 types by name, in the order of the provisions."""
    listed = (
        AppKind(
            name=AppType(row["name"]),
            number=row["number"],
            zh=row["zh"],
            en=row["en"],
            function=(row["function"]["en"], row["function"]["zh"]),
            necessary=tuple(Necessary(**need) for need in row["necessary"]),
        )
        for row in shipped("app_types.json")["app_types"]
    )
    return MappingProxyType({kind.name: kind for kind in listed})


APP_TYPES: frozenset[AppType] = frozenset(app_kinds())
"""The names of the 39 types."""


def app_kind(name: str) -> AppKind:
    """Give one type.

    Raises: RefusedError `collect.app_type`: there is none of this name.
    """
    found = app_kinds().get(AppType(name))
    if found is None:
        raise RefusedError(
            f"there is no app type {name}" if name.isascii() and name.isidentifier() else "no such app type",
            code="collect.app_type",
            hint="docs/reference/necessary-information.md lists the 39 types",
        )
    return found


def ceiling(app_types: Iterable[str]) -> frozenset[ItemName]:
    """Give the items that the basic functions of these types may require, whatever their conditions.

    Raises: RefusedError `collect.app_type`: one of the names is no type.
    """
    return frozenset(need.item for name in app_types for need in app_kind(name).necessary)


def necessary(app_type: str, *, subject: str = "", conditions: Iterable[str] | None = None) -> tuple[Necessary, ...]:
    """Give what one type may require.

    Args:
        app_type: one of `APP_TYPES`.
        subject: only what concerns this role; empty: of all.
        conditions: those that hold; an item of another condition is left out. None: every condition may hold.
    Raises: RefusedError `collect.app_type`: there is none of this name.
    """
    holding = None if conditions is None else frozenset(conditions)
    return tuple(
        need
        for need in app_kind(app_type).necessary
        if (not subject or need.subject == subject) and (holding is None or not need.when or need.when in holding)
    )


@cache
def conditions() -> Mapping[str, tuple[str, str]]:
    """Give each condition of the lists in English and Chinese."""
    return MappingProxyType(
        {name: (text["en"], text["zh"]) for name, text in shipped("app_types.json")["conditions"].items()}
    )


@cache
def subjects() -> Mapping[str, tuple[str, str]]:
    """Give each role of the lists in English and Chinese."""
    return MappingProxyType(
        {name: (text["en"], text["zh"]) for name, text in shipped("app_types.json")["subjects"].items()}
    )
