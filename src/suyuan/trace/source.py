"""The bytes of a dump: opened or refused in one line, hashed while they are read, cut at line ends."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from suyuan.errors import RefusedError, UnavailableError
from suyuan.terms import Digest
from suyuan.trace.encoding import byte_order_mark

BLOCK_BYTES = 8 << 20
LINE_BYTES = 1 << 20
"""The longest line, and the longest quoted record: what bounds the memory that a hostile file can take."""

HEAD_BYTES = 256 << 10
"""The head from which dialect and columns are recognised; the first line ends within it."""

CONTAINERS = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet"),
    (b"\x1f\x8b", "gzip-compressed"),
    (b"BZh", "bzip2-compressed"),
    (b"\xfd7zXZ", "xz-compressed"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    (b"%PDF", "a PDF"),
)


class Source:
    """One dump file. Every full pass over it hashes what it read, so cells and digest are of the same bytes."""

    __slots__ = ("_digest", "_size", "path", "progress")

    def __init__(self, path: Path, *, progress: Callable[[int], None] | None = None) -> None:
        self.path = path
        self.progress = progress
        self._digest: Digest | None = None
        self._size = 0

    @property
    def sha256(self) -> Digest:
        """The digest of the bytes of the last full pass."""
        if self._digest is None:
            raise RefusedError("the dump has not been read to its end", code="trace.unread")
        return self._digest

    @property
    def size_bytes(self) -> int:
        """How many bytes the last full pass read."""
        return self._size

    def head(self) -> bytes:
        """Give the first bytes of the file.

        Raises: RefusedError: `trace.missing`, `trace.directory`, `trace.permission`, `trace.empty`, `trace.binary`,
            `trace.long-line`.
        """
        try:
            with self.path.open("rb") as file:
                head = file.read(HEAD_BYTES)
        except OSError as error:
            raise unopened(error) from None
        if not head.strip(b"\r\n\t \xef\xbb\xbf\xff\xfe\0"):
            raise RefusedError("the dump is empty", code="trace.empty", hint="check that the download finished")
        require_text(head)
        if len(head) == HEAD_BYTES and b"\n" not in head and not head.startswith(b"PAR1"):
            raise long_line(1, limit_bytes=HEAD_BYTES)
        return head

    def chunks(self) -> Iterator[bytes]:
        """Give the file in blocks; after the last one `sha256` and `size_bytes` are those of this pass."""
        digest = hashlib.sha256()
        size = 0
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(BLOCK_BYTES):
                    digest.update(chunk)
                    size += len(chunk)
                    yield chunk
                    if self.progress is not None:
                        self.progress(size)
        except OSError as error:
            raise unopened(error) from None
        self._digest, self._size = Digest(digest.digest()), size


def unopened(error: OSError) -> RefusedError | UnavailableError:
    """Give the refusal for a file that could not be opened or read. The path is the caller's own and stays out."""
    if isinstance(error, FileNotFoundError):
        return RefusedError("there is no such dump file", code="trace.missing", hint="check the path")
    if isinstance(error, IsADirectoryError):
        return RefusedError("the dump is a directory, not a file", code="trace.directory", hint="trace one file")
    if isinstance(error, PermissionError):
        return RefusedError("the dump may not be read by this user", code="trace.permission", hint="check its rights")
    return UnavailableError(f"the dump could not be read (system error {error.errno})", code="trace.unreadable-file")


def require_text(head: bytes) -> None:
    """Refuse what is no text and no Parquet.

    Raises: RefusedError: `trace.binary`.
    """
    if head.startswith(b"PAR1"):
        return
    for magic, what in CONTAINERS:
        if head.startswith(magic):
            raise RefusedError(
                f"the dump is {what}, not a text file", code="trace.binary", hint="unpack it or export it as CSV first"
            )
    codec, bom = byte_order_mark(head)
    if codec is not None and codec != "utf-8" and head[bom : bom + 2] != b"\0\0":
        return
    control = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\r\f\x1b")
    if b"\0" in head or control * 20 > len(head):
        raise RefusedError(
            "the dump is binary, not a text file",
            code="trace.binary",
            hint="UTF-16 needs its byte order mark; export other formats as CSV first",
        )


def whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Give blocks that end at a line feed, except perhaps the last.

    Raises: RefusedError: `trace.long-line`, naming the line; at most one block is held until then.
    """
    rest = b""
    lines = 0
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest += chunk
        else:
            block = rest + chunk[:end] if rest else chunk[:end]
            require_short_lines(block, lines=lines)
            lines += count_lines(block)
            rest = chunk[end:]
            yield block
        if len(rest) > LINE_BYTES:
            raise long_line(lines + 1)
    if rest:
        yield rest


def count_lines(block: bytes) -> int:
    """Count line feeds; five times faster than `bytes.count`."""
    return int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")))


def require_short_lines(block: bytes, *, lines: int) -> None:
    """Refuse a block with a line over the limit.

    Each step jumps to the last line feed within the limit, so few steps decide.
    """
    start = 0
    while len(block) - start > LINE_BYTES:
        end = block.rfind(b"\n", start, start + LINE_BYTES)
        if end < 0:
            raise long_line(lines + count_lines(block[:start]) + 1)
        start = end + 1


def long_line(number: int, *, limit_bytes: int = LINE_BYTES) -> RefusedError:
    """Give the refusal of an over-long line."""
    return RefusedError(
        f"line {number} is longer than {limit_bytes} bytes",
        code="trace.long-line",
        hint="the file is not one record a line; export it as CSV",
    )
