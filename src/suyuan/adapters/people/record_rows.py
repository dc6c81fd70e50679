"""How records and lists of fields lie in a store, alike in every database."""

from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import orjson

from suyuan.adapters.people.engine import Column
from suyuan.errors import UnavailableError
from suyuan.hold.ports import SealedRecord
from suyuan.terms import FieldName, PersonNumber


def record_row(record: SealedRecord) -> tuple[int, int, bytes, bytes, int]:
    """Give the columns of a record: person, version, body, commitments by field in JSON, whether they are hidden."""
    return int(record.person), record.version, record.body, commitments_text(record), int(record.hidden)


def record_columns(records: Sequence[SealedRecord]) -> tuple[Column, ...]:
    """Give `record_row` of records, column by column."""
    return (
        np.fromiter((record.person for record in records), np.int64, len(records)),
        np.fromiter((record.version for record in records), np.int64, len(records)),
        [record.body for record in records],
        [commitments_text(record) for record in records],
        np.fromiter((record.hidden for record in records), np.int16, len(records)),
    )


def commitments_text(record: SealedRecord) -> bytes:
    """Give a record's commitments by field in JSON."""
    encode = b2a_base64
    rows = [field_key(field) + encode(value, newline=False) for field, value in record.commitments.items()]
    return b"{" + b'",'.join(rows) + b'"}' if rows else b"{}"


@lru_cache(maxsize=256)
def field_key(field: FieldName) -> bytes:
    """Give a field's name in JSON, up to where its text begins."""
    return orjson.dumps(field) + b':"'


def sealed_record(row: tuple[int, int, bytes, bytes, int], *, place: str) -> SealedRecord:
    """Read a record back. Raises: UnavailableError: `store.corrupt`."""
    person, version, body, commitments, hidden = row
    try:
        found = {name: a2b_base64(text, strict_mode=True) for name, text in orjson.loads(commitments).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise damaged(place) from error
    return SealedRecord(
        person=PersonNumber(person), version=version, body=bytes(body), commitments=found, hidden=bool(hidden)
    )


def fields_text(fields: Iterable[FieldName]) -> bytes:
    """Give field names as the bytes that `named` reads."""
    return orjson.dumps(list(fields))


def named(text: bytes, *, place: str) -> tuple[FieldName, ...]:
    """Read field names back. Raises: UnavailableError: `store.corrupt`."""
    try:
        return tuple(FieldName(field) for field in orjson.loads(text))
    except (ValueError, TypeError) as error:
        raise damaged(place) from error


def damaged(place: str) -> UnavailableError:
    """Tell that what the store gave back is not what was written into it."""
    return UnavailableError(
        f"{place}: the store is damaged",
        code="store.corrupt",
        hint="stop writing, keep it as it is, and restore the last backup",
    )
