"""The signed receipt of one entry, or of several in a row: the log's promise, under its name, at which index each stands."""

from collections.abc import Iterable, Sequence
from typing import Final, overload

from suyuan.crypto.canonical import to_base64
from suyuan.crypto.merkle import leaf_hash, leaf_hashes, root
from suyuan.crypto.sign import SigningKey, VerifyKey, open_note, sign_note
from suyuan.errors import VerificationError
from suyuan.ledger.checkpoint import parse_decimal
from suyuan.terms import LeafIndex

HEADER: Final = "suyuan-receipt/v1"


JOINT_HEADER: Final = "suyuan-receipts/v1"


class Receipt:
    """An entry that is durable at `index`, and the log's signed note that says so; signed when it is first asked for."""

    __slots__ = ("_key", "_note", "index", "leaf", "origin")

    def __init__(
        self, *, origin: str, index: LeafIndex, leaf: bytes, note: str = "", key: SigningKey | None = None
    ) -> None:
        """Take a note that is signed already, or the key that signs it."""
        self.origin = origin
        self.index = index
        self.leaf = leaf
        self._note = note
        self._key = key

    @property
    def note(self) -> str:
        """The signed note."""
        if not self._note and self._key is not None:
            text = f"{HEADER}\n{self.origin}\n{self.index}\n{to_base64(self.leaf_hash)}\n"
            self._note = sign_note(text, keys=(self._key,))
        return self._note

    @property
    def leaf_hash(self) -> bytes:
        """The RFC 6962 hash of the leaf, which the note carries."""
        return leaf_hash(self.leaf)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Receipt):
            return NotImplemented
        return (self.origin, self.index, self.leaf, self.note) == (other.origin, other.index, other.leaf, other.note)

    def __hash__(self) -> int:
        return hash((self.origin, self.index, self.leaf))

    def __repr__(self) -> str:
        return f"<receipt of entry {self.index} of {self.origin}>"


def sign_receipt(leaf: bytes, *, index: LeafIndex, key: SigningKey) -> Receipt:
    """Sign that a leaf stands at an index. Only the ledger calls this, after the commit."""
    return Receipt(origin=key.verify_key.name, index=index, leaf=leaf, key=key)


class Receipts(Sequence[Receipt]):
    """The receipts of one append, each signed when it is asked for: most entries need none."""

    __slots__ = ("_first", "_key", "_leaves")

    def __init__(self, leaves: Sequence[bytes], *, first: int, key: SigningKey) -> None:
        """Take leaves that are durable at first, first+1 ..."""
        self._leaves = leaves
        self._first = first
        self._key = key

    @property
    def leaves(self) -> Sequence[bytes]:
        """The leaves, in order."""
        return self._leaves

    def joint(self) -> str:
        """Give one signed note for all of them: that these leaves stand at consecutive indexes from the first."""
        lines = (JOINT_HEADER, self._key.verify_key.name, self._first, len(self._leaves), _root_text(self._leaves))
        return sign_note("".join(f"{line}\n" for line in lines), keys=(self._key,))

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


def open_joint(note: str, *, leaves: Sequence[bytes], keys: Iterable[VerifyKey]) -> LeafIndex:
    """Check one note for many leaves; give the index of the first.

    Raises: VerificationError: not signed by the log, of another log, or for other leaves.
    """
    opened = open_note(note, keys=keys)
    lines = opened.text.split("\n")
    if len(lines) != 6 or lines[0] != JOINT_HEADER:
        raise VerificationError("receipts: not receipts of version 1")
    if lines[1] not in opened.signers:
        raise VerificationError("receipts: signed under another name than their origin")
    if lines[3] != str(len(leaves)) or lines[4] != _root_text(leaves):
        raise VerificationError(f"receipts of {lines[1]}: the leaves are others")
    return LeafIndex(parse_decimal(lines[2], what="receipt index"))


def _root_text(leaves: Sequence[bytes]) -> str:
    return to_base64(root(leaf_hashes(leaves)))
