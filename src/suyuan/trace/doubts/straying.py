"""Cells that are not of their column's kind: read by what stands in them, looked for beside them, or counted and told."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.columns import MASKED
from suyuan.trace.columns.glued import EMAIL, RESIDENT, WHOLE, first_of_several, taken_apart
from suyuan.trace.columns.headers import KIND_OF_WORD, PLAIN_WORDS, hint_of, is_other_number
from suyuan.trace.columns.layout import Layout
from suyuan.trace.columns.reordered import BARE_TEN
from suyuan.trace.dump import DumpColumn, kinds_of
from suyuan.trace.files.damage import NOTHING, cleaned, is_lossy
from suyuan.trace.files.gaps import SHOWN_LEAST, WINDOW_ROWS, Gaps
from suyuan.trace.formats.grid import Grid

NEAR: Final[Mapping[KindName, str]] = {
    KindName.PHONE: r"^(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}$",
    KindName.RESIDENT_ID: rf"^(?:{RESIDENT}|\d{{17}}[\dXx])$",
    KindName.EMAIL: rf"^{EMAIL}$",
}
"""What is of its kind beyond doubt, be it mistyped, in its usual spellings: most cells, which one pass of a pattern lets off."""

PIECE_OF: Final[Mapping[KindName, str]] = {
    KindName.PHONE: "phone",
    KindName.RESIDENT_ID: "resident_id",
    KindName.EMAIL: "email",
}

NO_NAMES: Final = sorted(
    {*KIND_OF_WORD, *PLAIN_WORDS, "合计", "小计", "总计", "共计", "本页小计", "本页合计", "total", "subtotal"}
    - {"名", "姓"}
)

ALPHABETS: Final = (r"\p{Han}", r"[\u0370-\u03ff]", r"[\u0400-\u04ff]", r"[\u0180-\u02ff]")
HARDLY_A_NAME: Final = "|".join(
    (
        r"\ufffd|[-=_~#]{3,}|[|\t@:：]|\d{5}|[\[(（【〔]\s*\d|\d{4}[-./年]\d|^[^\p{L}]+$",
        *(f"{a}.*{b}" for a, b in permutations(ALPHABETS, 2)),
    )
)
"""What no name is written with: a label, a date, a number in brackets; two alphabets at once are another codec's bytes that passed for UTF-8."""

SAID_NOTHING: Final = r"^\s*[(（]?(?:无|没有|暂无|未知|不详|未填写?|未登记|未提供|无电话|没电话|无手机|没手机|无号码|空号?|保密|N/?A|n/?a|[Nn]one|[Uu]nknown|[-—–/\\.]+)[)）]?\s*$"
"""What people write where they have no number."""

LABEL_CHARACTERS: Final = max(map(len, KIND_OF_WORD)) * 2
"""A longer cell is no word of a header, be it spaced out."""


def strays(cells: pl.Series, *, kind: KindName) -> pl.Series:
    """Say which cells hold something that is no value of the kind, nor a masked or mistyped one."""
    return parted(cells, kind=kind)[0]


def parted(cells: pl.Series, *, kind: KindName) -> tuple[pl.Series, pl.Series]:
    """Say which cells hold something that is no value of the kind, and which hold nothing."""
    odd = ~cells.str.contains(NEAR[kind])
    places = odd.arg_true()
    if not len(places):
        return odd, odd
    some = cells.gather(places)
    blank = is_blank(some) | some.str.contains(SAID_NOTHING)
    is_none = ~blank & KINDS[kind].canonical_column(some).is_null() & ~some.str.contains(MASKED[kind])
    return odd.clone().scatter(places, is_none), odd.clone().scatter(places, blank)


def is_blank(cells: pl.Series) -> pl.Series:
    """Say which cells show nothing, or a program's word for it."""
    return ~cells.str.contains(r"\S") | cells.is_in(NOTHING)


def in_doubt(cells: pl.Series, *, kind: KindName) -> pl.Series:
    """Say which cells are of a kind by a spelling that other numbers share: ten digits, a landline's without its 0."""
    bare = cells.str.contains(BARE_TEN)
    return bare if kind is KindName.PHONE else bare & False


def is_no_name(cells: pl.Series) -> pl.Series:
    """Say which cells are nobody's name: a word for a column or a total, a rule, a separator, letters that were decoded wrongly."""
    odd = cells.str.contains(HARDLY_A_NAME)
    odd &= ~cells.str.contains(MASKED[KindName.PERSON_NAME])
    # Among few distinct short cells stand the words, if any do.
    word = cells.str.replace_all(r"[\s:：*_.-]", "").str.to_lowercase().is_in(NO_NAMES)
    return (odd | word) & ~is_blank(cells)


