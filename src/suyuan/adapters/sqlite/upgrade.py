"""Which store a file is and of which version; an older one is copied, then brought up to date in one transaction."""

import os
import sqlite3
from pathlib import Path

from suyuan.adapters.sqlite.schema import Schema, separated
from suyuan.adapters.sqlite.snapshot import copy_database
from suyuan.errors import RefusedError, UnavailableError

_STEPPED_BACK = "stepped_back"
"""The table that a store has while it is of an earlier version than it was."""


def require_empty(connection: sqlite3.Connection, *, path: Path, schema: Schema) -> None:
    """Let `init` write only where nothing is.

    Raises: RefusedError: the file holds a store already. UnavailableError: it holds something else.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (changes_of_schema,) = connection.execute("PRAGMA schema_version").fetchone()
    if application_id or changes_of_schema:
        require_ours(connection, path=path, schema=schema)
        raise RefusedError(
            f"{path}: there is a store already", code="store.exists", hint="open it, or choose another directory"
        )


def prepare(connection: sqlite3.Connection, *, path: Path, schema: Schema) -> None:
    """Make an empty file a store of the newest version, whole or not at all.

    Raises: RefusedError: another process made it meanwhile.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        require_empty(connection, path=path, schema=schema)
        connection.execute(f"PRAGMA application_id = {schema.application_id:d}")
        _step_up(connection, schema=schema, version=0)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def require_ours(connection: sqlite3.Connection, *, path: Path, schema: Schema) -> int:
    """Give the version of the store in the file.

    Raises: UnavailableError: `store.foreign` when it is no store of this kind, `store.newer` when a later
        suyuan has written it.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != schema.application_id or version < 1:
        raise UnavailableError(
            f"{path}: it is not a suyuan {schema.name} store",
            code="store.foreign",
            hint="check the path, or restore the file from its backup; the file was not changed",
        )
    if version > schema.version:
        raise UnavailableError(
            f"{path}: it has version {version}, and this suyuan knows versions up to {schema.version}",
            code="store.newer",
            hint="install the newer suyuan that wrote it; the file was not changed",
        )
    return int(version)


def require_current(connection: sqlite3.Connection, *, path: Path, schema: Schema) -> None:
    """Let a reader in only where nothing must be upgraded.

    Raises: UnavailableError: as `require_ours`, and `store.older`.
    """
    version = require_ours(connection, path=path, schema=schema)
    if version < schema.version:
        raise UnavailableError(
            f"{path}: it has version {version}, and this suyuan reads version {schema.version}",
            code="store.older",
            hint="open it once for writing: that keeps a copy and upgrades it",
        )


def upgrade(connection: sqlite3.Connection, *, path: Path, schema: Schema) -> None:
    """Bring an older store up to date: keep `NAME.vN.bak`, then take every step in one transaction.

    The write lock is held from before the copy until the commit, so the copy is the store as it was.
    A crash at any point leaves the old store, or the new one.
    """
    if require_ours(connection, path=path, schema=schema) == schema.version:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = require_ours(connection, path=path, schema=schema)
        if version < schema.version:
            _keep_copy(path, version=version)
            _step_up(connection, schema=schema, version=version)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def step_back(connection: sqlite3.Connection, *, path: Path, schema: Schema) -> int:
    """Give the store to the suyuan before this one; give the version that it has now. A copy of it is kept.

    Nothing is dropped: what the earlier version does not know stays where it is, and counts again after the next step up.

    Raises: UnavailableError: it is of an earlier version already, or this program knows no way back.
    """
    version = require_ours(connection, path=path, schema=schema)
    if version < schema.version or not schema.again:
        raise UnavailableError(
            f"{path}: it has version {version}, and there is no step back from it",
            code="store.older",
            hint="nothing was changed",
        )
    connection.execute("BEGIN IMMEDIATE")
    try:
        _keep_copy(path, version=version)
        connection.execute(f"CREATE TABLE {_STEPPED_BACK} (version INTEGER NOT NULL) STRICT")
        connection.execute(f"PRAGMA user_version = {version - 1:d}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return version - 1


def _step_up(connection: sqlite3.Connection, *, schema: Schema, version: int) -> None:
    [(was_back,)] = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (_STEPPED_BACK,))
    steps = (schema.again,) if was_back and version == schema.version - 1 else schema.steps[version:]
    for step in steps:
        for statement in separated(step):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {schema.version:d}")


def _keep_copy(path: Path, *, version: int) -> None:
    """Copy the store as last committed, whole under its last name or not there; an earlier copy stays."""
    kept = path.with_name(f"{path.name}.v{version}.bak")
    number = 2
    while kept.exists():
        kept = path.with_name(f"{path.name}.v{version}.{number}.bak")
        number += 1
    part = kept.with_name(kept.name + ".part")
    try:
        part.unlink(missing_ok=True)
        copy_database(path, target=part)
        os.rename(part, kept)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)
