"""A source in MySQL or MariaDB: the query as it stands, unbuffered, inside a transaction that only reads."""

import os
import re
import socket
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import polars as pl
import pymysql
from pymysql.converters import conversions
from pymysql.cursors import SSCursor

from suyuan.adapters.named_statements import named_statements
from suyuan.adapters.sources.failure import failure
from suyuan.adapters.sources.mysql_address import Address, parse_address
from suyuan.adapters.sources.mysql_roads import roads
from suyuan.adapters.sources.parameter import Dialect, with_parameter
from suyuan.adapters.sources.reading import (
    BYTES_PER_FRAME,
    ROWS_PER_FRAME,
    Counted,
    SourceDatabase,
    bare,
    no_rows,
    not_text,
    require_columns,
    require_key,
    uncounted,
)
from suyuan.adapters.sources.roads import Roads
from suyuan.collect.source import Source
from suyuan.errors import RefusedError, SuyuanError

_STATEMENTS: Final[Mapping[str, str]] = MappingProxyType(dict(named_statements("mysql.sql", package=__package__)))
_CONNECT_SECONDS: Final = 10
_OTHERS_MAY: Final = stat.S_IRWXG | stat.S_IRWXO

_AS_TEXT: Final = {key: value for key, value in conversions.items() if not isinstance(key, int)}
"""What the driver does with values on their way in, and nothing on their way out: the server's own spelling stays."""

