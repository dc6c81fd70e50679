"""C2SP tiles and entry bundles: their paths and bytes, and hashes of any range read back from them.

Source: c2sp.org/tlog-tiles.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from suyuan.crypto.frontier import TILE_WIDTH, Frontier, Tile
from suyuan.crypto.merkle import EMPTY_ROOT, HASH_BYTES, Tree, node_hash
from suyuan.errors import VerificationError
from suyuan.ledger.ports import TileFiles

_TILE_HEIGHT: Final = 8


def tile_path(level: int, *, index: int, width: int = TILE_WIDTH, prefix: str = "") -> str:
    """Give the path of a tile: `tile/<level>/<index>[.p/<width>]`, the index in groups of three digits."""
    return f"{prefix}tile/{level}/{_number(index)}{_partial(width)}"


def bundle_path(index: int, *, width: int = TILE_WIDTH, prefix: str = "") -> str:
    """Give the path of an entry bundle: `tile/entries/<index>[.p/<width>]`."""
    return f"{prefix}tile/entries/{_number(index)}{_partial(width)}"


def partial_folder(level: int | None, *, index: int, prefix: str = "") -> str:
    """Give the folder of a tile's partial widths; level None means the entry bundle's."""
    return f"{prefix}tile/{'entries' if level is None else level}/{_number(index)}.p"


def encode_bundle(leaves: Sequence[bytes]) -> bytes:
    """Give an entry bundle: each leaf behind its 16-bit big-endian length."""
    return b"".join([len(leaf).to_bytes(2, "big") + leaf for leaf in leaves])


def decode_bundle(data: bytes) -> list[bytes]:
    """Read an entry bundle.

    Raises: VerificationError: it ends inside an entry, or holds none or more than 256.
    """
    leaves: list[bytes] = []
    position = 0
    while position < len(data):
        end = position + 2 + int.from_bytes(data[position : position + 2], "big")
        if position + 2 > len(data) or end > len(data):
            raise VerificationError("entry bundle: ends inside an entry")
        leaves.append(data[position + 2 : end])
        position = end
    if not 1 <= len(leaves) <= TILE_WIDTH:
        raise VerificationError("entry bundle: holds none or more than 256 entries")
    return leaves


def width_at(level: int, *, index: int, size: int) -> int:
    """Give how many hashes tile `index` of `level` has in a tree of `size`; 0 where there is no such tile."""
    return min(max((size >> (_TILE_HEIGHT * level)) - index * TILE_WIDTH, 0), TILE_WIDTH)


def tile_file(tile: Tile, *, prefix: str = "") -> tuple[str, bytes]:
    """Give the path and bytes of a tile."""
    return tile_path(tile.level, index=tile.index, width=tile.width, prefix=prefix), tile.hashes


def static_files(leaves: Sequence[bytes], *, hashes: bytes, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Give every tile and entry bundle of a tree that will not grow, such as a batch table."""
    frontier = Frontier()
    for tile in (*frontier.extend(hashes), *frontier.partials()):
        yield tile_file(tile, prefix=prefix)
    for first in range(0, len(leaves), TILE_WIDTH):
        held = leaves[first : first + TILE_WIDTH]
        yield bundle_path(first // TILE_WIDTH, width=len(held), prefix=prefix), encode_bundle(held)


class TileReader:
    """Hashes of any range of a tree of one size, from its published tiles; remembers what it has read."""

    __slots__ = ("_files", "_perfects", "_prefix", "_read", "size")

    def __init__(self, files: TileFiles, *, size: int, prefix: str = "") -> None:
        self._files = files
        self._prefix = prefix
        self._read: dict[tuple[int, int], bytes] = {}
        self._perfects: dict[tuple[int, int], bytes] = {}
        self.size = size

    def tile(self, level: int, *, index: int) -> bytes:
        """Give the hashes of a tile, as many as the size has there.

        Raises: VerificationError: the file is missing, or holds more or fewer than its name says.
        """
        found = self._read.get((level, index))
        if found is None:
            width = width_at(level, index=index, size=self.size)
            given, held = self._held(width, at=lambda of: tile_path(level, index=index, width=of, prefix=self._prefix))
            if len(held) != given * HASH_BYTES:
                raise VerificationError(f"tile {level}/{index}: missing, or of another length")
            found = self._read[level, index] = held[: width * HASH_BYTES]
        return found

    def forget(self) -> None:
        """Let go of what was read, to keep memory bounded in a long pass."""
        self._read.clear()
        self._perfects.clear()

    def bundle(self, index: int) -> list[bytes]:
        """Give the leaves of an entry bundle, as many as the size has there.

        Raises: VerificationError: the file is missing, malformed, or holds more or fewer than its name says.
        """
        width = width_at(0, index=index, size=self.size)
        given, held = self._held(width, at=lambda of: bundle_path(index, width=of, prefix=self._prefix))
        leaves = decode_bundle(held) if held else []
        if len(leaves) != given:
            raise VerificationError(f"entry bundle {index}: missing, or of another length")
        return leaves[:width]

    def range_hash(self, start: int, end: int) -> bytes:
        """Give MTH(D[start:end]) for a range as proofs use them: aligned, or running to the edge.

        Source: RFC 6962 section 2.1; the perfect subtrees inside the range, folded from the right.
        """
        peaks: list[bytes] = []
        while start < end:
            height = (end - start).bit_length() - 1
            peaks.append(self._perfect(height, index=start >> height))
            start += 1 << height
        folded: bytes | None = None
        for peak in reversed(peaks):
            folded = peak if folded is None else node_hash(peak, right=folded)
        return EMPTY_ROOT if folded is None else folded

    def _perfect(self, height: int, *, index: int) -> bytes:
        """Give the root of a perfect subtree; the audit paths of many entries share most of theirs."""
        known = self._perfects.get((height, index))
        if known is None:
            known = self._perfects[height, index] = self._fold(height, index=index)
        return known

    def _fold(self, height: int, *, index: int) -> bytes:
        level, inner = divmod(height, _TILE_HEIGHT)
        first = index << inner
        hashes = self.tile(level, index=first // TILE_WIDTH)
        offset = (first % TILE_WIDTH) * HASH_BYTES
        return Tree(hashes[offset : offset + (HASH_BYTES << inner)]).root

    def _held(self, width: int, *, at: Callable[[int], str]) -> tuple[int, bytes]:
        """Give the file of this width, or the full one that came after it, with the width in its name; else no bytes."""
        for given in (width, TILE_WIDTH):
            held = self._files.read(at(given))
            if held is not None:
                return given, held
        return width, b""


class PublishedLeaves:
    """The leaves of one published tree, one at a time; every bundle is read once."""

    __slots__ = ("_bundles", "_tiles")

    def __init__(self, tiles: TileReader) -> None:
        self._tiles = tiles
        self._bundles: dict[int, list[bytes]] = {}

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._tiles.size

    def leaf(self, position: int) -> bytes:
        """Give one leaf. Raises: VerificationError: its bundle is missing or malformed."""
        number, offset = divmod(position, TILE_WIDTH)
        if number not in self._bundles:
            self._bundles[number] = self._tiles.bundle(number)
        return self._bundles[number][offset]

    def range_hash(self, start: int, end: int) -> bytes:
        """Give the hash of a subtree that the split makes."""
        return self._tiles.range_hash(start, end)


def _number(index: int) -> str:
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03}")
    return "/".join(reversed(groups))


def _partial(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"
