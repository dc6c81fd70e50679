"""Readers that are offered a dump before it is read in one piece and one process."""

from typing import Protocol

from suyuan.trace.dump import Body, DumpColumn
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.dialect import Dialect
from suyuan.trace.files.encoding import LineCensus
from suyuan.trace.files.source import Source


class FastRoad(Protocol):
    """A reader that knows a faster road for plain separated text (`matching.road.ByteRoad`)."""

    def counts(self, source: Source) -> bool:
        """Say whether this road may count the lines of a source while it reads them."""
        ...

    def read(
        self,
        source: Source,
        *,
        dialect: Dialect,
        columns: tuple[DumpColumn, ...],
        aside: Aside | None = None,
        census: LineCensus | None = None,
    ) -> Body | None:
        """Read a separated text with exactly the rows that `read_delimited` gives, or give None.

        Args:
            census: counts the lines; None is given where they say that they are of another codec.
        """
        ...


class SplitReader(Protocol):
    """A reader that has many processes read text whose records are lines of cells (`engines.road.SplitRoad`)."""

    def read_lines(
        self, source: Source, *, dialect: Dialect, columns: tuple[DumpColumn, ...], aside: Aside | None = None
    ) -> Body | None:
        """Read a text with exactly the rows that `read_delimited` or `read_jsonl` gives, or give None."""
        ...
