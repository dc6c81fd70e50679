"""Records read as columns: of a page's records the commitments lie alike, and are read all at once.

Test: tests/ports/test_people_store.py holds them equal to `sealed_record`.
"""

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

_NONE: Final = 0xFF
_DIGITS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUES: Final = np.full(256, _NONE, np.uint8)
_VALUES[np.frombuffer(_DIGITS, np.uint8)] = np.arange(64, dtype=np.uint8)


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
    around = np.ones(len(first), np.bool_)
    for start in starts.values():
        around[start : start + _TEXT] = False
    fine = (joined[:, around] == np.frombuffer(first, np.uint8)[around]).all(axis=1)
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
    values = _VALUES[texts]
    right = (values[:, :-1] != _NONE).all(axis=1) & (texts[:, -1] == ord("=")) & (values[:, -2] & 3 == 0)
    values[:, -1] = 0
    a, b, c, d = (values[:, i::4] for i in range(4))
    whole = np.empty((len(texts), _TEXT // 4, 3), np.uint8)
    whole[:, :, 0], whole[:, :, 1], whole[:, :, 2] = a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d
    return whole.reshape(len(texts), -1)[:, :32], right
