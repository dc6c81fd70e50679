"""People of the store that a file is made of: everybody, or those whose keys a list names."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.output import count
from suyuan.cli.tables import read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suyuan.app import Store
    from suyuan.hold.ports import Numbers
    from suyuan.release.admission import Admission
    from suyuan.release.door import Door
    from suyuan.release.ports import RowSource
    from suyuan.release.request import BulkRequest
    from suyuan.terms import FieldName, PurposeName

PeopleOption = Annotated[
    Path | None,
    typer.Option(
        "--people", metavar="FILE", help="Only these people of the store: a key a line, - for standard input."
    ),
]
DropOption = Annotated[
    list[str] | None, typer.Option("--drop", metavar="COLUMN", help="Leave a column out; may be repeated.")
]


def chosen(
    opened: "Store", *, purpose: "PurposeName", people: Path | None, drop: "Sequence[str]"
) -> "tuple[tuple[FieldName, ...], Numbers]":
    """Give the fields that the purpose may have, without those dropped, and the people who are meant.

    Raises: RefusedError: `release.column`, what is dropped is none of the purpose's fields; `release.record`, a key of
        the list names nobody.
    """
    known = opened.policy.purposes.get(purpose)
    named = () if known is None else tuple(name for name in known.fields if name not in drop)
    if known is not None:
        require_known(drop, columns=list(known.fields))
    return named, opened.people.all_persons() if people is None else _listed(opened, people=people)


def stored_rows(
    opened: "Store",
    *,
    door: "Door",
    request: "BulkRequest",
    people: Path | None,
    drop: "Sequence[str]",
    any_order: bool = False,
) -> "tuple[RowSource, Admission]":
    """Give the rows of a file from the store, once the checks have let the request pass as a whole."""
    from suyuan.release.sources import StoredRows

    named, persons = chosen(opened, purpose=request.purpose, people=people, drop=drop)
    admission = door.admit(request, fields=named, rows=len(persons))
    fields = [opened.policy.fields[name] for name in named]
    rows = StoredRows(persons, people=opened.people, fields=fields, broker=opened.broker, any_order=any_order)
    return rows, admission


def require_known(drop: "Sequence[str]", *, columns: "Sequence[str]") -> None:
    """Require that what is dropped is there."""
    from suyuan.errors import RefusedError

    for name in drop:
        if name not in columns:
            raise RefusedError(f"--drop {name}: there is no such column", code="release.column")


def _listed(opened: "Store", *, people: Path) -> "Numbers":
    """Give the persons of a list of keys; its first line may be the key field's name."""
    import numpy as np
    import polars as pl

    from suyuan.errors import RefusedError
    from suyuan.kinds import KINDS

    key = opened.policy.require_key_field()
    lines = read_lines(people)
    if lines and lines[0].casefold() in {name.casefold() for name in (key.name, *key.aliases)}:
        lines = lines[1:]
    keys = KINDS[key.kind].canonical_column(pl.Series(lines, dtype=pl.String))
    numbers = opened.vault.known_by(key, values=keys)
    unknown = np.flatnonzero(numbers < 0)
    if len(unknown):
        raise RefusedError(
            f"{count(len(unknown), noun='key')} of the list name nobody; the first is item {unknown[0] + 1}",
            code="release.record",
        )
    return np.unique(numbers)
