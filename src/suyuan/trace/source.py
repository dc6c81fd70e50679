"""The bytes of a dump: opened or refused in one line, hashed while they are read, cut at line ends."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from suyuan.errors import RefusedError, UnavailableError
from suyuan.terms import Digest
from suyuan.trace.encoding import byte_order_mark

BLOCK_BYTES = 8 << 20
LINE_BYTES = 1 << 20
"""The longest line, and the longest quoted record of several: what bounds the memory that a hostile file can take."""

STAND_IN = b"x" * ((128 << 10) + 1)
"""What a line over the limit is read as: one cell too long for the csv module, and no JSON."""

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
            raise long_line()
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
    # Text that is UTF-16 has far more zero bytes than that, and a few of them make no text unreadable.
    if control * 20 > len(head):
        raise RefusedError(
            "the dump is binary, not a text file",
            code="trace.binary",
            hint="UTF-16 needs its byte order mark; export other formats as CSV first",
        )


def whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Give blocks that end at a line feed, except perhaps the last.

    A line over `LINE_BYTES`, its line feed not counted, is read as `STAND_IN`: no record in any format, and small.
    """
    rest = b""
    skipping = False
    for chunk in chunks:
        end = chunk.find(b"\n") if skipping else 0
        if end < 0:
            continue
        chunk, skipping = chunk[end:], False
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest += chunk
        else:
            yield short_lines(rest + chunk[:end] if rest else chunk[:end])
            rest = chunk[end:]
        if len(rest) > LINE_BYTES:
            rest, skipping = STAND_IN, True
    if rest:
        yield rest


def short_lines(block: bytes) -> bytes:
    """Give a block of whole lines with `STAND_IN` for each that is over the limit.

    Each step jumps to the last line feed within the limit, so few steps decide.
    """
    parts: list[bytes] = []
    start = kept = 0
    while len(block) - start > LINE_BYTES + 1:
        end = block.rfind(b"\n", start, start + LINE_BYTES + 1)
        if end < 0:
            end = block.index(b"\n", start)
            parts += (block[kept:start], STAND_IN)
            kept = end
        start = end + 1
    return b"".join((*parts, block[kept:])) if parts else block


def long_line() -> RefusedError:
    """Give the refusal of a file whose first line does not end within its head."""
    return RefusedError(
        f"line 1 is longer than {HEAD_BYTES} bytes",
        code="trace.long-line",
        hint="the file is not one record a line; export it as CSV",
    )
