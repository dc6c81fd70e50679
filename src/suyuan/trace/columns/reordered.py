"""Rows whose cells stand in another order than the table's, as where a second export follows the first: read where every cell says so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from suyuan.kinds.postal_address import looks_like_address
from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.columns.glued import WHOLE, WHOLE_NAME
from suyuan.trace.columns.headers import is_anothers
from suyuan.trace.columns.layout import Layout, shapes
from suyuan.trace.files.damage import NOTHING, cleaned
from suyuan.trace.formats.grid import Grid

ROWS_LEAST: Final = 10
"""Rows in one other order, each with all of its values, from which that is the order of a stretch and no slip."""

USUAL_SHARE: Final = 0.2
"""The share of a column's codes that must look as a cell does for it to have come from there."""

BARE_TEN: Final = r"^[1-9]\d{9}$"
"""Ten digits that are a landline's without its 0, or a user's number: where a mobile number stands beside, they are the latter."""

Order = tuple[int, ...]
"""For each column of the table, the place of its cell in the row."""


def is_out_of_place(cells: pl.Series, *, kind: KindName) -> pl.Series:
    """Say which cells of a column of numbers or mailboxes hold something that is surely none of its kind, or may be none."""
    odd = ~cells.str.contains(WHOLE[kind])
    places = odd.arg_true()
    if not len(places):
        return odd
    some = cleaned(cells.gather(places))
    is_filled = some.str.contains(r"\S") & ~some.is_in(NOTHING)
    is_none = KINDS[kind].canonical_column(some).is_null()
    if kind is KindName.PHONE:
        is_none |= some.str.contains(BARE_TEN)
    return odd.clone().scatter(places, is_none & is_filled)


def reordered_rows(rows: Grid, *, layout: Layout) -> dict[int, list[str]]:
    """Give the rows whose cells stand in another order, by their places, in the table's order.

    An order is one that ten rows show, each with every field in one column only. A row is in it if then every number,
    mailbox, name and address stands in its column, or nothing does, and what the columns between hold looks as it
    usually does there. Which column a header gives to somebody else is none to take a value from.

    Test: tests/unit/trace/test_reordered.py.
    """
    strong = {index: kind for index, kind in kinds_at(layout).items() if kind in WHOLE}
    if layout.is_keyed or layout.glued or layout.name_in_two is not None or rows.has_blocks or not strong:
        return {}
    odd = pl.Series([False]).new_from_index(0, len(rows))
    for index, kind in strong.items():
        odd |= is_out_of_place(rows.column(index), kind=kind)
    places = odd.arg_true().to_list()
    if len(places) < ROWS_LEAST:
        return {}
    looks = [look_of(cleaned(rows.gather(index, places=places))) for index in range(layout.width)]
    held = [tuple(look[number] for look in looks) for number in range(len(places))]
    counts = Counter(order for row in held if (order := order_of(row, layout=layout)) is not None)
    orders = [order for order, count in counts.items() if count >= ROWS_LEAST]
    found: dict[int, list[str]] = {}
    for place, row in zip(places, held, strict=True):
        fitting = [order for order in orders if is_fit([row[at] for at in order], order=order, layout=layout)]
        if len(fitting) == 1:
            cells = rows.row(place)
            found[place] = [cells[at] for at in fitting[0]]
    return found


Look = tuple[frozenset[KindName] | None, str]
"""Of which kinds a cell may be, None where it holds nothing; and its shape."""


def look_of(cells: pl.Series) -> list[Look]:
    """Give how the cells of a column look."""
    tests = {kind: cells.str.contains(pattern) for kind, pattern in WHOLE.items()}
    tests[KindName.POSTAL_ADDRESS] = looks_like_address(cells)
    tests[KindName.PERSON_NAME] = cells.str.contains(WHOLE_NAME) & ~tests[KindName.POSTAL_ADDRESS]
    is_void = ~cells.str.contains(r"\S") | cells.is_in(NOTHING)
    kinds = zip(*(test.to_list() for test in tests.values()), strict=True)
    return [
        (None if void else frozenset(kind for kind, is_it in zip(tests, row, strict=True) if is_it), shape)
        for void, row, shape in zip(is_void.to_list(), kinds, shapes(cells).to_list(), strict=True)
    ]


def kinds_at(layout: Layout) -> Mapping[int, KindName]:
    """Give the kinds of the columns of the file that are read and whose cells tell themselves."""
    telling = {*WHOLE, KindName.PERSON_NAME, KindName.POSTAL_ADDRESS}
    return {c.index: c.kind for c in layout.columns if c.index < layout.width and c.kind in telling}


def order_of(row: Sequence[Look], *, layout: Layout) -> Order | None:
    """Give the order that a row shows in which each field stands in just one column; None if it shows none."""
    source: dict[int, int] = {}
    for index, kind in kinds_at(layout).items():
        hits = [place for place, (kinds, _) in enumerate(row) if kinds is not None and kind in kinds]
        if len(hits) != 1 and not (index in hits and kind not in WHOLE):
            return None
        source[index] = hits[0] if len(hits) == 1 else index
    if len(set(source.values())) < len(source):
        return None
    moved = [index for index, place in source.items() if index != place]
    if any(is_anothers(layout.names[source[index]], kind=kinds_at(layout)[index]) for index in moved):
        return None
    # The cells that stood where a field's value now comes from go where these have left room.
    room = [index for index in source.values() if index not in source]
    left = [index for index in source if index not in source.values()]
    source |= dict(zip(sorted(room), sorted(left), strict=True))
    if len(moved) < 2 and any(index not in layout.rigid for index in room):
        return None
    order = tuple(source.get(index, index) for index in range(layout.width))
    return order if moved else None


def is_fit(row: Sequence[Look], *, order: Order, layout: Layout) -> bool:
    """Say whether everything in a row stands where it belongs, and enough of it is there to say so."""
    wanted = kinds_at(layout)
    told = 0
    for index, (kinds, shape) in enumerate(row):
        if kinds is None:
            continue
        if (kind := wanted.get(index)) is not None:
            if kind not in kinds:
                return False
            told += 2 if kind in WHOLE else 1
        elif order[index] != index:
            usual = layout.rigid.get(index)
            if usual.get(shape, 0.0) < USUAL_SHARE if usual else kinds & WHOLE.keys():
                return False
    return told > 1
