"""An erased person is found by nobody: not by who holds every key that is kept, and a backup of everything else.

The thief holds the passphrase and keys.db as it is after the erasure (so every named secret, the registry's key among
them, and the secrets of everybody who was not erased), copies of data.db, ledger.db and ledger/ from before it, and a
dictionary of all identifiers and of every text that was ever shown. Each way that leads to a person who was not erased
is tried on those who were. docs/how-to/erase-a-person.md says what remains.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.courier import Courier, courier

from suyuan.adapters.files import open_sink
from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.app import Store, SystemEntropy, open_store
from suyuan.app.rotating import rotate_store
from suyuan.app.unlocking import open_broker
from suyuan.config import read_settings
from suyuan.crypto import aead, canonical, commit, kdf, merkle, registry
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.ledger.batch import SIDE, split_rows
from suyuan.ledger.entry import BatchEntry, EnrolBatchEntry, OutcomeEntry, ReleaseEntry
from suyuan.ledger.log import Log
from suyuan.ledger.verify import verify_log
from suyuan.release import sides
from suyuan.release.bulk import export
from suyuan.release.manifest import DIGEST, person_row, sealed_row_bytes
from suyuan.release.plan import OnePerson, Plan, parse_plan
from suyuan.release.request import ExportRequest
from suyuan.release.sides import read_side
from suyuan.release.sources import StoredRows
from suyuan.terms import ContractId, FieldName, KindName, PartnerId, PersonNumber, PurposeName
from suyuan.trace.naming.opened import openings

PEOPLE, ERASED = 24, 5
EXPORTED = ("customer", "name", "phone", "email", "address")

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


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Look everybody up and export them, twice over and in two epochs; trace a leak; back up; erase five of them."""
    folder = tmp_path_factory.mktemp("erasure")
    with courier(folder, people=PEOPLE) as here:
        customers = here.people["customer"].to_list()
        pseudonyms: dict[str, list[tuple[bytes, bytes]]] = {c: [] for c in customers}
        for turn in range(2):
            with here.store.door() as door:
                for customer in customers[turn:] + customers[:turn]:
                    here.look_up(door, account=f"clerk-{turn}", customer=customer)
                frame = here.people.select(EXPORTED)
                here.export(door, partner="p", contract="C-1", name=f"overlay-{turn}.csv", frame=frame)
                stored(here, target=folder / f"sealed-{turn}.csv")
                leak = folder / f"leak-{turn}.csv"
                here.rows_of(f"clerk-{turn}").write_csv(leak)
                traced = here.store.leak_response(door, matcher=None).trace(leak)
            numbers = {number: customer for customer, number in here.numbers.items()}
            for linked in (one for persons in traced.persons for one in persons):
                pseudonyms[numbers[PersonNumber(linked.person)]].append((linked.entry.p, linked.salt))
            if turn:
                with here.store.door() as door:
                    for customer in customers:
                        here.look_up(door, account="clerk-2", customer=customer)
                here.rows_of("clerk-2").write_csv(folder / "leak-2.csv")
            here.store.ledger.seal(closing=True)
            here.store.publish()
        truth = {c: releases_by_label(here.store.ledger, here.store.broker, here.numbers[c]) for c in customers}
        texts = {c: [] for c in customers}
        for customer, row in zip(customers + customers[1:] + customers[:1] + customers, here.shown, strict=True):
            texts[customer].append({name: text for name, text in row.items() if name != "account"})
        people = here.people
    backup = folder / "backup"
    shutil.copytree(folder / "store", backup)
    erased = tuple(customers[3 : 3 + ERASED])
    with open_store(folder / "store") as store:
        for customer in erased:
            store.eraser.erase(here.numbers[customer])
        store.publish()
    living = tuple(c for c in customers if c not in erased)
    return World(
        folder=folder, backup=backup, people=people, erased=erased, living=living, truth=truth, texts=texts,
        pseudonyms=pseudonyms,
    )  # fmt: skip


def stored(here: Courier, *, target: Path) -> None:
    """Export everybody's stored records."""
    fields = [here.store.policy.fields[FieldName(name)] for name in EXPORTED]
    with here.store.door() as door:
        source = StoredRows(
            here.store.people.all_persons(), people=here.store.people, fields=fields, broker=here.store.broker
        )
        request = ExportRequest(partner=PartnerId("p"), purpose=PurposeName("fulfilment"), contract=ContractId("C-1"))
        export(door, request=request, source=source, sink=open_sink(target))


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


def test_who_was_erased_is_found_nowhere_and_who_was_not_everywhere(world: World) -> None:
    with thief(world) as mallory:
        # Three look-ups and four exports each: the same thief finds them all of anybody who was not erased.
        assert all(len(world.truth[customer]) == 7 for customer in world.living)
        assert {c: mallory.everything(c) for c in world.living} == {c: world.truth[c] for c in world.living}
        assert {c: mallory.everything(c) for c in world.erased} == {c: set() for c in world.erased}


