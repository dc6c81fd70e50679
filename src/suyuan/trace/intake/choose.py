"""Which of a file's tables are read: the one with people in it, and those that are laid out alike."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.header_rows import is_same
from suyuan.trace.columns.headers import hint_of, plain_name
from suyuan.trace.columns.layout import Layout, layout_of
from suyuan.trace.doubts.beside import Beside
from suyuan.trace.dump import Body
from suyuan.trace.files.gathering import Gathering
from suyuan.trace.formats.rows import Part
from suyuan.trace.intake.tabulate import read_parts

SHOWN: Final = 12
NAME_CHARACTERS: Final = 60

SHARED: Final = 0.75
"""Of the names of columns that two tables have together, how many both must have to be one list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The tables to read and their layouts, the one with most of people in it, those left out, and one line on each thing that is."""

    parts: tuple[Part, ...]
    layouts: tuple[Layout, ...]
    best: Layout
    left_out: tuple[Part, ...]
    notes: tuple[str, ...]

    def read(self, gathering: Gathering, *, beside: Beside | None = None) -> Body:
        """Read the tables one after the other, or what is left of them to be read."""
        names = tuple(self.best.kinds)
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

    The one with most of people in it is read, and with it every other that is laid out alike (`is_alike`).

    Args:
        wanted: the caller's choice by name.
        are_sheets: the tables are sheets, or members of an archive: each is a list by itself, and none a table of a database.
        must_agree: refuse where another table has people in it too and is laid out otherwise.
    Raises: RefusedError: `trace.part`, no table of that name; `trace.members`; else what is wrong with the first.
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
            laid.append((part, layout_of(part, fields=fields, given=columns, header=header)))
        except RefusedError as error:
            refused = refused or error
    if not laid:
        raise refused or RefusedError("the dump is empty", code="trace.empty", hint="check that the download finished")
    best = max(laid, key=lambda pair: pair[1].score)
    alike = [pair for pair in laid if is_alike(pair, best) or (are_sheets and is_told_alike(pair[1], best=best[1]))]
    others = [part for part, _ in laid if all(part is not one for one, _ in alike)]
    if others and must_agree:
        raise RefusedError(
            "the archive holds several files about people that are laid out differently",
            code="trace.members",
            hint=f"trace them one by one with --part NAME: {listed(part.name for part, _ in laid)}",
        )
    left = [part for part in parts if all(part is not one for one, _ in alike)]
    peopled = [part for part, layout in laid if any(part is one for one in left) and layout.has_people]
    left_out = tuple(left)
    left = [part for part in left if all(part is not one for one in peopled)]
    notes: list[str] = []
    if len(parts) > 1:
        notes.append(f"read: {listed(part.name for part, _ in alike)}")
    if peopled:
        notes.append(f"left out, with people in it: {listed(p.name for p in peopled)}; --part NAME reads one of them")
    if left:
        notes.append(f"left out: {listed(part.name for part in left)}; --part NAME reads one of them")
    return Chosen(
        parts=tuple(p for p, _ in alike),
        layouts=tuple(layout for _, layout in alike),
        best=best[1],
        left_out=left_out,
        notes=tuple(notes),
    )


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
