"""An erased person is found by nobody: not by who holds every key that is kept, and a backup of everything else.

The thief holds the passphrase and keys.db as it is after the erasure (so every named secret, the registry's key among
them, and the secrets of everybody who was not erased), copies of data.db, ledger.db and ledger/ from before it, and a
dictionary of all identifiers and of every text that was ever shown. Each way that leads to a person who was not erased
is tried on those who were. docs/how-to/erase-a-person.md says what remains.
"""

import shutil
from pathlib import Path

import pytest
from tests.courier import Courier, courier
from tests.thief import World, releases_by_label, thief

from suyuan.adapters.files import open_sink
from suyuan.app import Store, SystemEntropy, open_store
from suyuan.app.rotating import rotate_store
from suyuan.crypto import commit, kdf, registry
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.ledger.batch import SIDE, split_rows
from suyuan.ledger.entry import BatchEntry, EnrolBatchEntry, ReleaseEntry
from suyuan.ledger.log import Log
from suyuan.ledger.verify import verify_log
from suyuan.release import sides
from suyuan.release.bulk import export
from suyuan.release.manifest import DIGEST, sealed_row_bytes
from suyuan.release.request import ExportRequest
from suyuan.release.sides import read_side
from suyuan.release.sources import StoredRows
from suyuan.terms import ContractId, FieldName, KindName, PartnerId, PersonNumber, PurposeName
from suyuan.trace.naming.opened import openings

PEOPLE, ERASED = 24, 5
EXPORTED = ("customer", "name", "phone", "email", "address")


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
