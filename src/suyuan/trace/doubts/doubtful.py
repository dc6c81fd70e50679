"""What was read and is hardly what it seems: values that touch, one value of many people, cells of two, columns without any.

Some rows are looked at; what is found in them is told in words, and a reading of mere runs of digits is refused.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from suyuan.errors import RefusedError
from suyuan.kinds.plain import HAN
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.crowded import TWO_IDS, TWO_NAMES, different
from suyuan.trace.columns.glued import MOBILE, RESIDENT
from suyuan.trace.columns.headers import hint_of, is_anothers
from suyuan.trace.columns.whose import OTHERS
from suyuan.trace.doubts.identifiers import PHONE_DIGITS
from suyuan.trace.dump import NOUNS

TOUCHING: Final = rf"{RESIDENT}{MOBILE}|{MOBILE}{RESIDENT}"
"""An ID and a mobile number without anything between them."""

TOUCHED: Final = rf"^(?:{RESIDENT}[0-9A-Za-z]|{MOBILE}[0-9A-Za-z])"
"""How a mailbox begins that has swallowed the cell before it. Some people's own begin so; most of a dump's never do."""

TOUCHING_MOST: Final = 0.5

NAMES_OF_ONE: Final = 2
"""A couple shares a telephone; of a value in rows of more names than this is asked whose it is."""

SHARED_LEAST, SHARED_SHARE = 5, 0.05
"""How many rows, and which share of them, must share values with others to be told of."""

EMPTY_MOST: Final = 0.5
"""The share of rows that may have nothing in the column of names."""

OWNED_BEFORE: Final = rf"(?:{OTHERS})[的]?(?:手机|电话)?号?码?\s*[:：]?\s*({MOBILE})(?-u:\b)"
OWNED_BEHIND: Final = rf"(?-u:\b)({MOBILE})\s*[(（\[【]?\s*(?:{OTHERS})"
"""A cell that says of a number that it is somebody's beside the person."""

LETTERS: Final = r"^\p{Latin}[\p{Latin}\d .,'/-]*$"
ACCENTED: Final = r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]"
ACCENTED_SHARE: Final = 0.05
"""Words of a program, of a trade or in English hardly ever have an accent; of names and streets abroad many have."""

DIVERSE: Final = 0.1
LETTERS_SHARE: Final = 0.8
TWICE: Final = r"[\u00e4-\u00e9][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2}"
"""A Chinese character in UTF-8 that was taken for three Latin letters and written in UTF-8 once more."""

CELLS_TRIED: Final = 50
CHINESE: Final = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")
"""Chinese letters and marks, three bytes each in UTF-8."""
ASCII: Final = re.compile(r"[\x00-\x7f]+")

LANDLINE: Final = r"^\(?0\d{2,3}\)?[- ]?\d{7,8}$"


def doubt_notes(
    rows: Sequence[Sequence[str]],
    *,
    values: Mapping[FieldName, pl.Series],
    fields: Mapping[FieldName, KindName],
    is_named: bool = False,
) -> tuple[str, ...]:
    """Give a line on each thing that is odd about what was read of rows.

    Args:
        rows: some rows that were read, whole.
        values: what was read of them, by field.
        fields: the store's fields.
        is_named: the columns are the caller's word, and are read whatever stands in them.
    Raises: RefusedError: `trace.format`, in most rows numbers touch each other: columns of fixed width without a gap.
    """
    if not rows or not values:
        return ()
    read = {name: cells for name, cells in values.items() if name in fields}
    count = touching(rows, values=read, fields=fields)
    if read and not is_named and count > TOUCHING_MOST * len(rows):
        raise RefusedError(
            "in most rows numbers touch each other: columns of fixed width without a gap between them",
            code="trace.format",
            hint="put a separator between the columns; nothing in the file says where each begins",
        )
    notes = [f"{count:,} of {len(rows):,} rows looked at hold numbers that touch others and are not read"] * (count > 0)
    return (
        *notes,
        *shared_notes(read, fields=fields),
        *empty_notes(read, fields=fields),
        *double_notes(rows, read, fields),
    )


