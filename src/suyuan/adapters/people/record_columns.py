"""Records read as columns: of a page's records the commitments lie alike, and are read all at once.

Test: tests/ports/test_people_store.py holds them equal to `sealed_record`.
"""

from binascii import a2b_base64
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson

from suyuan.adapters.people.engine import Row
from suyuan.adapters.people.record_rows import field_key, sealed_record
from suyuan.hold.sealed_columns import CommittedColumn, SealedColumns
from suyuan.terms import FieldName

Bytes = npt.NDArray[np.uint8]

_TEXT: Final = 44
"""The base64 of 32 bytes."""


def sealed_columns(rows: Sequence[Row], *, fields: Sequence[FieldName], place: str) -> SealedColumns:
    """Read records: person, version, body, commitments, whether they are hidden. Raises: UnavailableError: `store.corrupt`."""
    persons, versions, bodies, texts, hidden = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    columns = {
        name: CommittedColumn(digests=np.zeros((len(rows), 32), np.uint8), given=np.zeros(len(rows), np.bool_))
        for name in fields
    }
    left: list[int] = []
    sizes = np.fromiter(map(len, texts), np.int64, len(rows))
    if fields and len(rows):
        left = [row for size in np.unique(sizes) for row in _read_alike(texts, np.flatnonzero(sizes == size), columns)]
    for row in left:
        for name, committed in sealed_record(rows[row], place=place).commitments.items():
            if name in columns:
                columns[name].digests[row], columns[name].given[row] = np.frombuffer(committed, np.uint8), True
    return SealedColumns(
        persons=np.array(persons, np.int64),
        versions=np.array(versions, np.int64),
        bodies=list(map(bytes, bodies)),
        tables=columns,
        hidden=np.array(hidden, np.bool_),
    )


def _read_alike(
    texts: Sequence[bytes], which: npt.NDArray[np.int64], columns: Mapping[FieldName, CommittedColumn]
) -> list[int]:
    """Read the commitments of texts of one size, as far as they lie as in the first of them; give the rows left."""
    first = bytes(texts[which[0]])
    starts = _starts(first)
    if starts is None:
        return [int(row) for row in which]
    joined = np.frombuffer(b"".join([texts[row] for row in which.tolist()]), np.uint8).reshape(len(which), len(first))
    # What stands between the digests is the same in all of them.
    like, fine, at = np.frombuffer(first, np.uint8), np.ones(len(which), np.bool_), 0
    for start in (*starts.values(), len(first)):
        fine &= (joined[:, at:start] == like[at:start]).all(axis=1)
        at = start + _TEXT
    for name, column in columns.items():
        if name in starts:
            digests, right = _decoded(joined[:, starts[name] : starts[name] + _TEXT])
            fine &= right
            column.digests[which], column.given[which] = digests, True
    left = which[~fine]
    for column in columns.values():
        column.digests[left], column.given[left] = 0, False
    return [int(row) for row in left]


def _starts(text: bytes) -> Mapping[FieldName, int] | None:
    """Give where each field's base64 begins; None where the text is not as this program writes it."""
    try:
        held = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(held, dict):
        return None
    at, found = 1, {}
    for name in held:
        key = field_key(FieldName(name))
        end = at + len(key) + _TEXT
        if text[at : at + len(key)] != key or text[end : end + 1] != b'"':
            return None
        found[FieldName(name)] = at + len(key)
        at = end + 2
    return found


def _decoded(texts: Bytes) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """Read base64 of 32 bytes, row by row; and which rows are its one spelling."""
    # With a digit of nothing in the place of its padding, each row is whole, and all of them are one text.
    whole = texts.copy()
    whole[:, -1] = ord("A")
    try:
        joined = a2b_base64(whole.tobytes(), strict_mode=True)
    except ValueError:
        return np.zeros((len(texts), 32), np.uint8), np.zeros(len(texts), np.bool_)
    digests = np.frombuffer(joined, np.uint8).reshape(len(texts), 33)
    return digests[:, :32], (texts[:, -1] == ord("=")) & (digests[:, 32] == 0)
