"""Several fields in one cell, taken apart by content: a number, a mailbox, a name and an address have shapes."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN
from suyuan.kinds.surnames import DOTS, DOTTED_NAME, SURNAME
from suyuan.terms import KindName
from suyuan.trace.columns.dotted import DOTTED, dotted_names, has_dotted
from suyuan.trace.columns.marks import ADDRESSED, unsent
from suyuan.trace.columns.whose import own_values

GLUED_SHARE: Final = 0.5
"""The share of a column's cells with a number or mailbox beside other words from which it is taken apart."""

RESIDENT: Final = r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
GROUPED: Final = r"[1-9]\d{5}[- ](?:19|20)\d{2}[- ]?(?:0[1-9]|1[0-2])[- ]?(?:0[1-9]|[12]\d|3[01])[- ]\d{3}[\dXx]"
"""An ID written in groups."""

WHOLE_SHARE: Final = 0.9
OTHER_SHARE: Final = 0.1
"""What share of a column's cells must be whole values, and how many of another kind than most, where one column has several."""

MOBILE: Final = r"1[3-9]\d{9}"
MOBILE_DIGITS: Final = 11
ABROAD: Final = r"\+(?:[1-79]|8[0-57-9])(?:[ ()./-]{0,2}\d){7,13}"
"""A number with another country's code: whole, for within it may stand what looks like one of ours."""

PHONE: Final = rf"(?:\(?(?:\+|00)?86\)?[- ]?)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}|{ABROAD}"
EMAIL: Final = r"[A-Za-z0-9_%+]{1,64}(?:(?:[._]{1,3}|--?)[A-Za-z0-9_%+]{1,64}){0,8}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,}"
BEFORE, AFTER = r"(^|[^0-9A-Za-z])", r"([^0-9A-Za-z]|$)"
NUMBERS: Final = (
    ("email", rf"(^|\\x[0-9A-Fa-f]{{2}}|\\u[0-9A-Fa-f]{{4}}|[^A-Za-z0-9._%+-]|---)({EMAIL})()"),
    ("resident_id", rf"{BEFORE}({RESIDENT}|{GROUPED}){AFTER}"),
    ("phone", rf"{BEFORE}({PHONE}){AFTER}"),
    ("phone_2", rf"{BEFORE}({PHONE}){AFTER}"),
)
"""In this order, each taken out before the next is looked for; group 2 is the value."""

VALUE: Final = rf"(?:{EMAIL}|{RESIDENT}|{PHONE})"

EXTENDED: Final = (
    rf"{BEFORE}(?:{PHONE})(?:\s*[(（\[]?\s*(?:转|轉|分机|分機|(?i:ext(?:ension)?\b\.?)|#)\s*[:：]?\s*\d{{3,6}}"
    rf"|\s*\[\d{{3,5}}\]|\s*[,，]\s*\d{{3,5}}\s*$|[-－]\d{{3,5}}(?:[^0-9A-Za-z{HAN}-]|$))"
)
"""A number with an extension: a platform's or an exchange's, shared by many, and nobody's own. A lone digit is a key to press."""

UNBROKEN: Final = (
    (rf"{BEFORE}({MOBILE})({RESIDENT}){AFTER}", "${1}${2} ${3}${4}"),
    (rf"{BEFORE}({RESIDENT})({MOBILE}){AFTER}", "${1}${2} ${3}${4}"),
)
"""A telephone number and an ID without anything between them: 29 digits are cut in one way only."""

HEADED: Final = rf"^({MOBILE})[A-Za-z]"
"""A mailbox that begins with a telephone number: where no other is in the cell, that is one, and the mailbox is in doubt."""

TOUCHED: Final = rf"^{MOBILE}(?:[A-Za-z]|[0-9]{{5}})"
TAILED: Final = rf"^{MOBILE}(.+)$"
"""The same where the mailbox itself is a number, of five digits or more; an ID may begin so too."""

HEADED_LEAST: Final = 10
"""Of so many mailboxes without another number nearly all must begin so for the number to be none of their own."""

OF_PEOPLE: Final = re.compile(r"\d{9,}|\d{3,4}[ -]\d{4}|@")
"""A number of somebody's or a mailbox; the year in a title is none."""

CROWD: Final = 3
"""Telephone numbers of one person; an ID may look like one more."""

LIKELY: Final = r"[0-9X][0-9Xx \-]{9}|@"

