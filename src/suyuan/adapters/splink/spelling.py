"""Names and addresses as they are compared: simplified characters, one granularity's province left out, and by sound."""

from functools import cache
from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN
from suyuan.terms import KindName

_HAN: Final = f"[{HAN}]"
_PROVINCE: Final = r"^[\p{Han}]{2,8}?(?:省|自治区)|^中国"
_CALLING_CODE: Final = "+86"


def comparable(column: pl.Series, *, kind: KindName) -> pl.Series:
    """Give a column of values as they are compared with those of the other side."""
    if kind is KindName.PHONE:
        return column.str.strip_prefix(_CALLING_CODE)
    if kind is KindName.PERSON_NAME:
        return simplified(column)
    if kind is KindName.POSTAL_ADDRESS:
        return simplified(column).str.replace_all(" ", "").str.replace(_PROVINCE, "")
    return column


def simplified(column: pl.Series) -> pl.Series:
    """Give Chinese text in simplified characters, one for one."""
    characters = _characters(column)
    if not characters:
        return column
    plain = _converter().convert("".join(characters))
    other = [(old, new) for old, new in zip(characters, plain, strict=True) if old != new]
    if not other:
        return column
    return column.str.replace_many([old for old, _ in other], [new for _, new in other])


def sounds(column: pl.Series) -> pl.Series:
    """Give names by sound: `zhangwei` for 张伟, for `Zhang Wei` and for `zhang wei`; null where a star hides some of it."""
    from pypinyin import lazy_pinyin

    characters = _characters(column)
    text = column
    if characters:
        # One reading a character, so that a name sounds the same wherever it stands.
        text = column.str.replace_many(characters, ["".join(lazy_pinyin(character)) for character in characters])
    letters = text.str.to_lowercase().str.replace_all("[^a-z*]", "")
    is_whole = ~letters.str.contains("*", literal=True) & (letters.str.len_chars() >= 3)
    return pl.select(pl.when(is_whole).then(letters)).to_series()


def _characters(column: pl.Series) -> list[str]:
    """Give the distinct Chinese characters of a column."""
    return sorted(set(column.drop_nulls().str.extract_all(_HAN).explode().drop_nulls().unique().to_list()))


@cache
def _converter():  # type: ignore[no-untyped-def]
    import opencc

    return opencc.OpenCC("t2s")
