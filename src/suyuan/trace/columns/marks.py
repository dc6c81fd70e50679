"""What stands beside a name and is no part of it: 收 and 先生 behind, `Mr` before."""

from typing import Final

import polars as pl

from suyuan.kinds.column import kind_shares
from suyuan.kinds.plain import HAN
from suyuan.kinds.surnames import COMPOUNDS, HAN_NAME, SINGLES, SURNAME
from suyuan.terms import KindName
from suyuan.trace.columns.headers import hint_of

ADDRESSED: Final = "先生|女士|小姐|太太|夫人|老师|老師|同学|同學|经理|經理|师傅|師傅|医生|醫生|主任|教授|律师|律師|校长|亲启|親啟|亲收|签收|敬启|台启"
"""Words behind a name by which its bearer is spoken to, or a letter is sent to them."""

SHORT: Final = "收寄启总"
"""Marks of one character, any of which might end a given name."""

HARVEST: Final = "丰秋麦夏春喜庆增"
"""What makes a word, and so a given name, with 收 behind it: 丰收, 秋收, 麦收."""

CERTAIN: Final = "丰麦"
"""Those whose word is oftener a given name than they are one alone."""

OPENS, CLOSES = r"[(（\[【<《]", r"[)）\]】>》]"
BETWEEN: Final = r"[\s\-_—,，、.·/]"

BEHIND: Final = (
    rf"^({HAN_NAME}){BETWEEN}*(?:{ADDRESSED})$",
    rf"^({HAN_NAME}){BETWEEN}*{OPENS}\s*(?:{ADDRESSED}|[{SHORT}男女]|收件人|收货人|寄件人|本人)\s*{CLOSES}?$",
    rf"^({HAN_NAME}){BETWEEN}+[{SHORT}]$",
    rf"^({HAN_NAME})\s*{OPENS}[^\d()（）\[\]【】<>《》]{{1,12}}{CLOSES}$",
)
"""Marks that a border or their own length parts from the name; group 1 is the name."""

LONG: Final = rf"{SINGLES}[{HAN}][{HAN}--{HARVEST}]"
WITHOUT_BORDER: Final = rf"^({LONG})[{SHORT}]$"
"""Four characters under a surname of one: the last is a mark, for given names have two."""

WHOLE: Final = rf"^{COMPOUNDS}[{HAN}]{{2}}$"
"""Four characters that are a whole name under a surname of two: 慕容文启."""

IN_DOUBT: Final = (rf"^({SURNAME}[{HAN}--{CERTAIN}])[收寄]$", rf"^({SINGLES}[{HAN}][{HAN}--{CERTAIN}])[收寄]$")
IN_DOUBT_ONCE: Final = (rf"^({SURNAME}[{HAN}--{HARVEST}])[收寄]$",)
"""Of two or three characters and one that may be a mark, or the end of a given name: without the harvests."""

USUAL: Final = 0.1
"""The share of names with a mark from which 秋收 is likelier 秋 with a mark."""

EDGE: Final = rf"[^{HAN}A-Za-z0-9]"
SENT: Final = rf"(?:^|{EDGE})(?:{LONG}[收寄]|{HAN_NAME}\s*(?:{OPENS}\s*[收寄]\s*{CLOSES}|\s[收寄]))(?:{EDGE}|$)"
"""A mark of one character that can be nothing else, anywhere in a text."""

BEFORE: Final = (
    rf"^(?:收件人|收货人|收貨人|寄件人|联系人|姓名|客户|客戶|用户|会员)\s*[:：]\s*({HAN_NAME})$",
    r"^(?:M[rs]|M[RS]|Mrs|MRS|Miss|MISS|Dr|DR|Prof|PROF)(?:\.\s*|\s+)([A-Z][A-Za-z'\u00c0-\u024f.-]*(?: [A-Za-z'\u00c0-\u024f.-]+)+)$",
)
ANY: Final = rf"(?:{ADDRESSED}|[{SHORT}男女人]\s*{CLOSES}?|{CLOSES})$|^[^\s:：]{{2,3}}\s*[:：]|^(?:M[rsRS]|Miss|MISS|Dr|DR|P[rR])"
"""What any mark shows at a cell's edge: most columns are let off by it."""

NAMES_SHARE: Final = 0.5


def without_marks(cells: pl.Series) -> pl.Series:
    """Give names without what stands beside them.

    What is left must be a whole name, by its surname: 王先生 stays. One character without a border is a mark behind
    three others; behind two it is only if some other name of these cells has such a mark where it can be nothing else:
    else 收 is as likely the name's. Where the two last are a word of their own (秋收) it takes more: a tenth of all; 丰收
    is a given name in any case.

    Test: tests/unit/trace/test_marks.py.
    """
    if not cells.str.contains(ANY).any():
        return cells
    text = cells
    for pattern in (*BEFORE, *BEHIND):
        text = text.str.replace(pattern, "$1")
    is_whole = text.str.contains(WHOLE)
    text = pl.select(pl.when(is_whole).then(text).otherwise(text.str.replace(WITHOUT_BORDER, "$1"))).to_series()
    return unsent(text, texts=cells)


def unsent(names: pl.Series, *, texts: pl.Series) -> pl.Series:
    """Give names without a 收 of which only the others can tell that it is no part of them (`without_marks`).

    Args:
        texts: where the names stand.
    """
    sent = int(texts.str.contains(SENT).sum())
    if not sent:
        return names
    for pattern in IN_DOUBT_ONCE if sent < USUAL * len(texts) else IN_DOUBT:
        names = names.str.replace(pattern, "$1")
    return names


def is_marked(cells: pl.Series, *, name: str) -> bool:
    """Say whether a column is one of names, and some of them have a mark.

    By its header, or where that says nothing, by most of its cells being different names once the marks are gone:
    高级经理 is a word of its own, and no 高级 of that rank.
    """
    if not cells.str.contains(ANY).any():
        return False
    bare = without_marks(cells)
    if not (bare != cells).any():
        return False
    if hints := hint_of(name):
        return hints.get(KindName.PERSON_NAME, 0.0) > 0
    filled = bare.filter(bare != "")
    is_various = filled.n_unique() * 2 >= len(filled)
    return is_various and kind_shares(filled)[KindName.PERSON_NAME] >= NAMES_SHARE
