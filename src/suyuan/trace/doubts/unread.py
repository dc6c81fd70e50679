"""What else of a dump's rows is told in moderate words: columns that nobody asked for, names and addresses that stand in none.

No identifier is at stake here, so some rows are looked at, and what is said is what they look like.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN
from suyuan.kinds.postal_address import looks_like_address
from suyuan.kinds.surnames import HAN_NAME, SURNAME
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.columns import PIECE_OF_HOUSE
from suyuan.trace.columns.glued import GIVEN, PROVINCES, WHOLE
from suyuan.trace.columns.headers import SURE, is_anothers
from suyuan.trace.doubts.doubtful import doubt_notes, landline_notes, letter_notes
from suyuan.trace.dump import NOUNS

LOOKED_AT: Final = 2_000
"""Rows that are looked at."""

LEAST: Final = 20
"""Of fewer rows nothing is said: chance would say as much."""

LACKING_LEAST: Final = 0.05
"""The share of rows that must lack a name before it is asked where theirs are."""

MOST: Final = 0.5
"""The share of these whose text must hold one; and of what is found there, the share that is distinct."""

DISPLACED_LEAST: Final = 3
"""Rows that must lack a name and have one elsewhere, to be told of."""

CONTRAST: Final = 10
"""How many times as often these rows must have it there as the others."""

BROKEN_OFF: Final = rf"[{HAN}][省市区县州盟旗,，\s]*$"
NUMBERED: Final = r"[0-9\uff10-\uff19]"
"""An address in Chinese that has no number has perhaps been cut; the rest of it may stand elsewhere."""

EDGE: Final = r"[^\p{L}\p{N}\u00b7]"
NAME_WITHIN: Final = rf"(?:^|{EDGE}){SURNAME}{GIVEN}(?:先生|女士|小姐|收)?(?:{EDGE}|$)"
WHOLE_HAN_NAME: Final = rf"^{HAN_NAME}$"
WESTERN_NAME: Final = r"^[A-Z][a-z'-]+(?: [A-Z][A-Za-z.'-]+){1,2}$"
NO_NAME: Final = rf"^(?:{PROVINCES}|金额|余额|成功|包邮|易碎|高新|和平)"
"""What has the shape of a name and is a place or a word of trade."""

WORDS: Final = {**NOUNS, KindName.PERSON_NAME: "names", KindName.POSTAL_ADDRESS: "addresses"}
"""What is told of, identifiers first."""


def unread_notes(
    rows: Sequence[Sequence[str]],
    *,
    values: Mapping[FieldName, pl.Series],
    names: Sequence[str],
    taken: Collection[int],
    fields: Mapping[FieldName, KindName],
    is_named: bool = False,
) -> tuple[str, ...]:
    """Give a line on each kind of which more stands in the rows than was read.

    Args:
        rows: some rows that were read, whole.
        values: what was read of them, by field.
        names: the columns' names; empty where there is no header.
        taken: the columns that are somebody's, or that were taken apart.
        fields: the store's fields.
        is_named: the columns are the caller's word.
    Raises: RefusedError: `trace.format`, see `doubt_notes`.
    """
    doubts = doubt_notes(rows, values=values, fields=fields, is_named=is_named)
    if len(rows) < LEAST:
        return ()
    free = [place for place in range(len(names)) if place not in taken]
    columns = {
        place: pl.Series([row[place] if place < len(row) else "" for row in rows]).str.strip_chars() for place in free
    }
    wanted = [kind for kind in WORDS if kind in fields.values()]
    notes: list[str] = []
    for kind in wanted:
        further = [place for place, cells in columns.items() if is_surely(cells, kind=kind, name=names[place])]
        if further:
            listed = " and ".join(map(str, further))
            many = len(further) > 1
            notes.append(
                f"column{'s' if many else ''} {listed} also hold{'' if many else 's'} {WORDS[kind]} and "
                f"{'are' if many else 'is'} not read; --column names one for reading"
            )
        if kind in (KindName.PERSON_NAME, KindName.POSTAL_ADDRESS):
            others = {place: cells for place, cells in columns.items() if place not in further}
            told = [] if further else lacking(rows, values=values, kind=kind, fields=fields, free=columns)
            notes += told or displaced(values, kind=kind, fields=fields, free=others)
    notes += house_notes(columns, values=values, fields=fields) * (KindName.POSTAL_ADDRESS in wanted)
    notes += letter_notes(columns, values=values, fields=fields, names=names)
    notes += landline_notes(columns, values=values, fields=fields, names=names)
    return (*notes, *doubts)


def is_surely(cells: pl.Series, *, kind: KindName, name: str) -> bool:
    """Say whether nearly all cells of a column are of a kind, and its header gives them to nobody else."""
    filled = cells.filter(cells != "")
    if len(filled) < LEAST or is_anothers(name, kind=kind):
        return False
    match kind:
        case KindName.PERSON_NAME:
            found = is_han_name(filled)
            return int(found.sum()) >= SURE * len(filled) and filled.n_unique() >= MOST * len(filled)
        case KindName.POSTAL_ADDRESS:
            found = looks_like_address(filled) & ~filled.str.contains(PIECE_OF_HOUSE)
        case _:
            found = filled.str.contains(WHOLE[kind])
    return int(found.sum()) >= SURE * len(filled)


def house_notes(
    free: Mapping[int, pl.Series], *, values: Mapping[FieldName, pl.Series], fields: Mapping[FieldName, KindName]
) -> list[str]:
    """Tell of columns of houses, units or rooms, which are no address without what stands beside them.

    Not of those that the address which is read has in it already.
    """
    read = [cells for name, cells in values.items() if fields.get(name) is KindName.POSTAL_ADDRESS]
    found: list[int] = []
    for place, cells in free.items():
        count = int((cells != "").sum())
        pieces = cells.str.contains(PIECE_OF_HOUSE)
        in_any = [int((pieces & is_within(cells, wholes=whole)).sum()) for whole in read]
        if count >= LEAST and int(pieces.sum()) >= SURE * count and max(in_any, default=0) < MOST * count:
            found.append(place)
    return [
        f"pieces of an address (a house, a unit, a room) stand in column{'s' * (len(found) > 1)} "
        f"{' and '.join(map(str, found))} and are not put together"
    ] * bool(found)


def is_within(cells: pl.Series, *, wholes: pl.Series) -> pl.Series:
    """Say which cells stand word for word in the whole beside them."""
    table = pl.DataFrame({"cell": cells, "whole": wholes})
    return table.select(pl.col("whole").str.contains(pl.col("cell"), literal=True)).to_series()


def lacking(
    rows: Sequence[Sequence[str]],
    *,
    values: Mapping[FieldName, pl.Series],
    kind: KindName,
    fields: Mapping[FieldName, KindName],
    free: Mapping[int, pl.Series],
) -> list[str]:
    """Say whether rows that show no name (no address) hold what looks like one elsewhere."""
    has = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(rows))
    for name, cells in values.items():
        if fields.get(name) is kind:
            has |= cells.str.strip_chars() != ""
    without = int((~has).sum())
    if without < max(LEAST, LACKING_LEAST * len(rows)):
        return []
    table = pl.DataFrame({"row": range(len(rows)), "text": ["\t".join(row) for row in rows]}).filter(~has)
    if kind is KindName.PERSON_NAME:
        said = table.select("row", pl.col("text").str.extract_all(NAME_WITHIN).alias("value")).explode("value")
        whole = table.select("row", pl.col("text").str.split("\t").alias("value")).explode("value")
        found = pl.concat([said, whole.filter(pl.col("value").str.contains(WESTERN_NAME))]).drop_nulls()
        bare = found.with_columns(pl.col("value").str.replace_all(rf"^{EDGE}+|{EDGE}+$", ""))
        found = bare.filter(~pl.col("value").str.contains(NO_NAME))
        is_diverse = found["value"].n_unique() >= MOST * len(found)
    else:
        every = [pl.DataFrame({"row": range(len(rows)), "value": cells}) for cells in free.values()]
        if not every:
            return []
        pieces = pl.concat(every).join(table.select("row"), on="row", how="semi")
        is_one = looks_like_address(pieces["value"]) & ~pieces["value"].str.contains(PIECE_OF_HOUSE)
        found, is_diverse = pieces.filter(is_one), True
    count = found["row"].n_unique()
    if count < MOST * without or not is_diverse:
        return []
    return [
        f"{count:,} of {without:,} rows looked at that show no {'name' if kind is KindName.PERSON_NAME else 'address'} "
        "hold what looks like one elsewhere; --column names its column"
    ]


def displaced(
    values: Mapping[FieldName, pl.Series],
    *,
    kind: KindName,
    fields: Mapping[FieldName, KindName],
    free: Mapping[int, pl.Series],
) -> list[str]:
    """Tell of columns in which a few rows without a name (an address, or its end) have what looks like one.

    Not of columns in which the other rows have it too: a city may look like a name, a company has an address of its own.

    Test: tests/unit/trace/test_unread.py.
    """
    own = [cells.str.strip_chars() for name, cells in values.items() if fields.get(name) is kind]
    if not own:
        return []
    lacks = own[0] == ""
    if kind is KindName.POSTAL_ADDRESS:
        lacks |= own[0].str.contains(BROKEN_OFF) & ~own[0].str.contains(NUMBERED)
    for cells in own[1:]:
        lacks &= cells == ""
    without = int(lacks.sum())
    notes: list[str] = []
    for place, cells in free.items():
        is_one = looks_like_address(cells) if kind is KindName.POSTAL_ADDRESS else is_han_name(cells)
        here, others = int((is_one & lacks).sum()), int((is_one & ~lacks).sum())
        if here >= DISPLACED_LEAST and here * (len(cells) - without) >= CONTRAST * others * without:
            what = "name" if kind is KindName.PERSON_NAME else "address, or not its end,"
            notes.append(
                f"{here:,} of {without:,} rows looked at that show no {what} hold what looks like one in column {place}, "
                "which is not read"
            )
    return notes


def is_han_name(cells: pl.Series) -> pl.Series:
    """Say which cells have the shape of a Chinese name, and are no place and no word of trade."""
    return cells.str.contains(WHOLE_HAN_NAME) & ~cells.str.contains(NO_NAME)
