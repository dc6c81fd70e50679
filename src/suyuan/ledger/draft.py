"""What a caller gives to be appended, and what the store keeps and indexes of it."""

from collections.abc import Mapping
from typing import NamedTuple

from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import batch
from suyuan.ledger.bodies import (
    BatchEntry,
    Body,
    CloseEntry,
    ConsentEntry,
    EnrolBatchEntry,
    EnrolEntry,
    EraseEntry,
    FamilyEntry,
    KeysEntry,
    LawEntry,
    OpenEntry,
    OutcomeEntry,
    PolicyEntry,
    RecipientEntry,
    RegistryEntry,
    ReleaseEntry,
    SealEntry,
    TraceNoteEntry,
    TraceOpenEntry,
)
from suyuan.ledger.entry import encode_entry
from suyuan.ledger.ports import NO_SIDES, Pool, Row
from suyuan.ledger.rules import CLOSING
from suyuan.terms import LeafIndex


class Draft(NamedTuple):
    """An entry to append, with the private sides that become durable in the same transaction.

    `epoch` is the one that its person labels were made for; None where it carries none.
    """

    body: Body
    sides: Mapping[str, bytes] = NO_SIDES
    epoch: int | None = None


def store_row(draft: Draft, *, index: int, epoch: int, at_ms: int) -> Row:
    """Give what the store keeps of a draft, and what it indexes of it.

    Raises: RefusedError: a member out of range, or a table of enrolments that is not the one in its entry.
    """
    body = draft.body
    if type(body) is OutcomeEntry:  # One follows every look-up, and nothing is indexed of it.
        return Row(encode_entry(body, epoch=epoch, at_ms=at_ms), at_ms, draft.sides)
    return Row(
        leaf=encode_entry(body, epoch=epoch, at_ms=at_ms),
        at_ms=at_ms,
        sides=draft.sides,
        name=name_of(body),
        opens=Pool(index=LeafIndex(index), rows=body.rows, lanes=body.lanes) if isinstance(body, KeysEntry) else None,
        draws=body.keys if isinstance(body, ReleaseEntry | BatchEntry) else None,
        latest=latest_of(body),
        enrols=_enrols(draft, index=index),
        erases=body.label if isinstance(body, EraseEntry) else None,
    )


def name_of(body: object) -> tuple[str, bytes] | None:
    """Give the (op, key) under which later entries refer to this one."""
    match body:
        case LawEntry():
            return body.op, body.law
        case PolicyEntry():
            return body.op, body.policy
        case RecipientEntry():
            return body.op, body.label
        case KeysEntry():
            return body.op, body.root
        case TraceOpenEntry():
            return body.op, body.number.to_bytes(8, "big")
        case TraceNoteEntry() | FamilyEntry():
            return body.op, body.commitment
        case RegistryEntry():
            return body.op, body.vrf_key
        case CloseEntry() | OpenEntry():
            return body.op, body.key
        case _:
            return None


def latest_of(body: object) -> tuple[str, ...]:
    """Give the further names whose last entry this one is."""
    if isinstance(body, ConsentEntry):
        # By it a store of consents tells that it follows the ledger, without a look at the entries between.
        return (body.op,)
    if not isinstance(body, SealEntry):
        return ()
    return (body.op, CLOSING) if body.closing else (body.op,)


def enrolled_labels(body: object, *, table: bytes | None) -> tuple[bytes, ...]:
    """Give the registry labels that an entry makes live.

    Raises: VerificationError: a batch whose table is missing, or is not the one in its entry.
    """
    match body:
        case EnrolEntry():
            return (body.label,)
        case EnrolBatchEntry():
            if table is None:
                raise VerificationError("its table of enrolments is missing")
            batch.read_table(table, entry=body)
            return tuple([row[:32] for row in batch.split_rows(table)])
        case _:
            return ()


def _enrols(draft: Draft, *, index: int) -> tuple[bytes, ...]:
    try:
        return enrolled_labels(draft.body, table=draft.sides.get(batch.SIDE))
    except VerificationError as error:
        raise RefusedError(f"entry {index}: {error}") from error