NO_NAME_END: Final = "省市区县镇乡村路街州室号"
GIVEN: Final = rf"[{HAN}]?[{HAN}&&[^{NO_NAME_END}]]"
GAP: Final = "\ue000"
"""Stands where a number or mailbox was taken out: what is before and behind the first of them is told apart by it."""

EDGE: Final = r"[^\p{L}\p{N}]"
PROVINCES: Final = (
    "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃"
    "|青海|台湾|臺灣|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|澳門"
)
DOTTED_JOINED: Final = rf"(^|{EDGE})({DOTTED})({PROVINCES})"
JOINED: Final = rf"(^|{EDGE})({SURNAME}{GIVEN})({PROVINCES})"
HOUSED: Final = rf"([0-9A-Za-z](?:号楼|号|楼|单元|室|户|房|层|栋|幢|座|组)?|宿舍|家属院)({SURNAME}[{HAN}]?[{HAN}&&[^{NO_NAME_END}园府厦城场楼店厅馆厂院墅库铺行司舍寓]])({GAP})"
"""A house, a room or a dormitory, and a name between it and the number without anything that parts them."""

NO_NAME: Final = rf"[0-9A-Za-z号](?:单元|楼[上下内外东西南北中]|车[位间]|宿舍|安置|商铺|公[司寓]|花园|阳台|党群|支[行队])[{HAN}]?{GAP}|(?:宿舍|家属院)[楼区院门内东西南北中][{HAN}]?{GAP}"
"""What begins like a name and goes on with the house."""

SPOKEN_TO: Final = rf" *(?:{ADDRESSED}|[收寄])$"
"""What stands behind a name at the end of a text."""

NAME: Final = rf"(?:^|{EDGE})({SURNAME}{GIVEN})(?:{ADDRESSED}|[收寄])?(?:{EDGE}|$)"
WORD: Final = r"[A-Z][a-z]*(?:['-]?[A-Z]?[a-z]+)*"
WESTERN: Final = rf"(?:^|{EDGE})([A-Z][a-z]+(?:['-]?[A-Z]?[a-z]+)*(?: {WORD}\.?)+)(?:{EDGE}|$)"
ONE_SIDED: Final = 1.25
"""How many times as many names must stand on one side of the first number as on the other to be looked for there first."""

PLACE: Final = "省|市|自治区|特别行政区|区|區|县|縣|州|盟|旗|镇|鎮|乡|鄉|街道|街|路|道|巷|村|弄|苑|园|小区"
ADDRESS: Final = rf"((?:{PROVINCES})?[{HAN}]{{1,12}}(?:{PLACE})[{HAN}A-Za-z0-9\-－#()（） ]*)"
HOUSE: Final = rf"(?:^|{EDGE})(\d{{1,3}}[A-Za-z]?(?:栋|幢|座|号楼)(?:\d{{1,2}}单元)?-?\d{{3,4}}[室号房]?)(?:{EDGE}|$)"
"""A house and a room, which a list of neighbours has for an address."""

LABELS: Final = (
    r"(?:收货人|收件人|联系人|客户|买家|用户)?(?:姓名|名字|电话号码|联系电话|手机号码|手机号|手机|电话|身份证号码|身份证号|身份证"
    r"|收货地址|收件地址|详细地址|家庭住址|联系地址|地址|住址|邮箱|收货人|收件人|联系人"
    r"|(?i:\bname|\bphone|\btel|\bmobile|\baddress|\baddr|\be-?mail))\s*[:：=]"
)
WHOLE_NAME: Final = rf"^(?:{SURNAME}[{HAN}]{{1,3}}|{DOTTED_NAME}|[A-Za-z\u00c0-\u024f.' -]+)$"
WHOLE: Final[Mapping[KindName, str]] = {
    KindName.PHONE: rf"^(?:{PHONE})$",
    KindName.RESIDENT_ID: rf"^{RESIDENT}$",
    KindName.EMAIL: rf"^{EMAIL}$",
}
"""What a whole cell of these kinds is."""

BARE: Final = rf"^(?:{MOBILE}|{RESIDENT})$"
"""A number by itself."""

SEXED: Final = rf"^[(（\[]?[男女MF][)）\]]?\s*[,，/、|:：-]?\s*(?:{RESIDENT}|{MOBILE})$|^(?:{RESIDENT}|{MOBILE})\s*[,，/、|:：-]?\s*[(（\[]?[男女MF][)）\]]?$"
"""A person's sex and a number."""

