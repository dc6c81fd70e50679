"""The bytes of a dump: opened or refused in one line, hashed while they are read, cut at line ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from suyuan.crypto.canonical import Json
from suyuan.errors import RefusedError, UnavailableError
from suyuan.terms import Digest
from suyuan.trace.files.appended import Appended, appended_far, appended_utf16
from suyuan.trace.files.containers import Hashed, Joined, is_zip, member_blocks, packing, unpacked
from suyuan.trace.files.cut import CUT_OFF, marked
from suyuan.trace.files.encoding import byte_order_mark, unmarked_utf16
from suyuan.trace.files.places import START, Place
from suyuan.trace.files.tars import is_tar, tar_blocks

BLOCK_BYTES = 8 << 20
LINE_BYTES = 1 << 20
"""The longest line, and the longest quoted record of several: what bounds the memory that a hostile file can take."""

STAND_IN = b"x" * ((128 << 10) + 1)
"""What a line over the limit is read as: one cell too long for the csv module, and no JSON."""

HEAD_BYTES = 256 << 10
"""The head from which dialect and columns are recognised; the first line ends within it."""

PROBES, PROBE_BYTES = 8, 32 << 10
PROBED_BYTES = 2 << 20
"""A smaller file is told from its head."""

OLD_OFFICE = b"\xd0\xcf\x11\xe0"

CONTAINERS = (
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (OLD_OFFICE, "a document of an old Office"),
    (b"%PDF", "a PDF"),
)

PARQUET = b"PAR1"


class Findings(Protocol):
    """Keeps what whole passes over a file found (`resuming.rows.RowKeeper`)."""

    def found(self, name: str, *, of: Mapping[str, Json], make: Callable[[], Json]) -> Json:
        """Give what was found by a pass of this name, or make it."""
        ...


class Source:
    """One dump file. Every full pass over it hashes what it read, so cells and digest are of the same bytes.

    A packed file (gzip, bzip2, xz, zstd) gives what it holds; digest and size are of the file itself. After `head`,
    `packing` says how it is packed, `by_returns` whether its lines end with carriage returns alone, and `appended` where
    UTF-16 follows on other text; it is given as UTF-8. `entry` is the
    place in its text at which the next reader begins, `stood` the last one at which a reader said that it stands, and
    `is_utf8` says that one has met nothing but UTF-8 to the end.
    """

    __slots__ = (
        "_digest", "_reading", "_size", "appended", "by_returns", "entry", "findings", "is_cut", "is_utf8", "packing", "path",
        "progress", "stood",
    )  # fmt: skip

    def __init__(
        self, path: Path, *, progress: Callable[[int], None] | None = None, findings: Findings | None = None
    ) -> None:
        self.path = path
        self.progress = progress
        self.findings = findings
        self.entry: Place = START
        self.stood: Place = START
        self.is_utf8 = False
        self.is_cut = False
        self.packing: str | None = None
        self.by_returns = False
        self.appended: Appended | None = None
        self._digest: Digest | None = None
        self._reading: Hashed | None = None
        self._size = 0

    @property
    def sha256(self) -> Digest:
        """The digest of the bytes of the last full pass."""
        if self._digest is None:
            raise RefusedError("the dump has not been read to its end", code="trace.unread")
        return self._digest

    @property
    def digest_so_far(self) -> Digest:
        """The digest of the bytes that the pass under way has read up to now."""
        return Digest(self._reading.digest.digest() if self._reading is not None else b"")

    @property
    def size_bytes(self) -> int:
        """How many bytes the last full pass read."""
        return self._size

    @property
    def is_plain(self) -> bool:
        """Whether the rows stand in the file's own bytes, so that anyone reads them again with the standard library."""
        return self.packing is None and not self.by_returns and self.appended is None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told of the file itself."""
        return (CUT_OFF,) if self.is_cut else ()

    def found(self, name: str, *, of: Mapping[str, Json], make: Callable[[], Json]) -> Json:
        """Give what a whole pass over the text finds, from what an interrupted trace has kept of it if it did."""
        return make() if self.findings is None else self.findings.found(name, of=of, make=make)

    def raw_head(self) -> bytes:
        """Give the first bytes of the file as they are.

        Raises: RefusedError: `trace.missing`, `trace.directory`, `trace.permission`, `trace.empty`.
        """
        try:
            with self.path.open("rb") as file:
                head = file.read(HEAD_BYTES)
        except OSError as error:
            raise unopened(error) from None
        self.packing = packing(head)
        return head

    def is_tar(self) -> bool:
        """Say whether the file, unpacked or as it is, is a tar archive.

        Raises: RefusedError: `trace.archive`, it cannot be unpacked.
        """
        return is_tar(self._first_bytes() if self.packing is not None else self.raw_head())

    def head(self) -> bytes:
        """Give the first bytes of what the file holds.

        Raises: RefusedError: as `raw_head`, and `trace.binary`, `trace.archive`, `trace.bomb`, `trace.nested-archive`.
        """
        head = self.raw_head()
        if self.packing is not None:
            head = self._first_bytes()
            require_no_archive(head)
        if not head.strip(b"\r\n\t \xef\xbb\xbf\xff\xfe\0"):
            raise RefusedError("the dump is empty", code="trace.empty", hint="check that the download finished")
        is_wide = byte_order_mark(head)[0] not in (None, "utf-8") or unmarked_utf16(head) is not None
        self.appended = None if is_wide or head.startswith(PARQUET) else self._appended(head)
        if self.appended is not None:
            head = b"".join(self.appended.unified((head,)))[:HEAD_BYTES]
        require_text(head)
        self.by_returns = b"\n" not in head and b"\r" in head and not head.startswith(PARQUET)
        return head.replace(b"\r", b"\n") if self.by_returns else head

    def probes(self, *, count: int = PROBES, piece_bytes: int = PROBE_BYTES) -> list[bytes]:
        """Give whole lines from places spread over a large file whose lines stand in its own bytes; else nothing.

        What a column holds is told from all over the file: the head of a dump may be unlike the rest.

        Args:
            count: of places. piece_bytes: of the piece that is read at each.
        """
        if not self.is_plain:
            return []
        found: list[bytes] = []
        try:
            size = self.path.stat().st_size
            with self.path.open("rb") as file:
                for place in range(1, count + 1) if size > PROBED_BYTES else ():
                    file.seek(size // (count + 1) * place)
                    piece = file.read(piece_bytes)
                    found.append(piece[piece.find(b"\n") + 1 : piece.rfind(b"\n") + 1])
        except OSError as error:
            raise unopened(error) from None
        return [piece for piece in found if piece]

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Read without a word of how far the reading is: what was read through is only looked at again."""
        progress, self.progress = self.progress, None
        try:
            yield
        finally:
            self.progress = progress

    def chunks(self, *, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
        """Give what the file holds in blocks; after the last one `sha256` and `size_bytes` are those of this pass.

        Args:
            block_bytes: of the largest block.
        """
        blocks = self._blocks(progress=self.progress, block_bytes=block_bytes)
        for block in blocks if self.appended is None else self.appended.unified(blocks):
            yield block.replace(b"\r", b"\n") if self.by_returns else block

    def _appended(self, head: bytes) -> Appended | None:
        """Give where UTF-16 begins behind other text; the head is of neither Parquet nor UTF-16 itself."""
        if 0 in head or len(head) < HEAD_BYTES or self.packing is not None:
            return appended_utf16(head)
        with self.path.open("rb") as file:
            return appended_far(file)

    def _cut_off(self) -> None:
        self.is_cut = True

    def _first_bytes(self) -> bytes:
        head = b""
        for block in self._blocks(progress=None, block_bytes=HEAD_BYTES):
            head += block
            if len(head) >= HEAD_BYTES:
                break
        return head[:HEAD_BYTES]

    def _blocks(self, *, progress: Callable[[int], None] | None, block_bytes: int | None = None) -> Iterator[bytes]:
        try:
            with self.path.open("rb", buffering=0) as raw:
                file = self._reading = Hashed(raw, seen=progress)
                if self.packing is not None:
                    blocks = unpacked(
                        file, packing=self.packing, block_bytes=block_bytes or BLOCK_BYTES, on_cut=self._cut_off
                    )
                    yield from marked(blocks, is_cut=lambda: self.is_cut)
                else:
                    while block := file.block(block_bytes or BLOCK_BYTES):
                        yield block
        except OSError as error:
            raise unopened(error) from None
        self._digest, self._size = Digest(file.digest.digest()), file.size


class MemberSource(Source):
    """One member of an archive, read as a file of its own. Its digest is the archive's, which the caller knows."""

    __slots__ = ("is_in_tar", "member")

    def __init__(self, path: Path, *, member: str, is_in_tar: bool = False, findings: Findings | None = None) -> None:
        super().__init__(path, findings=findings)
        self.member = member
        self.is_in_tar = is_in_tar

    def found(self, name: str, *, of: Mapping[str, Json], make: Callable[[], Json]) -> Json:
        """As the archive's, of this member."""
        return super().found(name, of={**of, "member": self.member}, make=make)

    @property
    def is_plain(self) -> bool:
        """Never: the file at hand is the archive."""
        return False

    def _appended(self, head: bytes) -> Appended | None:
        return appended_utf16(head)

    def raw_head(self) -> bytes:
        """Give the first bytes of the member as they are.

        Raises: RefusedError: `trace.nested-archive`, it is an archive of several files itself.
        """
        self.packing = None
        head = self._first_bytes()
        self.packing = packing(head)
        if self.packing is None and not is_zip(head):
            require_no_archive(head)
        return head

    def _blocks(self, *, progress: Callable[[int], None] | None, block_bytes: int | None = None) -> Iterator[bytes]:
        most = block_bytes or BLOCK_BYTES
        try:
            if self.is_in_tar:
                blocks = tar_blocks(self.path, name=self.member)
            else:
                blocks = member_blocks(self.path, name=self.member, block_bytes=most)
            if self.packing is not None:
                size = self.path.stat().st_size
                blocks = unpacked(Hashed(Joined(blocks)), packing=self.packing, block_bytes=most, archive_bytes=size)
            yield from blocks
        except OSError as error:
            raise unopened(error) from None


def require_no_archive(head: bytes) -> None:
    """Refuse an archive within an archive.

    Raises: RefusedError: `trace.nested-archive`.
    """
    if packing(head) is not None or is_zip(head) or is_tar(head):
        raise RefusedError(
            "the archive holds another archive", code="trace.nested-archive", hint="unpack the outer one first"
        )


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
    if head.startswith(PARQUET):
        return
    for magic, what in CONTAINERS:
        if head.startswith(magic):
            raise RefusedError(
                f"the dump is {what}, not a text file", code="trace.binary", hint="unpack it or export it as CSV first"
            )
    codec, bom = byte_order_mark(head)
    if codec is not None and codec != "utf-8" and head[bom : bom + 2] != b"\0\0":
        return
    if unmarked_utf16(head) is not None:
        return
    control = sum(head.count(byte) for byte in range(1, 32) if byte not in b"\x01\x02\t\n\r\f\x1b\x1e\x1f")
    zeros = head.count(0)
    # A few zero bytes make no text unreadable.
    if (control + zeros) * 20 > len(head) and (control * 200 > len(head) - zeros or not is_padded(head)):
        raise RefusedError("the dump is binary, not a text file", code="trace.binary", hint="export it as CSV first")


def is_padded(head: bytes) -> bool:
    """Say whether zero bytes only stand between texts: cells filled up with them, or blocks that a disk has lost."""
    rest = head.replace(b"\0", b"")
    # Where a block begins or ends, half a character may be left.
    return b"\n" in rest and min(
        rest.decode(codec, "replace").count("\ufffd") for codec in ("utf-8", "gb18030")
    ) * 50 < len(rest)


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


def long_line(number: int) -> RefusedError:
    """Give the refusal of a file of which one of the first lines does not end within its head."""
    return RefusedError(
        f"line {number} is longer than {HEAD_BYTES} bytes",
        code="trace.long-line",
        hint="the file is not one record a line; export it as CSV",
    )
