"""PostgreSQL's errors, told as one clear line: the database, what is wrong, the way out."""

from typing import Final

import psycopg

from suyuan.errors import UnavailableError

_Told = tuple[str, str, str]

_GONE: Final = (
    "store.unreachable",
    "the server does not answer, or has ended the connection",
    "see that it runs and may be reached, then start again; entries with a receipt are safe",
)
_LOGIN: Final = (
    "store.login",
    "the server does not let this role in",
    "see the role, its password file (~/.pgpass, PGPASSFILE) and the server's pg_hba.conf",
)
_RIGHTS: Final = (
    "store.rights",
    "the role lacks a right that it needs there",
    "let the role that owns the schema write, or grant it the right",
)
_MISSING: Final = ("store.missing", "there is no such database", "create it, or check `database` in suyuan.toml")
_FULL: Final = ("store.full", "the server's disk is full", "free some space there, then start again")
_READ_ONLY: Final = ("store.readonly", "the server may only be read", "name the primary server, not a standby")
_LOCKED: Final = ("store.locked", "another session holds what is needed", "wait for it to end, then try again")
_CORRUPT: Final = ("store.corrupt", "what is stored there is damaged", "stop writing, and restore the last backup")
_BROKEN: Final = ("store.io", "the server failed", "see the server's log; nothing of this call was kept")

_BY_STATE: Final = {
    "28": _LOGIN,
    "3D": _MISSING,
    "42501": _RIGHTS,
    "53100": _FULL,
    "53": _GONE,
    "25006": _READ_ONLY,
    "55P03": _LOCKED,
    "40P01": _LOCKED,
    "08": _GONE,
    "57P": _GONE,
    "XX001": _CORRUPT,
    "XX002": _CORRUPT,
    "42P01": _CORRUPT,
    "42703": _CORRUPT,
    "23505": _CORRUPT,
}
"""SQLSTATEs and their beginnings; a longer one counts before a shorter one."""

_BY_TEXT: Final = (
    ("password authentication failed", _LOGIN),
    ("no password supplied", _LOGIN),
    ("authentication failed", _LOGIN),
    ("no pg_hba.conf entry", _LOGIN),
    ("role ", _LOGIN),
    ("permission denied for database", _RIGHTS),
    ("database ", _MISSING),
    ("read-only", _READ_ONLY),
)
"""libpq gives no SQLSTATE for a connection that was not made, only a text; another language than English reads as
a server that does not answer."""


def unavailable(error: psycopg.Error, *, name: str) -> UnavailableError:
    """Tell PostgreSQL's error as ours. Its text is not repeated: it could hold what a statement held.

    Args:
        error: what psycopg raised.
        name: how messages call the database.
    """
    code, trouble, hint = _told(error)
    return UnavailableError(f"{name}: {trouble}", code=code, hint=hint)


def unsure(name: str) -> UnavailableError:
    """Tell that a commit was sent and not answered as it should be."""
    return UnavailableError(
        f"{name}: whether the last entries are stored is not known, for the server did not confirm them",
        code="store.unreachable",
        hint="start again: what is stored shows then; entries with a receipt are safe",
    )


def is_lost(error: psycopg.Error) -> bool:
    """Say whether an error leaves open what the server did last."""
    return _told(error) is _GONE


def _told(error: psycopg.Error) -> _Told:
    state = error.sqlstate
    if state is None:
        return _told_by_text(str(error)) if isinstance(error, psycopg.OperationalError) else _BROKEN
    for length in (5, 3, 2):
        found = _BY_STATE.get(state[:length])
        if found is not None:
            return found
    return _BROKEN


def _told_by_text(text: str) -> _Told:
    if "FATAL" not in text and "no password supplied" not in text:
        return _GONE
    return next((told for part, told in _BY_TEXT if part in text), _GONE)
