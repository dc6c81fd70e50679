"""Blocks of separated text as bytes that may be cut as they are: whole lines, of a known codec, checked."""

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.trace.files.delimited import without_mark
from suyuan.trace.files.dialect import Dialect
from suyuan.trace.files.encoding import CHINESE, LineCensus, decodes, is_utf8_block
from suyuan.trace.files.source import LINE_BYTES, Source
from suyuan.trace.matching.reading import PADDING

UTF8: Final = ("utf-8",)
WINDOW_BYTES: Final = 8 << 20
"""What is cut and looked up at once: enough that all the calls for it are nothing, and little enough for the memory."""

BELOW_TRAILS: Final = 0x30
"""No character of GB18030 has a byte below this after its first, so text may be cut there before it is decoded."""


def can_cut(dialect: Dialect) -> bool:
    """Say whether a dialect's bytes may be cut as they are."""
    delimiter, quote = dialect.delimiter, dialect.quote
    if len(delimiter) != 1 or not delimiter.isascii() or not quote.isascii() or len(quote) > 1:
        return False
    if dialect.codecs == UTF8:
        return True
    return dialect.codecs == CHINESE and all(ord(mark) < BELOW_TRAILS for mark in delimiter + quote)


class Window:
    """The part of a text that is under way, in one room: what its reader left, and whole lines behind it.

    `data[:size]` ends at a line feed, or where the text does (`is_last`); `data[fresh:size]` was not there before.
    """

    __slots__ = ("_chunks", "_filled", "_longest", "data", "fresh", "is_last", "size")

    def __init__(self, chunks: Iterator[bytes], *, longest: int | None = None) -> None:
        """Take a text in pieces.

        Args:
            longest: bytes of the longest line, at least those of a piece; by default any length will do.
        """
        self._chunks = chunks
        self._longest = longest
        self._filled = 0
        self.data = np.empty(WINDOW_BYTES * 2, dtype=np.uint8)
        self.size = self.fresh = 0
        self.is_last = False

    def advance(self, consumed: int) -> bool:
        """Let go of the first bytes and take in some lines; say no where one is too long."""
        left = self._filled - consumed
        self.data[:left] = self.data[consumed : self._filled].copy()
        self._filled, self.fresh = left, self.size - consumed
        self.size = self.fresh
        while self._filled < WINDOW_BYTES or self.size == self.fresh:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.is_last, self.size = True, self._filled
                self._require_room(PADDING)
                self.data[self.size : self.size + PADDING] = 0x0A
                return True
            if not self._take(chunk):
                return False
        return True

    def _take(self, chunk: bytes) -> bool:
        first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
        line = self._filled - self.size + (first if first >= 0 else len(chunk))
        if self._longest is not None and line > self._longest:
            return False
        self._require_room(len(chunk) + PADDING)
        self.data[self._filled : self._filled + len(chunk)] = np.frombuffer(chunk, dtype=np.uint8)
        if last >= 0:
            self.size = self._filled + last + 1
        self._filled += len(chunk)
        return True

    def _require_room(self, size: int) -> None:
        if self._filled + size > len(self.data):
            room = np.empty(max(2 * len(self.data), self._filled + size), dtype=np.uint8)
            room[: self._filled] = self.data[: self._filled]
            self.data = room


def text_window(source: Source, *, dialect: Dialect) -> Window:
    """Give the window on a source's bytes as they are."""
    # Pieces no longer than a line may be: the window then sees every line that is longer.
    return Window(without_mark(source.chunks(block_bytes=LINE_BYTES), bom=dialect.bom), longest=LINE_BYTES)


def is_of_codec(window: Window, *, dialect: Dialect, census: LineCensus | None) -> bool:
    """Say whether the fresh lines of a window are valid in the dialect's one codec; a census counts them."""
    if census is not None and census.take(window.data, start=window.fresh, end=window.size):
        return True
    block = window.data[window.fresh : window.size]
    if dialect.codecs == UTF8:
        return is_utf8_block(block)
    from suyuan.trace.matching.cutting import is_double_bytes

    return is_double_bytes(block, len(block), double_bytes()) or decodes(block.tobytes(), codec=CHINESE[0])


@cache
def double_bytes() -> npt.NDArray[np.uint8]:
    """Give the two-byte characters of GB18030 as flags by their bytes, the first the high one."""
    flags = np.zeros(1 << 16, dtype=np.uint8)
    for lead in range(0x81, 0xFF):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
            flags[lead << 8 | trail] = decodes(bytes((lead, trail)), codec=CHINESE[0])
    return flags
