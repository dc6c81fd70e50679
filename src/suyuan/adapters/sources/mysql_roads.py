"""Who else can read what a query reads, by the grants that MySQL or MariaDB shows."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pymysql
from pymysql.cursors import SSCursor

from suyuan.adapters.sources.roads import Roads, Table

_TABLE: Final = re.compile(r"(?<!\.)`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`(?!\.)")
"""A table in the server's own spelling of a query, where a column has three parts."""

_NO_GRANTS: Final = (
    "suyuan's account may not see the grants of others; with SELECT on the database mysql it could count"
)

_NO_VIEWS: Final = (
    "suyuan's account may not see every view over these tables; with SHOW VIEW and SELECT on their database it could"
)

Connection = Any  # The driver's rows carry no types.


def roads(connection: Connection, *, query: str, statements: Mapping[str, str]) -> Roads:
    """Give the tables behind a query, the views that show them, and the accounts that may read one."""
    columns = _columns(connection, query=query, statements=statements)
    tables = _with_views(connection, _tables(connection, query=query), statements=statements)
    since = _since(connection, statements=statements)
    own = _quoted(_rows(connection, statements["own"])[0][0])
    try:
        _rows(connection, statements["sees_grants"])
    except pymysql.MySQLError:
        found = tuple(
            Table(name=f"{schema}.{name}", roles=(), reads=_reads(connection, schema, name, statements=statements))
            for schema, name in tables
        )
        return Roads(
            tables=found, roles=(), superusers=(), copying=(), columns=columns, since=since, unseen=_NO_GRANTS
        )  # fmt: skip
    members = _members(connection, statements=statements)
    found = tuple(
        Table(
            name=f"{schema}.{name}",
            roles=members.people(
                _first(_rows(connection, statements["readers"], schema, schema, name, schema, name)), but=own
            ),
            reads=_reads(connection, schema, name, statements=statements),
        )
        for schema, name in tables
    )
    holding = {
        right: members.people(_first(_rows(connection, statements["holding"], right)), but="")
        for right in ("SUPER", "REPLICATION SLAVE")
    }
    return Roads(
        tables=found,
        roles=tuple(sorted({role for table in found for role in table.roles})),
        superusers=tuple(role for role in holding["SUPER"] if role != own),
        copying=tuple(role for role in holding["REPLICATION SLAVE"] if role not in {own, *holding["SUPER"]}),
        columns=columns,
        since=since,
        own_superuser=own in holding["SUPER"],
        unseen="" if _sees_views(connection, tables, own=own, statements=statements) else _NO_VIEWS,
    )


def _sees_views(
    connection: Connection, tables: Iterable[tuple[str, str]], *, own: str, statements: Mapping[str, str]
) -> bool:
    return all(
        _rows(connection, statements["shows_views"], own, own, schema)
        and int(_rows(connection, statements["closed_views"], schema)[0][0]) == 0
        for schema in {schema for schema, _ in tables}
    )


class _Members:
    """Which accounts a grantee stands for: itself, or all that a role was given to, by way of other roles too."""

    def __init__(self, pairs: Iterable[tuple[str, str]], *, roles: frozenset[str]) -> None:
        self._given: dict[str, set[str]] = {}
        for member, role in pairs:
            self._given.setdefault(role, set()).add(member)
        self._roles = roles | self._given.keys()

    def people(self, grantees: Iterable[str], *, but: str) -> tuple[str, ...]:
        """Give the accounts behind some grantees, without one of them."""
        found: set[str] = set()
        waiting = list(grantees)
        while waiting:
            grantee = waiting.pop()
            if grantee not in found:
                found.add(grantee)
                waiting += self._given.get(grantee, ())
        return tuple(sorted(found - self._roles - {but}))


def _members(connection: Connection, *, statements: Mapping[str, str]) -> _Members:
    for kind in ("mariadb", "mysql"):
        try:
            pairs = _rows(connection, statements[f"members_{kind}"])
            roles = _first(_rows(connection, statements["roles_mariadb"])) if kind == "mariadb" else []
        except pymysql.MySQLError:
            continue
        return _Members(((member, role) for member, role in pairs), roles=frozenset(roles))
    return _Members((), roles=frozenset())


def _tables(connection: Connection, *, query: str) -> set[tuple[str, str]]:
    """Give the tables that the server says it would read: it spells the query out in a note about its plan."""
    try:
        _rows(connection, "EXPLAIN EXTENDED " + query)
    except pymysql.MySQLError as error:
        if error.args[0] != pymysql.constants.ER.PARSE_ERROR:
            raise
        _rows(connection, "EXPLAIN " + query)
    notes = " ".join(str(note[2]) for note in _rows(connection, "SHOW WARNINGS"))
    return {(schema.replace("``", "`"), name.replace("``", "`")) for schema, name in _TABLE.findall(notes)}


def _with_views(
    connection: Connection, tables: set[tuple[str, str]], *, statements: Mapping[str, str]
) -> list[tuple[str, str]]:
    found = set(tables)
    waiting = list(tables)
    while waiting:
        schema, name = waiting.pop()
        escaped = (part.replace("|", "||").replace("%", "|%").replace("_", "|_") for part in (schema, name))
        for view in _rows(connection, statements["views"], *escaped):
            if tuple(view) not in found:
                found.add((view[0], view[1]))
                waiting.append((view[0], view[1]))
    return sorted(found)


def _columns(connection: Connection, *, query: str, statements: Mapping[str, str]) -> dict[str, str]:
    """Give the table column behind each column of the query, as the server names it beside an empty result."""
    _rows(connection, statements["limit"], 0)
    with connection.cursor(SSCursor) as cursor:
        cursor.execute(query)
        # The driver keeps what the server says of a column's origin here alone.
        fields = cursor._result.fields
    _rows(connection, statements["no_limit"])
    return {
        field.name: f"{field.db.decode()}.{field.org_table}.{field.org_name}"
        if field.org_table and field.org_name
        else ""
        for field in fields
    }


def _reads(connection: Connection, schema: str, name: str, *, statements: Mapping[str, str]) -> int | None:
    try:
        counted = _rows(connection, statements["reads"], schema, name)
    except pymysql.MySQLError:
        return None
    return int(counted[0][0]) if counted else None


def _since(connection: Connection, *, statements: Mapping[str, str]) -> str:
    uptime = _rows(connection, statements["uptime"])
    return str(_rows(connection, statements["since"], int(uptime[0][1]))[0][0]) if uptime else ""


def _quoted(account: str) -> str:
    """Give `user@host` as grants spell it."""
    user, _, host = account.rpartition("@")
    return f"'{user}'@'{host}'"


def _first(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    return [str(row[0]) for row in rows]


def _rows(connection: Connection, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return list(cursor.fetchall())
