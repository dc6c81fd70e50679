"""Moving a store's parts between files and PostgreSQL: copied, compared, and only then named in the settings.

1. nobody else writes: the store's lock is held from here to the end
2. every part copied, going on where an earlier run stopped
3. every table compared by count and digest; until all parts are, none is whole and nobody can open it
4. all parts made whole, and the settings switched in one step; what was left behind is kept until it is told to go
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from suyuan.adapters import moving
from suyuan.adapters.moving import Endpoint, Progress
from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.adapters.sqlite.moving import SqliteEndpoint
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.adapters.sqlite.upgrade import sync_folder
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.app.backends import ADDRESSES, DATA, KEYS, LOG, data_address, require_keys_apart, upgrade_parts
from suyuan.app.machine import SystemEntropy
from suyuan.app.store import LOCK
from suyuan.config import SETTINGS_FILE, DataSettings, LedgerSettings, Settings, read_settings
from suyuan.config.edit import with_value
from suyuan.errors import RefusedError, UnavailableError
from suyuan.hold.key_settings import KeySettings

LEFT_BEHIND: Final = "moved.json"
"""What earlier moves have left behind, in the store's folder."""

UNDER_WAY: Final = "moving.json"
"""The move that has filled its places and may have made them whole, from just before it does so to its end."""

