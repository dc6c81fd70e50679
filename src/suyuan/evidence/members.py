"""The JSON members of a bundle, one family of values each: leaves, accused, entries, persons, planted hits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from suyuan.evidence.law import ATTEMPTS, MOST_CHOICES, MOST_SLOTS, OMISSION, ORDER, SHARED_DECOY
from suyuan.evidence.opening import NONCE_BYTES, Found, PersonEntry, read_person_entry, read_place
from suyuan.evidence.plain import HASH_BYTES, Node, to_base64

Order = TypeVar("Order", int, tuple[int, bytes], tuple[int, int, int])
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One ledger entry and its proof of inclusion in the checkpoint."""

    index: int
    entry: bytes
    proof: tuple[bytes, ...]

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {"i": self.index, "leaf": to_base64(self.entry), "proof": _base64s(self.proof)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accused:
    """One suspect that the bundle shows: who it is, by the opened `recipient` entry, and what is said of it.

    `bits` has two decimals, rounded down; `named` says whether the naming line was reached.
    """

    suspect: int
    kind: str
    id: str
    label: str
    salt: bytes
    leaf: int
    bits: str
    named: bool

    def recipient(self) -> dict[str, object]:
        """Give what the `recipient` entry committed to."""
        return {"id": self.id, "kind": self.kind, "label": self.label}

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {
            "suspect": self.suspect,
            "recipient": self.recipient(),
            "salt": to_base64(self.salt),
            "leaf": self.leaf,
            "bits": self.bits,
            "named": self.named,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectEntries:
    """All persons linked to one accused, as the `trace-open` committed to them, ascending by `p`."""

    suspect: int
    entries: tuple[PersonEntry, ...]

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {"suspect": self.suspect, "entries": [entry.document() for entry in self.entries]}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedField:
    """One field of one copy, opened: its lane key, and the form table that its release committed to."""

    key: bytes = field(repr=False)
    salt: bytes
    radices: tuple[int, ...]
    forms: tuple[str, ...] = field(repr=False)

    def table_text(self) -> str:
        """Give the text that the manifest row commits to."""
        return "\n".join(["radices " + ",".join(map(str, self.radices)), *self.forms])

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {
            "key": to_base64(self.key),
            "salt": to_base64(self.salt),
            "radices": list(self.radices),
            "forms": list(self.forms),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedDecoy:
    """A decoy of the export family in one copy, opened: the lane key that put it in or left it out, and its identifiers by pool."""

    key: bytes = field(repr=False)
    salt: bytes
    identifiers: Mapping[str, str]

    def opening(self) -> dict[str, object]:
        """Give what the manifest row commits to."""
        return {"identifiers": dict(self.identifiers)}

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {"key": to_base64(self.key), "salt": to_base64(self.salt), **self.opening()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCopy:
    """One copy of a shown person: its manifest row, its pre-drawn keys' commitments, and the opened channels."""

    manifest: bytes
    proof: tuple[bytes, ...]
    lanes: tuple[bytes, ...]
    pool_proof: tuple[bytes, ...]
    fields: Mapping[str, OpenedField]
    omission_key: bytes | None = field(default=None, repr=False)
    decoy: OpenedDecoy | None = None
    order_key: bytes | None = field(default=None, repr=False)

    def channels(self) -> set[str]:
        """Give the channels that are opened."""
        beside = {OMISSION: self.omission_key, ORDER: self.order_key, SHARED_DECOY: self.decoy}
        return {*self.fields, *(channel for channel, opened in beside.items() if opened is not None)}

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        opened: dict[str, object] = {name: item.document() for name, item in self.fields.items()}
        if self.omission_key is not None:
            opened[OMISSION] = {"key": to_base64(self.omission_key)}
        if self.order_key is not None:
            opened[ORDER] = {"key": to_base64(self.order_key)}
        if self.decoy is not None:
            opened[SHARED_DECOY] = self.decoy.document()
        return {
            "manifest": to_base64(self.manifest),
            "proof": _base64s(self.proof),
            "lanes": _base64s(self.lanes),
            "pool_proof": _base64s(self.pool_proof),
            "open": opened,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPerson:
    """One person whose marks are shown: the texts of the dump, and the accused's copies in the entry's order."""

    suspect: int
    p: bytes
    salt: bytes
    rows: tuple[tuple[int, Cells], ...] = field(repr=False)
    copies: tuple[ShownCopy, ...]

    def cells(self) -> list[list[object]]:
        """Give what `cells` of the person's entry commits to."""
        return [[row, dict(cells)] for row, cells in self.rows]

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {
            "suspect": self.suspect,
            "p": to_base64(self.p),
            "salt": to_base64(self.salt),
            "rows": self.cells(),
            "copies": [copy.document() for copy in self.copies],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedHit:
    """One planted identifier that the dump shows: where it was planted, the draw that made it, where it was found.

    `opening` is what the manifest row commits to; `found_index` the place in the pool's tree of found identifiers.
    """

    suspect: int
    leaf: int
    row: int
    manifest: bytes
    proof: tuple[bytes, ...]
    lanes: tuple[bytes, ...]
    pool_proof: tuple[bytes, ...]
    lane: int
    key: bytes = field(repr=False)
    attempt: int
    salt: bytes
    opening: Mapping[str, object]
    found: Found
    found_index: int
    found_proof: tuple[bytes, ...]

    def document(self) -> dict[str, object]:
        """Give the plain data."""
        return {
            "suspect": self.suspect,
            "leaf": self.leaf,
            "row": self.row,
            "manifest": to_base64(self.manifest),
            "proof": _base64s(self.proof),
            "lanes": _base64s(self.lanes),
            "pool_proof": _base64s(self.pool_proof),
            "lane": self.lane,
            "key": to_base64(self.key),
            "attempt": self.attempt,
            "salt": to_base64(self.salt),
            "opening": dict(self.opening),
            "found": {
                "p": to_base64(self.found.p),
                "row": self.found.row,
                "at": self.found.at,
                "text": self.found.text,
            },
            "index": self.found_index,
            "found_proof": _base64s(self.found_proof),
        }


def read_leaves(node: Node) -> tuple[Leaf, ...]:
    """Read `leaves.json`: ascending, each once."""
    read = []
    for item in node.list():
        index, entry, proof = item.object("i", "leaf", "proof")
        read.append(Leaf(index=index.whole(), entry=entry.raw(), proof=proof.hashes()))
    _require_ascending([leaf.index for leaf in read], node=node)
    return tuple(read)


def read_accused(node: Node) -> tuple[Accused, ...]:
    """Read `accused.json`: ascending by suspect, at least one."""
    read = []
    for item in node.list():
        suspect, recipient, salt, leaf, bits, named = item.object(
            "suspect", "recipient", "salt", "leaf", "bits", "named"
        )
        name, kind, label = recipient.object("id", "kind", "label")
        read.append(
            Accused(
                suspect=suspect.whole(),
                id=name.text(),
                kind=kind.name(),
                label=label.text(),
                salt=salt.raw(size=HASH_BYTES),
                leaf=leaf.whole(),
                bits=bits.text(),
                named=named.flag(),
            )
        )
    if not read:
        node.wrong("nobody is accused")
    _require_ascending([item.suspect for item in read], node=node)
    return tuple(read)


def read_entries(node: Node) -> tuple[SuspectEntries, ...]:
    """Read `entries.json`: ascending by suspect, and by `p` within one."""
    read = []
    for item in node.list():
        suspect, entries = item.object("suspect", "entries")
        persons = tuple(read_person_entry(entry) for entry in entries.list())
        _require_ascending([(0, person.p) for person in persons], node=entries)
        read.append(SuspectEntries(suspect=suspect.whole(), entries=persons))
    _require_ascending([item.suspect for item in read], node=node)
    return tuple(read)


def read_persons(node: Node) -> tuple[ShownPerson, ...]:
    """Read `persons.json`: ascending by suspect and `p`."""
    read = []
    for item in node.list():
        suspect, p, salt, rows, copies = item.object("suspect", "p", "salt", "rows", "copies")
        read.append(
            ShownPerson(
                suspect=suspect.whole(),
                p=p.raw(size=NONCE_BYTES),
                salt=salt.raw(size=HASH_BYTES),
                rows=tuple(_row(row) for row in rows.list()),
                copies=tuple(_shown_copy(copy) for copy in copies.list()),
            )
        )
    _require_ascending([(person.suspect, person.p) for person in read], node=node)
    return tuple(read)


def read_planted(node: Node) -> tuple[PlantedHit, ...]:
    """Read `planted.json`: ascending by suspect, leaf and row."""
    read = tuple(_planted(item) for item in node.list())
    _require_ascending([(hit.suspect, hit.leaf, hit.row) for hit in read], node=node)
    return read


def _row(node: Node) -> tuple[int, Cells]:
    row, cells = node.list(size=2)
    return row.whole(), {name: cell.text() for name, cell in cells.items()}


def _shown_copy(node: Node) -> ShownCopy:
    manifest, proof, lanes, pool_proof, opened = node.object("manifest", "proof", "lanes", "pool_proof", "open")
    keys: dict[str, bytes] = {}
    decoy: OpenedDecoy | None = None
    fields: dict[str, OpenedField] = {}
    for channel, item in opened.items():
        if channel in (OMISSION, ORDER):
            keys[channel] = item.object("key")[0].raw(size=HASH_BYTES)
        elif channel == SHARED_DECOY:
            decoy = _opened_decoy(item)
        else:
            fields[channel] = _opened_field(item)
    return ShownCopy(
        manifest=manifest.raw(),
        proof=proof.hashes(),
        lanes=lanes.hashes(),
        pool_proof=pool_proof.hashes(),
        fields=fields,
        omission_key=keys.get(OMISSION),
        decoy=decoy,
        order_key=keys.get(ORDER),
    )


def _opened_decoy(node: Node) -> OpenedDecoy:
    key, salt, identifiers = node.object("key", "salt", "identifiers")
    return OpenedDecoy(
        key=key.raw(size=HASH_BYTES),
        salt=salt.raw(size=HASH_BYTES),
        identifiers={pool: identifier.text() for pool, identifier in identifiers.items()},
    )


def _opened_field(node: Node) -> OpenedField:
    key, salt, radices, forms = node.object("key", "salt", "radices", "forms")
    by_slot = tuple(item.whole(least=1, most=MOST_CHOICES) for item in radices.list())
    texts = tuple(item.text() for item in forms.list())
    product = 1
    for radix in by_slot[:MOST_SLOTS]:
        product *= radix
    if len(by_slot) > MOST_SLOTS or len(texts) != product or len(set(texts)) != product:
        node.wrong("the forms are not one for each combination of choices")
    return OpenedField(key=key.raw(size=HASH_BYTES), salt=salt.raw(size=HASH_BYTES), radices=by_slot, forms=texts)


def _planted(node: Node) -> PlantedHit:
    (
        suspect, leaf, row, manifest, proof, lanes, pool_proof, lane, key, attempt, salt, opening, found, index,
        found_proof,
    ) = node.object(
        "suspect", "leaf", "row", "manifest", "proof", "lanes", "pool_proof", "lane", "key", "attempt", "salt",
        "opening", "found", "index", "found_proof",
    )  # fmt: skip
    named = dict(opening.items())
    if not {"pool", "identifier"} <= named.keys():
        opening.wrong("expected pool and identifier")
    p, found_row, at, text = found.object("p", "row", "at", "text")
    return PlantedHit(
        suspect=suspect.whole(),
        leaf=leaf.whole(),
        row=row.whole(),
        manifest=manifest.raw(),
        proof=proof.hashes(),
        lanes=lanes.hashes(),
        pool_proof=pool_proof.hashes(),
        lane=lane.whole(),
        key=key.raw(size=HASH_BYTES),
        attempt=attempt.whole(most=ATTEMPTS - 1),
        salt=salt.raw(size=HASH_BYTES),
        opening={name: item.value for name, item in named.items()},
        found=Found(
            p=p.raw(size=NONCE_BYTES),
            pool=named["pool"].name(),
            identifier=named["identifier"].text(),
            row=found_row.whole(),
            at=read_place(at),
            text=text.text(),
        ),
        found_index=index.whole(),
        found_proof=found_proof.hashes(),
    )


def _base64s(items: Sequence[bytes]) -> list[str]:
    return [to_base64(item) for item in items]


def _require_ascending(values: Sequence[Order], *, node: Node) -> None:
    if any(not one < other for one, other in pairwise(values)):
        node.wrong("expected each once, ascending")