def test_each_way_leads_to_those_who_were_not_erased(world: World) -> None:
    with thief(world) as mallory:
        one = world.living[0]
        lookups = {i for i in world.truth[one] if isinstance(mallory.log.entry(i).body, ReleaseEntry)}
        assert len(lookups) == 3
        assert mallory.by_label(one) == world.truth[one]
        # Look-ups and exports of stored records; an overlay's commitments are made for one export alone.
        assert len(mallory.by_commitments(one)) == 5
        assert mallory.by_payload(one) == lookups
        assert mallory.by_outcome(one) == lookups


def test_it_is_the_destroyed_secret_that_protects(world: World) -> None:
    with thief(world, keys=world.backup) as mallory:
        assert {c: mallory.everything(c) for c in world.erased} == {c: world.truth[c] for c in world.erased}


def test_nothing_in_the_sides_is_the_same_for_two_releases_of_one_person(world: World) -> None:
    with thief(world) as mallory:
        met: dict[bytes, int] = {}
        for index, plan in mallory._plans():
            rows = [plan.one] if isinstance(plan.one, bytes) else []
            side = read_side(mallory.log, index=index, name=sides.ROWS_SIDE, broker=mallory.broker) or b""
            width = sealed_row_bytes(marked=len(plan.marked), biased=bool(plan.family))
            rows += [side[i : i + width] for i in range(0, len(side), width)]
            # The leaf hash covers the label: two are equal only under one label, which says as much already.
            for sealed in (row[DIGEST:] for row in rows):
                for start in range(len(sealed) - 15):
                    assert met.setdefault(sealed[start : start + 16], index) == index
        # A label serves one epoch: none comes again in another.
        epochs: dict[bytes, int] = {}
        for index, entry in mallory.log.entries():
            if isinstance(entry.body, ReleaseEntry | BatchEntry):
                table = split_rows(mallory.log.side(index, name=SIDE) or b"")
                own = [entry.body.label] if isinstance(entry.body, ReleaseEntry) else [row[:32] for row in table]
                assert all(epochs.setdefault(label, entry.epoch) == entry.epoch for label in own)
        assert len(set(epochs.values())) == 2


def test_where_a_row_stands_says_nothing(world: World) -> None:
    with thief(world, keys=world.backup) as oracle:
        everybody = oracle.people.all_persons().tolist()
        for index, entry in oracle.log.entries():
            if not isinstance(entry.body, BatchEntry):
                continue
            labels = read_side(oracle.log, index=index, name=sides.LABELS_SIDE, broker=oracle.broker) or b""
            number_of = dict(zip(oracle.broker.labels(everybody, epoch=entry.epoch), everybody, strict=True))
            order = [number_of[labels[i : i + 32]] for i in range(0, len(labels), 32)]
            # The file was in the order of the numbers; the gaps that erased persons leave would tell who is who.
            assert sorted(order) == everybody != order


def test_the_pseudonyms_of_a_trace_die_too(world: World) -> None:
    with thief(world) as mallory:
        known = openings(mallory.log, broker=mallory.broker)
        for customers, are_found in ((world.erased, False), (world.living, True)):
            for customer in customers:
                number = mallory.number(customer)
                guesses = {commit.digest(o.salt + b"person" + number.to_bytes(8, "big"))[:16] for o in known}
                if mallory.broker.secrets_held((number,))[0]:
                    own = [mallory.broker.linked([number]).opening_keys(o.salt)[number] for o in known]
                    guesses |= {commit.digest(key + b"person")[:16] for key in own}
                for pseudonym, _ in world.pseudonyms[customer]:
                    assert (pseudonym in guesses) == are_found


def test_the_registry_says_that_she_was_enrolled_until_its_key_is_destroyed(world: World) -> None:
    with thief(world) as mallory:
        enrolled = {
            row[:32]: row[32:]
            for index, entry in mallory.log.entries()
            if isinstance(entry.body, EnrolBatchEntry)
            for row in split_rows(mallory.log.side(index, name=SIDE) or b"")
        }
        for customer in (*world.erased, *world.living):
            named = registry.identifier(KindName.IDENTIFIER.value, canonical=customer)
            label = mallory.broker.registry_label(named, number=1)
            # This is what remains, and all of it: the label stands there, and nothing leads on from it.
            assert label in enrolled
            number = mallory.number(customer)
            if customer in world.erased:
                with pytest.raises(RefusedError):
                    mallory.broker.enrolments([number], first_epoch=1)
            else:
                assert mallory.broker.enrolments([number], first_epoch=1) == [enrolled[label]]
        # Without the registry's key its labels are noise: another key makes others.
        named = registry.identifier(KindName.IDENTIFIER.value, canonical=world.erased[0])
        assert mallory.broker.named("vrf-key/1") != bytes(32)
        other = KeyBroker(
            mallory.broker._keys, kek=SecretKek(bytes(32), entropy=SystemEntropy()), origin="x", entropy=SystemEntropy()
        )
        other._named = lambda name: kdf.expand(bytes(32), info=name.encode())  # type: ignore[method-assign]
        assert other.registry_label(named, number=1) not in enrolled


