"""The rows of one pass over a dump as they are gathered; a pass that was interrupted may go on where it was."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import polars as pl

from suyuan.crypto.canonical import Json
from suyuan.terms import FieldName, KindName
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.source import Findings, Source
from suyuan.trace.files.spool import Batches

State = Mapping[str, Any]
"""Where a pass stands, as plain values. Any: the values are those of JSON, written and read by one version alone."""


class Counting(Protocol):
    """Counts something beside the rows while they are read (`beside.Beside`)."""

    def given(self) -> tuple[State, tuple[bytes, ...]]:
        """Give what was counted since this was last asked."""
        ...

    def take(self, said: State, bodies: Sequence[bytes]) -> None:
        """Add what `given` gave."""
        ...


class Gathering:
    """Takes batches of rows in the file's order; keeps nothing in case of an interruption."""

    def __init__(self, aside: Aside | None = None) -> None:
        self.aside = aside or Aside()
        self.batches = Batches()

    def begin(self, counting: Counting | None = None) -> State | None:
        """Take up what is kept of this pass: give where its rows end, which are in `batches` then. None: begin anew.

        Args:
            counting: is kept and taken up with the rows.
        """
        return None

    def add(self, table: pl.DataFrame, *, read: int, state: Callable[[], State]) -> None:
        """Take a batch.

        Args:
            read: how many rows were read so far, unreadable ones among them.
            state: says where the pass stands after this batch.
        """
        self.batches.add(table)

    def leave_out(self, lines: int, *, rounded: Mapping[str, int]) -> None:
        """Say how many lines of the whole are no rows, and how many numbers of each field have lost digits."""
        self.aside.left_out = lines
        self.aside.rounded = dict(rounded)

    def end(self, *, read: int, state: Callable[[], State]) -> None:
        """Say that all rows were read."""


class Keeper(Findings, Protocol):
    """Keeps what is read of one file, under one set of options (`resuming.rows.RowKeeper`)."""

    def gathering(
        self, name: str, *, of: Mapping[str, Json], kinds: Mapping[FieldName, KindName], aside: Aside
    ) -> Gathering:
        """Give what takes the rows of a pass, and what was kept of it.

        Args:
            of: what the rows are made from beside file and options.
            kinds: the fields of the rows.
        """
        ...

    def require_same(self, source: Source) -> None:
        """Require that a source which was read is the file of which something is kept.

        Raises: RefusedError: `trace.changed`.
        """
        ...


def gathering_of(
    keeper: Keeper | None, name: str, *, of: Mapping[str, Json], kinds: Mapping[FieldName, KindName], aside: Aside
) -> Gathering:
    """Give what takes the rows of a pass: by a keeper, if there is one (`Keeper.gathering`)."""
    return Gathering(aside) if keeper is None else keeper.gathering(name, of=of, kinds=kinds, aside=aside)
