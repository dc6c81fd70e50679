"""Whose a number in a cell is, where the cell itself says so: 本人, 配偶, father."""

from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN

OTHERS: Final = (
    "配偶|妻子|丈夫|老公|老婆|爱人|父亲|母亲|父母|爸爸|妈妈|儿子|女儿|儿媳|女婿|子女|哥哥|弟弟|姐姐|妹妹|兄弟|姐妹|亲属|亲戚|家属|家人"
    "|朋友|同事|同学|室友|邻居|紧急联系人|紧急|担保人|推荐人|介绍人|房东|助理|秘书|同住人|同行人|随行人"
)
OTHERS_ABROAD: Final = r"\b(?i:spouse|husband|wife|father|mother|dad|mom|son|daughter|brother|sister|friend|colleague|emergency|relative|guarantor)\b"
OWN: Final = "本人|自己"
OWN_ABROAD: Final = r"\b(?i:self|own)\b"
SAID: Final = "(?:的)?(?:手机号码|手机号|手机|电话号码|电话|号码|身份证号|身份证|邮箱)?"

OPENS, CLOSES = r"[(（\[【]", r"[)）\]】]"
LABELLED: Final = f"(?:{OTHERS}|{OWN}|{OTHERS_ABROAD}|{OWN_ABROAD})"
LABEL_FIRST: Final = rf"^[^0-9@]*{LABELLED}"
"""A label before the first number: then each stands before its own; else behind."""

BETWEEN: Final = rf"\s*{CLOSES}?\s*[:：=-]?\s*(?:[{HAN}]{{2,4}}[:： ]\s*)?"


def in_brackets(value: str, labels: str) -> str:
    """Give the pattern of a value and its label in brackets behind; group 1 is the value."""
    return rf"({value})\s*{OPENS}\s*(?:{labels}){SAID}\s*{CLOSES}"


def before(value: str, labels: str, *, abroad: str) -> str:
    """Give the pattern of a label and its value; group 1 is the value."""
    return rf"(?:(?:{labels}){SAID}{BETWEEN}|(?:{abroad})\s*(?:{CLOSES}\s*)?[:：=]\s*)({value})"


def behind(value: str, labels: str) -> str:
    """Give the pattern of a value and a label that is set right behind it; group 1 is the value."""
    return rf"({value})[ _/:：-]?(?:{labels})"


def own_values(cells: pl.Series, *, value: str) -> pl.Series:
    """Give cells without the numbers and mailboxes that they say are another's; one that they say is the person's own comes first.

    Args:
        value: the pattern of a number or mailbox, without groups.
    Test: tests/unit/trace/test_whose.py.
    """
    told = cells.str.contains(LABELLED)
    if not told.any():
        return cells
    # A number may be told twice, before and behind; the brackets are surest.
    text = cells.filter(told).str.replace_all(in_brackets(value, f"{OTHERS}|{OTHERS_ABROAD}"), " ")
    is_first = text.str.contains(LABEL_FIRST)
    own = pl.select(
        pl.coalesce(
            text.str.extract(in_brackets(value, f"{OWN}|{OWN_ABROAD}"), 1),
            pl.when(is_first).then(text.str.extract(before(value, OWN, abroad=OWN_ABROAD), 1)),
            pl.when(~is_first).then(text.str.extract(behind(value, OWN), 1)),
        )
    ).to_series()
    first = text.str.replace_all(before(value, OTHERS, abroad=OTHERS_ABROAD), " ")
    # A word behind the only number may say whom one speaks to there.
    several = text.str.contains(rf"(?s){value}.*[^0-9A-Za-z]{value}|{behind(value, OTHERS)}.*{value}")
    last = pl.select(
        pl.when(several).then(text.str.replace_all(behind(value, OTHERS), " ")).otherwise(text)
    ).to_series()
    rest = pl.select(pl.when(is_first).then(first).otherwise(last)).to_series()
    whole = pl.select(pl.when(own.is_not_null()).then(own + " " + rest).otherwise(rest)).to_series()
    return cells.clone().scatter(told.arg_true(), whole)
