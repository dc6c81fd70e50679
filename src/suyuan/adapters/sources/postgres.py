"""A source in PostgreSQL: COPY of the query as it stands, parsed by columns, inside a transaction that only reads."""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import polars as pl
import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from suyuan.adapters.named_statements import named_statements
from suyuan.adapters.postgres.address import libpq_options
from suyuan.adapters.sources.failure import failure, line_of
from suyuan.adapters.sources.parameter import Dialect, with_parameter
from suyuan.adapters.sources.reading import (
    BYTES_PER_FRAME,
    Counted,
    SourceDatabase,
    bare,
    no_rows,
    not_text,
    require_columns,
    require_key,
    uncounted,
)
from suyuan.adapters.sources.roads import Roads, Table
from suyuan.collect.source import Source
from suyuan.errors import SuyuanError

_STATEMENTS: Final[Mapping[str, bytes]] = MappingProxyType(
    {name: text.encode() for name, text in named_statements("postgres.sql", package=__package__).items()}
)
_BOOL, _PADDED = "bool", "bpchar"

_BY_STATE: Final = {
    "25006": "source.writes",
    "42501": "source.rights",
    "42P01": "source.names",
    "42703": "source.names",
    "42883": "source.names",
    "3F000": "source.names",
    "3D": "source.missing",
    "28": "source.login",
    "42": "source.syntax",
    "0A": "source.syntax",
    "22021": "source.encoding",
    "22P05": "source.encoding",
    "22": "source.type",
    "53": "source.busy",
    "55": "source.busy",
    "40": "source.busy",
    "08": "source.unreachable",
    "57P": "source.unreachable",
    "57014": "source.timeout",
}
"""SQLSTATEs and their beginnings; a longer one counts before a shorter one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """The columns that a query would give: names, types, and the table column that each comes from, if one."""

    names: tuple[str, ...]
    types: tuple[int, ...]
    tables: tuple[tuple[int, int], ...]


class PostgresSource:
    """An open source in PostgreSQL."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], *, name: str) -> None:
        """Take a session; `name` is how messages call the source."""
        self._connection = connection
        self._name = name

    def read(
        self, query: str, *, limit: int | None = None, drop: Sequence[str] = (), counted: Counted = uncounted
    ) -> pl.DataFrame:
        """Give the rows of a query as text."""
        return pl.concat(self.batches(query, limit=limit, drop=drop, counted=counted), rechunk=True)

    def batches(
        self, query: str, *, limit: int | None = None, drop: Sequence[str] = (), counted: Counted = uncounted
    ) -> Iterator[pl.DataFrame]:
        """Give the rows of a query as text, a few megabytes at a time; the first batch has the columns and no rows."""
        query = bare(query)
        with _told(self._name, query=query), self._apart():
            described = self._describe(query)
            require_columns(described.names, drop=drop, source=self._name)
            spelling = self._spelling(described, drop=drop)
            yield no_rows(described.names, drop=drop)
            rows = 0
            with closing(self._chunks(query)) as chunks:
                for chunk in chunks:
                    frame = self._parsed(chunk, names=described.names, spelling=spelling).drop(list(drop))
                    frame = frame if limit is None else frame.head(limit - rows)
                    rows += frame.height
                    counted(rows)
                    yield frame
                    if limit is not None and rows >= limit:
                        break

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """Keep the transaction usable where a query fails in it, or is left before its last row: the driver cancels it."""
        self._connection.execute(_STATEMENTS["apart"])
        try:
            yield
        finally:
            failed = self._connection.info.transaction_status == pq.TransactionStatus.INERROR
            # What went wrong before is what is told; a connection that has ended tells it itself.
            with suppress(psycopg.Error):
                self._connection.execute(_STATEMENTS["back" if failed else "done"])

    def rows_of(self, key_query: str, *, key: str) -> pl.DataFrame:
        """Give the rows of one key; the server is sent the key apart from the query."""
        require_key(key, source=self._name)
        text, _ = with_parameter(bare(key_query), dialect=Dialect.POSTGRES, source=self._name)
        with _told(self._name, query=text):
            described = self._describe(text)
            require_columns(described.names, drop=(), source=self._name)
            spelling = self._spelling(described, drop=())
            result = self._raw(text.encode(), (key,)).pgresult
            assert result is not None
            cells = [[result.get_value(row, at) for row in range(result.ntuples)] for at in range(result.nfields)]
            columns = {
                name: pl.Series([None if cell is None else cell.decode() for cell in column], dtype=pl.String)
                for name, column in zip(described.names, cells, strict=True)
            }
            return pl.DataFrame(columns).with_columns(spelling)

    def count(self, query: str) -> int:
        """Give how many rows a query has."""
        query = bare(query)
        with _told(self._name, query=query):
            self._describe(query)
            return int(self._rows(b"SELECT count(*) FROM (" + query.encode() + b"\n) AS counted")[0][0])

    def roads(self, query: str) -> Roads:
        """Give who else can read the tables behind the query, by the server's own catalogue."""
        query = bare(query)
        with _told(self._name, query=query):
            described = self._describe(query)
            plan = self._rows(b"EXPLAIN (FORMAT JSON, VERBOSE, COSTS OFF) " + query.encode())[0][0]
            schemas, names = zip(*sorted(_relations(plan)), strict=True) if _relations(plan) else ((), ())
            tables = self._rows(_STATEMENTS["tables"], list(schemas), list(names))
            readers: dict[int, list[str]] = {}
            for relation, role in self._rows(_STATEMENTS["readers"], [oid for oid, _, _ in tables]):
                readers.setdefault(relation, []).append(role)
            unbound = self._rows(_STATEMENTS["unbound"])
            origins = {
                (table, number): name
                for table, number, name in self._rows(_STATEMENTS["origins"], [table for table, _ in described.tables])
            }
            since = self._rows(_STATEMENTS["since"])
        return Roads(
            tables=tuple(
                Table(name=name, roles=tuple(readers.get(oid, ())), reads=reads) for oid, name, reads in tables
            ),
            roles=tuple(sorted({role for roles in readers.values() for role in roles})),
            superusers=tuple(role for role, is_super, is_own in unbound if is_super and not is_own),
            copying=tuple(role for role, is_super, is_own in unbound if not is_super and not is_own),
            columns={
                name: origins.get(place, "") for name, place in zip(described.names, described.tables, strict=True)
            },
            since=since[0][0] if since else "",
            own_superuser=any(is_super and is_own for _, is_super, is_own in unbound),
        )

    def _describe(self, query: str) -> _Described:
        """Have the server read the query, alone, without running it: one statement, and what its columns are."""
        server = self._connection.pgconn
        for result in (server.prepare(b"", query.encode()), server.describe_prepared(b"")):
            if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
                raise psycopg.errors.error_from_result(result)
        if not result.nfields:
            raise failure("source.syntax", source=self._name)
        places = range(result.nfields)
        return _Described(
            names=tuple((result.fname(at) or b"").decode() for at in places),
            types=tuple(result.ftype(at) for at in places),
            tables=tuple((result.ftable(at), result.ftablecol(at)) for at in places),
        )

    def _spelling(self, described: _Described, *, drop: Sequence[str]) -> list[pl.Expr]:
        """Give what makes the server's spelling a person's: whole words of truth, no padding.

        Raises: RefusedError `source.column`: a column holds lists, objects or bytes.
        """
        known = {
            oid: (is_nested, name)
            for oid, is_nested, name in self._rows(_STATEMENTS["types"], list(set(described.types)))
        }
        spelling = []
        for place, (name, oid) in enumerate(zip(described.names, described.types, strict=True), start=1):
            is_nested, kind = known.get(oid, (True, ""))
            if is_nested and name not in drop:
                raise not_text(name, place=place, source=self._name)
            if kind == _BOOL:
                spelling.append(pl.col(name).replace({"t": "true", "f": "false"}))
            elif kind == _PADDED:
                spelling.append(pl.col(name).str.strip_chars_end(" "))
        return spelling

    def _chunks(self, query: str) -> Generator[bytes, None, None]:
        """Give the rows as CSV, whole rows at a time: libpq never cuts one."""
        statement = b"COPY (" + query.encode() + b"\n) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            waiting: list[Any] = []  # psycopg gives buffers.
            size = 0
            for block in copy:
                waiting.append(block)
                size += len(block)
                if size >= BYTES_PER_FRAME:
                    yield b"".join(waiting)
                    waiting, size = [], 0
            if waiting:
                yield b"".join(waiting)

    def _parsed(self, chunk: bytes, *, names: tuple[str, ...], spelling: list[pl.Expr]) -> pl.DataFrame:
        """Give the cells of whole rows: an empty cell without quotes is NULL, one with quotes an empty text."""
        try:
            return pl.read_csv(chunk, has_header=False, schema=dict.fromkeys(names, pl.String)).with_columns(spelling)
        except pl.exceptions.ComputeError:
            # Not chained: the text of this error may show the cell.
            raise failure("source.encoding", source=self._name) from None

    def _raw(self, statement: bytes, parameters: tuple[object, ...]) -> "psycopg.RawCursor[tuple[Any, ...]]":
        cursor = psycopg.RawCursor(self._connection)
        return cursor.execute(statement, parameters or None)

    def _rows(self, statement: bytes, *parameters: object) -> list[tuple[Any, ...]]:
        return self._raw(statement, parameters).fetchall()


