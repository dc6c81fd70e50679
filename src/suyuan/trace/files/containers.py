"""What a dump comes packed in: unpacked as a stream, never to disk and never by a name that the archive gives."""

import bz2
import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

import pyarrow as pa

from suyuan.errors import RefusedError

FREE_BYTES: Final = 64 << 20
"""What may come out of an archive before its ratio is looked at."""

RATIO_AT_MOST: Final = 100
"""Text of people packs to a fifth or a twentieth. A hundredth is a bomb, or a file of nothing."""

BLOCK_AT_ONCE: Final = 4 << 20

STEP_BYTES: Final = 64 << 10
TRUNCATED: Final = "Truncated"
"""What the library for zstd says of a stream that breaks off."""

MEMBERS_AT_MOST: Final = 10_000

WHOLE_BYTES: Final = 512 << 20
"""The largest workbook or Parquet file within an archive: such a member is unpacked into memory whole."""

PACKED_STREAMS: Final = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)

ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")

DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile, pa.ArrowException, ValueError)
"""How the libraries say that an archive is cut off or damaged; `OSError` without a number of the system is one too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file within a zip archive. `name` is shown, and never used to write anything."""

    name: str
    size_bytes: int
    packed_bytes: int


def packing(head: bytes) -> str | None:
    """Give how a single stream is packed, or None."""
    return next((name for magic, name in PACKED_STREAMS if head.startswith(magic)), None)


def is_zip(head: bytes) -> bool:
    """Say whether a file begins as a zip archive does; spreadsheets do."""
    return head.startswith(ZIP_MAGIC)


class Readable(Protocol):
    """What can be read in pieces."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, none at the end."""
        ...


class Hashed(io.RawIOBase):
    """A file whose bytes are hashed as they are read, each once and in order."""

    def __init__(self, file: IO[bytes] | io.RawIOBase, *, seen: Callable[[int], None] | None = None) -> None:
        self._file = file
        self._seen = seen
        self.digest = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        count = self._file.readinto(view)  # type: ignore[union-attr]
        self.digest.update(view[:count])
        self.size += count
        if self._seen is not None:
            self._seen(self.size)
        return int(count)

    def block(self, size: int) -> bytes:
        """Give the next block, shorter only at the end."""
        block = self._file.read(size)
        self.digest.update(block)
        self.size += len(block)
        if self._seen is not None and block:
            self._seen(self.size)
        return block

    def drain(self) -> None:
        """Read what is left, so that the digest is of the whole file."""
        while self.read(1 << 20):
            pass


class Joined(io.RawIOBase):
    """Blocks as a file: what is packed within an archive is unpacked from it."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = memoryview(b"")

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer as far as the block at hand goes."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._held and (block := next(self._blocks, None)) is not None:
            self._held = memoryview(block)
        piece, self._held = self._held[: len(view)], self._held[len(view) :]
        view[: len(piece)] = piece
        return len(piece)


def unpacked(
    file: Hashed,
    *,
    packing: str,
    block_bytes: int,
    on_cut: Callable[[], None] | None = None,
    archive_bytes: int | None = None,
) -> Iterator[bytes]:
    """Give the blocks of what a single stream holds.

    Args:
        archive_bytes: the size of what the stream itself is packed in, by which both together are measured.
        on_cut: is told that the stream breaks off, of which what stands before is then given; else that is refused.
    Raises: RefusedError: `trace.archive`, cut off or damaged; `trace.bomb`.
    """
    buffered = io.BufferedReader(file, 1 << 20)
    opened: Readable
    match packing:
        case "gzip":
            opened = gzip.GzipFile(fileobj=buffered)
        case "bzip2":
            opened = bz2.BZ2File(buffered)
        case "xz":
            opened = lzma.LZMAFile(buffered)  # noqa: SIM115 -- it reads `buffered`, which the caller closes.
        case _:
            opened = pa.CompressedInputStream(pa.PythonFile(buffered, mode="r"), "zstd")

    def packed() -> int:
        return file.size if archive_bytes is None else min(file.size, archive_bytes)

    yield from bounded(opened, packed=packed, block_bytes=block_bytes, on_cut=on_cut)
    file.drain()


def bounded(
    opened: Readable, *, packed: Callable[[], int], block_bytes: int, on_cut: Callable[[], None] | None = None
) -> Iterator[bytes]:
    """Give the blocks of an unpacking stream until it ends, or is more than its packed bytes can mean."""
    size = 0
    while True:
        most = min(block_bytes, BLOCK_AT_ONCE)
        block = read_piece(opened, size=most) if on_cut is None else read_up_to_cut(opened, size=most, on_cut=on_cut)
        if not block:
            return
        size += len(block)
        require_ratio(size, packed=packed())
        yield block


def read_piece(opened: Readable, *, size: int) -> bytes:
    """Give the next piece of an unpacking stream.

    Raises: RefusedError: `trace.archive`, cut off or damaged.
    """
    try:
        return opened.read(size)
    except (*DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise damaged() from None


def read_up_to_cut(opened: Readable, *, size: int, on_cut: Callable[[], None]) -> bytes:
    """Give the next piece of an unpacking stream, or as much of it as stands before the stream breaks off.

    Raises: RefusedError: `trace.archive`, damaged.
    """
    step = getattr(opened, "read1", opened.read)
    held = bytearray()
    try:
        # In small steps: what a step has unpacked before it fails is lost.
        while len(held) < size and (piece := step(min(STEP_BYTES, size - len(held)))):
            held += piece
    except (*DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        if not isinstance(error, EOFError) and TRUNCATED not in str(error):
            raise damaged() from None
        on_cut()
    return bytes(held)


def require_ratio(size: int, *, packed: int) -> None:
    """Refuse what unpacks to more than any table does.

    Raises: RefusedError: `trace.bomb`.
    """
    if size > FREE_BYTES and size > RATIO_AT_MOST * max(1, packed):
        raise RefusedError(
            f"the archive unpacks to more than {RATIO_AT_MOST} times its size",
            code="trace.bomb",
            hint="no table of people packs like that; unpack it yourself if you trust it",
        )


def damaged() -> RefusedError:
    """Give the refusal of an archive that cannot be unpacked."""
    return RefusedError(
        "the archive is cut off or damaged", code="trace.archive", hint="fetch the file again, or unpack what is left"
    )


@contextmanager
def opened_zip(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive.

    Raises: RefusedError: `trace.archive`, `trace.bomb` (an archive of more members than anyone packs by hand).
    """
    try:
        archive = zipfile.ZipFile(file)
    except (*DAMAGE, NotImplementedError):
        raise damaged() from None
    with archive:
        if len(archive.infolist()) > MEMBERS_AT_MOST:
            raise too_many()
        yield archive


