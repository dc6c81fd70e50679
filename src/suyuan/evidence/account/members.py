"""The members of an account, one family of values each: keys, leaves, rows, index proofs, openings."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias, TypeVar

from suyuan.errors import VerificationError
from suyuan.evidence.plain import HASH_BYTES, Node, decode, encode, to_base64

ERAS: Final = 15
"""Eras that an enrolment commits to, beside label zero."""

COMMITTED: Final = ERAS + 1
INDEX_LEAF_BYTES: Final = 68
ROW_BYTES: Final = 64
VRF_PROOF_BYTES: Final = 80
MOST_INDEX_ROWS: Final = 4
"""A seal is asked for at most two labels, and each is found or lies between two neighbours."""

_HEAD: Final = struct.Struct(">BH")
_POSITION: Final = struct.Struct(">I")
Order = TypeVar("Order", int, tuple[int, int])
Shape: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """How a registry knows a person: the identifier that names her, proved to give R, and her entry under R.

    `row` is the row of a table of many, None for an entry of her own. `hashes` are those of the leaves under the
    entry's commitment: label zero, then the eras.
    """

    kind: str
    identifier: str = field(repr=False)
    proof: bytes
    leaf: int
    row: int | None
    hashes: tuple[bytes, ...]

    def document(self) -> Shape:
        """Give the plain data."""
        return {
            "hashes": to_base64(b"".join(self.hashes)),
            "identifier": self.identifier,
            "kind": self.kind,
            "leaf": self.leaf,
            "proof": to_base64(self.proof),
            "row": self.row,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A registry in force, the era keys that this account needs, and the enrolment that they are bound by, if any."""

    leaf: int
    eras: Mapping[int, bytes] = field(repr=False)
    enrolment: Enrolment | None

    def document(self) -> Shape:
        """Give the plain data."""
        return {
            "enrolment": None if self.enrolment is None else self.enrolment.document(),
            "eras": {str(era): to_base64(key) for era, key in self.eras.items()},
            "leaf": self.leaf,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKeys:
    """What gives a person's labels: the log's first origin, label zero, and era keys under each registry."""

    origin: str
    zero: bytes
    registries: tuple[Registry, ...]

    def document(self) -> Shape:
        """Give the plain data."""
        return {
            "origin": self.origin,
            "registries": [registry.document() for registry in self.registries],
            "zero": to_base64(self.zero),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientKeys:
    """A recipient's one label."""

    label: bytes

    def document(self) -> Shape:
        """Give the plain data."""
        return {"label": to_base64(self.label)}


Keys: TypeAlias = PersonKeys | RecipientKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry of the log; its canonical bytes are the leaf."""

    index: int
    entry: bytes
    node: Node = field(compare=False, repr=False)

    def document(self) -> Shape:
        """Give the plain data."""
        return {"entry": self.node.value, "i": self.index}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table of a batch or of many enrolments, and its proof under the entry's root."""

    leaf: int
    row: int
    body: bytes
    proof: tuple[bytes, ...]

    def document(self) -> Shape:
        """Give the plain data."""
        return {
            "body": to_base64(self.body),
            "leaf": self.leaf,
            "proof": to_base64(b"".join(self.proof)),
            "row": self.row,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexProof:
    """Some leaves of one seal's index with their positions, and one proof for all of them."""

    leaves: tuple[tuple[int, bytes], ...]
    proof: bytes

    def encode(self) -> bytes:
        """Give the bytes: u8 leaves, u16 hashes, each leaf as u32 position and 68 bytes, then the hashes."""
        head = _HEAD.pack(len(self.leaves), len(self.proof) // HASH_BYTES)
        shown = b"".join(_POSITION.pack(position) + leaf for position, leaf in self.leaves)
        return head + shown + self.proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an entry's commitment (or a row's) opens to: a payload in clear, or sealed with the key that opens it.

    `payload` is canonical JSON. `sealed` is nonce, ciphertext and tag of AES-256-GCM under `key`.
    """

    leaf: int
    row: int | None
    salt: bytes
    payload: bytes | None = field(default=None, repr=False)
    key: bytes | None = field(default=None, repr=False)
    sealed: bytes | None = None
    node: Node | None = field(default=None, compare=False, repr=False)

    def document(self) -> Shape:
        """Give the plain data."""
        place: Shape = {"leaf": self.leaf, "row": self.row, "salt": to_base64(self.salt)}
        if self.key is not None and self.sealed is not None:
            return {**place, "key": to_base64(self.key), "sealed": to_base64(self.sealed)}
        return {**place, "payload": None if self.node is None else self.node.value}


def leaf_of(index: int, *, entry: bytes) -> Leaf:
    """Give an entry of the log as a leaf.

    Raises: VerificationError: it is not canonical JSON.
    """
    return Leaf(index=index, entry=entry, node=decode(entry, place=f"leaf {index}"))


def opening_of(leaf: int, *, row: int | None, salt: bytes, payload: bytes) -> Opening:
    """Give the opening of a payload in clear.

    Raises: VerificationError: the payload is not canonical JSON.
    """
    node = decode(payload, place=f"leaf {leaf}")
    return Opening(leaf=leaf, row=row, salt=salt, payload=payload, node=node)


def read_person_keys(node: Node) -> PersonKeys:
    """Read the `keys.json` of a person: registries ascending."""
    origin, registries, zero = node.object("origin", "registries", "zero")
    read = tuple(_registry(item) for item in registries.list())
    _require_ascending([registry.leaf for registry in read], node=registries)
    return PersonKeys(origin=origin.text(), zero=zero.raw(size=HASH_BYTES), registries=read)


def read_recipient_keys(node: Node) -> RecipientKeys:
    """Read the `keys.json` of a recipient."""
    (label,) = node.object("label")
    return RecipientKeys(label=label.raw(size=HASH_BYTES))


def read_leaves(node: Node) -> tuple[Leaf, ...]:
    """Read `leaves.json`: ascending, each once."""
    read = []
    for item in node.list():
        entry, index = item.object("entry", "i")
        at = index.whole()
        named = Node(entry.value, f"leaf {at}")
        read.append(Leaf(index=at, entry=encode(entry.value), node=named))
    _require_ascending([leaf.index for leaf in read], node=node)
    return tuple(read)


def read_rows(node: Node) -> tuple[Row, ...]:
    """Read `rows.json`: ascending by leaf and row."""
    read = []
    for item in node.list():
        body, leaf, proof, row = item.object("body", "leaf", "proof", "row")
        read.append(Row(leaf=leaf.whole(), row=row.whole(), body=body.raw(size=ROW_BYTES), proof=_hashes(proof)))
    _require_ascending([(row.leaf, row.row) for row in read], node=node)
    return tuple(read)


def read_openings(node: Node) -> tuple[Opening, ...]:
    """Read `openings.json`: ascending by leaf and row, an entry of its own before its rows."""
    read = tuple(_opening(item) for item in node.list())
    _require_ascending([(item.leaf, -1 if item.row is None else item.row) for item in read], node=node)
    return read


def read_index_proofs(data: bytes) -> tuple[IndexProof, ...]:
    """Read `seals.proof`.

    Raises: VerificationError: it breaks off, or a record shows more leaves than can be needed.
    """
    read: list[IndexProof] = []
    at = 0
    while at < len(data):
        place = f"seals.proof, record {len(read)}"
        if len(data) - at < _HEAD.size:
            raise VerificationError(f"{place}: breaks off")
        count, hashes = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        end = at + count * (_POSITION.size + INDEX_LEAF_BYTES) + hashes * HASH_BYTES
        if count > MOST_INDEX_ROWS or end > len(data):
            raise VerificationError(f"{place}: breaks off, or shows too much")
        leaves = []
        for _ in range(count):
            (position,) = _POSITION.unpack_from(data, at)
            at += _POSITION.size
            leaves.append((position, data[at : at + INDEX_LEAF_BYTES]))
            at += INDEX_LEAF_BYTES
        read.append(IndexProof(leaves=tuple(leaves), proof=data[at:end]))
        at = end
    return tuple(read)


def _registry(node: Node) -> Registry:
    enrolment, eras, leaf = node.object("enrolment", "eras", "leaf")
    opened: dict[int, bytes] = {}
    for name, key in eras.items():
        if name not in _ERA_NAMES:
            eras.wrong(f"an era is a number from 1 to {ERAS}")
        opened[int(name)] = key.raw(size=HASH_BYTES)
    return Registry(
        leaf=leaf.whole(), eras=opened, enrolment=None if enrolment.value is None else _enrolment(enrolment)
    )


_ERA_NAMES: Final = frozenset(str(era) for era in range(1, ERAS + 1))


def _enrolment(node: Node) -> Enrolment:
    hashes, identifier, kind, leaf, proof, row = node.object("hashes", "identifier", "kind", "leaf", "proof", "row")
    joined = _hashes(hashes)
    if len(joined) != COMMITTED:
        hashes.wrong(f"expected {COMMITTED} hashes")
    return Enrolment(
        kind=kind.name(),
        identifier=identifier.text(),
        proof=proof.raw(size=VRF_PROOF_BYTES),
        leaf=leaf.whole(),
        row=None if row.value is None else row.whole(),
        hashes=joined,
    )


def _opening(node: Node) -> Opening:
    if not isinstance(node.value, dict) or "sealed" not in node.value:
        leaf, payload, row, salt = node.object("leaf", "payload", "row", "salt")
        return Opening(
            leaf=leaf.whole(),
            row=None if row.value is None else row.whole(),
            salt=salt.raw(size=HASH_BYTES),
            payload=encode(payload.value),
            node=payload,
        )
    key, leaf, row, salt, sealed = node.object("key", "leaf", "row", "salt", "sealed")
    return Opening(
        leaf=leaf.whole(),
        row=None if row.value is None else row.whole(),
        salt=salt.raw(size=HASH_BYTES),
        key=key.raw(size=HASH_BYTES),
        sealed=sealed.raw(),
    )


def _hashes(node: Node) -> tuple[bytes, ...]:
    """Read joined hashes."""
    joined = node.raw()
    if len(joined) % HASH_BYTES:
        node.wrong("expected whole hashes")
    return tuple(joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES))


def _require_ascending(values: Sequence[Order], *, node: Node) -> None:
    if any(not one < other for one, other in pairwise(values)):
        node.wrong("expected each once, ascending")