@contextmanager
def open_postgres(source: Source) -> Iterator[SourceDatabase]:
    """Open a source in PostgreSQL; libpq finds the password by itself.

    Raises: RefusedError `source.database`: the URL does not read, or holds a password. UnavailableError: no server.
    """
    asked = libpq_options(source.database, what=f"source {source.name}: its database", code="source.database")
    with _told(source.name):
        connection = psycopg.connect(make_conninfo(**asked), autocommit=True)
    try:
        with _told(source.name):
            connection.execute(_STATEMENTS["begin"])
            connection.execute(_STATEMENTS["session"])
            psycopg.RawCursor(connection).execute(_STATEMENTS["timeout"], (f"{source.timeout_seconds}s",))
        yield PostgresSource(connection, name=source.name)
    finally:
        # Nothing was written: the transaction may end with its session.
        connection.close()


@contextmanager
def _told(source: str, *, query: str = "") -> Iterator[None]:
    """Tell PostgreSQL's errors as ours; nothing of their text is repeated, and they are not chained."""
    told: SuyuanError | None = None
    try:
        yield
    except psycopg.Error as error:
        told = _failure(error, source=source, query=query)
    except UnicodeDecodeError:
        told = failure("source.encoding", source=source)
    except UnicodeEncodeError:
        told = failure("source.syntax", source=source)
    if told is not None:
        raise told


