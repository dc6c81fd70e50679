"""Unseal a record. Only the door imports this, and only the door is handed data keys."""

from collections.abc import Mapping, Sequence

from suyuan.crypto import aead, aead_table, canonical
from suyuan.errors import VerificationError
from suyuan.hold.opened import Opened
from suyuan.hold.ports import SealedRecord
from suyuan.hold.seal import associated, associated_each
from suyuan.hold.sealed_columns import SealedColumns
from suyuan.terms import FieldName


def unseal(record: SealedRecord, *, key: bytes) -> Mapping[FieldName, str]:
    """Give the canonical values of a record.

    Raises: VerificationError: the record was altered, or belongs to another person or version.
    """
    try:
        opened = aead.unwrap(record.body, kek=key, associated=associated(record.person, version=record.version))
    except VerificationError as e:
        raise VerificationError(f"record of person {record.person}, version {record.version}: does not open") from e
    # Their spelling was checked before they were sealed, and the seal says that they are still what was sealed.
    read = canonical.read_plain(opened)
    return {FieldName(name): value for name, value in read.items() if isinstance(value, str)}


def unseal_each(records: SealedColumns, *, keys: Sequence[bytes]) -> Opened:
    """Open many records, each under its person's data key.

    Raises: VerificationError: as `unseal`; nothing is given then.
    """
    bound = associated_each(records.persons, versions=records.versions)
    try:
        opened = aead_table.open_table(keys, sealed=records.bodies, bound=bound)
    except VerificationError:
        # One of them does not open: which one, `unseal` says.
        for place, key in enumerate(keys):
            unseal(records.record(place), key=key)
        raise
    return Opened(opened.data, bounds=opened.bounds)
