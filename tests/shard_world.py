"""A store whose log goes on in another shard, or is lost and recovered; and runs that die on the way."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.command_line import Done
from tests.courier import make_store

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.app import Store, open_log, open_store
from suyuan.crypto.sign import parse_vkey
from suyuan.ledger import (
    Draft,
    verify_log,
)
from suyuan.ledger.bodies import PolicyEntry
from suyuan.ledger.fsck import fsck

Suyuan = Callable[..., Done]
ORIGIN = "log.example/courier"


def files(store: Path) -> TileDirectory:
    return TileDirectory(store / "ledger")


def checkpoint(store: Path) -> str:
    return (store / "ledger" / "checkpoint").read_text()


def enter(store: Store, number: int) -> None:
    """Append an entry of no meaning and publish it."""
    store.ledger.append([Draft(body=PolicyEntry(policy=number.to_bytes(32, "big")))])
    store.publish()


def require_verifies(folder: Path, *, kept: list[str | bytes] | None = None, vkey: str | None = None) -> None:
    with open_log(folder) as (log, tiles, key):
        keys = (key if vkey is None else parse_vkey(vkey),)
        verify_log(log, keys=keys, files=tiles, kept=kept or [])
        # Whoever has only what is published sees the same.
        public = files(folder)
        fsck(public, keys=keys, paths=public.paths(), kept=kept or [])


class Stop(Exception):
    """The process dies here."""


@contextmanager
def dying_at(step: int, *, after: bool) -> Iterator[list[str]]:
    """Let the run die before or after its n-th durable step; give the steps that were reached."""
    reached: list[str] = []
    patch = pytest.MonkeyPatch()

    def wrap(owner: type, name: str) -> None:
        real = getattr(owner, name)

        def dying(*arguments: Any, **named: Any) -> Any:
            reached.append(f"{owner.__name__}.{name}")
            if len(reached) == step + 1 and not after:
                raise Stop
            done = real(*arguments, **named)
            if len(reached) == step + 1 and after:
                raise Stop
            return done

        patch.setattr(owner, name, dying)

    wrap(SqliteLedgerStore, "append")
    wrap(SqliteKeyStore, "put")
    wrap(TileDirectory, "commit")
    wrap(TileDirectory, "drop")
    try:
        yield reached
    finally:
        patch.undo()


def lose(store: Path, aside: Path) -> str:
    """Give a store that was restored from an older copy, and the checkpoint of what it lost."""
    shutil.copytree(store, aside)
    with open_store(store) as opened:
        for number in range(10, 30):
            enter(opened, number)
    lost = checkpoint(store)
    shutil.copy(aside / "ledger.db", store / "ledger.db")
    return lost


def begun_store(folder: Path) -> Path:
    """Make a store with an entry of no meaning."""
    made = make_store(folder)
    with open_store(made) as opened:
        enter(opened, 1)
    return made
