"""Which of a file's tables are read: every one with people in it, each by its own columns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.columns import ENOUGH
from suyuan.trace.columns.glued import WHOLE
from suyuan.trace.columns.header_rows import is_same
from suyuan.trace.columns.headers import hint_of, is_anothers, plain_name
from suyuan.trace.columns.layout import KEPT, Layout, layout_of
from suyuan.trace.doubts.beside import Beside
from suyuan.trace.dump import Body, DumpColumn, kinds_of
from suyuan.trace.files.gathering import Gathering
from suyuan.trace.formats.rows import Odd, Part
from suyuan.trace.intake.tabulate import read_parts

SHOWN: Final = 12
NAME_CHARACTERS: Final = 60

SHARED: Final = 0.75
"""Of the names of columns that two tables have together, how many both must have to be one list."""

EACH_ONE: Final = 0.9
"""The share of numbers in a list of people that stand in it once: a log has its own again and again."""

OF_WHOM: Final = frozenset({KindName.PERSON_NAME, KindName.POSTAL_ADDRESS, KindName.RESIDENT_ID})
"""What tells beside a number or a mailbox that a row is a person's, and no line of a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The tables to read and their layouts, the one with most of people in it, those left out, and one line on each thing that is.

    `columns` are those of the best one, and behind them those of fields that only others have.
    """

    parts: tuple[Part, ...]
    layouts: tuple[Layout, ...]
    best: Layout
    columns: tuple[DumpColumn, ...]
    left_out: tuple[Part, ...]
    notes: tuple[str, ...]

    @property
    def kinds(self) -> dict[FieldName, KindName]:
        """The kind of each wanted field."""
        return kinds_of(self.columns)

    def read(self, gathering: Gathering, *, beside: Beside | None = None) -> Body:
        """Read the tables one after the other, or what is left of them to be read."""
        names = tuple(self.kinds)
        return read_parts(self.parts, layouts=self.layouts, names=names, gathering=gathering, beside=beside)


def choose(
    parts: Sequence[Part],
    *,
    fields: Mapping[FieldName, KindName],
    columns: Mapping[int | str, tuple[FieldName, KindName]],
    wanted: str | None,
    header: bool | None = None,
    must_agree: bool = False,
    are_sheets: bool = False,
) -> Chosen:
    """Choose among the tables of a file.

    The one with most of people in it is read, with it every other that is laid out alike (`is_alike`), and each that is
    a list of people by itself (`is_of_people`): whoever stands in any of them is in the leak.

    Args:
        wanted: the caller's choice by name.
        are_sheets: the tables are sheets, or members of an archive: each is a list by itself, and none a table of a database.
        must_agree: refuse where another table may have people in it and is neither.
    Raises: RefusedError: `trace.part`, no table of that name; `trace.members`; else what is wrong with the first.
    """
    laid = laid_out(parts, fields=fields, columns=columns, wanted=wanted, header=header)
    best = max(laid, key=lambda pair: pair[1].score)
    alike = [pair for pair in laid if is_alike(pair, best) or (are_sheets and is_told_alike(pair[1], best=best[1]))]
    taken = {id(part): (part, layout) for part, layout in alike}
    others = [pair for pair in laid if id(pair[0]) not in taken]
    own = [(part, told_by_cells(layout)) for part, layout in others if not columns and is_of_people((part, layout))]
    if must_agree and len(own) < len(others):
        raise RefusedError(
            "the archive holds several files about people that are laid out differently",
            code="trace.members",
            hint=f"trace them one by one with --part NAME: {listed(part.name for part, _ in laid)}",
        )
    taken |= {id(part): (part, layout) for part, layout in own}
    read = [taken[id(part)] for part in parts if id(part) in taken]
    left_out = tuple(part for part in parts if id(part) not in taken)
    peopled = [part for part, layout in others if id(part) not in taken and layout.has_people]
    known = set(map(id, peopled))
    left = [part for part in left_out if id(part) not in known]
    notes: list[str] = []
    if len(parts) > 1:
        notes.append(f"read: {listed(part.name for part, _ in read)}")
    if own:
        notes.append(f"read by columns of their own: {listed(part.name for part, _ in own)}")
    if peopled:
        notes.append(f"left out, with people in it: {listed(p.name for p in peopled)}; --part NAME reads one of them")
    if left:
        notes.append(f"left out: {listed(part.name for part in left)}; --part NAME reads one of them")
    return Chosen(
        parts=tuple(p for p, _ in read),
        layouts=tuple(layout for _, layout in read),
        best=best[1],
        columns=columns_of(best[1], others=[layout for _, layout in own]),
        left_out=left_out,
        notes=tuple(notes),
    )


def laid_out(
    parts: Sequence[Part],
    *,
    fields: Mapping[FieldName, KindName],
    columns: Mapping[int | str, tuple[FieldName, KindName]],
    wanted: str | None,
    header: bool | None,
) -> list[tuple[Part, Layout]]:
    """Give the tables in which any field is found, or the one that the caller wants, with their layouts.

    Raises: RefusedError: as `choose`.
    """
    pool = list(parts)
    if wanted is not None:
        pool = [part for part in parts if part.name == wanted]
        if not pool:
            raise RefusedError(
                "the dump has no table of that name", code="trace.part", hint=f"it has: {listed(p.name for p in parts)}"
            )
    laid: list[tuple[Part, Layout]] = []
    refused: RefusedError | None = None
    for part in pool:
        try:
            laid.append((part, layout_of(part.beginning, fields=fields, given=columns, header=header)))
        except RefusedError as error:
            refused = refused or error
    if not laid:
        raise refused or RefusedError("the dump is empty", code="trace.empty", hint="check that the download finished")
    return laid


def is_of_people(one: tuple[Part, Layout]) -> bool:
    """Say whether a table is surely a list of people, whatever the other tables are.

    Numbers, IDs or mailboxes stand in it, no header gives what would be read, or the only names, to somebody else, and
    beside them stand names, IDs or addresses, or nearly each number is there once: a log of calls is no list.
    """
    part, layout = one
    wanted = [column for column in layout.columns if column.kind is not None]
    strong = [column for column in wanted if column.kind in WHOLE and column.is_sure]
    kinds = {column.kind for column in wanted}
    if KindName.PERSON_NAME not in kinds and any(hint_of(n).get(KindName.PERSON_NAME, 0) < 0 for n in layout.names):
        return False
    if not strong or any(c.kind is not None and is_anothers(c.name, kind=c.kind) for c in wanted):
        return False
    if any(column.kind in OF_WHOM and column.is_sure for column in wanted):
        return True
    index = strong[0].index
    rows = [row for row in islice(part.beginning.rows(), layout.skip, layout.skip + KEPT) if not isinstance(row, Odd)]
    cells = [row[index] for row in rows if index < len(row) and row[index].strip()]
    return len(set(cells)) >= EACH_ONE * len(cells) > 0


def told_by_cells(layout: Layout) -> Layout:
    """Give a layout without fields that hardly any cell shows: a header alone (`username`) is no reason to read one more table's."""
    shown = [
        column if column.is_sure or column.share >= ENOUGH else replace(column, field=None, kind=None)
        for column in layout.columns
    ]
    return replace(layout, columns=tuple(shown))


