"""A few plain entries at once: one statement for entries, sides and row keys, and one way there and back with its BEGIN."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from suyuan.adapters.ledger_reading import chunks
from suyuan.adapters.postgres.appending import STATEMENTS, wrong_draw
from suyuan.adapters.postgres.arrays import Bodies, Texts
from suyuan.adapters.postgres.session import Connection
from suyuan.adapters.postgres.transaction import BEGIN
from suyuan.ledger.ports import Row

MOST_ROWS: Final = 256
MOST_BYTES: Final = 1 << 20
"""Beyond either, COPY is worth its ways there and back."""


class Few(NamedTuple):
    """Entries of which nothing is indexed but the row keys they take, as the columns of one statement.

    Args:
        moved: from where to where each pool moves on.
    """

    first: int
    rows: Sequence[Row]
    sides: Sequence[tuple[int, str, int, bytes]]
    moved: dict[int, tuple[int, int]]

    def append(self, connection: Connection, *, process: int) -> tuple[int, int]:
        """Begin a transaction and insert everything where the ledger's size and the session are as expected, else nothing.

        Gives the size that the ledger had, and the server process that answered.

        Raises: RefusedError: row keys that are not the next of their pool; the caller rolls back.
        """
        seqs, names, numbers, bodies = zip(*self.sides, strict=True) if self.sides else ((), (), (), ())
        pools = [(pool, begun, following) for pool, (begun, following) in self.moved.items()]
        parameters = (
            self.first, process,
            np.arange(self.first, self.first + len(self.rows), dtype=np.int64),
            np.array([row.at_ms for row in self.rows], np.int64), Bodies([row.leaf for row in self.rows]),
            np.array(seqs, np.int64), Texts(names), np.array(numbers, np.int64), Bodies(bodies),
            *(np.array(column, np.int64) for column in (zip(*pools, strict=True) if pools else ((), (), ()))),
        )  # fmt: skip
        with connection.pipeline():
            connection.execute(BEGIN)
            cursor = connection.execute(STATEMENTS["append_few"], parameters, binary=True)
        [(size, answered, drawn)] = cursor.fetchall()
        if (size, answered) == (self.first, process) and len(drawn) != len(self.moved):
            done = {pool: self.moved[pool][0] for pool in drawn}
            raise wrong_draw(connection, first=self.first, rows=self.rows, done=done)
        return size, answered


def few_of(rows: Sequence[Row], *, first: int) -> Few | None:
    """Give the entries as one statement takes them; None where they are many, or more than plain."""
    if len(rows) > MOST_ROWS:
        return None
    sides: list[tuple[int, str, int, bytes]] = []
    moved: dict[int, tuple[int, int]] = {}
    for index, row in enumerate(rows, start=first):
        if row.name is not None or row.opens is not None or row.latest or row.enrols or row.erases is not None:
            return None
        if row.draws is not None:
            draw = row.draws
            begun, following = moved.get(draw.pool, (draw.first, draw.first))
            if following != draw.first:
                return None
            moved[draw.pool] = (begun, draw.end)
        for name, body in row.sides.items():
            sides += [(index, name, chunk, part) for chunk, part in chunks(body)]
    return None if sum(len(part) for *_, part in sides) > MOST_BYTES else Few(first, rows, sides, moved)
