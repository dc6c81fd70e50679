"""The growing edge of a tree: C2SP tiles as they fill, the root at every size, in 32 bytes a hash."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from suyuan.crypto.merkle import EMPTY_ROOT, HASH_BYTES, Tree, leaf_hashes, node_hash
from suyuan.errors import RefusedError

TILE_WIDTH: Final = 256
_TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES
_STEP: Final = TILE_WIDTH * 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """`width` consecutive hashes of one tile level; full at 256.

    Entry i of tile `index` at `level` is MTH(D[(256 index + i) 256^level : (256 index + i + 1) 256^level]).
    Source: c2sp.org/tlog-tiles.
    """

    level: int
    index: int
    hashes: bytes

    @property
    def width(self) -> int:
        """How many hashes the tile holds, 1 to 256."""
        return len(self.hashes) // HASH_BYTES


class Frontier:
    """Takes leaf hashes in order; gives full tiles as they complete, partial tiles and the root at any time.

    It holds only the right edge: at most 255 hashes a level.
    """

    __slots__ = ("_edges", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._edges: list[bytes] = [b""]

    @property
    def size(self) -> int:
        """Leaves taken so far."""
        return self._size

    @classmethod
    def resume(cls, size: int, *, edges: Iterable[bytes]) -> "Frontier":
        """Continue from the partial tiles of a tree of `size`, level 0 first (empty where none).

        Raises: RefusedError: an edge whose width does not fit the size.
        """
        frontier = cls()
        frontier._size = size
        frontier._edges = list(edges) or [b""]
        for level, width in enumerate(edge_widths(size)):
            if level >= len(frontier._edges) or len(frontier._edges[level]) != width * HASH_BYTES:
                raise RefusedError(f"a tree of {size} needs {width} hashes at level {level}")
        return frontier

    def extend(self, hashes: bytes) -> list[Tile]:
        """Take joined leaf hashes and give the tiles they completed, lower levels first."""
        if len(hashes) % HASH_BYTES:
            raise RefusedError("leaf hashes have 32 bytes each")
        done: list[Tile] = []
        added, level, before = hashes, 0, self._size
        self._size += len(hashes) // HASH_BYTES
        while added:
            if level == len(self._edges):
                self._edges.append(b"")
            edge = self._edges[level] + added
            first = before // TILE_WIDTH
            full = len(edge) // _TILE_BYTES
            tiles = [edge[i * _TILE_BYTES : (i + 1) * _TILE_BYTES] for i in range(full)]
            done.extend(Tile(level=level, index=first + i, hashes=tile) for i, tile in enumerate(tiles))
            self._edges[level] = edge[full * _TILE_BYTES :]
            added = b"".join([Tree(tile).root for tile in tiles])
            before //= TILE_WIDTH
            level += 1
        return done

    def partials(self) -> list[Tile]:
        """Give the partial tiles of the present size, lower levels first; never an empty one."""
        return [
            Tile(level=level, index=(self._size >> (8 * level)) // TILE_WIDTH, hashes=edge)
            for level, edge in enumerate(self._edges)
            if edge
        ]

    def root(self) -> bytes:
        """Give the Merkle tree hash at the present size: the edges' perfect subtrees, folded from the right."""
        folded: bytes | None = None
        for edge in self._edges:
            for peak in reversed(_peaks(edge)):
                folded = peak if folded is None else node_hash(peak, right=folded)
        return EMPTY_ROOT if folded is None else folded


def tree_root(entries: Iterable[bytes]) -> bytes:
    """Give the Merkle tree hash of some entries, in bounded memory."""
    frontier, given = Frontier(), iter(entries)
    while taken := list(islice(given, _STEP)):
        frontier.extend(b"".join(leaf_hashes(taken)))
    return frontier.root()


def edge_widths(size: int) -> list[int]:
    """Give the width of the partial tile at each level of a tree of `size`."""
    widths = [size % TILE_WIDTH]
    while size >= TILE_WIDTH:
        size //= TILE_WIDTH
        widths.append(size % TILE_WIDTH)
    return widths


def _peaks(edge: bytes) -> list[bytes]:
    """Split an edge into its perfect subtrees, left to right, and give their roots."""
    peaks: list[bytes] = []
    start, left = 0, len(edge) // HASH_BYTES
    while left:
        width = 1 << (left.bit_length() - 1)
        peaks.append(Tree(edge[start : start + width * HASH_BYTES]).root)
        start += width * HASH_BYTES
        left -= width
    return peaks