def by_content(cells: pl.Series, *, kind: KindName) -> pl.Series:
    """Give the value of the kind that stands in each cell among other words; an empty text where none does."""
    found = taken_apart(cells)[PIECE_OF[kind]]
    is_value = KINDS[kind].canonical_column(found).is_not_null()
    return pl.select(pl.when(is_value).then(found).otherwise(pl.lit(""))).to_series()


def is_straying(astray: pl.Series, *, kind: KindName) -> bool:
    """Say whether some of the cells that are not of their column's kind are to be read by content, or name a column."""
    odd = astray.unique()
    if not len(odd):
        return False
    short = odd.filter(odd.str.len_chars() <= LABEL_CHARACTERS)
    # Another person's telephone is a column's name too.
    is_named = any(hint_of(cell) for cell in short.to_list())
    return is_named or bool((by_content(odd, kind=kind) != "").any())


def is_scattered(columns: Sequence[pl.Series]) -> bool:
    """Say whether some column of numbers or mailboxes has cells to be read by content, or rows where another has the value."""
    for kind, pattern in WHOLE.items():
        hits = [cells.str.contains(pattern) for cells in columns]
        for place, cells in enumerate(columns):
            count = int(hits[place].sum())
            if not count or count < SHOWN_LEAST * (len(cells) - int(is_blank(cells).sum())):
                continue
            astray, blank = parted(cells, kind=kind)
            lacking = astray | blank | in_doubt(cells, kind=kind)
            is_elsewhere = any(bool((found & lacking).any()) for found in hits)
            if is_elsewhere or is_straying(cells.filter(astray), kind=kind):
                return True
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Astray:
    """What becomes of cells that are not of their column's kind.

    `cells` are the columns with what was found for them; `moved` the places of rows whose value stands in a column where
    the others have none, so that nobody can say what it is.
    """

    cells: dict[FieldName, pl.Series] = field(repr=False)
    moved: frozenset[int]


def astray_cells(cells: Mapping[FieldName, pl.Series], *, fit: Grid, layout: Layout) -> Astray:
    """Look for the value of each number and mailbox that is not in its cell: among its words, in spare columns, elsewhere.

    Args:
        cells: the cells of every field.
        fit: the rows they are of.
    """
    found: dict[FieldName, pl.Series] = {}
    moved: set[int] = set()
    strong = {name: kind for name, kind in layout.kinds.items() if kind in NEAR and name in cells}
    places = {name: index for index, name in layout.fields.items()}
    for name, kind in strong.items():
        if places[name] >= layout.width or not len(fit):
            continue
        column = cells[name]
        astray, blank = parted(column, kind=kind)
        if astray.any():
            value = by_content(column.filter(astray), kind=kind)
            column = column.scatter(
                astray.arg_true(),
                pl.select(pl.when(value != "").then(value).otherwise(column.filter(astray))).to_series(),
            )
            astray = strays(column, kind=kind)
        lacking = (astray | blank).arg_true()
        for place in layout.spare.get(name, ()):
            if not len(lacking):
                break
            other = first_of_several(cleaned(fit.gather(place, places=lacking.to_list())))
            is_value = KINDS[kind].canonical_column(other).is_not_null()
            column = column.scatter(lacking.filter(is_value), other.filter(is_value))
            lacking = lacking.filter(~is_value)
        doubted = in_doubt(column, kind=kind).arg_true()
        usual = (~(astray | blank)).arg_true().to_list()
        looked = pl.concat([lacking, doubted]) if not layout.is_keyed else lacking.clear()
        for place in places_beside(layout, kind=kind, fit=fit, usual=usual) if len(looked) else ():
            other = stripped(fit.gather(place, places=looked.to_list()))
            is_here = other.str.contains(WHOLE[kind]) & KINDS[kind].canonical_column(other).is_not_null()
            if is_here.any():
                is_here &= astray.gather(looked) | (not is_other_number(layout.names[place]))
                here = looked.filter(is_here)
                moved.update(here.to_list())
                # Beside a mobile number ten digits are no landline's.
                column = column.scatter(here.filter(here.is_in(doubted.implode())), "")
        found[name] = column
    # A row that shows another number or mailbox is found by that.
    for name, kind in strong.items():
        if moved:
            column = found.get(name, cells[name])
            rows = pl.Series(sorted(moved), dtype=pl.UInt32)
            moved = set(rows.filter(KINDS[kind].canonical_column(column.gather(rows)).is_null()).to_list())
    return Astray(cells=found, moved=frozenset(moved))


