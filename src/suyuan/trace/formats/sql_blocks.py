"""Plain rows of INSERT and COPY by the kernel, as columns; every other row is left to the reader of values.

The claim: the rows are those that it would give.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto.compiled import can_compile
from suyuan.trace.files.cells import INLINE_BYTES, column_of_views
from suyuan.trace.formats.rows import Block, Column
from suyuan.trace.formats.sql_copy import OPENINGS, PADDING, Window, uncopied
from suyuan.trace.formats.sql_values import Backslash, bare_value, unquoted_text

LEAST_BYTES: Final = 1 << 20
"""A shorter text is read before the kernels are there."""

FIRST_CELLS, CELLS_AT_MOST = 1 << 12, 1 << 19
"""Cells of the first block, and of any later one: what bounds its memory."""

WAIT_AT_MOST: Final = 64
"""Rows that are read by themselves before the kernel is asked once more, where it has found none plain."""

WORTH_ROWS: Final = 32
"""Where fewer rows are plain before one is not, the kernel is not worth its call."""

ENDS: Final = (b"\\.", *(words.encode() for words in OPENINGS))
"""How a line may begin that is no row of a COPY."""

NO_HEAD: Final = np.zeros(0, dtype=np.uint8)


class PlainRows:
    """Cuts rows from the text under a reader's hands as long as they are plain.

    Test: tests/properties/test_sql_blocks.py holds it to the reader of values.
    """

    __slots__ = ("_data", "_head", "_is_large", "_left", "_most", "_padded", "_wait", "_window", "head", "width")

    def __init__(self, window: Window) -> None:
        self._window = window
        self._is_large = False
        self._padded = b""
        self._data = self._head = NO_HEAD
        self._wait = self._left = 0
        self._most = FIRST_CELLS
        self.head = ""
        self.width = 0

    def begin(self, head: str) -> None:
        """Begin a statement: if it is the same as the one before, its rows are as wide."""
        if head != self.head:
            self.head, self.width = head, 0
            spelled = head.lstrip(" \t").encode()
            self._head = np.frombuffer(spelled, dtype=np.uint8) if len(spelled) + INLINE_BYTES < PADDING else NO_HEAD
            self._wait = self._left = 0

    def tuples(self, *, backslash: Backslash, is_counted: bool) -> Block | bool:
        """Give the plain rows of an INSERT that stand next; False where there is none.

        Args:
            is_counted: go past them, and give no more than True.
        """

        def cut(start: int, size: int, step: int, cells: "_Cells") -> int:
            from suyuan.trace.matching.tuples import BACKSLASH, NO_ESCAPE, read_tuples

            escape = BACKSLASH if backslash is Backslash.ESCAPES else NO_ESCAPE
            return read_tuples(
                self._data, start, size, self._head, self.width, escape, step,
                cells.starts, cells.stops, cells.kinds, cells.ends,
            )  # fmt: skip

        def marked(cell: str) -> str:
            return unquoted_text(f"'{cell}'", prefix="", backslash=backslash)

        return self._cut(cut, marked=marked, is_counted=is_counted)

    def copied(self, *, mark: str, is_counted: bool) -> Block | bool:
        """Give the plain lines of a COPY that stand next, as `tuples` does."""
        if len(mark) != 1 or not mark.isascii() or mark in "\\\r\n":
            return False

        def cut(start: int, size: int, step: int, cells: "_Cells") -> int:
            from suyuan.trace.matching.tuples import read_copied

            if not step:
                return self._past_copied(start, size, cells=cells)
            return read_copied(
                self._data, start, size, ord(mark), self.width, cells.starts, cells.stops, cells.kinds, cells.ends
            )

        return self._cut(cut, marked=uncopied, is_counted=is_counted)

    def _past_copied(self, start: int, size: int, *, cells: "_Cells") -> int:
        """Go past lines of a COPY up to one that may end it: only that begins with a backslash and a point, or as a statement does."""
        if self._padded.startswith(ENDS, start):
            return 0
        ends = [self._padded.find(b"\n" + mark, start, size) for mark in ENDS]
        end = min((found for found in ends if found >= 0), default=-1)
        cells.ends[0] = (self._padded.rfind(b"\n", start, size) if end < 0 else end) + 1
        return WORTH_ROWS if cells.ends[0] > start else 0

    def _cut(
        self, cut: Callable[[int, int, int, "_Cells"], int], *, marked: Callable[[str], str], is_counted: bool
    ) -> Block | bool:
        if not self.width or self._left:
            self._left -= self._left > 0
            return False
        start, size = self._window.raw()
        self._is_large = self._is_large or (size - start >= LEAST_BYTES and can_compile())
        if not self._is_large:
            return False
        if self._padded is not self._window.padded:
            self._padded = self._window.padded
            self._data = np.frombuffer(self._padded, dtype=np.uint8)
        # Few at first: the first rows are asked for more than once.
        self._most = min(self._most * 4, CELLS_AT_MOST)
        cells = _Cells(rows=1 if is_counted else max(1, self._most // self.width), width=self.width)
        count = cut(start, size, 0 if is_counted else 1, cells)
        is_worth = count >= WORTH_ROWS or (count == len(cells.starts) and not is_counted)
        self._wait = self._left = 0 if is_worth else min(WAIT_AT_MOST, self._wait * 2 + 1)
        if not count:
            return False
        end = int(cells.ends[0])
        self._window.skip(end, is_rest=is_counted)
        if is_counted:
            return True
        return cells.block(count, data=self._data, padded=self._padded, marked=marked, size_bytes=end - start)


def viewed(padded: bytes, *, starts: npt.NDArray[np.int64], stops: npt.NDArray[np.int64]) -> pl.Series:
    """Give `padded[start:stop]` of every row, as `cells.views` does."""
    from suyuan.trace.matching.glancing import write_views

    layout = np.zeros((len(starts), 16), dtype=np.uint8)
    write_views(np.frombuffer(padded, dtype=np.uint8), starts, stops, layout)
    return column_of_views(padded, layout=layout.view(np.uint32))


class _Cells:
    """Where the kernel writes what it finds."""

    __slots__ = ("ends", "kinds", "starts", "stops")

    def __init__(self, *, rows: int, width: int) -> None:
        self.starts, self.stops = (np.empty((rows, width), dtype=np.int64) for _ in range(2))
        self.kinds = np.empty((rows, width), dtype=np.uint8)
        self.ends = np.zeros(1, dtype=np.int64)

    def block(
        self, count: int, *, data: npt.NDArray[np.uint8], padded: bytes, marked: Callable[[str], str], size_bytes: int
    ) -> Block:
        """Give the rows that were found."""
        from suyuan.trace.matching.glancing import CLASSES, glance_at

        flags = np.empty((count, self.starts.shape[1]), dtype=np.uint8)
        glance_at(data, self.starts, self.stops, count, CLASSES, flags)
        columns = tuple(
            self._column(place, flags=flags[:, place], padded=padded, marked=marked) for place in range(flags.shape[1])
        )
        return Block(columns=columns, size_bytes=size_bytes)

    def _column(
        self, place: int, *, flags: npt.NDArray[np.uint8], padded: bytes, marked: Callable[[str], str]
    ) -> Column:
        """Give a column of the cells' texts."""
        from suyuan.trace.matching.glancing import HOLED, TELLING
        from suyuan.trace.matching.tuples import AS_IT_STANDS, MARKED

        rows = len(flags)
        starts, stops = (one[:rows, place] for one in (self.starts, self.stops))
        kinds = self.kinds[:rows, place]
        odd = np.flatnonzero(kinds != AS_IT_STANDS)
        if not len(odd):
            return Column(flags, lambda: viewed(padded, starts=starts, stops=stops))
        cells = viewed(padded, starts=starts, stops=stops)
        texts = cells.gather(odd).to_list()
        said = [
            marked(cell) if kind == MARKED else bare_value(cell)
            for cell, kind in zip(texts, kinds[odd].tolist(), strict=True)
        ]
        # Of what was spelled otherwise nothing is certain.
        flags[odd] = [TELLING | HOLED if "\0" in text else TELLING for text in said]
        whole = cells.scatter(odd, pl.Series(said, dtype=pl.String))
        return Column(flags, lambda: whole)
