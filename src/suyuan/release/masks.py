"""Masks by profile, as data: how much of a value a purpose shows where it may not show it all.

Claim: a mask is a function of kind and canonical value alone, so it is the same for every recipient and carries no mark.
Test: tests/properties/test_masks.py holds the columnar face equal to the scalar one, and `waybill` to its standard.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import polars as pl

from suyuan.kinds.kind import Canonical
from suyuan.kinds.plain import HAN
from suyuan.kinds.registry import KINDS
from suyuan.release.acts import DEFAULT_PROFILE
from suyuan.terms import KindName

WAYBILL = "waybill"
"""The profile of the waybill standard."""

_MOBILE = r"^\+86(1[3-9][0-9]{9})$"
_LANDLINE = r"^\+86([2-9][0-9]*|10[0-9]*)$"
_NUMBERED = "[A-Za-z]*[0-9][0-9A-Za-z]*"
_HIDDEN = "***"
_NUMERALS = "0-9A-Za-z〇零一二三四五六七八九十百两甲乙丙丁"
# Where an address names no building and no number, its unit and room may still be written in Han numerals.
_ROOM = rf"([{_NUMERALS}]+)(单元|室|层|户)"
_BARE_ROOM = r"[〇零一二三四五六七八九十百]{2,}$"


class Level(StrEnum):
    """Down to which part an address is shown; what follows is hidden."""

    BUILDING = "building"
    ROAD = "road"
    DISTRICT = "district"


# Greedy up to a road's name, lazy up to a district's: 西湖区 comes before 文三路, and a 路 may come twice.
_SHOWN_TO: Mapping[Level, str] = {
    Level.ROAD: rf"^([^0-9A-Za-z]*[{HAN}](?:路|街|道|大道|巷|胡同|村|镇|乡)).*$",
    Level.DISTRICT: rf"^((?:[{HAN}]{{2,12}}?[省市州盟])?(?:[{HAN}]{{1,9}}?市)?[{HAN}]{{1,8}}?[区县旗市]).*$",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskSpec:
    """How one kind is masked: by its ends, or an address by its level; the kind's own mask where nothing is said.

    Args:
        keep_first, keep_last: characters left at the ends; a phone's are the digits as they are dialled.
        hide_at_least: fewer hidden than this, and everything is hidden.
        level: down to which part an address is shown.
    """

    keep_first: int | None = None
    keep_last: int = 0
    hide_at_least: int = 1
    level: Level | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskProfile:
    """One profile of `policy/masks.toml`: what it says of each kind; the kinds it leaves out mask as they do themselves."""

    name: str
    specs: Mapping[KindName, MaskSpec] = field(default_factory=dict)

    def mask(self, kind: KindName, canonical: Canonical) -> str:
        """Give what this profile shows of a canonical value."""
        spec = self.specs.get(kind)
        if spec is None or (spec.keep_first is None and spec.level is None):
            return KINDS[kind].mask(canonical)
        if spec.level is Level.BUILDING:
            return _without_room(KINDS[kind].mask(canonical))
        if spec.level is not None:
            return _to_level(canonical, pattern=_SHOWN_TO[spec.level])
        return _ends(_dialled(canonical) if kind is KindName.PHONE else canonical, spec=spec)

    def mask_column(self, kind: KindName, canonical: pl.Series) -> pl.Series:
        """`mask` over a column of canonical values; null stays null."""
        spec = self.specs.get(kind)
        if spec is None or (spec.keep_first is None and spec.level is None):
            return KINDS[kind].mask_column(canonical)
        value = pl.col("value")
        if spec.level is Level.BUILDING:
            masked = value.str.replace_all(_ROOM, f"{_HIDDEN}${{2}}").str.replace(_BARE_ROOM, _HIDDEN)
            canonical = KINDS[kind].mask_column(canonical)
        elif spec.level is not None:
            masked = _to_level_column(value, pattern=_SHOWN_TO[spec.level])
        else:
            masked = _ends_column(_dialled_column(value) if kind is KindName.PHONE else value, spec=spec)
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(masked.alias(canonical.name)).to_series()


_NOT_ON_A_WAYBILL = (
    KindName.RESIDENT_ID,
    KindName.BANK_CARD,
    KindName.EMAIL,
    KindName.PLATE,
    KindName.DATE,
    KindName.MOMENT,
    KindName.COORDINATE,
)

BUILT_IN: Mapping[str, MaskProfile] = MappingProxyType(
    {
        DEFAULT_PROFILE: MaskProfile(name=DEFAULT_PROFILE),
        # At least one character of the name, six digits of the telephone number, unit and room.
        # Source: the national standard on electronic courier waybills, in force since 2023-02-01. Of everything else
        # that names a person a waybill shows nothing. Source: Interim Regulations on Express Delivery, article 22.
        WAYBILL: MaskProfile(
            name=WAYBILL,
            specs={
                KindName.PERSON_NAME: MaskSpec(keep_first=1),
                KindName.PHONE: MaskSpec(keep_first=3, keep_last=2, hide_at_least=6),
                KindName.POSTAL_ADDRESS: MaskSpec(level=Level.BUILDING),
                **dict.fromkeys(_NOT_ON_A_WAYBILL, MaskSpec(keep_first=0)),
            },
        ),
    }
)
"""The profiles that every site has; `policy/masks.toml` adds to them and cannot take them away."""


def _ends(text: str, *, spec: MaskSpec) -> str:
    size = len(text)
    hidden = size - (spec.keep_first or 0) - spec.keep_last
    if hidden < spec.hide_at_least:
        return "*" * size
    return text[: spec.keep_first or 0] + "*" * hidden + text[size - spec.keep_last :]


def _ends_column(value: pl.Expr, *, spec: MaskSpec) -> pl.Expr:
    first, last, size = spec.keep_first or 0, spec.keep_last, value.str.len_chars().cast(pl.Int64)
    hidden = value.str.slice(first, (size - first - last).clip(0)).str.replace_all("(?s).", "*")
    shown = value.str.slice(0, first) + hidden + value.str.slice((size - last).clip(0))
    return pl.when(size - first - last < spec.hide_at_least).then(value.str.replace_all("(?s).", "*")).otherwise(shown)


def _dialled(canonical: str) -> str:
    """Give a number as it is dialled at home: a Chinese one without +86, a landline with its 0."""
    if found := re.search(_MOBILE, canonical):
        return found[1]
    found = re.search(_LANDLINE, canonical)
    return f"0{found[1]}" if found else canonical


def _dialled_column(value: pl.Expr) -> pl.Expr:
    return (
        pl.when(value.str.contains(_MOBILE))
        .then(value.str.replace(_MOBILE, "${1}"))
        .otherwise(value.str.replace(_LANDLINE, "0${1}"))
    )


def _without_room(masked: str) -> str:
    return re.sub(_BARE_ROOM, _HIDDEN, re.sub(_ROOM, rf"{_HIDDEN}\2", masked), count=1)


def _to_level(canonical: str, *, pattern: str) -> str:
    """Show an address down to a level. One in which the level is not found shows no number, and a Western one neither."""
    if found := re.search(pattern, canonical):
        return f"{found[1]}{_HIDDEN}"
    return re.sub(_NUMBERED, _HIDDEN, canonical) if not re.search(f"[{HAN}]", canonical) else _HIDDEN


def _to_level_column(value: pl.Expr, *, pattern: str) -> pl.Expr:
    return (
        pl.when(value.str.contains(pattern))
        .then(value.str.replace(pattern, f"${{1}}{_HIDDEN}"))
        .when(value.str.contains(f"[{HAN}]"))
        .then(pl.lit(_HIDDEN))
        .otherwise(value.str.replace_all(_NUMBERED, _HIDDEN))
    )