def stripped(cells: pl.Series) -> pl.Series:
    """Give cells without blanks around them."""
    return pl.Series([cell.strip() for cell in cells.to_list()], dtype=pl.String)


def places_beside(layout: Layout, *, kind: KindName, fit: Grid, usual: Sequence[int]) -> list[int]:
    """Give the columns of nobody's in which a value of a kind would be out of its place.

    Not those that a header gives to somebody else, nor those that have one where the field's own column has one too.

    Args:
        usual: the rows in which the field's column has its value.
    """
    sample = usual[:: max(1, len(usual) // WINDOW_ROWS)]
    found: list[int] = []
    for place in range(layout.width):
        if place in layout.fields or place in layout.glued or any(w < 0 for w in hint_of(layout.names[place]).values()):
            continue
        cells = stripped(fit.gather(place, places=sample))
        if int(cells.str.contains(WHOLE[kind]).sum()) < SHOWN_LEAST * max(1, len(sample)):
            found.append(place)
    return found


@dataclass(slots=True)
class Seen:
    """Of one field: how many cells hold no value of it, whether some of these tell where it is, whether some are damaged."""

    none: int = 0
    is_straying: bool = False
    is_lossy: bool = False

    @property
    def is_odd(self) -> bool:
        """Whether the rows are to be read once more, each by what it holds."""
        return self.none > 0 and (self.is_straying or self.is_lossy)


class Doubts:
    """What the rows of a dump show of each number and mailbox, and where they do not show it.

    It is the same however the rows are cut into batches, and parts of a file add up (`join`).
    """

    __slots__ = ("_kinds", "_names", "gaps", "seen")

    def __init__(self, kinds: Mapping[FieldName, KindName], *, gaps: Gaps | None = None) -> None:
        self._kinds = {name: kind for name, kind in kinds.items() if kind in NEAR}
        self._names = [name for name, kind in kinds.items() if kind is KindName.PERSON_NAME]
        self.gaps = gaps or Gaps()
        self.seen: dict[str, Seen] = {name: Seen() for name in (*self._kinds, *self._names)}

    def take(self, tables: Iterable[pl.DataFrame]) -> "Doubts":
        """Look at every row."""
        for table in tables:
            shown = {name: self._look(table[name], name=name, kind=kind) for name, kind in self._kinds.items()}
            self.gaps.take(shown, rows=table.height)
            for name in self._names:
                self.seen[name].none += int(is_no_name(table[name]).sum())
        return self

    def _look(self, cells: pl.Series, *, name: FieldName, kind: KindName) -> npt.NDArray[np.intp]:
        """Look at the cells of a field, and give the places of those that show it."""
        astray, blank = parted(cells, kind=kind)
        seen = self.seen[name]
        some = cells.filter(astray)
        seen.none += len(some)
        seen.is_straying = seen.is_straying or (len(some) > 0 and is_straying(some, kind=kind))
        # What the pattern of usual values lets off is not damaged.
        seen.is_lossy = seen.is_lossy or is_lossy(cells.filter(~cells.str.contains(NEAR[kind])))
        # Where most cells are mobile numbers, a stretch of ten digits is no telephone's.
        return np.flatnonzero(~(astray | blank | in_doubt(cells, kind=kind)).to_numpy())

    def join(self, parts: Iterable[Mapping[str, Seen]]) -> "Doubts":
        """Add what was seen in other parts of the file."""
        for part in parts:
            for name, one in part.items():
                seen = self.seen[name]
                seen.none += one.none
                seen.is_straying |= one.is_straying
                seen.is_lossy |= one.is_lossy
        return self

    @property
    def is_doubted(self) -> bool:
        """Whether the rows are to be read once more, each by what it holds: cells say so, or a stretch lacks what most show."""
        return any(seen.is_odd for seen in self.seen.values()) or self.gaps.is_moved

    def notes(self, columns: Iterable[DumpColumn]) -> tuple[str, ...]:
        """Give one line on each field that has cells of no value of it."""
        place = {str(column.field): column.index for column in columns if column.field is not None}
        return tuple(
            f"column {place[name]}: {seen.none:,} of {self.gaps.rows:,} rows hold something there that is no {name}"
            for name, seen in self.seen.items()
            if seen.none
        )


def is_told_late(late: Collection[str], *, columns: tuple[DumpColumn, ...]) -> bool:
    """Say whether keys that came late are words for what is looked for."""
    kinds = set(kinds_of(columns).values())
    return any(weight > 0 and kind in kinds for key in late for kind, weight in hint_of(key).items())
