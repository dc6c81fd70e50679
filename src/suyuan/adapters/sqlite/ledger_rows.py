"""How entries get into the ledger's file: many rows a statement, one draw a pool, the rare columns one by one."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from suyuan.adapters.ledger_reading import CHUNK_BYTES, chunks
from suyuan.errors import RefusedError
from suyuan.ledger.ports import Row

_ROWS_A_STATEMENT: Final = 64
"""A power of two. Each statement gives up the interpreter's lock and takes it again, which costs as much as a row,
and much more while other threads are busy."""

_PLACES = re.compile(r"\(\?[?, ]*\)(?=;?\s*$)")


@dataclass(slots=True)
class _Draws:
    """The row keys that one append takes from a pool: from `first` up to `end`."""

    first: int
    end: int


def append_rows(connection: sqlite3.Connection, *, sql: Mapping[str, str], first: int, rows: Sequence[Row]) -> None:
    """Insert entries from index `first` on, with their sides and all that is indexed of them, in order.

    Raises: RefusedError: a draw, an enrolment or an erasure that the port does not allow; the caller rolls back.
    """
    entries: list[object] = [None] * (3 * len(rows))
    entries[0::3] = range(first, first + len(rows))
    entries[1::3] = [row.at_ms for row in rows]
    entries[2::3] = [row.leaf for row in rows]
    _insert(connection, statement=sql["append_entry"], values=entries)
    _append_sides(connection, statement=sql["append_side"], first=first, rows=rows)
    draws: dict[int, _Draws] = {}
    for index, (_, _, _, name, opens, keys, latest, enrols, erases) in enumerate(rows, start=first):
        if keys is not None:
            held = draws.get(keys.pool)
            if held is not None and held.end == keys.first:
                held.end = keys.end
            elif held is None and keys.pool < index:
                draws[keys.pool] = _Draws(keys.first, keys.end)
            else:
                raise _not_next(connection, sql=sql, pool=keys.pool, first=first, rows=rows)
        if name is not None or latest or opens is not None:
            _index(connection, sql=sql, index=index, row=rows[index - first])
        if enrols or erases is not None:
            _register(connection, sql=sql, index=index, row=rows[index - first])
    for pool, drawn in draws.items():
        if not _draw(connection, sql=sql, pool=pool, drawn=drawn):
            raise _not_next(connection, sql=sql, pool=pool, first=first, rows=rows)


def replace_sides(
    connection: sqlite3.Connection, *, sql: Mapping[str, str], changes: Mapping[int, Mapping[str, bytes]]
) -> None:
    """Put these sides in the place of all that some entries have."""
    for index, sides in changes.items():
        connection.execute(sql["drop_sides"], (index,))
        for name, body in sides.items():
            connection.executemany(sql["append_side"], _chunks(index, name=name, body=body))


def _append_sides(connection: sqlite3.Connection, *, statement: str, first: int, rows: Sequence[Row]) -> None:
    small: list[object] = []
    for index, row in enumerate(rows, start=first):
        for name, body in row.sides.items():
            if len(body) <= CHUNK_BYTES:
                small += (index, name, 0, body)
            else:
                connection.executemany(statement, _chunks(index, name=name, body=body))
    _insert(connection, statement=statement, values=small)


def _chunks(index: int, *, name: str, body: bytes) -> Iterator[tuple[int, str, int, bytes]]:
    for chunk, part in chunks(body):
        yield index, name, chunk, part


def _insert(connection: sqlite3.Connection, *, statement: str, values: list[object]) -> None:
    """Run an insert of one row for many: `values` holds the columns of all rows, joined."""
    width = _width(statement)
    start, rows = 0, _ROWS_A_STATEMENT
    while start < len(values):
        # Halving to the rest: seven statements at most, each of a text that is prepared once.
        while start + width * rows > len(values):
            rows //= 2
        connection.execute(_repeated(statement, rows=rows), values[start : start + width * rows])
        start += width * rows


@cache
def _width(statement: str) -> int:
    return _places(statement).count("?")


@cache
def _repeated(statement: str, *, rows: int) -> str:
    places = _places(statement)
    return statement.replace(places, ", ".join([places] * rows))


def _places(statement: str) -> str:
    found = _PLACES.search(statement)
    if found is None:
        raise ValueError("an insert of one row ends in its places")
    return found.group()


def _index(connection: sqlite3.Connection, *, sql: Mapping[str, str], index: int, row: Row) -> None:
    run = connection.execute
    if row.name is not None:
        op, key = row.name
        run(sql["append_name"], (op, key, index))
        run(sql["append_latest"], (op, index))
    for op in row.latest:
        run(sql["append_latest"], (op, index))
    if row.opens is not None:
        run(sql["append_pool"], (index, row.opens.rows, row.opens.lanes, row.opens.next))


def _register(connection: sqlite3.Connection, *, sql: Mapping[str, str], index: int, row: Row) -> None:
    run = connection.execute
    for label in row.enrols:
        if run(sql["enrol"], (label, index)).rowcount != 1:
            raise RefusedError(f"entry {index}: enrols a label that is live already", code="ledger.enrolled")
    if row.erases is None or run(sql["erase"], (row.erases,)).rowcount == 1:
        return
    if run(sql["was_enrolled"], (row.erases,)).fetchone() is not None:
        raise RefusedError(f"entry {index}: erases a label that is not live", code="ledger.not_enrolled")


def _draw(connection: sqlite3.Connection, *, sql: Mapping[str, str], pool: int, drawn: _Draws) -> bool:
    values = {"pool": pool, "first": drawn.first, "end": drawn.end}
    return connection.execute(sql["draw"], values).rowcount == 1


def _not_next(
    connection: sqlite3.Connection, *, sql: Mapping[str, str], pool: int, first: int, rows: Sequence[Row]
) -> RefusedError:
    """Give the refusal that names the first entry whose draw the pool does not allow, by making them one by one."""
    wrong = first
    for index, row in enumerate(rows, start=first):
        keys = row.draws
        if keys is None or keys.pool != pool:
            continue
        if not _draw(connection, sql=sql, pool=pool, drawn=_Draws(keys.first, keys.end)):
            wrong = index
            break
    return RefusedError(f"entry {wrong}: its row keys are not the next of pool {pool}")