def columns_of(best: Layout, *, others: Sequence[Layout]) -> tuple[DumpColumn, ...]:
    """Give the columns of the best table, and behind them one for each field that only another has."""
    found = list(best.columns)
    for column in (column for layout in others for column in layout.columns):
        if column.field is not None and column.field not in kinds_of(found):
            found.append(replace(column, index=1 + max(one.index for one in found)))
    return tuple(found)


def is_alike(one: tuple[Part, Layout], best: tuple[Part, Layout]) -> bool:
    """Say whether a table is a list of the same columns as the best one, in whatever order.

    A month has a column more than another, or two that changed places: three in four of the names of columns are then
    in both, and every field that both have stands under one name. It may lack a field whose name it lacks too. Not alike
    are tables that hold a field under another name, for it may be another person's; nor one with a field that the best
    has not. A table without any name is told by its width and the places of its fields alone.

    Test: tests/unit/trace/test_sheets.py.
    """
    mine, theirs = one[1], best[1]
    if mine is theirs:
        return True
    if not any(mine.names) or not any(theirs.names):
        return mine.width == theirs.width and mine.fields == theirs.fields
    if is_same(mine.names, theirs.names):
        return mine.fields == theirs.fields
    names, others = Counter(map(plain_name, mine.names)), Counter(map(plain_name, theirs.names))
    places, known = mine.named_fields, theirs.named_fields
    shared = (names & others).total()
    lacking = [known[name] for name in known.keys() - places]
    is_named_alike = places.items() <= known.items() and all(piece or name not in names for name, piece in lacking)
    is_told = all(names[name] < 2 and others[name] < 2 for name, _ in known.values())
    return shared >= SHARED * (names | others).total() and is_named_alike and is_told


def is_told_alike(mine: Layout, *, best: Layout) -> bool:
    """Say whether two lists hold the same fields and the header of each says of every one what it is, in whatever words.

    So 客户姓名 and 姓名, 联系电话 and 手机. Not where a field is told by what its cells hold alone, nor where a header gives
    it to somebody else.
    """
    is_same_kind = mine.fields.values() and set(mine.fields.values()) == set(best.fields.values())
    return bool(is_same_kind) and all(
        column.kind is None or hint_of(column.name).get(column.kind, 0.0) > 0
        for layout in (mine, best)
        for column in layout.columns
    )


def listed(names: object) -> str:
    """Give names as a list for people: printable, short, and not too many."""
    shown = [
        "".join(c if c.isprintable() else "?" for c in str(name))[:NAME_CHARACTERS]
        for name in names  # type: ignore[attr-defined]
    ]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more
