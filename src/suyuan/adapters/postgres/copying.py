"""Rows in the binary form that COPY reads: one pass over the entries, one statement however many they are."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from suyuan.adapters.ledger_reading import chunks
from suyuan.ledger.ports import Row

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
