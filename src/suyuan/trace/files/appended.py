"""UTF-16 behind other text, as a shell appends it to a file that another program began: where it begins, and the whole as one text."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import SEEK_END
from typing import BinaryIO, Final

from suyuan.trace.files.encoding import unmarked_utf16

LOOKED_AT: Final = 8 << 10
"""Bytes from which UTF-16 is told."""

LINES_TRIED: Final = 5
"""Line starts before the first zero byte at which it may begin: a byte of a Chinese character may be a line feed's."""

BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where UTF-16 begins, in bytes, and its codec."""

    at: int
    codec: str

    def unified(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Give the blocks of a file with its UTF-16 as UTF-8; what comes before stays as it is."""
        decoder = codecs.getincrementaldecoder(self.codec)("replace")
        seen = 0
        for block in blocks:
            before = max(0, self.at - seen)
            seen += len(block)
            yield block[:before] + decoder.decode(block[before:]).replace("\ufeff", "").encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def appended_utf16(head: bytes) -> Appended | None:
    """Give where UTF-16 begins behind other text in a file's head; None where it does not.

    Only at the beginning of a line that has text before it, and where zero bytes stand on one side alone from there on
    and what they make is text of people: never blocks or cells that zero bytes fill up, and no binary numbers.
    """
    first = head.find(0)
    start = first
    for _ in range(LINES_TRIED if first > 0 else 0):
        start = head.rfind(b"\n", 0, start) + 1
        if not start:
            break
        piece = head[start : start + LOOKED_AT // 2 * 2]
        codec = unmarked_utf16(piece.removeprefix(codecs.BOM_UTF16_LE)) if piece[:1] != b"\0" else None
        if codec is not None:
            return Appended(at=start, codec=codec)
        start -= 1
    return None


def appended_far(file: BinaryIO) -> Appended | None:
    """Give where UTF-16 begins in a file whose head has none; None where its end has none either."""
    file.seek(-min(LOOKED_AT, file.seek(0, SEEK_END)), SEEK_END)
    tail = file.read()
    if unmarked_utf16(tail) is None and unmarked_utf16(tail[1:]) is None:
        return None
    file.seek(0)
    at, kept = 0, b""
    while block := file.read(BLOCK_BYTES):
        if 0 in block:
            found = appended_utf16(kept + block + file.read(LOOKED_AT))
            return None if found is None else Appended(at=at - len(kept) + found.at, codec=found.codec)
        at += len(block)
        kept = block[-LOOKED_AT:]
    return None
