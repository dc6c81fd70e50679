"""Several fields in one cell, taken apart by content: a number, a mailbox, a name and an address have shapes."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN
from suyuan.kinds.surnames import COMPOUND, SINGLE
from suyuan.terms import KindName

GLUED_SHARE: Final = 0.5
"""The share of a column's cells with a number or mailbox beside other words from which it is taken apart."""

RESIDENT: Final = r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
GROUPED: Final = r"[1-9]\d{5}[- ](?:19|20)\d{2}[- ]?(?:0[1-9]|1[0-2])[- ]?(?:0[1-9]|[12]\d|3[01])[- ]\d{3}[\dXx]"
"""An ID written in groups."""

MOBILE: Final = r"1[3-9]\d{9}"
ABROAD: Final = r"\+(?:[1-79]|8[0-57-9])(?:[ ()./-]{0,2}\d){7,13}"
"""A number with another country's code: whole, for within it may stand what looks like one of ours."""

PHONE: Final = rf"(?:\(?(?:\+|00)?86\)?[- ]?)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}|{ABROAD}"
EMAIL: Final = r"[A-Za-z0-9_%+]{1,64}(?:(?:[._]{1,3}|--?)[A-Za-z0-9_%+]{1,64}){0,8}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,}"
BEFORE, AFTER = r"(^|[^0-9A-Za-z])", r"([^0-9A-Za-z]|$)"
NUMBERS: Final = (
    ("email", rf"(^|[^A-Za-z0-9._%+-]|---)({EMAIL})()"),
    ("resident_id", rf"{BEFORE}({RESIDENT}|{GROUPED}){AFTER}"),
    ("phone", rf"{BEFORE}({PHONE}){AFTER}"),
    ("phone_2", rf"{BEFORE}({PHONE}){AFTER}"),
)
"""In this order, each taken out before the next is looked for; group 2 is the value."""

UNBROKEN: Final = (
    (rf"{BEFORE}({MOBILE})({RESIDENT}){AFTER}", "${1}${2} ${3}${4}"),
    (rf"{BEFORE}({RESIDENT})({MOBILE}){AFTER}", "${1}${2} ${3}${4}"),
)
"""A telephone number and an ID without anything between them: 29 digits are cut in one way only."""

HEADED: Final = rf"^({MOBILE})[A-Za-z]"
"""A mailbox that begins with a telephone number: where no other is in the cell, that is one, and the mailbox is in doubt."""

CROWD: Final = 3
"""Telephone numbers of one person; an ID may look like one more."""

LIKELY: Final = r"[0-9X][0-9Xx \-]{9}|@"

SURNAME: Final = rf"(?:{'|'.join(sorted(COMPOUND))}|[{''.join(sorted(SINGLE))}])"
NO_NAME_END: Final = "省市区县镇乡村路街州室号"
GIVEN: Final = rf"[{HAN}]?[{HAN}&&[^{NO_NAME_END}]]"
EDGE: Final = r"[\s“”「」\"',，;；、|/:：_·()（）\[\]【】<>《》\-–—]"
PROVINCES: Final = (
    "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃"
    "|青海|台湾|臺灣|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|澳門"
)
JOINED: Final = rf"(^|{EDGE})({SURNAME}{GIVEN})({PROVINCES})"
NAME: Final = rf"(?:^|{EDGE})({SURNAME}{GIVEN})(?:先生|女士|小姐|收)?(?:{EDGE}|$)"
WESTERN: Final = r"(?:^|[\s,;|/])([A-Z][a-z]+(?: [A-Z][A-Za-z.'-]*)+)(?:[\s,;|/]|$)"
PLACE: Final = "省|市|自治区|特别行政区|区|區|县|縣|州|盟|旗|镇|鎮|乡|鄉|街道|街|路|道|巷|村|弄|苑|园|小区"
ADDRESS: Final = rf"((?:{PROVINCES})?[{HAN}]{{1,12}}(?:{PLACE})[{HAN}A-Za-z0-9\-－#()（） ]*)"
LABELS: Final = (
    r"(?:收货人|收件人|联系人|客户|买家|用户)?(?:姓名|名字|电话号码|联系电话|手机号码|手机号|手机|电话|身份证号码|身份证号|身份证"
    r"|收货地址|收件地址|详细地址|家庭住址|联系地址|地址|住址|邮箱|收货人|收件人|联系人"
    r"|(?i:\bname|\bphone|\btel|\bmobile|\baddress|\baddr|\be-?mail))\s*[:：=]"
)
WHOLE_NAME: Final = rf"^(?:{SURNAME}[{HAN}]{{1,3}}|[{HAN}]{{1,9}}(?:\u00b7[{HAN}]{{1,9}})+|[A-Za-z\u00c0-\u024f.' -]+)$"
WHOLE: Final[Mapping[KindName, str]] = {
    KindName.PHONE: rf"^(?:{PHONE})$",
    KindName.RESIDENT_ID: rf"^{RESIDENT}$",
    KindName.EMAIL: rf"^{EMAIL}$",
}
"""What a whole cell of these kinds is."""

