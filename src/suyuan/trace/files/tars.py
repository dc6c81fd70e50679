"""Tar archives, packed or not: their members read as streams, never written anywhere and by no name that they give.

The headers are read here rather than by `tarfile`, which takes as much memory as a header asks for.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from suyuan.trace.files.containers import (
    MEMBERS_AT_MOST,
    Hashed,
    Member,
    damaged,
    is_litter,
    packing,
    shown,
    too_many,
    unpacked,
)

MARK: Final = (257, b"ustar")
RECORD_BYTES: Final = 512
HEADER_BYTES: Final = 64 << 10
"""The longest name, or list of a member's properties, that is read."""

DIGITS_AT_MOST: Final = 20
BLOCK_BYTES: Final = 1 << 20
FILES: Final = (b"0", b"\0", b"7")
PACKED_MEMBERS: Final = 100
"""Members of a packed archive: each is reached by unpacking all that stands before it."""


def is_tar(head: bytes) -> bool:
    """Say whether a file begins as a tar archive does."""
    start, mark = MARK
    return head[start : start + len(mark)] == mark


class Stream:
    """The bytes of an archive, taken a piece at a time."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = memoryview(b"")

    def pieces(self, size: int) -> Iterator[bytes]:
        """Give just so many bytes in pieces.

        Raises: RefusedError: `trace.archive`, the archive ends before.
        """
        while size:
            if not self._held:
                self._held = memoryview(next(self._blocks, b""))
                if not self._held:
                    raise damaged()
            piece, self._held = self._held[:size], self._held[size:]
            size -= len(piece)
            yield bytes(piece)

    def take(self, size: int) -> bytes:
        """Give just so many bytes."""
        return b"".join(self.pieces(size))

    def skip(self, size: int) -> None:
        """Go past so many bytes."""
        while size > len(self._held):
            size -= len(self._held)
            self._held = memoryview(next(self._blocks, b""))
            if not self._held:
                raise damaged()
        self._held = self._held[size:]

    def drain(self) -> None:
        """Go to the end."""
        for _ in self._blocks:
            pass


def entries(stream: Stream) -> Iterator[tuple[str, int]]:
    """Give the name and size of every file, each before its bytes; whoever takes one takes those or goes past them.

    Raises: RefusedError: `trace.archive`, `trace.bomb`.
    """
    met: dict[str, int] = {}
    long_name, told_size = "", None
    while (header := stream.take(RECORD_BYTES)).strip(b"\0"):
        require_sum(header)
        size = number(header[124:136]) if told_size is None else told_size
        kind = header[156:157]
        if kind in (b"L", b"x"):
            if size > HEADER_BYTES:
                raise damaged()
            text = stream.take(size)
            stream.skip(-size % RECORD_BYTES)
            if kind == b"L":
                long_name = shown(text.rstrip(b"\0"))
            else:
                found = properties(text)
                long_name = found.get("path", long_name)
                told = found.get("size", "")
                told_size = int(told) if told.isdecimal() and len(told) <= DIGITS_AT_MOST else None
            continue
        prefix = shown(header[345:500].partition(b"\0")[0])
        name = long_name or f"{prefix}/{shown(header[:100].partition(bytes(1))[0])}".lstrip("/")
        long_name, told_size = "", None
        if kind in FILES and not name.endswith("/"):
            if len(met) > MEMBERS_AT_MOST:
                raise too_many()
            met[name] = met.get(name, 0) + 1
            yield (name if met[name] == 1 else f"{name} ({met[name]})"), size
        else:
            stream.skip(size)
        stream.skip(-size % RECORD_BYTES)


def require_sum(header: bytes) -> None:
    """Require that a header is whole.

    Raises: RefusedError: `trace.archive`.
    """
    if sum(header) - sum(header[148:156]) + 8 * 32 != number(header[148:156]):
        raise damaged()


def number(digits: bytes) -> int:
    """Give the number that a header holds, in octal digits or, where it is large, in bytes.

    Raises: RefusedError: `trace.archive`.
    """
    if digits[:1] == b"\x80":
        return int.from_bytes(digits[1:], "big")
    bare = digits.strip(b"\0 ")
    if not all(digit in b"01234567" for digit in bare):
        raise damaged()
    return int(bare or b"0", 8)


def properties(text: bytes) -> dict[str, str]:
    """Give the properties of a member that stand in a header of their own: `27 path=...`."""
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        length, _, _ = text[place : place + DIGITS_AT_MOST].partition(b" ")
        if not length.isdigit() or not len(length) < int(length) <= len(text) - place:
            break
        start, place = place + len(length) + 1, place + int(length)
        key, _, value = text[start : place - 1].partition(b"=")
        found[shown(key)] = shown(value)
    return found


def opened(path: Path) -> Iterator[bytes]:
    """Give the blocks of an archive, unpacked."""
    with path.open("rb", buffering=0) as raw:
        how = packing(raw.read(RECORD_BYTES))
        raw.seek(0)
        file = Hashed(raw)
        if how is not None:
            yield from unpacked(file, packing=how, block_bytes=BLOCK_BYTES)
        else:
            while block := file.block(BLOCK_BYTES):
                yield block


def tar_members(path: Path, *, is_packed: bool) -> list[Member]:
    """Give the files of an archive that may be tables.

    Raises: RefusedError: `trace.archive`, `trace.bomb`.
    """
    stream = Stream(opened(path))
    found: list[Member] = []
    for name, size in entries(stream):
        if size and not is_litter(name):
            found.append(Member(name=name, size_bytes=size, packed_bytes=size))
        if is_packed and len(found) > PACKED_MEMBERS:
            raise too_many()
        stream.skip(size)
    return found


def tar_blocks(path: Path, *, name: str) -> Iterator[bytes]:
    """Give the blocks of one member.

    Raises: RefusedError: `trace.archive`.
    """
    stream = Stream(opened(path))
    for found, size in entries(stream):
        if found == name:
            yield from stream.pieces(size)
            return
        stream.skip(size)
    raise damaged()
