"""What can be seen of a value that is masked, cut short or mistyped: kept for weak links, where the canonical form is lost."""

from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN, plain_column
from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName

STAR: Final = "*"
_STARS: Final = r"[＊•●×Xx某#]"
_PHONE: Final = r"^(?:\+?86|0086)?([0-9*]{6,13})$"
_PHONE_GAPS: Final = r"[ ().\-/'\"=`]|\.0$"
_ID_GAPS: Final = r"[ '\"=`]"
_ID: Final = r"^[0-9*]{9,17}[0-9Xx*]?$"
_MASKED_NAME: Final = rf"^[{HAN}]{{0,3}}\*{{1,3}}[{HAN}]{{0,2}}$"
_SEEN_AT_LEAST: Final = 4


def seen_column(cells: pl.Series, *, kind: KindName) -> pl.Series:
    """Give the canonical values of a column, and where there is none, what is seen of one: `138****1234`, `张*`.

    A star stands for one character that is not seen. Null where nothing useful is left.
    """
    canonical = KINDS[kind].canonical_column(cells)
    if kind not in _SEEN or canonical.null_count() == 0:
        return canonical
    plain = plain_column(cells.cast(pl.String))
    frame = pl.DataFrame({"canonical": canonical, "plain": plain})
    return frame.select(pl.coalesce("canonical", _SEEN[kind](pl.col("plain"))).alias(cells.name)).to_series()


def _phone(text: pl.Expr) -> pl.Expr:
    """Give eleven or about eleven digits and stars, without the country code."""
    digits = text.str.replace_all(_PHONE_GAPS, "").str.replace_all("[xX＊•●#]", STAR).str.extract(_PHONE, 1)
    return pl.when(digits.str.count_matches("[0-9]") >= _SEEN_AT_LEAST).then(digits)


def _resident_id(text: pl.Expr) -> pl.Expr:
    """Give eighteen or fewer characters of an ID whose check digit is wrong, or that is masked or cut."""
    digits = text.str.replace_all(_ID_GAPS, "").str.replace_all("[＊•●#]", STAR).str.to_uppercase()
    return pl.when(digits.str.contains(_ID) & (digits.str.count_matches("[0-9]") >= _SEEN_AT_LEAST)).then(digits)


def _person_name(text: pl.Expr) -> pl.Expr:
    """Give a Chinese name of which some characters are hidden."""
    name = text.str.replace_all(" ", "").str.replace_all(_STARS, STAR)
    return pl.when(name.str.contains(_MASKED_NAME) & name.str.contains(f"[{HAN}]")).then(name)


_SEEN: Final = {KindName.PHONE: _phone, KindName.RESIDENT_ID: _resident_id, KindName.PERSON_NAME: _person_name}
