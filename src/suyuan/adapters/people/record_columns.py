"""Records read as columns: of a page's records the commitments lie alike, and are read all at once.

Test: tests/ports/test_people_store.py holds them equal to `sealed_record`.
"""

from binascii import a2b_base64
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson

from suyuan.adapters.people.engine import Row
from suyuan.adapters.people.record_rows import damaged, field_key, sealed_record
from suyuan.crypto.compiled import OnDemand
from suyuan.hold.sealed_columns import CommittedColumn, SealedColumns
from suyuan.terms import FieldName

Bytes = npt.NDArray[np.uint8]

_TEXT: Final = 44
"""The base64 of a digest."""

_DIGEST: Final = 32


Reader = Callable[[Bytes, Bytes, npt.NDArray[np.bool_], npt.NDArray[np.int64], Bytes, npt.NDArray[np.bool_]], None]


def load() -> bool:
    """Have the kernel compiled; say whether Numba is there for it."""
    return _loaded() is not None


def unload() -> None:
    """Read column by column again, as a process that never called `load`."""
    _loaded.forget()


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
                if len(committed) != _DIGEST:
                    raise damaged(place)
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
    wanted = [name for name in columns if name in starts]
    is_fixed = np.ones(len(first), np.bool_)
    for start in starts.values():
        is_fixed[start : start + _TEXT] = False
    read = _loaded.found or _read_columns
    digests, fine = np.empty((len(wanted), len(which), 32), np.uint8), np.empty(len(which), np.bool_)
    places = np.array([starts[name] for name in wanted], np.int64)
    read(joined, np.frombuffer(first, np.uint8), is_fixed, places, digests, fine)
    for name, found in zip(wanted, digests, strict=True):
        columns[name].digests[which], columns[name].given[which] = found, True
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


def _read_columns(
    texts: Bytes, like: Bytes, is_fixed: npt.NDArray[np.bool_], starts: npt.NDArray[np.int64], digests: Bytes,
    fine: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """Do what `commitment_kernel.read_alike` does, column by column."""
    fine[:] = (texts[:, is_fixed] == like[is_fixed]).all(axis=1)
    for place, start in enumerate(starts.tolist()):
        digests[place], right = _decoded(texts[:, start : start + _TEXT])
        fine &= right


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


@OnDemand
def _loaded() -> Reader | None:
    from suyuan.adapters.people.commitment_kernel import read_alike

    # Compiled by this call.
    none, nothing = np.frombuffer(b"", np.uint8), np.empty(0, np.bool_)
    read_alike(none.reshape(0, 0), none, nothing, np.empty(0, np.int64), np.empty((0, 0, 32), np.uint8), nothing)
    return read_alike
