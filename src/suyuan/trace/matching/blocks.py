"""Blocks of separated text as bytes that may be cut as they are: whole lines, of a known codec, checked."""

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.trace.delimited import without_mark
from suyuan.trace.dialect import Dialect
from suyuan.trace.encoding import decodes, is_utf8_block
from suyuan.trace.matching.reading import PADDING
from suyuan.trace.source import Source, whole_lines

UTF8: Final = ("utf-8",)
CHINESE: Final = ("gb18030",)
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


def checked_blocks(source: Source, *, dialect: Dialect) -> Iterator[bytes | None]:
    """Give the blocks of a source, whole lines each; None, and nothing after it, where one is not of the codec."""
    for block in whole_lines(without_mark(source.chunks(), bom=dialect.bom)):
        if not is_of_codec(block, dialect=dialect):
            yield None
            return
        yield block


def is_of_codec(block: bytes, *, dialect: Dialect) -> bool:
    """Say whether a block is valid in the dialect's one codec."""
    if dialect.codecs == UTF8:
        return is_utf8_block(block)
    from suyuan.trace.matching.cutting import is_double_bytes

    is_plain = is_double_bytes(np.frombuffer(block, dtype=np.uint8), len(block), double_bytes())
    return is_plain or decodes(block, codec=CHINESE[0])


@cache
def double_bytes() -> npt.NDArray[np.uint8]:
    """Give the two-byte characters of GB18030 as flags by their bytes, the first the high one."""
    flags = np.zeros(1 << 16, dtype=np.uint8)
    for lead in range(0x81, 0xFF):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
            flags[lead << 8 | trail] = decodes(bytes((lead, trail)), codec=CHINESE[0])
    return flags


def padded(block: bytes, *, into: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Give a block's bytes with line feeds behind them for kernels that look ahead; in `into` where it is large enough."""
    size = len(block) + PADDING
    data = into[:size] if len(into) >= size else np.empty(size, dtype=np.uint8)
    data[: len(block)] = np.frombuffer(block, dtype=np.uint8)
    data[len(block) :] = 0x0A
    return data
