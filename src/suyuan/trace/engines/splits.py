"""A dump as splits: stretches of its bytes that begin where a line begins."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from suyuan.errors import RefusedError
from suyuan.terms import Digest
from suyuan.trace.files.cells import LF, Declined, Shape, cut
from suyuan.trace.files.dialect import Dialect
from suyuan.trace.files.encoding import utf8_block
from suyuan.trace.files.source import BLOCK_BYTES, Source, unopened, whole_lines

LINE_SEARCH_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The bytes `start` to `end` of a file. The first begins behind its byte order mark."""

    start: int
    end: int


def split_file(path: Path, *, first: int, split_bytes: int) -> list[Split]:
    """Give the splits of a file, about `split_bytes` each, from byte `first` to its end; none of an empty one.

    Raises: RefusedError, UnavailableError: the file cannot be read.
    """
    try:
        with path.open("rb", buffering=0) as file:
            size = file.seek(0, 2)
            starts = [first]
            while (place := starts[-1] + split_bytes) < size:
                start = place
                file.seek(place)
                while piece := file.read(LINE_SEARCH_BYTES):
                    found = piece.find(b"\n")
                    if found >= 0:
                        start += found + 1
                        break
                    start += len(piece)
                if start >= size:
                    break
                starts.append(start)
    except OSError as error:
        raise unopened(error) from None
    ends = [*starts[1:], size]
    return [Split(start=start, end=end) for start, end in zip(starts, ends, strict=True) if start < end]


def record_splits(path: Path, *, dialect: Dialect, split_bytes: int) -> list[Split] | None:
    """Give splits that begin where a record begins, after a look at every quote; None where the text is not plain.

    Lines are counted, not bytes, because text of another codec has other bytes once it is UTF-8.
    """
    shape = Shape(delimiter=ord(dialect.delimiter), quote=ord(dialect.quote), width=dialect.width, wanted=())
    starts, rest, place = [dialect.bom], b"", dialect.bom
    ends = np.empty(0, dtype=np.int64)
    for block in whole_lines(_pieces(path, first=dialect.bom, size=split_bytes)):
        whole = rest + utf8_block(block, codecs=dialect.codecs)[0]
        part = cut(whole, shape=shape, final=False)
        if isinstance(part, Declined):
            return None
        ends = np.append(ends, np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == LF) + place + 1)
        lines = whole.count(b"\n", 0, part.consumed)
        if lines:
            starts.append(int(ends[lines - 1]))
        rest, ends, place = whole[part.consumed :], ends[lines:], place + len(block)
    # What follows the last line end belongs to the last split; so does a line too long to be read as it stands.
    size = path.stat().st_size
    starts = [start for start in starts if start < size]
    return None if place != size else [Split(start=a, end=b) for a, b in pairwise([*starts, size])]


def _pieces(path: Path, *, first: int, size: int) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(first)
            while piece := file.read(size):
                yield piece
    except OSError as error:
        raise unopened(error) from None


class SplitSource(Source):
    """One split, read as a file of its own; its digest and size are those of the split."""

    __slots__ = ("_split",)

    def __init__(self, path: Path, *, split: Split) -> None:
        super().__init__(path)
        self._split = split

    def _blocks(self, *, progress: Callable[[int], None] | None, block_bytes: int | None = None) -> Iterator[bytes]:
        digest, left = sha256(), self._split.end - self._split.start
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(self._split.start)
                while left and (block := file.read(min(left, block_bytes or BLOCK_BYTES))):
                    digest.update(block)
                    left -= len(block)
                    yield block
        except OSError as error:
            raise unopened(error) from None
        self._digest, self._size = Digest(digest.digest()), self._split.end - self._split.start - left


def digests_of(source: Source, *, splits: list[Split]) -> list[Digest]:
    """Read the whole file once, so that `source` knows its digest, and give the digest of each split.

    Raises: RefusedError: `trace.changed`, it is shorter than its splits.
    """
    hashes = [sha256() for _ in splits]
    place = number = 0
    for block in source.chunks():
        view = memoryview(block)
        while number < len(splits) and splits[number].start < place + len(block):
            split = splits[number]
            begin, end = max(split.start - place, 0), min(split.end - place, len(block))
            hashes[number].update(view[begin:end])
            if split.end > place + len(block):
                break
            number += 1
        place += len(block)
    if splits and place != splits[-1].end:
        raise changed()
    return [Digest(one.digest()) for one in hashes]


def changed() -> RefusedError:
    """Give the refusal of a file that is not the same for all who read it."""
    return RefusedError(
        "the dump changed while it was traced, or workers see another file under its path",
        code="trace.changed",
        hint="trace a copy that nobody writes to, at a path that is the same file for every worker",
    )
