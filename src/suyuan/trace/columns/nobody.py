"""Lines among the rows that are nobody's: rules, titles of pages, totals, what a program says of its own work."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from suyuan.kinds.surnames import DOTTED_NAME, HAN_NAME
from suyuan.trace.columns.headers import KIND_OF_WORD, is_heading
from suyuan.trace.files.cut import CUT
from suyuan.trace.formats.rows import Block, Odd, Row

OF_SOMEBODY: Final = re.compile(r"\d{7}|\d{3,4}[ -]\d{4}|@")
"""What may be a number or mailbox of a person: a line with it is never left out. A line is one of people by more, `glued.OF_PEOPLE`."""

WORDS: Final = re.compile(
    r"^\W*(?:(?:总|合|小|累|共)\s*计|[本每]页|第\s*\d+\s*页|共\s*\d+\s*(?:[页条行人户笔]|记录)|总共\s*\d+|(?:打印|导出|制表|填表|生成|统计|查询|报表)\s*(?:日期|时间|人|单位|部门)?\s*[:：]"
    r"|page\s+\d|(?:sub|grand\s*)?-?total\b|\(?\d+\s+rows?\b|[(（]\s*[\d,]+\s*行|已?选择\s*\d+\s*行|query ok|\d+ records?\b|end of (?:file|report))",
    re.IGNORECASE,
)
"""How totals, marks of pages and a database's last words begin."""

PROMPT: Final = re.compile(
    r"^\s*(?:(?:sql|mysql|mariadb(?: ?[\[(][^\])]*[\])])?|sqlite|hive|impala|db2|gsql|\d: jdbc:\S+)>|\w+[=-][#>])(?:\s|$)",
    re.IGNORECASE,
)
"""How a database's terminal asks; what follows was typed there."""

TOTAL: Final = re.compile(r"\W*(?:[总合小累共]\s*计|总数|(?:sub|grand[ -]?)?total)\W*", re.IGNORECASE)
AMOUNT: Final = re.compile(r"[¥￥$]?\s*-?\d[\d,]*(?:\.\d+)?\s*(?:元|人|户|条|笔|个|件)?")

WIDTH_LEAST: Final = 3
"""Columns of a table from which a row with one cell is something else than the others."""

ONE_NAME: Final = re.compile(
    rf"^(?:{HAN_NAME}|{DOTTED_NAME}"
    r"|[A-Za-z\u00c0-\u024f .'-]+|\d+)$"
)
PLACE: Final = re.compile(r"[省市区區县縣州镇鎮乡鄉村路街道巷弄号號楼樓栋棟室幢座]|[A-Za-z]{3}")
TITLE: Final = re.compile(r"名单|列表|明细|明細|报表|報表|统计|統計|汇总|台账|登记表|花名册|通讯录|清单")

CUTS: Final = re.compile(r"[\s,;|，；、]+")


def without_nobody(
    rows: Iterable[Row | Block], *, titles: Sequence[Row], width: int, is_sheet: bool = False
) -> Iterator[Row | Block | None]:
    """Give the rows, and None for each line that is nobody's; a block is somebody's (`grid.Pieces`).

    Args:
        titles: what stands before the data; its like comes again on every page, with another number or date.
        width: of the table; a line of one cell may be the header again.
        is_sheet: a word beside the table stands in a cell of its own (`is_aside`).
    """
    known = {shape(row) for row in titles}
    for row in rows:
        if isinstance(row, Block):
            yield row
            continue
        text = text_of(row)
        if OF_SOMEBODY.search(text) or text.endswith(CUT):
            yield row
            continue
        is_line = width == 1 or isinstance(row, Odd)
        is_left_out = is_rule(text) or WORDS.search(text) or PROMPT.search(text) or shape(row) in known
        is_left_out = is_left_out or (not isinstance(row, Odd) and is_total(row))
        is_left_out = is_left_out or (is_line and is_heading(CUTS.split(text.strip()), known=KIND_OF_WORD))
        is_left_out = is_left_out or (is_sheet and width >= WIDTH_LEAST and not isinstance(row, Odd) and is_aside(row))
        yield None if is_left_out else row


def is_aside(row: Sequence[str]) -> bool:
    """Say whether a row of a sheet is a title or a remark: one cell with words that are neither a name nor a place.

    A person of whom only the name or the address was noted stays a row: a surname and what may follow it, words in Latin
    letters, a number beside what places are made of; unless it says itself that it is a list's title.
    """
    filled = [cell.strip() for cell in row if cell.strip()]
    if len(filled) != 1:
        return False
    if TITLE.search(filled[0]) is not None:
        return True
    is_place = any(map(str.isdigit, filled[0])) and PLACE.search(filled[0]) is not None
    return not is_place and ONE_NAME.match(filled[0]) is None


def is_total(row: Sequence[str]) -> bool:
    """Say whether a row says in one cell, wherever it stands, that the numbers in its others are a total."""
    filled = [cell.strip() for cell in row if cell.strip()]
    others = [cell for cell in filled if TOTAL.fullmatch(cell) is None]
    return len(filled) > len(others) and all(AMOUNT.fullmatch(cell) for cell in others)


def text_of(row: Row) -> str:
    """Give the text of a row."""
    return row.text if isinstance(row, Odd) else " ".join(row)


def shape(row: Row) -> str:
    """Give a row's text with its numbers and blanks made alike."""
    return re.sub(r"\d+", "0", re.sub(r"\s+", "", text_of(row)))


def is_rule(text: str) -> bool:
    """Say whether a line has marks in it and neither letter nor digit. An empty row of a table is one of its own."""
    return bool(text.strip(" \t\r\n")) and not any(map(str.isalnum, text))