_FILES: Final[Mapping[str, str]] = {"ledger": LOG, "data": DATA, "keys": KEYS}
_TABLES: Final = {"ledger": moving.LEDGER, "data": moving.PEOPLE, "keys": moving.KEYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one part of a store lies: a PostgreSQL database and schema, or, without one, its file."""

    part: str
    database: str = ""
    schema: str = ""

    def __str__(self) -> str:
        return f"{self.part} in schema {self.schema}" if self.database else _FILES[self.part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move did: the parts that moved, with their rows by table, and what they left behind."""

    rows: Mapping[str, Mapping[str, int]]
    left: tuple[Place, ...]


def place_of(settings: Settings, *, part: str) -> Place:
    """Give where a part lies."""
    tables: Mapping[str, LedgerSettings | DataSettings | KeySettings] = {
        "ledger": settings.ledger,
        "data": settings.data,
        "keys": settings.keys,
    }
    table = tables[part]
    return Place(part=part, database=table.database, schema=table.schema) if table.database else Place(part=part)


def move_store(folder: Path, *, to: Sequence[Place], progress: Progress | None = None) -> Moved:
    """Move parts of a store, as the module says.

    Raises: RefusedError: a place is taken, is the database that the keys open, or every part is there already.
        UnavailableError: a disk or server refuses; run it again. VerificationError: what was copied differs.
    """
    settings = read_settings(folder)
    with WriterLock(folder / LOCK, settings.lock_wait_seconds):
        wanted = [place for place in to if place != place_of(settings, part=place.part)]
        if not wanted:
            raise RefusedError(
                "every part is there already", code="store.exists", hint="see [ledger], [data] and [keys]"
            )
        after = _settled(settings, places=wanted)
        if after.keys.database:
            require_keys_apart(after)
        # Older stores are brought to this version first: only tables that are alike are copied.
        upgrade_parts(settings)
        rows = _move(settings, after=after, places=wanted, progress=progress)
        left = tuple(place_of(settings, part=place.part) for place in wanted)
        _leave(folder, left)
        _switch(folder, wanted)
        (folder / UNDER_WAY).unlink(missing_ok=True)
    return Moved(rows=rows, left=left)


def forget_left(folder: Path) -> tuple[Place, ...]:
    """Destroy what earlier moves have left behind; give what it was."""
    settings = read_settings(folder)
    with WriterLock(folder / LOCK, settings.lock_wait_seconds):
        left = _read_places(folder / LEFT_BEHIND)
        for place in left:
            if place == place_of(settings, part=place.part):
                continue  # It has been moved back, and is what the store works on.
            _destroy(replace_place(settings, place=place), part=place.part)
        (folder / LEFT_BEHIND).unlink(missing_ok=True)
    return left


def step_back(folder: Path) -> int:
    """Give the people to the suyuan before this one, with everything kept; give the version that they have now.

    Raises: UnavailableError: they are of an earlier version already, or the disk or server refuses.
    """
    settings = read_settings(folder)
    with WriterLock(folder / LOCK, settings.lock_wait_seconds):
        if settings.data.database:
            address = data_address(settings)
            from suyuan.adapters.postgres import people_schema

            return people_schema.step_back(address)
        with SqlitePeopleStore(folder / DATA) as people:
            return people.step_back()


def replace_place(settings: Settings, *, place: Place) -> Settings:
    """Give settings under which a part lies in another place."""
    if place.part == "ledger":
        return replace(settings, ledger=replace(settings.ledger, database=place.database, schema=place.schema))
    if place.part == "data":
        return replace(settings, data=replace(settings.data, database=place.database, schema=place.schema))
    return replace(settings, keys=replace(settings.keys, database=place.database, schema=place.schema))


def _settled(settings: Settings, *, places: Sequence[Place]) -> Settings:
    for place in places:
        settings = replace_place(settings, place=place)
    return settings


def _move(
    settings: Settings, *, after: Settings, places: Sequence[Place], progress: Progress | None
) -> dict[str, Mapping[str, int]]:
    """Steps 2 and 3 of every part, then all made whole; give the rows of each part by table."""
    rows: dict[str, Mapping[str, int]] = {}
    path = settings.store / UNDER_WAY
    move, again = _read_move(path)
    with ExitStack() as opened:
        filled: list[tuple[Endpoint, Endpoint]] = []
        for place in places:
            source = _source(settings, part=place.part)
            opened.callback(source.close)
            target = _target(after, part=place.part, move=move, again=place in again)
            opened.callback(target.close)
            moving.move(source, target, tables=_TABLES[place.part], progress=progress)
            rows[place.part] = moving.require_same(source, target, tables=_TABLES[place.part])
            filled.append((source, target))
        _write_places(path, [*again, *(place for place in places if place not in again)], move=move)
        for source, target in filled:
            target.finish(last_number=source.last_number())
    return rows


def _source(settings: Settings, *, part: str) -> Endpoint:
    if not place_of(settings, part=part).database:
        return SqliteEndpoint(settings.store / _FILES[part])
    return _in_postgres(settings, part=part, made=False)


def _target(settings: Settings, *, part: str, move: str, again: bool) -> Endpoint:
    """Open the place that a part moves to.

    Args:
        again: this move may have made a file of it whole before it was broken off.
    """
    if place_of(settings, part=part).database:
        return _in_postgres(settings, part=part, made=True, move=move)
    final = settings.store / _FILES[part]
    aside = final.with_name(final.name + ".moving")
    if again and final.exists() and not aside.exists():
        final.rename(aside)
    if final.exists():
        raise RefusedError(
            f"{final.name} lies there already",
            code="store.exists",
            hint="it is what an earlier move has left: run `suyuan hold migrate --forget-old`, or put it away",
        )
    if not aside.exists():
        _make_file(aside, part=part)
    return SqliteEndpoint(aside, final=final)


def _make_file(path: Path, *, part: str) -> None:
    if part == "ledger":
        SqliteLedgerStore.open_writer(path).close()
        path.with_name(path.name + ".lock").unlink(missing_ok=True)
    elif part == "data":
        SqlitePeopleStore(path, access=Access.CREATE).close()
    else:
        SqliteKeyStore(path, access=Access.CREATE).close()


def _in_postgres(settings: Settings, *, part: str, made: bool, move: str = "") -> Endpoint:
    address = ADDRESSES[part](settings)
    from suyuan.adapters.postgres import appending, key_store, people_schema, session
    from suyuan.adapters.postgres.moving import PostgresEndpoint

    contents, steps = {
        "ledger": (session.LEDGER, (appending.STATEMENTS["schema"],)),
        "data": (people_schema.PEOPLE, people_schema.STEPS),
        "keys": (key_store.KEYS, key_store.STEPS),
    }[part]
    return PostgresEndpoint(address, contents=contents, steps=steps if made else None, move=move)


def _destroy(settings: Settings, *, part: str) -> None:
    if not place_of(settings, part=part).database:
        for end in ("", "-wal", "-shm"):
            path = settings.store / (_FILES[part] + end)
            path.unlink(missing_ok=True)
        sync_folder(settings.store)
        return
    address = ADDRESSES[part](settings)
    from suyuan.adapters.postgres import appending, key_store, people_schema
    from suyuan.adapters.postgres.moving import drop_schema

    undo = {"ledger": appending.STATEMENTS["drop_ledger"], "data": people_schema.UNDO, "keys": key_store.UNDO}[part]
    drop_schema(address, undo=undo)


def _switch(folder: Path, places: Sequence[Place]) -> None:
    """Name the new places in the settings: written aside, read back, and put in their place in one step."""
    path = folder / SETTINGS_FILE
    text = path.read_text(encoding="utf-8")
    for place in places:
        text = with_value(text, table=place.part, key="database", value=place.database)
        if place.database:
            text = with_value(text, table=place.part, key="schema", value=place.schema)
    _write(path, text)
    found = read_settings(folder)
    for place in places:
        if place_of(found, part=place.part).database != place.database:
            raise UnavailableError(
                f"{SETTINGS_FILE}: [{place.part}] could not be changed",
                code="store.unwritable",
                hint=f'set `database = "{place.database}"` of [{place.part}] by hand; all was copied',
            )


def _leave(folder: Path, places: Sequence[Place]) -> None:
    known = [place for place in _read_places(folder / LEFT_BEHIND) if place not in places]
    _write_places(folder / LEFT_BEHIND, known + list(places))


def _read_places(path: Path) -> tuple[Place, ...]:
    if not path.exists():
        return ()
    found: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Place(**place) for place in found)


def _read_move(path: Path) -> tuple[str, tuple[Place, ...]]:
    """Give the name and the places of a move that was broken off near its end; else a new name, and no place."""
    if not path.exists():
        return SystemEntropy().draw(16).hex(), ()
    told = json.loads(path.read_text(encoding="utf-8"))
    return told["move"], tuple(Place(**place) for place in told["places"])


def _write_places(path: Path, places: Sequence[Place], *, move: str | None = None) -> None:
    told = [{"part": place.part, "database": place.database, "schema": place.schema} for place in places]
    _write(path, json.dumps(told if move is None else {"move": move, "places": told}, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    aside = path.with_name(path.name + ".part")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    sync_folder(path.parent)
