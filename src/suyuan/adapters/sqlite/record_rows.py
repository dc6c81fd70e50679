"""How records, field lists and times lie in data.db."""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from suyuan.adapters.sqlite.failure import damaged
from suyuan.hold.ports import SealedRecord
from suyuan.terms import FieldName, PersonNumber

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Give milliseconds since 1970, UTC, rounded down; a time without a zone is a TypeError."""
    return (at - _EPOCH) // _MS


def from_ms(at_ms: int) -> datetime:
    """Give the time back, in UTC."""
    return _EPOCH + at_ms * _MS


def record_row(record: SealedRecord) -> tuple[int, int, bytes, bytes, bool]:
    """Give the columns of a record: person, version, body, commitments by field in JSON, whether they are hidden."""
    return record.person, record.version, record.body, commitments_text(record), record.hidden


def commitments_text(record: SealedRecord) -> bytes:
    """Give a record's commitments by field in JSON."""
    return orjson.dumps({field: b64encode(value).decode() for field, value in record.commitments.items()})


def sealed_record(row: tuple[int, int, bytes, bytes, int], *, path: Path) -> SealedRecord:
    """Read a record back. Raises: UnavailableError: `store.corrupt`."""
    person, version, body, commitments, hidden = row
    try:
        found = {FieldName(field): b64decode(text, validate=True) for field, text in orjson.loads(commitments).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise damaged(path) from error
    return SealedRecord(person=PersonNumber(person), version=version, body=body, commitments=found, hidden=bool(hidden))


def fields_text(fields: Iterable[FieldName]) -> bytes:
    """Give field names as the bytes that `named` reads."""
    return orjson.dumps(list(fields))


def named(text: bytes, *, path: Path) -> tuple[FieldName, ...]:
    """Read field names back. Raises: UnavailableError: `store.corrupt`."""
    try:
        return tuple(FieldName(field) for field in orjson.loads(text))
    except (ValueError, TypeError) as error:
        raise damaged(path) from error
