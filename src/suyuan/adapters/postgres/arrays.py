"""Columns as PostgreSQL's arrays: whole numbers from NumPy in one piece, everything else as psycopg knows it."""

import struct
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from psycopg.adapt import Dumper
from psycopg.pq import Format

from suyuan.adapters.postgres.session import Connection

_INT8: Final = 20
_INT8_ARRAY: Final = 1016
_TEXT: Final = 25
_TEXT_ARRAY: Final = 1009
_BYTEA: Final = 17
_BYTEA_ARRAY: Final = 1001
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


class Texts(list[str]):
    """A column of texts, each of which is there."""


class Bodies(list[bytes]):
    """A column of bytes, each of which is there."""


class TextsDumper(Dumper):
    """Gives `Texts` as `text[]`, in binary. Source: as `NumbersDumper`."""

    format = Format.BINARY
    oid = _TEXT_ARRAY

    def dump(self, obj: Texts) -> bytes:
        """Give the array's bytes."""
        return _array([text.encode() for text in obj], element=_TEXT)


class BodiesDumper(Dumper):
    """Gives `Bodies` as `bytea[]`, in binary. Source: as `NumbersDumper`."""

    format = Format.BINARY
    oid = _BYTEA_ARRAY

    def dump(self, obj: Bodies) -> bytes:
        """Give the array's bytes."""
        return _array(obj, element=_BYTEA)


def teach(connection: Connection) -> None:
    """Let a session take NumPy arrays and columns as parameters."""
    connection.adapters.register_dumper(np.ndarray, NumbersDumper)
    connection.adapters.register_dumper(Texts, TextsDumper)
    connection.adapters.register_dumper(Bodies, BodiesDumper)


def columns(rows: Sequence[Sequence[object]]) -> list[object]:
    """Give rows as one parameter for each column."""
    return [_column(values) for values in zip(*rows, strict=True)]


def _array(elements: Sequence[bytes], *, element: int) -> bytes:
    if not elements:
        return struct.pack(">iiI", 0, 0, element)
    sizes = np.fromiter(map(len, elements), ">i4", len(elements)).tobytes()
    pieces = [b""] * (2 * len(elements))
    pieces[::2] = [sizes[i : i + 4] for i in range(0, len(sizes), 4)]
    pieces[1::2] = elements
    return _HEAD.pack(1, 0, element, len(elements), 1) + b"".join(pieces)


def _column(values: tuple[Any, ...]) -> object:  # Rows of any table come here; what types they have is asked below.
    kinds = set(map(type, values))
    if kinds == {int}:
        return np.fromiter(values, np.int64, len(values))
    if kinds == {bytes}:
        return Bodies(values)
    # A text that the database cannot hold is refused by psycopg, as it refuses every other parameter.
    if kinds == {str} and all(text.isascii() and "\x00" not in text for text in set(values)):
        return Texts(values)
    return list(values)