def touching(
    rows: Sequence[Sequence[str]], *, values: Mapping[FieldName, pl.Series], fields: Mapping[FieldName, KindName]
) -> int:
    """Count the rows in which an ID and a telephone number touch, or a mailbox and what stands before it, and neither is read."""
    text = pl.Series(["\t".join(row) for row in rows], dtype=pl.String)
    found = text.str.contains(TOUCHING)
    for name, cells in values.items():
        if fields[name] is KindName.EMAIL:
            found |= cells.str.contains(TOUCHED)
    for name, cells in values.items():
        if fields[name] in (KindName.PHONE, KindName.RESIDENT_ID) and found.any():
            found &= KINDS[fields[name]].canonical_column(cells).is_null()
    return int(found.sum())


def shared_notes(values: Mapping[FieldName, pl.Series], *, fields: Mapping[FieldName, KindName]) -> list[str]:
    """Tell of numbers and mailboxes that stand in rows of several names: a hotline's, a platform's, a default."""
    names = [cells for name, cells in values.items() if fields[name] is KindName.PERSON_NAME]
    if not names:
        return []
    notes: list[str] = []
    # What else stands beside a name in brackets, a number say, makes no other person.
    who = names[0].str.replace_all(r"\s|[\[(（【].*", "")
    for name, cells in values.items():
        if fields[name] not in NOUNS:
            continue
        value = KINDS[fields[name]].canonical_column(cells)
        table = pl.DataFrame({"value": value, "who": who}).filter(pl.col("value").is_not_null() & (pl.col("who") != ""))
        people = table.group_by("value").agg(pl.len().alias("rows"), pl.col("who").n_unique().alias("people"))
        shared = people.filter(pl.col("people") > NAMES_OF_ONE)
        count = int(shared["rows"].sum())
        if count >= max(SHARED_LEAST, SHARED_SHARE * len(cells)):
            notes.append(
                f"{count:,} of {len(cells):,} rows looked at share {shared.height:,} {NOUNS[fields[name]]} with rows of "
                "other names: these may be nobody's own"
            )
    return notes


def empty_notes(values: Mapping[FieldName, pl.Series], *, fields: Mapping[FieldName, KindName]) -> list[str]:
    """Tell of fields that have a column and no value in it, and of names that most rows lack."""
    notes: list[str] = []
    for name, cells in values.items():
        empty = int((~cells.str.contains(r"\S")).sum())
        most = EMPTY_MOST if fields[name] is KindName.PERSON_NAME else 1.0
        if empty == len(cells) or empty > most * len(cells):
            notes.append(
                f"{empty:,} of {len(cells):,} rows looked at have nothing in the column that is read as {name}"
            )
    return notes


def letter_notes(
    free: Mapping[int, pl.Series],
    *,
    values: Mapping[FieldName, pl.Series],
    fields: Mapping[FieldName, KindName],
    names: Sequence[str],
) -> list[str]:
    """Tell of columns that are not read: text that was encoded twice; and, where no name or no address is read, words abroad.

    Args:
        free: the columns that are nobody's so far.
        names: the columns' names; what a header gives to another kind is none.
    """
    notes: list[str] = []
    filled = {place: cells.filter(cells != "") for place, cells in free.items()}
    twice = [at for at, cells in filled.items() if is_twice(cells)]
    if twice:
        notes.append(f"columns that hold text which was encoded twice, and are not read: {', '.join(map(str, twice))}")
    shown = {fields[name] for name, cells in values.items() if name in fields and (cells != "").any()}
    lacking = {KindName.PERSON_NAME, KindName.POSTAL_ADDRESS} & set(fields.values()) - shown
    words = [
        at
        for at, cells in filled.items()
        if lacking and at not in twice and is_abroad(cells) and not hint_of(names[at])
    ]
    if words:
        notes.append(
            f"columns of words in Latin letters with accents, names or addresses perhaps, are not read: "
            f"{', '.join(map(str, words))}; --column names one for reading"
        )
    return notes


