"""The signed receipt of one entry: the log's promise, under its name, that the entry stands at an index."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, overload

from suyuan.crypto.canonical import to_base64
from suyuan.crypto.merkle import leaf_hash
from suyuan.crypto.sign import SigningKey, VerifyKey, open_note, sign_note
from suyuan.errors import VerificationError
from suyuan.ledger.checkpoint import parse_decimal
from suyuan.terms import LeafIndex

HEADER: Final = "suyuan-receipt/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An entry that is durable at `index`, and the log's signed note that says so."""

    origin: str
    index: LeafIndex
    leaf: bytes
    note: str

    @property
    def leaf_hash(self) -> bytes:
        """The RFC 6962 hash of the leaf, which the note carries."""
        return leaf_hash(self.leaf)


def sign_receipt(leaf: bytes, *, index: LeafIndex, key: SigningKey) -> Receipt:
    """Sign that a leaf stands at an index. Only the ledger calls this, after the commit."""
    origin = key.verify_key.name
    text = f"{HEADER}\n{origin}\n{index}\n{to_base64(leaf_hash(leaf))}\n"
    return Receipt(origin=origin, index=index, leaf=leaf, note=sign_note(text, keys=(key,)))


class Receipts(Sequence[Receipt]):
    """The receipts of one append, each signed when it is asked for: most entries need none."""

    __slots__ = ("_first", "_key", "_leaves")

    def __init__(self, leaves: Sequence[bytes], *, first: int, key: SigningKey) -> None:
        """Take leaves that are durable at first, first+1 ..."""
        self._leaves = leaves
        self._first = first
        self._key = key

    def __len__(self) -> int:
        return len(self._leaves)

    @overload
    def __getitem__(self, place: int) -> Receipt: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Receipt]: ...
    def __getitem__(self, place: int | slice) -> Receipt | Sequence[Receipt]:
        if isinstance(place, slice):
            taken = range(len(self))[place]
            if taken.step == 1:
                leaves = self._leaves[taken.start : taken.stop]
                return Receipts(leaves, first=self._first + taken.start, key=self._key)
            return tuple(self[i] for i in taken)
        at = range(len(self))[place]
        return sign_receipt(self._leaves[at], index=LeafIndex(self._first + at), key=self._key)


def open_receipt(note: str, *, leaf: bytes, keys: Iterable[VerifyKey]) -> Receipt:
    """Check a receipt against the leaf it is for and the log's key.

    Raises: VerificationError: not signed by the log, of another log, or for another leaf.
    """
    opened = open_note(note, keys=keys)
    lines = opened.text.split("\n")
    if len(lines) != 5 or lines[0] != HEADER:
        raise VerificationError("receipt: not a receipt of version 1")
    origin = lines[1]
    if origin not in opened.signers:
        raise VerificationError("receipt: signed under another name than its origin")
    if lines[3] != to_base64(leaf_hash(leaf)):
        raise VerificationError(f"receipt of {origin}: the leaf is another one")
    return Receipt(origin=origin, index=LeafIndex(parse_decimal(lines[2], what="receipt index")), leaf=leaf, note=note)
