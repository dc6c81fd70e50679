"""A ledger without a disk, a clock that stands still, and drafts to append: what the ledger's tests share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError
from suyuan.ledger import (
    BatchEntry,
    Derived,
    Draft,
    EnrolBatchEntry,
    KeysEntry,
    KeySpan,
    LawEntry,
    Ledger,
    OutcomeEntry,
    Pool,
    RegistryEntry,
    ReleaseEntry,
    Row,
    batch_table,
)
from suyuan.terms import LeafIndex

LAW = b"\x11" * 32
KEY = SigningKey(b"\x07" * 32, name="log.example/suyuan")
POOL = LeafIndex(1)
"""The pool of `started`: entry 0 is its law, entry 1 its row keys."""


def digest(number: int) -> bytes:
    return number.to_bytes(32, "big")


@dataclass
class FakeClock:
    at: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class MemoryStore:
    """`LedgerStore` in memory; what every adapter must be equal to."""

    rows: list[Row] = field(default_factory=list)
    opened: dict[int, Pool] = field(default_factory=dict)
    enrolled: dict[bytes, tuple[LeafIndex, bool]] = field(default_factory=dict)
    """Registry labels by the entry that enrolled them last, and whether they are live."""

    def append(self, first: int, *, rows: Sequence[Row]) -> None:
        if first != len(self.rows):
            raise RefusedError(f"the next entry is {len(self.rows)}, not {first}")
        opened, enrolled = dict(self.opened), dict(self.enrolled)
        for index, row in enumerate(rows, start=first):
            if row.opens is not None:
                opened[index] = row.opens
            if row.draws is not None:
                pool = opened.get(row.draws.pool)
                if pool is None or pool.next != row.draws.first or row.draws.end > pool.rows:
                    raise RefusedError(f"entry {index}: its row keys are not the next of pool {row.draws.pool}")
                opened[row.draws.pool] = replace(pool, next=row.draws.end)
            for label in row.enrols:
                if label in enrolled and enrolled[label][1]:
                    raise RefusedError(f"entry {index}: enrols a label that is live already", code="ledger.enrolled")
                enrolled[label] = LeafIndex(index), True
            if row.erases is not None and row.erases in enrolled:
                at, live = enrolled[row.erases]
                if not live:
                    raise RefusedError(f"entry {index}: erases a label that is not live", code="ledger.not_enrolled")
                enrolled[row.erases] = at, False
        self.rows.extend(rows)
        self.opened, self.enrolled = opened, enrolled

    def size(self) -> int:
        return len(self.rows)

    def leaves(self, start: int, *, end: int) -> Sequence[bytes]:
        return [row.leaf for row in self.rows[start:end]]

    def last_at_ms(self) -> int:
        return self.rows[-1].at_ms if self.rows else 0

    def side(self, index: int, *, name: str, start: int = 0, size: int | None = None) -> bytes | None:
        body = self.rows[index].sides.get(name) if index < len(self.rows) else None
        return body if body is None else body[start : None if size is None else start + size]

    def side_names(self, index: int) -> tuple[str, ...]:
        return tuple(sorted(self.rows[index].sides)) if index < len(self.rows) else ()

    def find(self, op: str, *, key: bytes) -> LeafIndex | None:
        return next((LeafIndex(i) for i, row in enumerate(self.rows) if row.name == (op, key)), None)

    def latest(self, op: str) -> LeafIndex | None:
        found = [
            i for i, row in enumerate(self.rows) if op in row.latest or (row.name is not None and row.name[0] == op)
        ]
        return LeafIndex(found[-1]) if found else None

    def named(self, op: str) -> tuple[LeafIndex, ...]:
        keys = dict.fromkeys(row.name[1] for row in self.rows if row.name is not None and row.name[0] == op)
        return tuple(found for key in keys if (found := self.find(op, key=key)) is not None)

    def registered(self, labels: Sequence[bytes]) -> Mapping[bytes, LeafIndex]:
        return {label: self.enrolled[label][0] for label in labels if self.enrolled.get(label, (0, False))[1]}

    def pools(self) -> tuple[Pool, ...]:
        return tuple(self.opened.values())

    def derived(self) -> Derived:
        ops = {row.name[0] for row in self.rows if row.name is not None} | {
            op for row in self.rows for op in row.latest
        }
        names = dict.fromkeys(row.name for row in self.rows if row.name is not None)
        return Derived(
            named={name: at for name in names if (at := self.find(name[0], key=name[1])) is not None},
            latest={op: at for op in ops if (at := self.latest(op)) is not None},
            pools=self.pools(),
            registered={label: (at, live) for label, (at, live) in self.enrolled.items()},
        )

    def replace_derived(self, derived: Derived) -> None:
        self.opened = {pool.index: pool for pool in derived.pools}
        self.enrolled = dict(derived.registered)


@dataclass
class MemoryFiles:
    """`TileFiles` in memory."""

    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        self.files.update(files)

    def commit(self, path: str, *, data: bytes) -> None:
        self.files[path] = data

    def drop(self, paths: Iterable[str]) -> None:
        for path in paths:
            for name in [name for name in self.files if name == path or name.startswith(path + "/")]:
                del self.files[name]


def release(first: int, *, pool: int = POOL, count: int = 1, law: bytes = LAW, **sides: bytes) -> Draft:
    keys = KeySpan(pool=LeafIndex(pool), first=first, count=count)
    body = ReleaseEntry(
        commitment=digest(first), keys=keys, label=digest(2), manifest=digest(3), law=law, recipient=digest(4)
    )
    return Draft(body=body, sides=sides)


def batch(first: int, *, count: int) -> Draft:
    table = batch_table([(digest(1000 + i), digest(i)) for i in range(count)])
    body = BatchEntry(
        commitment=digest(first), keys=KeySpan(pool=POOL, first=first, count=count), manifest=digest(3), rows=count,
        law=LAW, recipient=digest(4), table=table.root,
    )  # fmt: skip
    return Draft(body=body, sides={"table": table.body})


def registry(number: int = 0, *, first_epoch: int = 1) -> Draft:
    return Draft(body=RegistryEntry(first_epoch=first_epoch, vrf_key=digest(9000 + number)))


def enrol_batch(labels: Iterable[int]) -> Draft:
    table = batch_table([(digest(label), digest(label + 1)) for label in labels])
    return Draft(body=EnrolBatchEntry(rows=table.rows, table=table.root), sides={"table": table.body})


def outcome(index: int) -> Draft:
    return Draft(body=OutcomeEntry(commitment=digest(5), release=LeafIndex(index)))


def started(store: object, *, clock: FakeClock | None = None, rows: int = 1_000_000) -> Ledger:
    """A ledger whose first entries are a law and a pool of row keys."""
    ledger = Ledger(store, key=KEY, clock=clock or FakeClock())  # type: ignore[arg-type]
    if ledger.size == 0:
        ledger.append([Draft(body=LawEntry(law=LAW)), Draft(body=KeysEntry(rows=rows, root=digest(9), lanes=3))])
    return ledger
