"""Verify the receipt of a consent offline: the record under its commitment, the commitment in the entry, the entry signed."""

from dataclasses import dataclass
from typing import Final

from suyuan.errors import VerificationError
from suyuan.evidence.hashes import commitment, leaf_hash
from suyuan.evidence.note import parse_note, parse_vkey
from suyuan.evidence.plain import HASH_BYTES, Node, encode, to_base64
from suyuan.evidence.policy import read_policy
from suyuan.evidence.receipt.file import ReceiptFile, read_receipt
from suyuan.evidence.receipt.record import ConsentRecord, read_record

_HEADER: Final = "suyuan-receipt/v1"
_OP: Final = "consent"
_TAG: Final = "suyuan/consent/v1"
_LARGEST_EPOCH: Final = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedReceipt:
    """A receipt whose proofs hold. `time` is the log's own, in milliseconds UTC; `authenticated`: a policy names the key."""

    record: ConsentRecord
    document: Node
    entry: int
    time: int
    origin: str
    fingerprint: str
    authenticated: bool


def verify_receipt(data: bytes, *, policy: str | None = None) -> VerifiedReceipt:
    """Verify a receipt, without network, store or settings.

    1. the record has the shape of a consent's
    2. with its salt it opens the commitment of the entry, which is of op `consent`
    3. the log's key signed that this entry stands where the receipt says
    4. with a policy: the policy names that key

    Args:
        data: the bytes of the receipt's file.
        policy: the text of a C2SP tlog-policy file; its witnesses are not asked, since a receipt is older than any
            checkpoint that they saw.
    Raises: VerificationError: something does not hold, naming where. RefusedError: a policy that cannot be read.
    """
    rules = None if policy is None else read_policy(policy)
    file = read_receipt(data)
    record = read_record(file.receipt)
    time = _require_committed(file)
    key = parse_vkey(file.key, place="receipt.key")
    note = parse_note(file.note.encode("utf-8"), place="receipt.note")
    note.verify_signed(key, place="receipt.note")
    hashed = leaf_hash(encode(file.leaf.value))
    if note.text != f"{_HEADER}\n{key.name}\n{file.entry}\n{to_base64(hashed)}\n":
        raise VerificationError("receipt.note: says something else than that this entry stands there")
    if rules is not None and key not in rules.logs:
        raise VerificationError("policy: does not name the key of the log that signed")
    return VerifiedReceipt(
        record=record,
        document=file.receipt,
        entry=file.entry,
        time=time,
        origin=key.name,
        fingerprint=key.fingerprint,
        authenticated=rules is not None,
    )


def _require_committed(file: ReceiptFile) -> int:
    """Check that the entry is a consent's and commits to the record; give its time."""
    committed, epoch, label, op, time, version = file.leaf.object("c", "e", "l", "op", "t", "v")
    if op.text() != _OP:
        op.wrong(f"expected an entry of op {_OP}")
    version.whole(least=1, most=1)
    epoch.whole(most=_LARGEST_EPOCH)
    label.raw(size=HASH_BYTES)
    payload = encode(file.receipt.value)
    if commitment(_TAG, salt=file.salt, payload=payload) != committed.raw(size=HASH_BYTES):
        raise VerificationError("receipt: what is shown does not open the commitment of its entry")
    return time.whole()
