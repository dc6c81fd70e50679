"""Rows of the platform's own database, for the verbs that let them out: which source is meant, and what it gives."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from suyuan.app import Store
    from suyuan.cli.progress import Bars
    from suyuan.collect.field import FieldPolicy
    from suyuan.collect.source import Source
    from suyuan.terms import FieldName

FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="SOURCE", help="Rows of your database: a source of policy/sources.toml."),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="postgresql:// or mysql://, without a password; with --query."),
]
QueryOption = Annotated[
    str | None, typer.Option("--query", metavar="SQL", help="The rows of --database, instead of a source.")
]

BY_HAND: Final = "given by --query"


def chosen_source(
    folder: Path,
    *,
    name: str | None,
    database: str | None,
    query: str | None,
    fields: "Mapping[FieldName, FieldPolicy]",
) -> "Source | None":
    """Give the source that the options name; None where they name none.

    Raises: RefusedError `source.unknown`: the store has no source of that name.
    """
    from suyuan.collect.source import Source
    from suyuan.config import read_sources
    from suyuan.errors import RefusedError

    if (database is None) != (query is None):
        raise typer.BadParameter("--database and --query are given together or not at all")
    if name is not None and query is not None:
        raise typer.BadParameter("rows come --from a source, or from --query; not from both")
    if database is not None and query is not None:
        return Source(name=BY_HAND, database=database, query=query)
    if name is None:
        return None
    sources = read_sources(folder, fields=fields)
    found = sources.get(name)
    if found is None:
        raise RefusedError(
            f"there is no source {name} in policy/sources.toml",
            code="source.unknown",
            hint=f"it has: {', '.join(sources)}" if sources else "write one; `suyuan hold scan URL --draft` drafts it",
        )
    return found


def read_source(
    source: "Source", *, limit: int | None = None, drop: tuple[str, ...] = (), bar: "Bars"
) -> "pl.DataFrame":
    """Read all rows of a source.

    Raises: RefusedError `file.rows`: it gives none; `source.*`.
    """
    from suyuan.adapters.sources import open_source
    from suyuan.errors import RefusedError

    bar.wait(f"read {source.name}")
    with open_source(source) as database:
        frame = database.read(source.query, limit=limit, drop=drop)
    if not frame.height:
        raise RefusedError(f"source {source.name}: the query gives no rows", code="file.rows")
    return frame


def read_row(source: "Source", *, key: str) -> "pl.DataFrame":
    """Read the one row of a key.

    Raises: RefusedError `source.row`: there is none, or there are several; `source.*`.
    """
    from suyuan.adapters.sources import open_source
    from suyuan.errors import RefusedError

    query = source.require_key_query()
    with open_source(source) as database:
        frame = database.rows_of(query, key=key)
    if frame.height != 1:
        found = "no row" if not frame.height else f"{frame.height:,} rows, and a look-up shows one"
        raise RefusedError(
            f"source {source.name}: its `key_query` gives {found} for this key",
            code="source.row",
            hint="check the key, and that `key_query` compares the column that tells customers apart",
        )
    return frame


class ShownRow:
    """Where a look-up's one row goes: to the screen, and only when it is whole."""

    def __init__(self) -> None:
        """Begin empty."""
        self.cells: dict[str, str | None] = {}
        self._waiting: dict[str, str | None] = {}

    def write(self, frame: "pl.DataFrame") -> None:
        """Take the row."""
        for row in frame.to_dicts():
            self._waiting = row

    def finish(self) -> bytes:
        """Hand the row over; give its SHA-256."""
        self.cells = self._waiting
        return hashlib.sha256(json.dumps(self.cells, ensure_ascii=False, sort_keys=True).encode()).digest()

    def abandon(self) -> None:
        """Forget the row."""
        self._waiting = {}


def note_read(opened: "Store", source: "Source") -> None:
    """Remember that suyuan itself has read a source: `status` takes it from the server's own count."""
    from suyuan.adapters.files.source_reads import SourceReads

    if source.name != BY_HAND:
        SourceReads(opened.settings.store).add(source.name, at=opened.clock.now())
