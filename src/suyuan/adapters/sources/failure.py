"""What went wrong at a source's database, as one clear line; its own words are not repeated: they may hold a value."""

from typing import Final

from suyuan.errors import RefusedError, SuyuanError, UnavailableError

_HELP: Final = {
    "source.unreachable": (
        UnavailableError,
        "its database does not answer, or has ended the connection",
        "see that it runs and may be reached from here, then try again; nothing was handed over",
    ),
    "source.login": (
        UnavailableError,
        "its database does not let this role in",
        "see the role and its password: docs/how-to/release-from-your-database.md says where it is read from",
    ),
    "source.missing": (UnavailableError, "there is no such database", "check `database` of this source"),
    "source.rights": (
        RefusedError,
        "the role may not read what the query reads",
        "grant it SELECT on the tables, or columns, that the query names; nothing more is needed",
    ),
    "source.writes": (
        RefusedError,
        "the query would write, and only reading is done here",
        "give a SELECT that changes nothing",
    ),
    "source.names": (
        RefusedError,
        "the query names a table, column or function that is not there",
        "run it by hand in the database first",
    ),
    "source.syntax": (
        RefusedError,
        "the query is not one SELECT as the server reads it",
        "run it by hand in the database first; give one statement, without a semicolon at its end",
    ),
    "source.type": (
        RefusedError,
        "a value does not fit the type that the query compares it with",
        "check the key, and the query's casts",
    ),
    "source.encoding": (
        RefusedError,
        "a text is not what its column's encoding says",
        "mend the rows in the database, or convert the column in the query",
    ),
    "source.busy": (UnavailableError, "its database is busy or out of room", "try again later"),
    "source.timeout": (
        UnavailableError,
        "the query ran longer than it may, and was stopped",
        "make the query quicker, or raise `timeout_seconds` of this source in policy/sources.toml (hold scan: --timeout)",
    ),
    "source.failed": (UnavailableError, "its database could not run the query", "see the server's log"),
}


def failure(code: str, *, source: str, place: str = "") -> SuyuanError:
    """Give the error of a code.

    Args:
        place: where in the query, such as `line 2`; empty: not known.
    """
    kind, trouble, hint = _HELP[code]
    at = f" ({place} of the query)" if place else ""
    return kind(f"source {source}: {trouble}{at}", code=code, hint=hint)


def line_of(query: str, *, position: int) -> str:
    """Give the line of a character's place, 1-based, in a query; empty where it lies outside."""
    if not 1 <= position <= len(query) + 1:
        return ""
    return f"line {query.count(chr(10), 0, position - 1) + 1}"