_APART: Final = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`|--[ \t\n][^\n]*|#[^\n]*|/\*(?!M?!).*?\*/", re.DOTALL
)
"""Texts, names and comments; a comment that begins with `!` is run by the server, and is none."""

_BEGINS: Final = re.compile(r"[\s(]*(SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE)
_INTO: Final = re.compile(r"\bINTO\b", re.IGNORECASE)
_JSON: Final = 245
_LINE: Final = re.compile(r"at line (\d+)")

_CODES: Final[Mapping[str, tuple[int, ...]]] = {
    "source.writes": (1290, 1792),
    "source.rights": (1044, 1142, 1143, 1227, 1345, 1370),
    "source.login": (1045, 1130, 1251, 1698, 2059),
    "source.missing": (1049,),
    "source.names": (1051, 1054, 1109, 1146, 1305, 1356),
    "source.syntax": (1064, 1065, 1060, 1210, 1222, 1235, 1248, 1295),
    "source.type": (1264, 1267, 1292, 1366, 1411, 1525, 1690),
    "source.encoding": (1300, 3854),
    "source.busy": (1040, 1041, 1114, 1129, 1203, 1205, 1213, 1226, 1317),
    "source.timeout": (1969, 3024),
    "source.unreachable": (1053, 1927, 2002, 2003, 2005, 2006, 2013, 2026),
}
_BY_NUMBER: Final = {number: code for code, numbers in _CODES.items() for number in numbers}

_FIRST_ROWS: Final = 256
"""Rows of the first batch: by their size it is told how many the next ones may have."""


class MySqlSource:
    """An open source in MySQL or MariaDB."""

    def __init__(self, connection: pymysql.Connection, *, name: str) -> None:
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
        query = self._require_reading(query)
        with _told(self._name):
            if limit is not None:
                # The server need not make more rows; a LIMIT of the query's own counts before this one.
                self._rows(_STATEMENTS["limit"], limit)
            with self._connection.cursor(SSCursor) as cursor:
                cursor.execute(query)
                names = self._names(cursor, drop=drop)
                yield no_rows(names, drop=drop)
                rows, count = 0, _FIRST_ROWS
                while chunk := cursor.fetchmany(count):
                    kept = list(islice(chunk, None if limit is None else limit - rows))
                    frame = self._frame(kept, names=names, drop=drop).drop(list(drop))
                    rows += len(kept)
                    counted(rows)
                    yield frame
                    size = max(1, int(frame.estimated_size()))
                    count = max(1, min(ROWS_PER_FRAME, BYTES_PER_FRAME * max(1, len(kept)) // size))
            self._rows(_STATEMENTS["no_limit"])

    def rows_of(self, key_query: str, *, key: str) -> pl.DataFrame:
        """Give the rows of one key; query and key are sent apart, and as bytes: nothing in them is quoted or escaped."""
        require_key(key, source=self._name)
        text, places = with_parameter(self._require_reading(key_query), dialect=Dialect.MYSQL, source=self._name)
        with _told(self._name), self._connection.cursor() as cursor:
            cursor.execute(_STATEMENTS["put_query"].format(hex=text.encode().hex()))
            cursor.execute(_STATEMENTS["put_key"].format(hex=key.encode().hex()))
            cursor.execute(_STATEMENTS["prepare"])
            cursor.execute(_STATEMENTS["execute"].format(keys=", ".join(["@suyuan_key"] * places)))
            names = self._names(cursor, drop=())
            return self._frame(list(cursor.fetchall()), names=names, drop=())

    def count(self, query: str) -> int:
        """Give how many rows a query has."""
        query = self._require_reading(query)
        with _told(self._name):
            return int(self._rows(f"SELECT COUNT(*) FROM ({query}\n) AS counted")[0][0])

    def roads(self, query: str) -> Roads:
        """Give who else can read the tables behind the query, by the server's own catalogue."""
        with _told(self._name):
            return roads(self._connection, query=self._require_reading(query), statements=_STATEMENTS)

    def _require_reading(self, query: str) -> str:
        """Require one statement that gives rows and puts them nowhere: not all of this is kept by the transaction."""
        query = bare(query)
        apart = _APART.sub(" ", query)
        if not _BEGINS.match(apart):
            raise failure("source.syntax", source=self._name)
        if _INTO.search(apart):
            raise failure("source.writes", source=self._name)
        return query

    def _names(self, cursor: Any, *, drop: Sequence[str]) -> tuple[str, ...]:
        if cursor.description is None:
            raise failure("source.syntax", source=self._name)
        names = tuple(column[0] for column in cursor.description)
        require_columns(names, drop=drop, source=self._name)
        for place, column in enumerate(cursor.description, start=1):
            if column[1] == _JSON and column[0] not in drop:
                raise not_text(column[0], place=place, source=self._name)
        return names

    def _frame(self, rows: Sequence[tuple[Any, ...]], *, names: tuple[str, ...], drop: Sequence[str]) -> pl.DataFrame:
        columns = zip(*rows, strict=True) if rows else ([] for _ in names)
        series = []
        for place, (name, cells) in enumerate(zip(names, columns, strict=True), start=1):
            try:
                series.append(pl.Series(name, cells if name not in drop else [None] * len(rows), dtype=pl.String))
            except TypeError:
                # Not chained: the text of this error may show the cell. Bytes are what the driver does not read as text.
                raise not_text(name, place=place, source=self._name) from None
        return pl.DataFrame(series)

    def _rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return list(cursor.fetchall())


@contextmanager
def open_mysql(source: Source) -> Iterator[SourceDatabase]:
    """Open a source in MySQL or MariaDB.

    The password comes from the source's option file or environment variable, never from its URL.

    Raises: RefusedError `source.database`, `source.secret`. UnavailableError: no server.
    """
    address = parse_address(source)
    secret = _secret(source)
    connection = pymysql.connect(**_options(address), **secret, defer_connect=True)
    with _told(source.name), _line_to(address, source=source.name) as line:
        connection.connect(line)
    try:
        with _told(source.name), connection.cursor() as cursor:
            cursor.execute(_STATEMENTS["begin"])
            if source.timeout_seconds:
                mariadb = "MariaDB" in connection.get_server_info()
                limit = _STATEMENTS["timeout_mariadb" if mariadb else "timeout_mysql"]
                cursor.execute(limit, (source.timeout_seconds if mariadb else source.timeout_seconds * 1000,))
        yield MySqlSource(connection, name=source.name)
    finally:
        connection.close()


@contextmanager
def _line_to(address: Address, *, source: str) -> Iterator[socket.socket | None]:
    """Give a socket of our own where the server is local: the driver leaves one open that was refused."""
    if address.socket is None:
        yield None
        return
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(_CONNECT_SECONDS)
        line.connect(address.socket)
        yield line
    except OSError:
        line.close()
        raise failure("source.unreachable", source=source) from None
    except BaseException:
        line.close()
        raise


def _options(address: Address) -> dict[str, Any]:
    given: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "database": address.database,
        "charset": "utf8mb4",
        "conv": _AS_TEXT,
        "connect_timeout": _CONNECT_SECONDS,
        "program_name": "suyuan",
        "local_infile": False,
    }
    if address.ssl_ca:
        given |= {"ssl_ca": address.ssl_ca, "ssl_verify_cert": True, "ssl_verify_identity": True}
    return {name: value for name, value in given.items() if value is not None}


def _secret(source: Source) -> dict[str, str]:
    """Give where the password is.

    Raises: RefusedError `source.secret`: a file that others may read, or a variable that is not set.
    """
    if source.defaults_file:
        path = Path(source.defaults_file).expanduser()
        try:
            mode = path.stat().st_mode
        except OSError:
            raise RefusedError(
                f"source {source.name}: its `defaults_file` cannot be read", code="source.secret", hint="see its path"
            ) from None
        if mode & _OTHERS_MAY:
            raise RefusedError(
                f"source {source.name}: others may read its `defaults_file`",
                code="source.secret",
                hint=f"let only its owner: chmod 600 {path.name}",
            )
        return {"read_default_file": str(path)}
    if source.password_variable:
        password = os.environ.get(source.password_variable)
        if password is None:
            raise RefusedError(
                f"source {source.name}: the environment has no {source.password_variable}",
                code="source.secret",
                hint="set it, or name another `password_variable`",
            )
        return {"password": password}
    return {}


@contextmanager
def _told(source: str) -> Iterator[None]:
    """Tell the driver's errors as ours; nothing of their text is repeated, and they are not chained."""
    told: SuyuanError | None = None
    try:
        yield
    except pymysql.MySQLError as error:
        told = _failure(error, source=source)
    except UnicodeDecodeError:
        told = failure("source.encoding", source=source)
    except UnicodeEncodeError:
        told = failure("source.syntax", source=source)
    except RuntimeError:
        # The driver says so of a way to log in that it does not know.
        told = failure("source.login", source=source)
    if told is not None:
        raise told


def _failure(error: pymysql.MySQLError, *, source: str) -> SuyuanError:
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    code = _BY_NUMBER.get(number, "source.failed")
    line = _LINE.search(str(error.args[-1])) if code == "source.syntax" and error.args else None
    return failure(code, source=source, place=f"line {line[1]}" if line else "")
