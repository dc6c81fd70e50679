"""The schema of the people: made in steps, stepped up beside those who read it, and stepped back with everything kept."""

import time
from typing import Final

import psycopg

from suyuan.adapters.named_statements import script
from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.failure import unavailable
from suyuan.adapters.postgres.session import (
    Connection,
    Contents,
    require_contents,
    said,
    visiting,
)
from suyuan.errors import UnavailableError

FIRST: Final = 2
PEOPLE: Final = Contents(
    what="people",
    version=3,
    table="record",
    missing="restore the schema from its backup, or check `database` and `schema` of [data]",
)

STEPS: Final = tuple(
    script(f"people_schema_{number}.sql", package=__package__).encode() for number in range(FIRST, PEOPLE.version + 1)
)
"""STEPS[n] leads from version FIRST - 1 + n to the next; a step that shipped never changes."""

_AGAIN: Final = script("people_schema_3_again.sql", package=__package__).encode()
UNDO: Final = script("people_drop.sql", package=__package__).encode()

_LOCK_SECONDS: Final = 3
_TRIES: Final = 10


def open_at_version(address: Address, *, writes: bool) -> None:
    """See that the schema is of this program's version; a writer steps an older one up.

    Raises: UnavailableError: `store.older` for a reader; as `require_contents`; the server refuses.
    """
    with visiting(address, writes=writes) as connection:
        version = require_contents(connection, address=address, contents=PEOPLE)
        if version < PEOPLE.version and not writes:
            raise UnavailableError(
                f"{address.name}: it has version {version}, and this suyuan reads version {PEOPLE.version}",
                code="store.older",
                hint="open it once for writing, or run `suyuan init`: that upgrades it, and nobody has to stop reading",
            )
        if version < PEOPLE.version:
            _step_up(connection, address=address)


def step_back(address: Address) -> int:
    """Give the schema to the suyuan before this one; give the version that it has now.

    Nothing is dropped: what the earlier version does not know stays where it is, and counts again after the next step up.

    Raises: UnavailableError: it is of an earlier version already, or the server refuses.
    """
    with visiting(address, writes=True) as connection:
        version = require_contents(connection, address=address, contents=PEOPLE)
        if version < PEOPLE.version:
            raise UnavailableError(
                f"{address.name}: it is of version {version} already", code="store.older", hint="nothing was changed"
            )
        with connection.transaction():
            connection.execute("UPDATE meta SET value = %s WHERE name = 'version'", (str(version - 1),))
            connection.execute("INSERT INTO meta (name, value) VALUES ('stepped back', %s)", (str(version),))
    return version - 1


def _step_up(connection: Connection, *, address: Address) -> None:
    """Take every step that is missing, in one transaction, without waiting long in front of those who read."""
    for tried in range(_TRIES):
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'".encode())
                connection.execute("LOCK TABLE meta IN SHARE ROW EXCLUSIVE MODE")
                _take_steps(connection)
            return
        except psycopg.errors.LockNotAvailable as error:
            if tried == _TRIES - 1:
                raise unavailable(error, name=address.name) from error
            time.sleep(1)


def _take_steps(connection: Connection) -> None:
    found = said(connection)
    version = int(found["version"])
    if version == PEOPLE.version:
        return
    if found.get("stepped back") == str(PEOPLE.version):
        connection.execute(_AGAIN)
        return
    for step in STEPS[version - FIRST + 1 :]:
        connection.execute(step)