def is_twice(cells: pl.Series) -> bool:
    """Say whether most cells are Chinese in UTF-8 that was read as other characters: as Latin letters, or as GBK (`寮犱笁`)."""
    if not len(cells) or int(cells.str.contains(TWICE).sum()) * 2 > len(cells):
        return len(cells) > 0
    beyond = cells.filter(cells.str.contains(r"[^\x00-\x7f]")).head(CELLS_TRIED)
    return len(beyond) * 2 > min(len(cells), CELLS_TRIED) and sum(map(was_utf8, beyond)) * 2 > len(beyond)


def was_utf8(cell: str) -> bool:
    """Say whether the bytes of a text in GBK are Chinese in UTF-8, but for those that were lost.

    Digits and Latin letters are the same in both and say nothing: a remark of a few Chinese words, a number and a date is none.
    Two bytes of GBK often make a Greek or Cyrillic letter of UTF-8 (`谢谢`): only three that make a Chinese one count.

    Test: tests/unit/trace/test_doubtful.py.
    """
    written = ASCII.sub("", cell).encode("gb18030", "ignore")
    found = CHINESE.findall(written.decode("utf-8", "ignore"))
    return 0 < len(written) * 2 <= len(found) * 9


def is_abroad(cells: pl.Series) -> bool:
    """Say whether nearly all cells are words in Latin letters, many different ones, some with an accent."""
    count = len(cells)
    return (
        count > 0
        and int(cells.str.contains(LETTERS).sum()) >= LETTERS_SHARE * count
        and int(cells.str.contains(ACCENTED).sum()) >= ACCENTED_SHARE * count
        and cells.n_unique() >= DIVERSE * count
    )


def double_notes(
    rows: Sequence[Sequence[str]], values: Mapping[FieldName, pl.Series], fields: Mapping[FieldName, KindName]
) -> list[str]:
    """Tell of rows that hold two people in a cell, or say of a number that it is somebody's beside the person."""
    place = [number for number, row in enumerate(rows) for _ in row]
    cells = pl.DataFrame({"row": place, "cell": pl.Series([cell for row in rows for cell in row], dtype=pl.String)})
    cell = pl.col("cell")
    two = cells.filter(different(cells["cell"], pattern=TWO_IDS))["row"].to_list()
    for name, some in values.items():
        if fields[name] is KindName.PERSON_NAME:
            two += some.str.strip_chars().str.contains(TWO_NAMES).arg_true().to_list()
    anothers = pl.concat(
        cells.select("row", cell.str.extract(pattern, 1).alias("value")).drop_nulls()
        for pattern in (OWNED_BEFORE, OWNED_BEHIND)
    )
    owned: set[int] = set()
    for name, some in values.items():
        if fields[name] is KindName.PHONE:
            digits = some.str.replace_all("[ -]", "").str.tail(PHONE_DIGITS)
            read = pl.DataFrame({"value": digits}).with_row_index("row").cast({"row": pl.Int64})
            owned |= set(anothers.join(read, on=["row", "value"], how="semi")["row"].to_list())
    notes = []
    if two:
        notes.append(
            f"{len(set(two)):,} of {len(rows):,} rows looked at hold two people in a cell; one of them is read at most"
        )
    if owned:
        notes.append(
            f"{len(owned):,} of {len(rows):,} rows looked at show a number that its cell says is somebody else's"
        )
    return notes


def landline_notes(
    free: Mapping[int, pl.Series],
    *,
    values: Mapping[FieldName, pl.Series],
    fields: Mapping[FieldName, KindName],
    names: Sequence[str],
) -> list[str]:
    """Tell of columns in which rows that show no telephone number have a landline: of their own, as its many values say."""
    without = None
    for name, cells in values.items():
        if fields.get(name) is KindName.PHONE:
            lacks = KINDS[KindName.PHONE].canonical_column(cells).is_null()
            without = lacks if without is None else without & lacks
    notes: list[str] = []
    for place, cells in free.items():
        if without is None or is_anothers(names[place], kind=KindName.PHONE):
            continue
        lines = cells.filter(without & cells.str.contains(LANDLINE))
        if len(lines) and lines.n_unique() * 2 > len(lines):
            notes.append(
                f"{len(lines):,} of {int(without.sum()):,} rows looked at that show no telephone number have a landline in "
                f"column {place}, which is not read"
            )
    return notes
