"""What a person said, opened for her; and what of it the store keeps sealed, so that it leads nowhere without her key."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from suyuan.collect.ports import Consent, ConsentScope, ConsentState
from suyuan.evidence.plain import decode
from suyuan.evidence.receipt import read_record
from suyuan.terms import PersonNumber, PurposeName

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_PLACE: Final = struct.Struct(">Qq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One word of a person, opened for her: as the store has it, with its ledger entry and when she said it."""

    id: bytes
    person: PersonNumber
    purpose: PurposeName
    scope: ConsentScope
    recipient: str
    state: ConsentState
    terms: bytes
    guardian: bool
    entry: int
    at: datetime


class Taken(NamedTuple):
    """A word that is durable; `repeated` where the same was in force already, and nothing new was entered."""

    consent: Told
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A word that is durable, and the file of its receipt for the person."""

    consent: Told
    receipt: bytes = field(repr=False)
    repeated: bool = False
    """The same was in force already: nothing new was entered, and this is the receipt of then."""


def place_bytes(told: Told) -> bytes:
    """Give what leads from a word in the store to the ledger: its entry and its time, 16 bytes, to be sealed."""
    return _PLACE.pack(told.entry, (told.at - _START) // _MILLISECOND)


def row_of(told: Told, *, place: int) -> Consent:
    """Give a word as the store keeps it; its receipt is still to be sealed."""
    return Consent(
        id=told.id, person=told.person, purpose=told.purpose, scope=told.scope, recipient=told.recipient,
        state=told.state, terms=told.terms, guardian=told.guardian, receipt=b"", place=place,
    )  # fmt: skip


def opened(consents: Sequence[Consent], *, places: Sequence[bytes]) -> list[Told]:
    """Give words of the store, with what their sealed places open to."""
    found = []
    for one, packed in zip(consents, places, strict=True):
        entry, at = _PLACE.unpack(packed)
        found.append(
            Told(
                id=one.id, person=one.person, purpose=one.purpose, scope=one.scope, recipient=one.recipient,
                state=one.state, terms=one.terms, guardian=one.guardian, entry=entry, at=_START + at * _MILLISECOND,
            )
        )  # fmt: skip
    return found


def whole(at: datetime) -> datetime:
    """Give a moment to the millisecond, as a record says it."""
    return _START + (at - _START) // _MILLISECOND * _MILLISECOND


def told_of(record: bytes, *, person: PersonNumber, entry: int) -> Told:
    """Give a word as its record says it: what a crash kept from the store is made good by it."""
    said = read_record(decode(record, place="the record of a consent"))
    return Told(
        id=bytes.fromhex(said.receipt_id),
        person=person,
        purpose=PurposeName(said.purpose),
        scope=ConsentScope(said.scope),
        recipient=said.recipient,
        state=ConsentState(said.state),
        terms=said.terms,
        guardian=bool(said.guardian),
        entry=entry,
        at=said.at,
    )
