"""Who took everything: every key that was kept, a backup of all the rest, and every text that was ever shown."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.app import SystemEntropy
from suyuan.app.unlocking import open_broker
from suyuan.config import read_settings
from suyuan.crypto import aead, canonical, commit, merkle
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.batch import SIDE, split_rows
from suyuan.ledger.entry import BatchEntry, OutcomeEntry, ReleaseEntry
from suyuan.ledger.log import Log
from suyuan.release import sides
from suyuan.release.manifest import DIGEST, person_row, sealed_row_bytes
from suyuan.release.plan import OnePerson, Plan, parse_plan
from suyuan.release.sides import read_side
from suyuan.terms import KindName, PersonNumber

PEOPLE, ERASED = 24, 5

Truth = dict[str, set[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A store with a past, a backup of it, and what truly happened."""

    folder: Path
    backup: Path
    people: pl.DataFrame
    erased: tuple[str, ...]
    living: tuple[str, ...]
    truth: Truth
    texts: dict[str, list[dict[str, str]]]
    pseudonyms: dict[str, list[tuple[bytes, bytes]]]


def releases_by_label(log: Log, broker: KeyBroker, number: PersonNumber) -> set[int]:
    """Give the releases that carry a label of the person's, in the leaf or in the table."""
    if not broker.secrets_held((number,))[0]:
        return set()
    linked = broker.linked([number])
    found = set()
    for index, entry in log.entries():
        if isinstance(entry.body, ReleaseEntry):
            labels = [entry.body.label]
        elif isinstance(entry.body, BatchEntry):
            labels = [row[:32] for row in split_rows(log.side(index, name=SIDE) or b"")]
        else:
            continue
        if linked.labels(epoch=entry.epoch)[0] in labels:
            found.add(int(index))
    return found


