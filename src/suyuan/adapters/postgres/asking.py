"""Questions that are asked again and again: prepared once a session, and answered by one call of libpq.

What `connection.execute` does around its call of libpq costs a short answer several times the call itself, and a page of a
list asks four questions. The answer is the same, and so are the errors. The call waits without the interpreter's lock.

Test: tests/ports/test_asking.py holds it to `execute`; tests/faults ask through it too.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, cast

import psycopg
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer

from suyuan.adapters.postgres.session import Connection

_MARK: Final = re.compile(rb"%(.)")
_BINARY: Final = pq.Format.BINARY


def ask(connection: Connection, text: bytes, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Give every row of a statement with `%b` for its parameters, in binary; as `connection.execute(...).fetchall()` does.

    Raises: psycopg.Error: as `execute`.
    """
    if connection.closed:
        raise psycopg.OperationalError("the connection is closed")
    known, asked = connection.pgconn, Transformer(connection)
    given = asked.dump_sequence(parameters, [PyFormat.BINARY] * len(parameters))
    key = text, asked.types
    name = connection.prepared.get(key)
    if name is None:
        name = b"suyuan_%d" % next(connection.numbers)
        _require(known.prepare(name, _numbered(text), asked.types), connection=known)
        connection.prepared[key] = name
    # `cast`: psycopg's signature leaves out that a parameter may be NULL.
    result = known.exec_prepared(name, cast(Sequence[bytes], given), asked.formats, _BINARY)
    _require(result, connection=known)
    asked.set_pgresult(result)
    return asked.load_rows(0, result.ntuples, tuple)


def _numbered(text: bytes) -> bytes:
    """Give a statement with its parameters as the server numbers them."""
    count = 0

    def number(mark: re.Match[bytes]) -> bytes:
        nonlocal count
        if mark[1] == b"%":
            return b"%"
        count += 1
        return b"$%d" % count

    return _MARK.sub(number, text)


def _require(result: pq.abc.PGresult, *, connection: pq.abc.PGconn) -> None:
    if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        return
    if connection.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError(connection.get_error_message())
    raise errors.error_from_result(result)
