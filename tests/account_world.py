"""Logs made by hand from their written format, the accounts they give, and whoever would cheat with them.

Nothing here asks `suyuan.ledger`: entries, indexes and labels are computed anew, so that platform and verifier are both
held against the format.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from hmac import digest as hmac_digest
from random import Random

from suyuan.crypto import aead, commit, kdf
from suyuan.crypto.canonical import encode, to_base64
from suyuan.crypto.merkle import EMPTY_ROOT, Tree, leaf_hash, leaf_hashes
from suyuan.crypto.sign import SigningKey, sign_note
from suyuan.crypto.vrf import VrfKey
from suyuan.evidence.account import Account, VerifiedAccount, verify_account, write_account
from suyuan.evidence.account.entries import Entry
from suyuan.evidence.account.members import Enrolment, Keys, Opening, PersonKeys, RecipientKeys, Registry, opening_of
from suyuan.flows.account_assembly import Asked, assemble
from suyuan.flows.account_proofs import Trees

ORIGIN = "log.example.org/courier"
LOG_KEY = SigningKey(sha256(b"account world").digest(), name=ORIGIN)
VRF = VrfKey(sha256(b"vrf").digest())
ERA_EPOCHS = 32
PURPOSES = ("delivery", "support", "fulfilment")


def secret(*parts: object) -> bytes:
    """Give 32 bytes that depend on nothing but their name."""
    return sha256(repr(parts).encode()).digest()


@dataclass(frozen=True)
class Person:
    """A person of the world; `life` counts how often she was enrolled anew after an erasure."""

    number: int
    life: int = 0

    @property
    def identifier(self) -> str:
        return f"C-{self.number}"

    @property
    def label_key(self) -> bytes:
        return kdf.label_key(secret("person", self.number, self.life))

    @property
    def payload_key(self) -> bytes:
        return kdf.payload_key(secret("person", self.number, self.life))

    @property
    def zero(self) -> bytes:
        return hmac_digest(self.label_key, b"suyuan/label/v1\0" + ORIGIN.encode() + b"\0" + bytes(4), "sha256")

    def era_key(self, start: int) -> bytes:
        info = b"suyuan/label-era/v1\0" + ORIGIN.encode() + b"\0" + start.to_bytes(4, "big")
        return hmac_digest(self.label_key, info + b"\x01", "sha256")

    def label(self, epoch: int, *, first_epoch: int) -> bytes:
        if epoch == 0:
            return self.zero
        key = self.era_key(first_epoch + (epoch - first_epoch) // ERA_EPOCHS * ERA_EPOCHS)
        return hmac_digest(key, b"suyuan/label/v1\0" + ORIGIN.encode() + b"\0" + epoch.to_bytes(4, "big"), "sha256")

    def committed(self, first_epoch: int) -> list[bytes]:
        """Give the 16 leaf hashes of an enrolment."""
        starts = [first_epoch + ERA_EPOCHS * i for i in range(15)]
        eras = [b"suyuan/label-era/v1\0" + s.to_bytes(4, "big") + self.era_key(s) for s in starts]
        return leaf_hashes([b"suyuan/label-zero/v1\0" + self.zero, *eras])

    def registry_label(self, vrf: VrfKey = VRF) -> bytes:
        return registry_label(self.identifier, vrf=vrf)


@cache
def registry_label(identifier: str, *, vrf: VrfKey = VRF) -> bytes:
    output = vrf.output(alpha(identifier))
    return sha256(b"suyuan/registry-label/v1\0" + output).digest()


def alpha(identifier: str) -> bytes:
    return b"suyuan/registry/v1\0customer_number\0" + identifier.encode()


def recipient_label(name: str) -> bytes:
    return secret("recipient", name)


@dataclass
class HashedList:
    """Leaves and their tree, in memory."""

    leaves: list[bytes]
    tree: Tree = field(init=False)

    def __post_init__(self) -> None:
        self.tree = Tree(leaf_hashes(self.leaves))

    @property
    def size(self) -> int:
        return len(self.leaves)

    def leaf(self, position: int) -> bytes:
        return self.leaves[position]

    def range_hash(self, start: int, end: int) -> bytes:
        return self.tree.range_hash(start, end)


@dataclass
class World:
    """A log, its tables and indexes, and the truth about everybody's entries. `t` is the log's clock."""

    key: SigningKey = LOG_KEY
    entries: list[bytes] = field(default_factory=list)
    ops: list[dict[str, object]] = field(default_factory=list)
    tables: dict[int, list[bytes]] = field(default_factory=dict)
    indexes: dict[int, list[bytes]] = field(default_factory=dict)
    openings: dict[tuple[int, int | None], Opening] = field(default_factory=dict)
    truth: dict[object, list[tuple[int, int | None]]] = field(default_factory=dict)
    registries: list[tuple[int, int, VrfKey]] = field(default_factory=list)
    anchors: list[int] = field(default_factory=list)
    epoch: int = 0
    epoch_start: int = 0
    tail_start: int = 0
    t: int = 1_000_000
    ordinals: int = 0
    names: dict[bytes, int] = field(default_factory=dict)
    enrolled: dict[tuple[int, bytes], tuple[int, int | None]] = field(default_factory=dict)
    counts: bool = True

    # ---- the log -----------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        return len(self.entries)

    def leaf(self, index: int) -> bytes:
        return self.entries[index]

    def leaves(self, start: int, *, end: int) -> Iterable[bytes]:
        return self.entries[start:end]

    def latest(self, op: str) -> int | None:
        return next((i for i in reversed(range(self.size)) if self.ops[i]["op"] == op), None)

    def append(self, op: str, **members: object) -> int:
        body = {
            "op": op, "e": self.epoch, "t": self.t, "v": 1,
            **{k: to_base64(v) if isinstance(v, bytes) else v for k, v in members.items()},
        }  # fmt: skip
        self.ops.append(body)
        self.entries.append(encode(body))
        self.t += 10
        return self.size - 1

    def trees(self) -> Trees:
        return Trees(
            log=HashedList(self.entries),
            table=lambda leaf, rows: HashedList(self.tables[leaf]),
            index=lambda seal, labels: HashedList(self.indexes[seal]),
        )

    # ---- entries -----------------------------------------------------------------------------------------

    def open_registry(self, vrf: VrfKey = VRF, *, first_epoch: int | None = None) -> int:
        first = self.epoch + 1 if first_epoch is None else first_epoch
        index = self.append("registry", f=first, g=vrf.public)
        self.registries.append((index, first, vrf))
        self.anchors.append(index)
        return index

    def label(self, person: Person, epoch: int | None = None) -> bytes:
        at = self.epoch if epoch is None else epoch
        first = max((f for _, f, _ in self.registries if f <= at), default=0)
        return person.label(at, first_epoch=first)

    def enrol(self, *persons: Person) -> None:
        _, first, vrf = self.registries[-1]
        rows = sorted((p.registry_label(vrf), Tree(p.committed(first)).root) for p in persons)
        if len(rows) == 1:
            index = self.append("enrol", l=rows[0][0], k=rows[0][1])
            self.enrolled[len(self.registries) - 1, rows[0][0]] = (index, None)
            return
        joined = [label + root for label, root in rows]
        index = self.append("enrol-batch", n=len(rows), s=Tree(leaf_hashes(joined)).root)
        self.tables[index] = joined
        for row, (label, _) in enumerate(rows):
            self.enrolled[len(self.registries) - 1, label] = (index, row)

    def erase(self, person: Person) -> None:
        self.append("erase", l=person.registry_label(self.registries[-1][2]))

    def name(self, recipient: str) -> bytes:
        label = recipient_label(recipient)
        if label not in self.names:
            payload = encode({"id": recipient, "kind": "account", "label": to_base64(label)})
            committed = commit.commitment(b"suyuan/recipient/v1", salt=secret("n", recipient), payload=payload)
            index = self.append("recipient", c=committed, l=label)
            self.names[label] = index
            self.openings[index, None] = opening_of(index, row=None, salt=secret("n", recipient), payload=payload)
            self.truth.setdefault(recipient, [])
        return label

    def payload(self, recipient: str, purpose: str) -> bytes:
        return encode(
            {
                "act": "lookup", "fields": {"name": "clear", "phone": "masked"}, "ground": "contract", "v": 1,
                "purpose": purpose, "recipient": {"id": recipient, "kind": "account"}, "case": f"K-{self.ordinals}",
            }
        )  # fmt: skip

    def release(self, person: Person, recipient: str, *, purpose: str = "delivery", label: bytes | None = None) -> int:
        named = self.name(recipient)
        payload = self.payload(recipient, purpose)
        key = kdf.entry_payload_key(person.payload_key, pool=1, ordinal=self.ordinals)
        salt = kdf.entry_payload_salt(person.payload_key, pool=1, ordinal=self.ordinals)
        self.ordinals += 1
        index = self.append(
            "release", c=commit.commitment(b"suyuan/payload/v1", salt=salt, payload=payload), k=[1, self.ordinals, 1],
            l=label or self.label(person), m=secret("m"), q=secret("q"), r=named,
        )  # fmt: skip
        sealed = aead.wrap(payload, kek=key, nonce=secret("nonce", index)[:12], associated=b"")
        self.openings[index, None] = Opening(leaf=index, row=None, salt=salt, key=key, sealed=sealed)
        self.note(person, index, None)
        self.note(recipient, index, None)
        return index

    def batch(self, persons: Sequence[Person], recipient: str, *, purpose: str = "fulfilment") -> int:
        named = self.name(recipient)
        payload = self.payload(recipient, purpose)
        rows = []
        for person in persons:
            salt = kdf.entry_payload_salt(person.payload_key, pool=1, ordinal=self.ordinals)
            self.ordinals += 1
            committed = commit.commitment(b"suyuan/payload/v1", salt=salt, payload=payload)
            rows.append((self.label(person) + committed, person, salt))
        rows.sort(key=lambda row: row[0])
        joined = [body for body, _, _ in rows]
        salt = secret("batch", self.size)
        index = self.append(
            "batch", c=commit.commitment(b"suyuan/payload/v1", salt=salt, payload=payload),
            k=[1, self.ordinals, len(rows)], m=secret("m"), n=len(rows), q=secret("q"), r=named,
            s=Tree(leaf_hashes(joined)).root,
        )  # fmt: skip
        self.tables[index] = joined
        self.openings[index, None] = opening_of(index, row=None, salt=salt, payload=payload)
        for row, (_, person, row_salt) in enumerate(rows):
            self.openings[index, row] = opening_of(index, row=row, salt=row_salt, payload=payload)
            self.note(person, index, row)
        self.note(recipient, index, None)
        return index

    def refuse(self, recipient: str, person: Person | None) -> int:
        named = self.name(recipient)
        payload = encode({"act": "lookup", "code": "release.case", "purpose": "delivery", "v": 1})
        salt = secret("refuse", self.size)
        members = {} if person is None else {"l": self.label(person)}
        committed = commit.commitment(b"suyuan/payload/v1", salt=salt, payload=payload)
        index = self.append("refuse", c=committed, r=named, **members)
        self.openings[index, None] = opening_of(index, row=None, salt=salt, payload=payload)
        self.note(recipient, index, None)
        if person is not None:
            self.note(person, index, None)
        return index

    def draw(self, person: Person) -> int:
        payload = encode({"since": None, "until": None, "v": 1, "who": "operator"})
        salt = secret("account", self.size)
        committed = commit.commitment(b"suyuan/account/v1", salt=salt, payload=payload)
        index = self.append("account", c=committed, l=self.label(person))
        self.openings[index, None] = opening_of(index, row=None, salt=salt, payload=payload)
        self.note(person, index, None)
        return index

    def note(self, who: object, index: int, row: int | None) -> None:
        self.truth.setdefault(who, []).append((index, row))

    # ---- seals -------------------------------------------------------------------------------------------

    def index_of(self, first: int, end: int) -> list[bytes]:
        """Give the index leaves over [first, end), computed from the written format."""
        labels_of = {
            "release": "lr", "refuse": "lr", "recipient": "l", "batch": "r", "enrol": "l", "erase": "l", "account": "l",
        }  # fmt: skip
        items: dict[bytes, list[bytes]] = {}
        for at in range(first, end):
            plain = at.to_bytes(8, "big") + bytes(4) + leaf_hash(self.entries[at])
            members = self.ops[at]
            for key in labels_of.get(str(members["op"]), ""):
                if key in members:
                    items.setdefault(from_text(members[key]), []).append(plain)
            for row, body in enumerate(self.tables.get(at, ())):
                item = at.to_bytes(8, "big") + (row + 1).to_bytes(4, "big") + leaf_hash(body)
                items.setdefault(body[:32], []).append(item)
        return [
            label + len(held).to_bytes(4, "big") + sha256(b"".join(sorted(held))).digest()
            for label, held in sorted(items.items())
        ]

    def seal(self, *, closing: bool, index: list[bytes] | None = None) -> int:
        first = self.epoch_start if closing else self.tail_start
        leaves = self.index_of(first, self.size) if index is None else index
        root = Tree(leaf_hashes(leaves)).root if leaves else EMPTY_ROOT
        turns = sum(members["op"] in ("registry", "close", "open") for members in self.ops)
        counted = {"o": ORIGIN, "s": turns} if self.counts else {}
        at = self.append("seal", a=first, b=self.size, n=len(leaves), r=root, z=int(closing), **counted)
        self.indexes[at] = leaves
        self.tail_start = self.size
        if closing:
            self.epoch += 1
            self.epoch_start = self.size
        return at

    # ---- accounts ----------------------------------------------------------------------------------------

    def checkpoint(self, *, root: bytes | None = None) -> bytes:
        shown = root or Tree(leaf_hashes(self.entries)).root
        text = f"{self.key.verify_key.name}\n{self.size}\n{to_base64(shown)}\n"
        return sign_note(text, keys=[self.key]).encode()

    def account(
        self, who: "Person | str", *, since: int | None = None, until: int | None = None, bound: bool = True
    ) -> Account:
        holder = PersonHolder(self, who, bound=bound) if isinstance(who, Person) else RecipientHolder(self, who)
        asked = Asked(since=since, until=until, vkey=str(self.key.verify_key), checkpoint=self.checkpoint())
        return assemble(asked, log=self, trees=self.trees(), holder=holder)

    def sign(self, text: str) -> str:
        return sign_note(text, keys=[self.key])

    def write(self, account: Account) -> bytes:
        return write_account(account, sign=self.sign)

    def verified(self, account: Account, *, policy: str | None = None) -> VerifiedAccount:
        return verify_account(self.write(account), policy=policy)


def from_text(text: object) -> bytes:
    from base64 import b64decode

    return b64decode(str(text))


@dataclass
class PersonHolder:
    """Gives a person's account what it needs of her keys; `bound` is False for one who has no strong identifier."""

    world: World
    person: Person
    bound: bool = True
    kind = "person"

    def label(self, epoch: int) -> bytes:
        return self.world.label(self.person, epoch)

    def registry_at(self, end: int) -> int | None:
        return max((n for n, (leaf, _, _) in enumerate(self.world.registries) if leaf < end), default=None)

    def registry_label(self, end: int) -> bytes | None:
        number = self.registry_at(end)
        if number is None or not self.bound:
            return None
        return self.person.registry_label(self.world.registries[number][2])

    def keys(self, epochs: Sequence[int]) -> Keys:
        eras: dict[int, dict[int, bytes]] = {}
        for epoch in epochs:
            if epoch == 0:
                continue
            number = max(n for n, (_, f, _) in enumerate(self.world.registries) if f <= epoch)
            first = self.world.registries[number][1]
            era = 1 + (epoch - first) // ERA_EPOCHS
            eras.setdefault(number, {})[era] = self.person.era_key(first + ERA_EPOCHS * (era - 1))
        return PersonKeys(
            origin=ORIGIN,
            zero=self.person.zero,
            registries=tuple(
                Registry(leaf=leaf, eras=eras.get(n, {}), enrolment=self.enrolment(n))
                for n, (leaf, _, _) in enumerate(self.world.registries)
            ),
        )

    def enrolment(self, number: int) -> Enrolment | None:
        if not self.bound:
            return None
        _, first, vrf = self.world.registries[number]
        leaf, row = self.world.enrolled[number, self.person.registry_label(vrf)]
        return Enrolment(
            kind="customer_number", identifier=self.person.identifier, proof=vrf.prove(alpha(self.person.identifier)),
            leaf=leaf, row=row, hashes=tuple(self.person.committed(first)),
        )  # fmt: skip

    def anchors(self) -> Sequence[int]:
        return self.world.anchors

    def named(self, label: bytes) -> int:
        return self.world.names[label]

    def opening(self, entry: Entry, *, row: int | None) -> Opening | None:
        return self.world.openings.get((entry.index, row))