@dataclass(slots=True, kw_only=True)
class Thief:
    """Holds every key that was kept, a backup of all the rest, and every text that was ever shown."""

    broker: KeyBroker
    people: SqlitePeopleStore
    log: Log
    texts: dict[str, list[dict[str, str]]]

    def number(self, customer: str) -> PersonNumber:
        """From an identifier to a person's number: the token key is kept, and the backup has the tokens."""
        token = self.broker.tokenizer(KindName.IDENTIFIER).token(customer)
        [number] = self.people.find(KindName.IDENTIFIER, np.array([token], dtype=np.uint64)).tolist()
        assert number >= 0  # This far anybody comes who holds the token key and an old copy.
        return PersonNumber(number)

    def by_label(self, customer: str) -> set[int]:
        """Make her labels of every epoch from her secret."""
        return releases_by_label(self.log, self.broker, self.number(customer))

    def by_number(self, customer: str) -> set[int]:
        """Look for her number in what is kept beside releases."""
        number, found = self.number(customer), set()
        for index, plan in self._plans():
            listed = read_side(self.log, index=index, name=sides.PERSONS_SIDE, broker=self.broker) or b""
            if (isinstance(plan.one, OnePerson) and plan.one.person == number) or number in np.frombuffer(
                listed, "<u8"
            ):
                found.add(index)
        return found

    def by_commitments(self, customer: str) -> set[int]:
        """Make the manifest's leaves again from the commitments beside her record: their hashes are known."""
        record = self.people.record(self.number(customer))
        assert record is not None
        guesses = [dict(record.commitments)]
        if self.broker.secrets_held((record.person,))[0]:
            shown = self.broker.tables_of((record,), fields=tuple(record.commitments))
            guesses.append({name: column[0] for name, column in shown.items()})
        found = set()
        for index, plan in self._plans():
            for ordinal, label, leaf in self._leaves(index, plan=plan):
                for tables in guesses:
                    if not set(plan.marked) <= set(tables):
                        continue
                    # The bias classes of an export are few enough to be tried, all of them.
                    guessed = product(range(3), repeat=len(plan.marked)) if plan.family else [()]
                    rows = (
                        person_row(
                            ordinal=ordinal, label=label, nonce=record.version,
                            tables=[tables[m] for m in plan.marked], biases=bytes(biases),
                        )
                        for biases in guessed
                    )  # fmt: skip
                    if any(merkle.leaf_hash(row) == leaf for row in rows):
                        found.add(index)
        return found

    def by_payload(self, customer: str) -> set[int]:
        """Open sealed payloads with every key there is for her entries."""
        number, found = self.number(customer), set()
        for index, entry in self.log.entries():
            if isinstance(entry.body, ReleaseEntry) and self.broker.secrets_held((number,))[0]:
                span, sealed = entry.body.keys, self.log.side(index, name=sides.PAYLOAD_SIDE)
                key, _ = self.broker.payload_opening(number, pool=span.pool, ordinal=span.first)
                if sealed and opens(lambda key=key, sealed=sealed: aead.unwrap(sealed, kek=key, associated=b"")):
                    found.add(int(index))
        return found

    def by_outcome(self, customer: str) -> set[int]:
        """Compare the digests of what was shown with the dictionary: under the side key, or under her own."""
        digests = {commit.digest(canonical.encode(dict(shown))) for shown in self.texts[customer]}
        number, found = self.number(customer), set()
        for index, entry in self.log.entries():
            if not isinstance(entry.body, OutcomeEntry):
                continue
            released = self.log.entry(entry.body.release).body
            opened = read_side(self.log, index=index, name=sides.OUTCOME_SIDE, broker=self.broker)
            sealed = self.log.side(index, name=sides.OWN_OUTCOME_SIDE)
            if isinstance(released, ReleaseEntry) and sealed and self.broker.secrets_held((number,))[0]:
                try:
                    opened = self.broker.open_outcome(
                        number, pool=released.keys.pool, ordinal=released.keys.first, sealed=sealed,
                        bound=entry.body.commitment,
                    )  # fmt: skip
                except VerificationError:
                    continue
            if opened and any(canonical.to_base64(digest).encode() in opened for digest in digests):
                found.add(int(entry.body.release))
        return found

    def everything(self, customer: str) -> set[int]:
        """Try all of it."""
        ways = (self.by_label, self.by_number, self.by_commitments, self.by_payload, self.by_outcome)
        return set[int]().union(*(way(customer) for way in ways))

    def _plans(self) -> Iterator[tuple[int, Plan]]:
        for index, entry in self.log.entries():
            if isinstance(entry.body, ReleaseEntry | BatchEntry):
                raw = read_side(self.log, index=index, name=sides.PLAN_SIDE, broker=self.broker)
                assert raw is not None
                yield int(index), parse_plan(raw)

    def _leaves(self, index: int, *, plan: Plan) -> Iterator[tuple[int, bytes, bytes]]:
        """Give ordinal, label and leaf hash of every person row of a manifest: the side key opens these."""
        body = self.log.entry(index).body
        if isinstance(body, ReleaseEntry):
            yield body.keys.first, body.label, body.manifest  # The root of one leaf is its hash.
            return
        labels = read_side(self.log, index=index, name=sides.LABELS_SIDE, broker=self.broker) or b""
        rows = read_side(self.log, index=index, name=sides.ROWS_SIDE, broker=self.broker) or b""
        width = sealed_row_bytes(marked=len(plan.marked), biased=bool(plan.family))
        assert isinstance(body, BatchEntry)
        for i in range(plan.rows):
            yield body.keys.first + i, labels[32 * i : 32 * i + 32], rows[width * i : width * i + DIGEST]


def opens(attempt: Callable[[], object]) -> bool:
    """Say whether sealed bytes open."""
    try:
        attempt()
    except VerificationError:
        return False
    return True


@contextmanager
def thief(world: World, *, keys: Path | None = None) -> Iterator[Thief]:
    """Open everything that the thief has; `keys` is the folder whose keys.db it is."""
    store = world.folder / "store"
    with (
        SqliteKeyStore((keys or store) / "keys.db", access=Access.READ) as held,
        SqlitePeopleStore(world.backup / "data.db", access=Access.READ) as people,
        SqliteLedgerStore.open_reader(world.backup / "ledger.db") as log,
    ):
        broker = open_broker(held, settings=read_settings(store), entropy=SystemEntropy())
        broker.use_registry(1)
        yield Thief(broker=broker, people=people, log=Log(log), texts=world.texts)
