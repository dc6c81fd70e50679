"""How entries get into the database: one COPY for all of them, one update a pool, the rare columns one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, TypeVar

from suyuan.adapters.postgres import copying
from suyuan.adapters.postgres.session import Connection, statements
from suyuan.errors import RefusedError
from suyuan.ledger.ports import Row

STATEMENTS: Final = statements("ledger.sql")

_ROWS_AT_ONCE: Final = 10_000

Part = TypeVar("Part")


def append_rows(connection: Connection, *, first: int, rows: Sequence[Row]) -> None:
    """Insert entries from index `first` on, with their sides and all that is indexed of them.

    Raises: RefusedError: a draw, an enrolment or an erasure that the port does not allow; the caller rolls back.
    """
    _draw(connection, first=first, rows=rows)
    _register(connection, first=first, rows=rows)
    _name_all(connection, first=first, rows=rows)
    copy_rows(connection, "append_entries", pieces=copying.entries(first, rows=rows))
    if any(row.sides for row in rows):
        sides = ((index, row.sides) for index, row in enumerate(rows, start=first))
        copy_rows(connection, "append_sides", pieces=copying.sides(sides))


def _draw(connection: Connection, *, first: int, rows: Sequence[Row]) -> None:
    """Take the row keys of all entries, pool by pool; new pools are stored as far as they are used by then.

    A pool moves on from where its first draw begins, or not at all: one statement asks and answers. Only where the
    answer is no is the pool read, to tell which entry is wrong.
    """
    opened: dict[int, tuple[int, int]] = {}
    moved: dict[int, tuple[int, int]] = {}
    for index, row in enumerate(rows, start=first):
        if row.opens is not None:
            opened[index] = (row.opens.rows, row.opens.lanes)
            if index in moved:
                raise wrong_draw(connection, first=first, rows=rows)
            moved[index] = (row.opens.next, row.opens.next)
        if row.draws is not None:
            draw = row.draws
            begun, following = moved.get(draw.pool, (draw.first, draw.first))
            if following != draw.first or (draw.pool in opened and draw.end > opened[draw.pool][0]):
                raise wrong_draw(connection, first=first, rows=rows)
            moved[draw.pool] = (begun, draw.end)
    for pool, (size, lanes) in opened.items():
        run(connection, "append_pool", pool, size, lanes, moved[pool][1])
    done: dict[int, int] = {}
    for pool, (begun, following) in moved.items():
        if pool in opened:
            continue
        if run(connection, "draw", following, pool, begun, following) != 1:
            raise wrong_draw(connection, first=first, rows=rows, done=done)
        done[pool] = begun


def wrong_draw(
    connection: Connection, *, first: int, rows: Sequence[Row], done: Mapping[int, int] = MappingProxyType({})
) -> RefusedError:
    """Give the refusal that names the first entry whose row keys are not the next of their pool.

    Args:
        done: where pools stood that this transaction has moved on.
    """
    wanted = list({int(row.draws.pool) for row in rows if row.draws is not None})
    held = {seq: (size, done.get(seq, at)) for seq, size, _, at in rows_of(connection, "pools_of", wanted)}
    for index, row in enumerate(rows, start=first):
        if row.opens is not None:
            held[index] = (row.opens.rows, row.opens.next)
        if row.draws is not None:
            draw = row.draws
            size, following = held.get(draw.pool, (0, -1))
            if following != draw.first or draw.end > size:
                return RefusedError(f"entry {index}: its row keys are not the next of pool {draw.pool}")
            held[draw.pool] = (size, draw.end)
    raise AssertionError("a draw that fits was refused")


def _register(connection: Connection, *, first: int, rows: Sequence[Row]) -> None:
    for index, row in enumerate(rows, start=first):
        if len(set(row.enrols)) != len(row.enrols):
            raise RefusedError(f"entry {index}: enrols a label twice", code="ledger.enrolled")
        for part in parts(row.enrols):
            if run(connection, "enrol", index, part) != len(part):
                raise RefusedError(f"entry {index}: enrols a label that is live already", code="ledger.enrolled")
        if row.erases is None or run(connection, "erase", row.erases) == 1:
            continue
        if rows_of(connection, "was_enrolled", row.erases):
            raise RefusedError(f"entry {index}: erases a label that is not live", code="ledger.not_enrolled")


def _name_all(connection: Connection, *, first: int, rows: Sequence[Row]) -> None:
    latest: dict[str, int] = {}
    for index, row in enumerate(rows, start=first):
        if row.name is not None:
            op, key = row.name
            run(connection, "append_name", op, key, index)
            latest[op] = index
        for op in row.latest:
            latest[op] = index
    for op, index in latest.items():
        run(connection, "append_latest", op, index)


def copy_rows(connection: Connection, name: str, *, pieces: Iterator[bytes]) -> None:
    """Run a COPY of the transaction under way."""
    with connection.cursor().copy(STATEMENTS[name]) as copy:
        for piece in pieces:
            copy.write(piece)


def run(connection: Connection, name: str, *arguments: object) -> int:
    """Run a named statement; give how many rows it touched."""
    return connection.execute(STATEMENTS[name], arguments or None).rowcount


def rows_of(connection: Connection, name: str, *arguments: object) -> list[Any]:  # A database's rows carry no types.
    """Give every row of a named statement."""
    return connection.execute(STATEMENTS[name], arguments or None, binary=True).fetchall()


def parts(rows: Iterable[Part]) -> Iterator[list[Part]]:
    """Give rows or labels in parts of a size that one statement takes well."""
    rest = iter(rows)
    while part := list(islice(rest, _ROWS_AT_ONCE)):
        yield part