@dataclass
class RecipientHolder:
    """Gives a recipient's account what it needs; `erased` are entries whose person's key is gone."""

    world: World
    name: str
    erased: frozenset[int] = frozenset()
    kind = "recipient"

    def label(self, epoch: int) -> bytes:
        return recipient_label(self.name)

    def registry_label(self, end: int) -> bytes | None:
        return None

    def keys(self, epochs: Sequence[int]) -> Keys:
        return RecipientKeys(label=recipient_label(self.name))

    def anchors(self) -> Sequence[int]:
        return ()

    def named(self, label: bytes) -> int:
        return self.world.names[label]

    def opening(self, entry: Entry, *, row: int | None) -> Opening | None:
        return None if entry.index in self.erased else self.world.openings.get((entry.index, row))


def begun(*persons: Person) -> World:
    """Give a log as every new store begins it: a registry, a closing seal, and persons enrolled in epoch 1."""
    world = World()
    world.open_registry()
    world.seal(closing=True)
    if persons:
        world.enrol(*persons)
    return world


PEOPLE = tuple(Person(number) for number in range(4))
STAFF = ("counter-1", "counter-2", "acme")


def random_world(
    seed: int, *, steps: int = 40, change: Callable[[World, int], None] = lambda world, step: None
) -> World:
    """Give a random history; `change` may do something of its own before a step."""
    random = Random(seed)
    alive = {p.number: p for p in PEOPLE}
    world = begun()
    world.enrol(*[alive[n] for n in (0, 1)])
    world.enrol(alive[2])
    world.enrol(alive[3])
    for step in range(random.randrange(3, steps)):
        change(world, step)
        person, recipient = alive[random.randrange(4)], random.choice(STAFF)
        match random.choices(
            ("release", "batch", "refuse", "miss", "other", "seal", "close", "draw", "again"),
            weights=(10, 4, 2, 1, 4, 4, 2, 1, 1),
        )[0]:
            case "release":
                world.release(person, recipient, purpose=random.choice(PURPOSES))
            case "batch":
                chosen = random.sample(range(4), random.randrange(1, 5))
                world.batch([alive[n] for n in chosen], recipient)
            case "refuse":
                world.refuse(recipient, person)
            case "miss":
                world.refuse(recipient, None)
            case "other":
                world.append("outcome", c=secret("o", step), i=0)
            case "seal":
                world.seal(closing=False)
            case "close":
                world.seal(closing=True)
            case "draw":
                world.draw(person)
            case "again" if person.number == 3:
                world.erase(person)
                alive[3] = replace(person, life=person.life + 1)
                world.enrol(alive[3])
            case _:
                pass
        world.t += random.randrange(1000)
    for name in STAFF:
        world.name(name)
    world.seal(closing=False)
    return world


def forked(world: World, *, instead: int) -> World:
    """Give the log that a platform writes anew, key in hand, with one entry replaced by one that says nothing."""
    other = World(key=world.key)
    for index, members in enumerate(world.ops):
        other.t = int(str(members["t"]))
        if members["op"] == "seal":
            other.seal(closing=members["z"] == 1)
        elif index == instead:
            other.append("outcome", c=secret("nothing"), i=0)
        else:
            other.append(str(members["op"]), **{k: v for k, v in members.items() if k not in ("op", "e", "t", "v")})
            other.tables.update({index: world.tables[index]} if index in world.tables else {})
    other.registries, other.anchors = world.registries, world.anchors
    other.names, other.enrolled, other.openings = world.names, world.enrolled, world.openings
    return other


def place_of(label: bytes, leaves: Sequence[bytes]) -> int:
    """Give where a label stands in an index, or would."""
    return bisect_left(leaves, label, key=lambda leaf: leaf[:32])
