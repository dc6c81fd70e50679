"""Where a database is, as the settings name it; a password is never part of that."""

from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from suyuan.errors import RefusedError

_CONNECT_SECONDS = "10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A database and the schema in it that holds one ledger, its people or its keys.

    Args:
        conninfo: how libpq reaches it.
        schema: the schema, which belongs to it alone.
        name: how messages call it.
    """

    conninfo: str
    schema: str
    name: str


def parse_address(url: str, *, schema: str, what: str = "ledger") -> Address:
    """Read a connection string of libpq.

    Raises: RefusedError: `config.database`: it does not read, or holds a secret; never repeats it.
    """
    asked = libpq_options(url, what=f"the database of the {what}", code="config.database")
    database = asked.get("dbname") or asked.get("service") or "of this user"
    return Address(conninfo=make_conninfo(**asked), schema=schema, name=f"database {database}, schema {schema}")


def libpq_options(url: str, *, what: str, code: str) -> dict[str, str]:
    """Give the options of libpq that a connection string names, with ours.

    A password in it is refused: settings are read and copied by many. libpq finds it in a password file, a service
    file or the environment.

    Args:
        what: how messages call the database; `code`: theirs.
    Raises: RefusedError: it does not read, or holds a secret; never repeats it.
    """
    try:
        given = {
            option.keyword.decode(): option for option in Conninfo.parse(url.encode("utf-8")) if option.val is not None
        }
    except (psycopg.OperationalError, UnicodeError):
        # libpq repeats the part that it cannot read, which may be a password.
        raise RefusedError(
            f"{what} is not given as libpq reads it",
            code=code,
            hint="for instance postgresql://suyuan@db.example.org/shop?sslmode=verify-full",
        ) from None
    if any(option.dispchar == b"*" for option in given.values()):
        raise RefusedError(
            f"{what} is given with a password",
            code=code,
            hint="leave it out; libpq reads it from ~/.pgpass, PGPASSFILE or a service file",
        )
    texts = {name: (option.val or b"").decode("utf-8") for name, option in given.items()}
    return {"connect_timeout": _CONNECT_SECONDS, "application_name": "suyuan", **texts, "client_encoding": "utf8"}
