"""Names with a dot in them, 买买提·艾力, among other words: one name, of which no part is another's."""

from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN
from suyuan.kinds.postal_address.gazetteer import CITIES_OF_PROVINCE, PROVINCE_OF_CITY, SHORT_PROVINCES
from suyuan.kinds.surnames import DOTS, HAN_NAME
from suyuan.trace.columns.marks import ADDRESSED

PART: Final = rf"[{HAN}]{{2,9}}"
DOTTED: Final = rf"{PART}(?:{DOTS}{PART}){{1,4}}"
"""Parts of one character are oftener something else with a dot before it: 张伟·男."""

BORDER: Final = rf"[[^\p{{L}}\p{{N}}]--{DOTS}]"
WITHIN: Final = rf"(^|{BORDER})({DOTTED})({BORDER}|$)"
BEHIND: Final = rf"(?:{ADDRESSED}|[收寄])$"
"""What stands behind a name and is no part of it."""

REGION: Final = "|".join(
    sorted({*SHORT_PROVINCES, *CITIES_OF_PROVINCE, *PROVINCE_OF_CITY, "北京", "上海", "天津", "重庆"})
    + sorted({city.removesuffix("市") for city in PROVINCE_OF_CITY})
)
NO_NAME: Final = (
    rf"[{HAN}]{{2}}[省市区县镇乡街路].*{DOTS}"
    rf"|[省市区县州镇乡村街路号室园府厦楼店厅馆厂院墅铺湾苑庭](?:{DOTS}|$)"
)
"""Towns, streets and houses with a dot: 四川·成都, 万科·金色花园."""

AT_PLACE: Final = rf"^(?:{REGION}){DOTS}"

HOUSE: Final = rf"{DOTTED}\s*\d{{1,4}}(?:号|栋|幢|座|楼|单元|室|期|层)"
"""A block of flats and the house in it: 恒大·绿洲 3栋."""

SEPARATED_SHARE: Final = 0.5
WHOLE_SHARE: Final = 0.9


def has_dotted(texts: pl.Series) -> bool:
    """Say whether names with a dot may stand in some texts: not where most have a dot right behind a whole name, for it parts values there.

    Test: tests/unit/trace/test_dotted_names.py.
    """
    if not texts.str.contains(DOTS).any():
        return False
    found = texts.str.extract(WITHIN, 2).drop_nulls()
    if not len(found):
        return False
    before = int((found.str.contains(rf"^{HAN_NAME}{DOTS}") & ~found.str.contains(AT_PLACE)).sum())
    return len(found) < SEPARATED_SHARE * len(texts) or before < WHOLE_SHARE * len(found)


def dotted_names(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Give the first name with a dot in each text, or null, and the texts without it.

    No part of a town's or a house's is a name either.
    """
    found = texts.str.replace(HOUSE, " ").str.extract(WITHIN, 2).str.replace(BEHIND, "")
    is_name = found.is_not_null() & ~found.str.contains(rf"{NO_NAME}|{AT_PLACE}").fill_null(value=True)
    is_place = found.is_not_null() & (found.str.contains(AT_PLACE) | ~found.str.contains(rf"^{HAN_NAME}{DOTS}"))
    names, rest = pl.lit(found), pl.lit(texts.str.replace(WITHIN, "$1 $3"))
    both = pl.select(
        pl.when(is_name).then(names).alias("name"),
        pl.when(is_name | is_place).then(rest).otherwise(pl.lit(texts)).alias("rest"),
    )
    return both["name"], both["rest"]
