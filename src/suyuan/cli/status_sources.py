"""What overlay mode cannot guarantee, as numbers: who else can read the tables behind a source, and how often it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from suyuan.cli.output import count, result

if TYPE_CHECKING:
    from suyuan.adapters.sources import Roads
    from suyuan.collect.field import FieldPolicy
    from suyuan.collect.source import Source
    from suyuan.errors import SuyuanError
    from suyuan.terms import FieldName

SHOWN_NAMES = 5
"""How many names a line gives before it says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found of one source, or why nothing could be.

    Args:
        own_reads: how often suyuan itself has read it since the server began to count, as far as it knows.
    """

    source: "Source"
    roads: "Roads | None" = None
    own_reads: int = 0
    fields: Mapping[str, str]
    error: "SuyuanError | None" = None

    @property
    def beside(self) -> int | None:
        """How often the tables were read beside suyuan; None: the server does not count."""
        if self.roads is None or self.roads.reads is None:
            return None
        return max(0, self.roads.reads - self.own_reads)


def look(folder: Path, *, source: "Source", fields: "Mapping[FieldName, FieldPolicy]") -> Looked:
    """Ask the database of one source who else can read what its query reads; a failure is told, not raised."""
    from suyuan.adapters.files.source_reads import SourceReads
    from suyuan.adapters.sources import open_source
    from suyuan.collect.admit import match_columns
    from suyuan.errors import SuyuanError

    try:
        with open_source(source) as database:
            roads = database.roads(source.query)
        given = tuple(roads.columns)
        matched = match_columns(given, fields=source.register(fields, given=given))
    except SuyuanError as error:
        return Looked(source=source, fields={}, error=error)
    own = SourceReads(folder).since(source.name, day=roads.since[:10])
    return Looked(
        source=source, roads=roads, own_reads=own, fields={column: field.name for column, field in matched.items()}
    )


def document(looked: Looked) -> dict[str, object]:
    """Give what was found, for a program."""
    about: dict[str, object] = {"source": looked.source.name, "mode": "overlay"}
    if looked.error is not None:
        return {**about, "error": {"code": looked.error.code, "message": str(looked.error)}}
    roads = looked.roads
    assert roads is not None
    return {
        **about,
        "tables": [{"name": t.name, "roles": list(t.roles), "reads": t.reads} for t in roads.tables],
        "other_roles": len(roads.roles),
        "roles": list(roads.roles),
        "superusers": list(roads.superusers),
        "may_copy_the_server": list(roads.copying),
        "clear_columns": {column: roads.columns[column] for column in looked.fields},
        "reads": roads.reads,
        "own_reads": looked.own_reads,
        "reads_beside_suyuan": looked.beside,
        "counted_since": roads.since or None,
        "own_account_is_superuser": roads.own_superuser,
        "unseen": roads.unseen or None,
    }


def tell(looked: Looked) -> None:
    """Print what was found, for a person."""
    name = looked.source.name
    if looked.error is not None:
        result(f"source {name} (overlay): not known: {looked.error}")
        return
    roads = looked.roads
    assert roads is not None
    supers = f", {count(len(roads.superusers), noun='superuser')} among them" if roads.superusers else ""
    result(f"source {name} (overlay): {count(len(roads.roles), noun='other account')} can read its tables{supers}")
    _names("accounts", names=roads.roles)
    if roads.copying:
        result(f"  {count(len(roads.copying), noun='account')} may copy the whole server (replication)")
    result(f"  {count(len(looked.fields), noun='column')} of people lie readable in {_tables(roads)}")
    if looked.beside is None:
        result("  how often they were read is not counted by the server")
    else:
        since = f" since {roads.since}" if roads.since else " since the server began to count"
        result(f"  reads: {looked.beside:,} beside suyuan{since}, {looked.own_reads:,} by it")
    if roads.own_superuser:
        result("  suyuan's own account is a superuser there: SELECT on these tables is all it needs")
    if roads.unseen:
        result(f"  not all is seen: {roads.unseen}")


def _tables(roads: "Roads") -> str:
    return ", ".join(table.name for table in roads.tables[:SHOWN_NAMES]) or "no table"


def _names(what: str, *, names: tuple[str, ...]) -> None:
    if names:
        more = f" and {len(names) - SHOWN_NAMES:,} more" if len(names) > SHOWN_NAMES else ""
        result(f"  {what}: {', '.join(names[:SHOWN_NAMES])}{more}")
