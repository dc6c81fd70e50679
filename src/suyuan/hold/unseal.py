"""Unseal a record. Only the door imports this, and only the door is handed data keys."""

from collections.abc import Mapping

from suyuan.crypto import aead, canonical
from suyuan.errors import VerificationError
from suyuan.hold.ports import SealedRecord
from suyuan.hold.seal import associated
from suyuan.terms import FieldName


def unseal(record: SealedRecord, *, key: bytes) -> Mapping[FieldName, str]:
    """Give the canonical values of a record.

    Raises: VerificationError: the record was altered, or belongs to another person or version.
    """
    try:
        opened = aead.unwrap(record.body, kek=key, associated=associated(record.person, version=record.version))
    except VerificationError as e:
        raise VerificationError(f"record of person {record.person}, version {record.version}: does not open") from e
    return {FieldName(name): value for name, value in canonical.read_texts(opened).items()}
