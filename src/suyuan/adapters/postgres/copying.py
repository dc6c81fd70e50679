"""Rows in the binary form that COPY reads: one pass over the entries, one statement however many they are."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.adapters.ledger_reading import chunks
from suyuan.adapters.people.engine import Column
from suyuan.errors import UnavailableError
from suyuan.ledger.ports import Row

Buffer = bytes | bytearray | memoryview
_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL: Final = b"\xff\xff"
_ENTRY: Final = struct.Struct(">hiqiqi")
_SIDE: Final = struct.Struct(">hiqi")
_CHUNK: Final = struct.Struct(">iii")
_PIECE_ROWS: Final = 4096
_PIECE_BYTES: Final = 1 << 20


def entries(first: int, *, rows: Sequence[Row]) -> Iterator[bytes]:
    """Give the rows of `entries` (seq, at_ms, leaf).

    Source: PostgreSQL's documentation of COPY, "Binary Format".
    """
    yield _HEAD
    pack = _ENTRY.pack
    for start in range(0, len(rows), _PIECE_ROWS):
        piece = rows[start : start + _PIECE_ROWS]
        yield b"".join(
            [
                pack(3, 8, index, 8, row.at_ms, len(row.leaf)) + row.leaf
                for index, row in enumerate(piece, start=first + start)
            ]
        )
    yield _TAIL


def sides(entries: Iterable[tuple[int, Mapping[str, bytes]]]) -> Iterator[bytes]:
    """Give the rows of `sides` (seq, name, chunk, body), in chunks, for entries by index."""
    waiting, waiting_bytes = [_HEAD], 0
    for index, bodies in entries:
        for name, body in bodies.items():
            head = _SIDE.pack(4, 8, index, len(name.encode())) + name.encode()
            for chunk, part in chunks(body):
                waiting.append(head + _CHUNK.pack(4, chunk, len(part)) + part)
                waiting_bytes += len(part)
                if waiting_bytes >= _PIECE_BYTES:
                    yield b"".join(waiting)
                    waiting, waiting_bytes = [], 0
    yield b"".join([*waiting, _TAIL])


def columns(given: Sequence[Column], *, rows: int) -> Iterator[bytes]:
    """Give rows that come as columns: whole numbers of the width of their array, bytes, and texts as their bytes."""
    yield _HEAD
    for start in range(0, rows, _PIECE_ROWS):
        size = min(_PIECE_ROWS, rows - start)
        piece = [one if isinstance(one, bytes | str) else one[start : start + size] for one in given]
        yield _piece(piece, rows=size)
    yield _TAIL


def read_columns(pieces: Iterable[Buffer], *, kind: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """Give the rows that a COPY gives, all of columns of one width each and none of them null.

    Args:
        pieces: the bytes of the COPY, cut anywhere.
        kind: the columns, in the statement's order, in the machine's own order of bytes.
    Raises: UnavailableError: they are not such rows.
    """
    fields = [kind[name].newbyteorder(">") for name in kind.names or ()]
    row = np.dtype([("fields", ">i2"), *(pair for i, one in enumerate(fields) for pair in _sized(i, kind=one))])
    found, rest = [np.empty(0, kind)], bytearray()
    is_head = True
    for piece in pieces:
        rest += piece
        if is_head and len(rest) >= len(_HEAD):
            del rest[: len(_HEAD)]
            is_head = False
        if not is_head and len(rest) >= _PIECE_BYTES:
            found.append(_rows(rest, row=row, kind=kind))
    found.append(_rows(rest, row=row, kind=kind))
    if is_head or rest != _TAIL:
        raise UnavailableError("the database gave rows of another width than were asked for")
    return np.concatenate(found)


def _sized(place: int, *, kind: np.dtype[np.generic]) -> tuple[tuple[str, object], tuple[str, object]]:
    return (f"size{place}", ">i4"), (f"value{place}", kind)


def _rows(rest: bytearray, *, row: np.dtype[np.void], kind: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """Give the whole rows of some bytes, which are taken away from them."""
    # What is left of a row, or the end, is shorter than a row.
    count = len(rest) // row.itemsize
    given = np.frombuffer(bytes(memoryview(rest)[: count * row.itemsize]), row)
    del rest[: count * row.itemsize]
    found = np.empty(count, kind)
    for place, name in enumerate(kind.names or ()):
        if (given[f"size{place}"] != kind[name].itemsize).any():
            raise UnavailableError("the database gave rows of another width than were asked for")
        found[name] = given[f"value{place}"]
    return found


def _piece(given: Sequence[Column], *, rows: int) -> bytes:
    """Give some rows: what has one width is laid out by NumPy, and bytes of any length are put between."""
    strips: list[list[bytes]] = []
    fixed: list[tuple[npt.DTypeLike, object]] = [(">i2", len(given))]
    for column in given:
        if isinstance(column, np.ndarray):
            fixed += [(">i4", column.itemsize), (column.dtype.newbyteorder(">"), column)]
        elif isinstance(column, list):
            fixed.append((">i4", np.fromiter(map(len, column), np.int64, rows)))
            strips += [_strip(fixed, rows=rows), column]
            fixed = []
        else:
            body = np.frombuffer(column.encode() if isinstance(column, str) else column, np.uint8)
            fixed += [(">i4", len(body)), (("u1", len(body)), body)]
    if not strips:
        return _laid_out(fixed, rows=rows)
    if fixed:
        strips.append(_strip(fixed, rows=rows))
    return b"".join([part for row in zip(*strips, strict=True) for part in row])


def _strip(fixed: Sequence[tuple[npt.DTypeLike, object]], *, rows: int) -> list[bytes]:
    whole = _laid_out(fixed, rows=rows)
    width = len(whole) // rows
    return [whole[i : i + width] for i in range(0, len(whole), width)]


def _laid_out(fixed: Sequence[tuple[npt.DTypeLike, object]], *, rows: int) -> bytes:
    table = np.empty(rows, np.dtype([(str(place), kind) for place, (kind, _) in enumerate(fixed)]))
    for place, (_, value) in enumerate(fixed):
        table[str(place)] = value
    return table.tobytes()
