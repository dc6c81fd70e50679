"""Which of a file's tables are read: the one with people in it, and those that are laid out alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.beside import Beside
from suyuan.trace.dump import Body
from suyuan.trace.gathering import Gathering
from suyuan.trace.layout import Layout, is_same, layout_of
from suyuan.trace.rows import Part
from suyuan.trace.tabulate import read_parts

SHOWN: Final = 12
NAME_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The tables to read and their layouts, those left out, and one line on each thing that is."""

    parts: tuple[Part, ...]
    layouts: tuple[Layout, ...]
    left_out: tuple[Part, ...]
    notes: tuple[str, ...]

    def read(self, gathering: Gathering, *, beside: Beside | None = None) -> Body:
        """Read the tables one after the other, or what is left of them to be read."""
        return read_parts(self.parts, layouts=self.layouts, gathering=gathering, beside=beside)


def choose(
    parts: Sequence[Part],
    *,
    fields: Mapping[FieldName, KindName],
    columns: Mapping[int | str, tuple[FieldName, KindName]],
    wanted: str | None,
    header: bool | None = None,
    must_agree: bool = False,
) -> Chosen:
    """Choose among the tables of a file.

    The one with most of people in it is read, and with it every other with the same fields in it and the same names
    of columns.

    Args:
        wanted: the caller's choice by name.
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
    alike = [pair for pair in laid if is_alike(pair, best)]
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
        left_out=left_out,
        notes=tuple(notes),
    )


def is_alike(one: tuple[Part, Layout], other: tuple[Part, Layout]) -> bool:
    """Say whether two tables have the same columns and the same fields in them; one without any name is told by these."""
    mine, theirs = one[1], other[1]
    is_named_alike = not any(mine.names) or not any(theirs.names) or is_same(mine.names, theirs.names)
    return mine is theirs or (mine.width == theirs.width and is_named_alike and mine.fields == theirs.fields)


def listed(names: object) -> str:
    """Give names as a list for people: printable, short, and not too many."""
    shown = [
        "".join(c if c.isprintable() else "?" for c in str(name))[:NAME_CHARACTERS]
        for name in names  # type: ignore[attr-defined]
    ]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more