PIECES: Final = ("email", "resident_id", "phone", "phone_2", "name", "address")


def is_glued(cells: pl.Series) -> bool:
    """Say whether a column has several fields in most of its cells, or a label before its value."""
    filled = cells.filter(cells.str.strip_chars() != "")
    # Nothing is glued without a long number or a mailbox: most columns are let off by one pass.
    if not len(filled) or int(filled.str.contains(LIKELY).sum()) < GLUED_SHARE * len(filled):
        return False
    pieces = taken_apart(filled)
    found = sum((pieces[name].ne("").cast(pl.Int64) for name in PIECES[:4]), start=pl.Series([0] * len(filled)))
    rest = pieces["rest"].str.strip_chars(" \t,，;；、|/:：-_()（）+\u3000")
    several = (found > 1) | ((found > 0) & ((rest.str.len_chars() > 1) | filled.str.contains(LABELS)))
    several |= (pieces["phone"] != "") & filled.str.contains("@")
    return int(several.sum()) >= GLUED_SHARE * len(filled)


def is_crowded(cells: pl.Series) -> bool:
    """Say whether most cells have the numbers of more people than one: more than two telephones, IDs or mailboxes."""
    filled = cells.filter(cells.str.strip_chars() != "")
    counts = [filled.str.count_matches(pattern) for pattern in (PHONE, RESIDENT, EMAIL)]
    return any(int((count > CROWD).sum()) * 2 > len(filled) for count in counts)


def taken_apart(cells: pl.Series) -> pl.DataFrame:
    """Give the pieces of glued cells, each an empty text where there is none, and what is left as `rest`."""
    text = pl.col("rest")
    table = pl.DataFrame({"rest": cells.str.replace_all(LABELS, " ")})
    for pattern, cut in UNBROKEN:
        table = table.with_columns(text.str.replace_all(pattern, cut).alias("rest"))
    for name, pattern in NUMBERS:
        table = table.with_columns(
            text.str.extract(pattern, 2).fill_null("").alias(name), text.str.replace(pattern, "$1 $3").alias("rest")
        )
    headed = (pl.col("phone") == "") & pl.col("email").str.contains(HEADED)
    table = table.with_columns(
        pl.when(headed).then(pl.col("email").str.extract(HEADED, 1)).otherwise("phone").alias("phone"),
        pl.when(headed).then(pl.lit("")).otherwise("email").alias("email"),
        pl.col("resident_id").str.replace_all("[- ]", "").alias("resident_id"),
    )
    # The rest stays as it is for the judgement; name and address are looked for in it once the two are apart.
    apart = text.str.replace(JOINED, "$1$2 $3")
    person = pl.coalesce(apart.str.extract(NAME, 1), apart.str.extract(WESTERN, 1), pl.lit(""))
    table = table.with_columns(apart.alias("apart"), person.alias("name"))
    parts = table["apart"].str.extract(ADDRESS, 1).fill_null("").str.strip_chars(" ,，;；-")
    return table.with_columns(parts.alias("address")).drop("apart")
