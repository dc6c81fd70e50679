"""Columns as PostgreSQL's arrays: whole numbers from NumPy in one piece, everything else as psycopg knows it."""

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
from psycopg.adapt import Dumper
from psycopg.pq import Format

from suyuan.adapters.postgres.session import Connection

_INT8: Final = 20
_INT8_ARRAY: Final = 1016
_HEAD: Final = struct.Struct(">iiIii")
_ELEMENT: Final = np.dtype([("size", ">i4"), ("value", ">i8")])


class NumbersDumper(Dumper):
    """Gives a NumPy array of int64 as `bigint[]`, in binary.

    Source: PostgreSQL, `array_send` in src/backend/utils/adt/arrayfuncs.c.
    """

    format = Format.BINARY
    oid = _INT8_ARRAY

    def dump(self, obj: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> bytes:
        """Give the array's bytes."""
        if not len(obj):
            return struct.pack(">iiI", 0, 0, _INT8)
        elements = np.empty(len(obj), _ELEMENT)
        elements["size"] = 8
        elements["value"] = obj
        return _HEAD.pack(1, 0, _INT8, len(obj), 1) + elements.tobytes()


def teach(connection: Connection) -> None:
    """Let a session take NumPy arrays as parameters."""
    connection.adapters.register_dumper(np.ndarray, NumbersDumper)


def columns(rows: Sequence[Sequence[object]]) -> list[object]:
    """Give rows as one parameter for each column."""
    return [_column(values) for values in zip(*rows, strict=True)]


def _column(values: tuple[object, ...]) -> object:
    if type(values[0]) is int:
        try:
            return np.array(values, np.int64)
        except TypeError:  # None is among them.
            pass
    return list(values)