def opened_member(archive: zipfile.ZipFile, *, info: zipfile.ZipInfo) -> IO[bytes]:
    """Open a member of a zip archive.

    Raises: RefusedError: `trace.encrypted`; `trace.archive`, it is not where the archive says, or packed in no known way.
    """
    if info.flag_bits & 1:
        raise encrypted()
    try:
        return archive.open(info)
    except (*DAMAGE, NotImplementedError, RuntimeError):
        raise damaged() from None


def encrypted() -> RefusedError:
    """Give the refusal of an archive with a password."""
    return RefusedError(
        "the archive is encrypted", code="trace.encrypted", hint="unpack it with its password, then trace the file"
    )


def too_many() -> RefusedError:
    """Give the refusal of an archive of more members than anyone packs by hand."""
    return RefusedError("the archive has too many members", code="trace.bomb", hint="unpack it yourself")


def shown(name: bytes) -> str:
    """Give the name of a member as text: UTF-8, or what Chinese Windows writes."""
    for codec in ("utf-8", "gb18030"):
        try:
            return name.decode(codec)
        except UnicodeDecodeError:
            continue
    return name.decode("latin-1")


def name_of(info: zipfile.ZipInfo) -> str:
    """Give the name of a member of a zip archive, which need not say in what characters it is written."""
    if info.flag_bits & 0x800:
        return info.filename
    return shown(info.filename.encode("cp437", "surrogateescape"))


def members_of(archive: zipfile.ZipFile) -> list[Member]:
    """Give the files of an archive that may be tables: no folders, and nothing that an operating system puts beside.

    Raises: RefusedError: `trace.encrypted`, `trace.archive` (nothing in it).
    """
    infos = [
        info for info in archive.infolist() if not info.is_dir() and info.file_size and not is_litter(name_of(info))
    ]
    if any(info.flag_bits & 1 for info in infos):
        raise encrypted()
    if not infos:
        raise RefusedError("the archive has no file in it", code="trace.empty", hint="check that the download finished")
    return [Member(name=name_of(info), size_bytes=info.file_size, packed_bytes=info.compress_size) for info in infos]


def is_litter(name: str) -> bool:
    """Say whether a member is what macOS or Windows leaves beside files."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return name.startswith("__MACOSX/") or last in (".DS_Store", "Thumbs.db", "desktop.ini") or last.startswith("._")


def member_blocks(path: Path, *, name: str, block_bytes: int) -> Iterator[bytes]:
    """Give the blocks of one member of a zip archive.

    Raises: RefusedError: `trace.archive`, `trace.bomb`.
    """
    with path.open("rb") as file, opened_zip(file) as archive:
        try:
            info = next(info for info in archive.infolist() if name_of(info) == name)
        except StopIteration:
            raise damaged() from None
        with opened_member(archive, info=info) as opened:
            yield from bounded(opened, packed=lambda: info.compress_size, block_bytes=block_bytes)


def member_whole(blocks: Iterator[bytes]) -> bytes:
    """Give a member that can only be read whole.

    Raises: RefusedError: `trace.bomb`, it is larger than fits.
    """
    content = bytearray()
    for block in blocks:
        content += block
        if len(content) > WHOLE_BYTES:
            raise RefusedError(
                f"a workbook or Parquet file in the archive is over {WHOLE_BYTES >> 20} MiB",
                code="trace.bomb",
                hint="unpack it and trace the file itself",
            )
    return bytes(content)
