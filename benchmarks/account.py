"""A year's account: bytes of the file and CPU to verify it, beside bare SHA-256 of the same hashes.

365 daily closing seals with 20,000 labels each over 24,000 entries a day, and 60 releases of one person spread over them. The
indexes are real trees. Of the log's tree only the entries that the account shows are real; the hashes of all other subtrees
are drawn, and the root computed from them: the proof has the size and the work of a true one.
"""

import json
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.measured import machine
from tests.account_world import ORIGIN, STAFF, HashedList, Person, PersonHolder, World, secret

from suyuan.crypto.canonical import to_base64
from suyuan.crypto.merkle import leaf_hash, node_hash
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
RUNS = 15
DAY_MS = 86_400_000


@dataclass
class Sparse:
    """The log's tree: some leaves are known, the hash of every subtree without one is drawn."""

    size: int
    known: dict[int, bytes]

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


@dataclass
class Year:
    """A year of a log, of which only what one person's account needs was ever made. It is what `assemble` reads."""

    world: World = field(default_factory=World)
    known: dict[int, bytes] = field(default_factory=dict)
    indexes: dict[int, HashedList] = field(default_factory=dict)
    last: int = 0

    def leaf(self, index: int) -> bytes:
        return self.known[index]

    def leaves(self, start: int, *, end: int) -> Iterable[bytes]:
        return (self.known.get(index, b"") for index in range(start, end))

    def latest(self, op: str) -> int | None:
        return self.last

    def put(self, at: int, append: Callable[[], object]) -> None:
        """Let the world append one entry, and put it at an index of the year."""
        world, before = self.world, self.world.size
        append()
        assert world.size == before + 1
        self.known[at] = world.entries[-1]
        world.names.update({label: at for label, index in world.names.items() if index == before})
        world.enrolled.update({key: (at, None) for key, place in world.enrolled.items() if place == (before, None)})
        if (before, None) in world.openings:
            world.openings[at, None] = replace(world.openings.pop((before, None)), leaf=at)

    def seal(self, at: int, *, first: int, labels: int) -> None:
        """Seal a day: the true items of what is known, and drawn labels beside them."""
        items: dict[bytes, list[bytes]] = {}
        for index in sorted(index for index in self.known if first <= index < at):
            for label in labels_of(self.known[index]):
                packed = index.to_bytes(8, "big") + bytes(4) + leaf_hash(self.known[index])
                items.setdefault(label, []).append(packed)
        true = [label + len(held).to_bytes(4, "big") + sha256(b"".join(held)).digest() for label, held in items.items()]
        drawn = Random(at).randbytes(68 * (labels - len(true)) if labels else 0)
        index_leaves = HashedList(sorted([*true, *(drawn[i : i + 68] for i in range(0, len(drawn), 68))]))
        self.indexes[at] = index_leaves
        self.world.t += DAY_MS
        self.world.append("seal", a=first, b=at, n=index_leaves.size, r=index_leaves.tree.root, z=1, o=ORIGIN, s=1)
        self.world.epoch += 1
        self.known[at] = self.world.entries[-1]
        self.last = at


def labels_of(entry: bytes) -> list[bytes]:
    members = json.loads(entry)
    keys = {"release": "lr", "recipient": "l", "enrol": "l"}.get(members["op"], "")
    return [b64decode(members[key]) for key in keys]


def build() -> bytes:
    """Give the file of a year's account."""
    random, person, year = Random(1), Person(7), Year()
    world = year.world
    year.put(0, world.open_registry)
    year.seal(1, first=0, labels=0)
    days = set(random.sample(range(1, DAYS), RELEASES))
    for day in range(1, DAYS):
        first = year.last + 1
        if day == 1:
            year.put(first, lambda: world.enrol(person))
            for place, name in enumerate(STAFF, start=first + 1):
                year.put(place, lambda name=name: world.name(name))  # type: ignore[misc]
        if day in days:
            year.put(first + 100, lambda: world.release(person, random.choice(STAFF)))
        year.seal(first + ENTRIES, first=first, labels=LABELS)
    tree = Sparse(size=year.last + 1, known=year.known)
    root = to_base64(tree.root(0, tree.size, sorted(year.known)))
    note = sign_note(f"{world.key.verify_key.name}\n{tree.size}\n{root}\n", keys=[world.key])
    asked = Asked(since=None, until=None, vkey=str(world.key.verify_key), checkpoint=note.encode())
    trees = Trees(log=tree, table=lambda leaf, rows: HashedList([]), index=lambda at, labels: year.indexes[at])
    return world.write(assemble(asked, log=year, trees=trees, holder=PersonHolder(world, person)))


def nodes_of(data: bytes) -> int:
    """Count the tree nodes that verifying an account hashes."""
    counted = [0]

    def counting(message: bytes) -> object:
        counted[0] += 1
        return sha256(message)

    multiproof.sha256 = counting  # type: ignore[assignment]
    try:
        assert len(verify_account(data).checked.shown) == RELEASES
    finally:
        multiproof.sha256 = sha256
    return counted[0]


def cpu_ms(work: Callable[[], object]) -> float:
    """Give the least CPU time of some runs."""
    taken = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken) * 1000


def main() -> None:
    data = build()
    nodes, message = nodes_of(data), secret("message") * 2 + b"\1"
    spent, bare = cpu_ms(lambda: verify_account(data)), cpu_ms(lambda: [sha256(message).digest() for _ in range(nodes)])
    print(machine())
    print(f"a year: {DAYS} seals of {LABELS:,} labels, {DAYS * ENTRIES:,} entries, {RELEASES} releases shown")
    print(
        f"file    {len(data):,} bytes, {len(data) / DAYS:,.0f} a seal, {len(data) / BYTES_BAR:.2f} of the bar {BYTES_BAR:,}"
    )
    print(f"verify  {spent:.1f} ms CPU, {spent / VERIFY_BAR_MS:.2f} of the bar {VERIFY_BAR_MS} ms")
    print(f"        {spent / bare:.1f} x bare SHA-256 of its {nodes:,} tree nodes ({bare:.1f} ms)")


if __name__ == "__main__":
    main()