def _failure(error: psycopg.Error, *, source: str, query: str) -> SuyuanError:
    state = error.sqlstate
    if state is None:
        lost = isinstance(error, psycopg.OperationalError)
        return failure(_by_text(str(error)) if lost else "source.failed", source=source)
    code = next((_BY_STATE[state[:n]] for n in (5, 3, 2) if state[:n] in _BY_STATE), "source.failed")
    position = error.diag.statement_position
    place = line_of(query, position=int(position)) if query and position else ""
    return failure(code, source=source, place=place if code in ("source.names", "source.syntax") else "")


def _by_text(text: str) -> str:
    """Tell why a connection was not made: libpq gives no SQLSTATE then, only a text."""
    if "FATAL" not in text and "no password supplied" not in text:
        return "source.unreachable"
    for part, code in (("authentication failed", "source.login"), ("no password", "source.login"),
                       ("pg_hba.conf", "source.login"), ("role ", "source.login"),
                       ("permission denied", "source.rights"), ("database ", "source.missing")):  # fmt: skip
        if part in text:
            return code
    return "source.unreachable"


def _relations(plan: object) -> set[tuple[str, str]]:
    """Give schema and name of every table in a plan, however deep."""
    if isinstance(plan, str):
        plan = json.loads(plan)
    found: set[tuple[str, str]] = set()
    waiting = [plan]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            if "Relation Name" in node and "Schema" in node:
                found.add((str(node["Schema"]), str(node["Relation Name"])))
            waiting += [inner for inner in node.values() if isinstance(inner, list | dict)]
    return found
