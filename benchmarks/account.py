"""A year's account: bytes of the file and CPU to verify it, beside bare SHA-256 of the same hashes.

365 daily closing seals with 20,000 labels each over 24,000 entries a day, and 60 releases of one person spread over them. The
indexes are real trees. Of the log's tree only the entries that the account shows are real; the hashes of all other subtrees
are drawn, and the root computed from them: the proof has the size and the work of a true one.
"""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.measured import machine
from tests.account_world import STAFF, HashedList, Person, PersonHolder, World, secret

from suyuan.crypto.canonical import to_base64
from suyuan.crypto.merkle import Tree, leaf_hash, leaf_hashes, node_hash
from suyuan.crypto.sign import sign_note
from suyuan.evidence.account import multiproof, verify_account
from suyuan.flows.account_assembly import Asked, assemble
from suyuan.flows.account_proofs import Trees

DAYS = 365
LABELS = 20_000
ENTRIES = 24_000
RELEASES = 60
BYTES_BAR = 750_000
VERIFY_BAR_MS = 50
RUNS = 7


@dataclass
class Sparse:
    """The log's tree: some leaves are known, the hash of every subtree without one is drawn."""

    size: int
    known: dict[int, bytes]
    order: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.order = sorted(self.known)

    def leaf(self, position: int) -> bytes:
        return self.known[position]

    def range_hash(self, start: int, end: int) -> bytes:
        return sha256(b"drawn %d %d" % (start, end)).digest()

    def root(self, start: int, end: int, known: list[int]) -> bytes:
        if not known:
            return self.range_hash(start, end)
        if end - start == 1:
            return leaf_hash(self.known[start])
        split = start + (1 << (end - start - 1).bit_length() - 1)
        left = self.root(start, split, [k for k in known if k < split])
        return node_hash(left, right=self.root(split, end, [k for k in known if k >= split]))


class Year(World):
    """A log of which only what one person's account needs was ever made."""

    def at(self, index: int, op: str, **members: object) -> int:
        super().append(op, **members)
        self.sparse[index] = self.entries[-1]
        return index

    sparse: dict[int, bytes]


@dataclass
class Kept:
    """The entries of a year, as an account asks for them."""

    known: dict[int, bytes]
    last: int

    def leaf(self, index: int) -> bytes:
        return self.known[index]

    def leaves(self, start: int, *, end: int) -> Iterable[bytes]:
        return (self.known.get(index, b"") for index in range(start, end))

    def latest(self, op: str) -> int | None:
        return self.last


def build() -> bytes:
    """Give the file of a year's account."""
    random, person = Random(1), Person(7)
    world, known = World(), {}
    indexes: dict[int, HashedList] = {}
    anchor = world.open_registry()
    known[0] = world.entries[anchor]
    days = sorted(random.sample(range(1, DAYS), RELEASES))
    end = 1
    seal(world, known, indexes, at=1, first=0, labels=0)
    for day in range(1, DAYS):
        first = end + 1
        end = first + ENTRIES
        if day == 1:
            place(world, known, first, lambda: world.enrol(person))
            for name in STAFF:
                first += 1
                place(world, known, first, lambda name=name: world.name(name))
            first -= len(STAFF)
        if day in days:
            place(world, known, first + 100, lambda: world.release(person, random.choice(STAFF)))
        seal(world, known, indexes, at=end, first=first, labels=LABELS)
    tree = Sparse(size=end + 1, known=known)
    text = f"{world.key.verify_key.name}\n{tree.size}\n{to_base64(tree.root(0, tree.size, tree.order))}\n"
    asked = Asked(
        since=None, until=None, vkey=str(world.key.verify_key), checkpoint=sign_note(text, keys=[world.key]).encode()
    )
    trees = Trees(log=tree, table=lambda leaf, rows: HashedList([]), index=lambda at, labels: indexes[at])
    account = assemble(asked, log=Kept(known, end), trees=trees, holder=PersonHolder(world, person))
    return world.write(account)


def place(world: World, known: dict[int, bytes], at: int, append: object) -> None:
    """Let the world append one entry, and put it at an index of the year."""
    before = world.size
    append()  # type: ignore[operator]
    assert world.size == before + 1
    known[at] = world.entries[-1]
    for held in (world.names, world.enrolled):
        for key, value in list(held.items()):
            if value == before:
                held[key] = at  # type: ignore[index]
            elif value == (before, None):
                held[key] = (at, None)  # type: ignore[index]
    if (before, None) in world.openings:
        world.openings[at, None] = moved(world.openings.pop((before, None)), at)
    # Another entry of the world may not come to stand at this index.
    while world.size <= 8:
        break


def moved(opening: object, at: int) -> object:
    from dataclasses import replace

    return replace(opening, leaf=at)  # type: ignore[type-var]


def seal(
    world: World, known: dict[int, bytes], indexes: dict[int, HashedList], *, at: int, first: int, labels: int
) -> None:
    """Seal a day: the true items of what is known, and drawn labels beside them."""
    items: dict[bytes, list[bytes]] = {}
    for index in sorted(i for i in known if first <= i < at):
        for label in labels_of(known[index]):
            items.setdefault(label, []).append(index.to_bytes(8, "big") + bytes(4) + leaf_hash(known[index]))
    leaves = [
        label + len(held).to_bytes(4, "big") + sha256(b"".join(held)).digest() for label, held in items.items()
    ]
    drawn = Random(at).randbytes(68 * (labels - len(leaves))) if labels else b""
    leaves = sorted([*leaves, *(drawn[i : i + 68] for i in range(0, len(drawn), 68))])
    indexes[at] = HashedList(leaves)
    root = Tree(leaf_hashes(leaves)).root if leaves else sha256(b"").digest()
    world.t += 86_400_000
    world.append("seal", a=first, b=at, n=len(leaves), r=root, z=1)
    known[at] = world.entries[-1]
    world.epoch += 1


def labels_of(entry: bytes) -> list[bytes]:
    import json
    from base64 import b64decode

    members = json.loads(entry)
    keys = {"release": "lr", "recipient": "l", "enrol": "l"}.get(members["op"], "")
    return [b64decode(members[key]) for key in keys]


def main() -> None:
    data = build()
    print(machine())
    counted = [0]

    def counting(message: bytes) -> object:
        counted[0] += 1
        return sha256(message)

    multiproof.sha256 = counting  # type: ignore[assignment]
    verified = verify_account(data)
    multiproof.sha256 = sha256
    assert len(verified.checked.shown) == RELEASES
    spent = min(cpu(lambda: verify_account(data)) for _ in range(RUNS))
    message = secret("message") * 2 + b"\1"
    bare = min(cpu(lambda: [sha256(message).digest() for _ in range(counted[0])]) for _ in range(RUNS))
    print(f"a year: {DAYS} seals of {LABELS:,} labels, {RELEASES} releases shown")
    print(f"file      {len(data):,} bytes, {len(data) / DAYS:,.0f} a seal (bar {BYTES_BAR:,})")
    print(f"verify    {spent * 1000:.1f} ms CPU (bar {VERIFY_BAR_MS})")
    print(f"          {spent / bare:.2f} x bare SHA-256 of its {counted[0]:,} tree nodes ({bare * 1000:.1f} ms)")
    if len(data) >= BYTES_BAR or spent * 1000 >= VERIFY_BAR_MS:
        print("MISSED: a bar of the year's account")


def cpu(work: object) -> float:
    start = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - start


if __name__ == "__main__":
    main()