def test_what_was_hers_is_gone_from_the_files(world: World) -> None:
    with thief(world, keys=world.backup) as before:
        numbers = [before.number(customer) for customer in (*world.erased, *world.living)]
        wrapped = list(before.broker._keys.persons(numbers))
        bodies = [record.body for record in before.people.records(numbers)]
    store = world.folder / "store"
    keys = b"".join(path.read_bytes() for path in sorted(store.glob("keys.db*")))
    data = b"".join(path.read_bytes() for path in sorted(store.glob("data.db*")))
    assert [secret in keys for secret in wrapped] == [False] * ERASED + [True] * len(world.living)
    assert [body in data for body in bodies] == [False] * ERASED + [True] * len(world.living)


def test_everybody_else_goes_on(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    shutil.copytree(world.folder / "store", folder)
    settings = (folder / "suyuan.toml").read_text(encoding="utf-8")
    assert "passphrase_file" in settings
    with open_store(folder) as store:
        go_on(store, world=world, folder=tmp_path)
        verify_log(store.ledger, keys=(store.ledger.key.verify_key,), files=store.files)


def test_a_restored_backup_of_the_people_brings_nobody_back(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    shutil.copytree(world.folder / "store", folder)
    for old in folder.glob("data.db*"):
        old.unlink()
    shutil.copy(world.backup / "data.db", folder / "data.db")
    with open_store(folder) as store:
        go_on(store, world=world, folder=tmp_path)
        verify_log(store.ledger, keys=(store.ledger.key.verify_key,), files=store.files)


def go_on(store: Store, *, world: World, folder: Path) -> None:
    """Look up, export and trace with erased persons among the rows: none of it fails because of them."""
    again = Courier(store=store, folder=folder, people=world.people)
    key = store.policy.fields[FieldName("customer")]
    with store.door() as door:
        before = store.ledger.size
        frame = world.people.select(EXPORTED)
        done = again.export(door, partner="acme", contract="C-decoys", name="again.csv", frame=frame)
        assert done.rows + done.omitted == PEOPLE
        # She is somebody new now: nothing ties the person of this export to the one who was erased.
        tokens = store.broker.tokenizer(key.kind).column(world.people["customer"]).to_numpy()
        numbers = dict(
            zip(world.people["customer"].to_list(), store.people.find(key.kind, tokens).tolist(), strict=True)
        )
        assert min(numbers[customer] for customer in world.erased) >= PEOPLE > max(numbers[c] for c in world.living)
        stored(again, target=folder / "sealed-again.csv")
        for leak, source in ((world.folder / "leak-2.csv", "clerk-2"), (folder / "again.csv", "acme")):
            traced = store.leak_response(door, matcher=None).trace(leak)
            assert [finding.recipient.id for finding in traced.attribution.named] == [source]
        assert store.ledger.size > before
        living = PersonNumber(numbers[world.living[0]])
        assert world.truth[world.living[0]] < releases_by_label(store.ledger, store.broker, living)


def registered(log: Log) -> set[bytes]:
    """Give every registry label that was ever enrolled."""
    return {
        row[:32]
        for index, entry in log.entries()
        if isinstance(entry.body, EnrolBatchEntry)
        for row in split_rows(log.side(index, name=SIDE) or b"")
    }


def test_after_a_rotation_and_a_retirement_not_even_the_enrolment_is_found(tmp_path: Path) -> None:
    with courier(tmp_path, people=6) as here:
        customers = here.people["customer"].to_list()
        here.store.registrar.enrol_pending()
        named = {c: registry.identifier(KindName.IDENTIFIER.value, canonical=c) for c in customers}
        assert set(here.store.broker.registry_labels(list(named.values()), number=1)) <= registered(here.store.ledger)
        here.store.eraser.erase(here.numbers[customers[0]])
    rotate_store(tmp_path / "store", origin="log.example/courier/next")
    with open_store(tmp_path / "store") as store:
        assert store.broker.registry_label(named[customers[0]], number=1) in registered(store.ledger)
        assert (store.registrar.retire(), store.registrar.retire()) == (1, 0)
        with pytest.raises(VerificationError, match="registry 1 is not in the key store"):
            store.broker.registry_label(named[customers[0]], number=1)
        now = store.broker.registry_labels(list(named.values()), number=2)
        assert [label in registered(store.ledger) for label in now] == [False] + [True] * (len(customers) - 1)
        drawn = store.accounts().draw(here.numbers[customers[1]])
    assert drawn