NEXT: Final = r"\s*(?::::|[/、,，;；|])\s*"
AGAIN: Final = tuple(rf"^\s*({value})(?:{NEXT}(?:{value}))+\s*$" for value in (PHONE, EMAIL))
"""A number or mailbox and more of the same kind; group 1 is the first."""

PIECES: Final = ("email", "resident_id", "phone", "phone_2", "name", "address")


def is_glued(cells: pl.Series) -> bool:
    """Say whether a column has several fields in most of its cells, or a label before its value."""
    filled = cells.filter(cells.str.strip_chars() != "")
    # Nothing is glued without a long number or a mailbox: most columns are let off by one pass.
    if not len(filled) or int(filled.str.contains(LIKELY).sum()) < GLUED_SHARE * len(filled):
        return False
    # Nor is a column of numbers alone, and most others that are left are one.
    if int(filled.str.contains(BARE).sum()) > (1 - GLUED_SHARE) * len(filled):
        return False
    pieces = taken_apart(filled)
    found = sum((pieces[name].ne("").cast(pl.Int64) for name in PIECES[:4]), start=pl.Series([0] * len(filled)))
    rest = pieces["rest"].str.strip_chars(" \t,，;；、|/:：-_()（）+\u3000")
    several = (found > 1) | ((found > 0) & ((rest.str.len_chars() > 1) | filled.str.contains(LABELS)))
    several |= (pieces["phone"] != "") & filled.str.contains("@")
    several |= (found > 0) & filled.str.contains(SEXED)
    return int(several.sum()) >= GLUED_SHARE * len(filled)


def to_be_parted(columns: Sequence[pl.Series]) -> tuple[int, ...]:
    """Give the columns of a table that are to be taken apart: glued ones, and a lone one of values of several kinds."""
    if len(columns) == 1 and is_alternating(columns[0]):
        return (0,)
    return tuple(index for index, cells in enumerate(columns) if is_glued(cells))


def is_alternating(cells: pl.Series) -> bool:
    """Say whether nearly all cells are whole values, but of several kinds: the user names of a site are telephones and mailboxes."""
    filled = cells.filter(cells.str.strip_chars() != "")
    counts = [int(filled.str.contains(pattern).sum()) for pattern in WHOLE.values()]
    return sum(counts) >= WHOLE_SHARE * len(filled) and sum(counts) - max(counts) >= OTHER_SHARE * len(filled) > 0


def first_of_several(cells: pl.Series) -> pl.Series:
    """Give cells of several telephone numbers or mailboxes as the first of them, others as they are.

    Test: tests/unit/trace/test_seconds.py.
    """
    if cells.str.contains(NEXT).any():
        for pattern in AGAIN:
            cells = cells.str.replace(pattern, "$1")
    return cells


def is_crowded(cells: pl.Series) -> bool:
    """Say whether most cells have the numbers of more people than one: more than two telephones, IDs or mailboxes."""
    filled = cells.filter(cells.str.strip_chars() != "")
    counts = [filled.str.count_matches(pattern) for pattern in (PHONE, RESIDENT, EMAIL)]
    return any(int((count > CROWD).sum()) * 2 > len(filled) for count in counts)


def taken_apart(cells: pl.Series) -> pl.DataFrame:
    """Give the pieces of glued cells, each an empty text where there is none, and what is left as `rest`."""
    text = pl.col("rest")
    own = own_values(cells, value=VALUE).str.replace_all(EXTENDED, "${1} ")
    table = pl.DataFrame({"rest": own.str.replace_all(LABELS, " ")})
    for pattern, cut in UNBROKEN:
        table = table.with_columns(text.str.replace_all(pattern, cut).alias("rest"))
    for name, pattern in NUMBERS:
        table = table.with_columns(
            text.str.extract(pattern, 2).fill_null("").alias(name),
            text.str.replace(pattern, f"${{1}}{GAP}${{3}}").alias("rest"),
        )
    touching = are_touching(table)
    headed = (pl.col("phone") == "") & (
        is_touched(pl.col("email")) if touching else pl.col("email").str.contains(HEADED)
    )
    kept = pl.col("email").str.extract(TAILED, 1) if touching else pl.lit("")
    table = table.with_columns(
        pl.when(headed).then(pl.col("email").str.head(MOBILE_DIGITS)).otherwise("phone").alias("phone"),
        pl.when(headed).then(kept).otherwise("email").alias("email"),
        pl.col("resident_id").str.replace_all("[- ]", "").alias("resident_id"),
    )
    # The rest stays as it is for the judgement; name and address are looked for in it once the two are apart.
    apart = text.str.replace(JOINED, "$1$2 $3")
    if table["rest"].str.contains(DOTS).any():
        apart = apart.str.replace(DOTTED_JOINED, "$1$2 $3")
    table = table.with_columns(apart.alias("apart"))
    table = table.with_columns(unhoused(table["apart"]).alias("apart"))
    table = table.with_columns(names_in(table["apart"]).alias("name"), text.str.replace_all(GAP, " ").alias("rest"))
    found = (pl.col("apart").str.extract(pattern, 1) for pattern in (ADDRESS, HOUSE))
    parts = pl.coalesce(*found, pl.lit("")).str.strip_chars(" ,，;；-")
    # A name behind the address is no part of it.
    behind = pl.concat_str(pl.lit(" "), pl.col("name"))
    bare = parts.str.replace(SPOKEN_TO, "")
    bare = pl.when(bare.str.ends_with(behind)).then(bare).otherwise(parts)
    address = pl.when(pl.col("name") == "").then(parts).otherwise(bare.str.strip_suffix(behind))
    return table.with_columns(address.alias("address")).drop("apart")


def are_touching(pieces: pl.DataFrame) -> bool:
    """Say whether nearly all mailboxes that stand in a cell without a telephone number begin with one: it stands before each.

    Some people's own begin so; hardly any two of a list, and never nearly all.

    Test: tests/unit/trace/test_glued_lines.py.
    """
    alone = pieces.filter((pl.col("phone") == "") & (pl.col("email") != ""))["email"]
    count = alone.to_frame().select(is_touched(pl.col("email")).sum()).item()
    return len(alone) >= HEADED_LEAST and int(count) >= WHOLE_SHARE * len(alone)


def is_touched(mailbox: pl.Expr) -> pl.Expr:
    """Say whether a mailbox begins with what may be a telephone number, and not with an ID."""
    return mailbox.str.contains(TOUCHED) & ~mailbox.str.contains(f"^{RESIDENT}")


def unhoused(texts: pl.Series) -> pl.Series:
    """Give texts with a blank between the house that an address ends with and the name right behind it.

    Only where no other name is in the text, and nearly all such texts end so, with different names: at the end of an
    address may stand a building that begins like a name.

    Test: tests/unit/trace/test_glued_lines.py.
    """
    fit = texts.str.contains(HOUSED) & ~texts.str.contains(NO_NAME)
    if not fit.any():
        return texts
    bare = (names_in(texts) == "") & texts.str.contains(GAP)
    fit &= bare
    ends = texts.filter(fit).str.extract(HOUSED, 2)
    if len(ends) < WHOLE_SHARE * int(bare.sum()) or ends.n_unique() * 2 < len(ends):
        return texts
    return pl.select(pl.when(fit).then(texts.str.replace(HOUSED, "$1 $2$3")).otherwise(texts)).to_series()


def names_in(texts: pl.Series) -> pl.Series:
    """Give the name in each text, an empty one where none is.

    Where nearly all have theirs on one side of the first number, it is looked for there first: a remark or a city on
    the other side may look like a name too.
    """
    halves = (texts.str.replace(f"(?s){GAP}.*$", ""), texts.str.extract(f"(?s){GAP}(.*)$", 1).fill_null(""))
    is_dotted = has_dotted(texts)
    before, behind = ((han_names(half, is_dotted=is_dotted), half.str.extract(WESTERN, 1)) for half in halves)
    counts = [int((han.is_not_null() | western.is_not_null()).sum()) for han, western in (before, behind)]
    order = [before[0], behind[0], before[1], behind[1]]
    if max(counts) > ONE_SIDED * min(counts):
        order = [*before, *behind] if counts[0] > counts[1] else [*behind, *before]
    names = pl.select(pl.coalesce(*order, pl.lit(""))).to_series()
    return unsent(names, texts=texts)


def han_names(texts: pl.Series, *, is_dotted: bool) -> pl.Series:
    """Give the first name in Chinese in each text, or null; one with a dot where no other is, and never a part of it."""
    if not is_dotted:
        return texts.str.extract(NAME, 1)
    dotted, rest = dotted_names(texts)
    return pl.select(pl.coalesce(rest.str.extract(NAME, 1), dotted)).to_series()
