"""The broker: labels and commitments before a receipt; data keys against a fresh receipt of what it prepared, once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.ledger_world import FakeClock, MemoryStore

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.app import SystemEntropy
from suyuan.crypto import commit, kdf, merkle
from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.broker import KeyBroker, Prepared
from suyuan.hold.ports import SealedRecord
from suyuan.hold.unseal import unseal
from suyuan.ledger.entry import BatchEntry, KeysEntry, KeySpan, LawEntry, RefuseEntry, ReleaseEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.ledger.receipt import Receipt, sign_receipt
from suyuan.terms import FieldName, KindName, LeafIndex, PersonNumber, Recipient, RecipientKind

LAW = b"\x11" * 32
ANN = PersonNumber(0)


@dataclass
class World:
    """A broker with two persons, and the ledger whose receipts it reads."""

    broker: KeyBroker
    ledger: Ledger
    keys: SqliteKeyStore
    spent: int = field(default=0)

    def prepare(self, person: PersonNumber = ANN) -> Prepared:
        self.spent += 1
        return self.broker.prepare(person, payload=b"{}", pool=1, ordinal=self.spent - 1, epoch=0)

    def append(self, prepared: Prepared) -> Receipt:
        body = ReleaseEntry(
            commitment=prepared.commitment, keys=KeySpan(pool=LeafIndex(1), first=self.spent - 1, count=1),
            label=prepared.label, manifest=merkle.root([]), law=LAW, recipient=LAW,
        )  # fmt: skip
        return self.ledger.append([Draft(body=body, epoch=0)])[-1]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with SqliteKeyStore(tmp_path / "keys.db", access=Access.CREATE) as keys:
        broker = KeyBroker(keys, kek=b"k" * 32, origin="log.example/suyuan", entropy=SystemEntropy())
        broker.enrol(2)
        ledger = Ledger(MemoryStore(), key=broker.log_key(), clock=FakeClock())
        ledger.append([Draft(body=LawEntry(law=LAW)), Draft(body=KeysEntry(rows=9, root=LAW, lanes=1))])
        broker.start(log_size=ledger.size)
        yield World(broker=broker, ledger=ledger, keys=keys)


def test_a_receipt_opens_the_data_key_of_its_person_once(world: World) -> None:
    prepared = world.prepare()
    receipt = world.append(prepared)
    opened = world.broker.open(receipt)
    assert list(opened) == [ANN]
    [body] = world.broker.seal_records([ANN], versions=[1], values=[{FieldName("name"): "Ann"}])
    record = SealedRecord(person=ANN, version=1, body=body, commitments={})
    assert unseal(record, key=opened[ANN]) == {"name": "Ann"}
    with pytest.raises(VerificationError, match="spent already"):
        world.broker.open(receipt)


def test_what_comes_before_a_receipt_opens_nothing(world: World) -> None:
    prepared = world.prepare()
    [data_key] = world.broker.open(world.append(prepared)).values()
    told = b"".join([prepared.label, prepared.commitment, prepared.sealed_payload, world.broker.label(ANN, epoch=0)])
    assert data_key not in told
    assert b"{}" not in told
    assert prepared.label == world.broker.label(ANN, epoch=0) != world.broker.label(PersonNumber(1), epoch=0)


def test_a_receipt_of_an_earlier_run_opens_nothing(world: World) -> None:
    prepared = world.prepare()
    receipt = world.append(prepared)
    again = KeyBroker(world.keys, kek=b"k" * 32, origin="log.example/suyuan", entropy=SystemEntropy())
    with pytest.raises(VerificationError, match="before this run"):
        again.open(receipt)  # Not even begun.
    again.start(log_size=world.ledger.size)
    again.prepare(ANN, payload=b"{}", pool=1, ordinal=world.spent - 1, epoch=0)  # The very same plan.
    with pytest.raises(VerificationError, match="before this run"):
        again.open(receipt)
    world.broker.start(log_size=world.ledger.size)
    with pytest.raises(VerificationError, match="before this run"):
        world.broker.open(receipt)


def test_a_receipt_of_what_was_not_prepared_opens_nothing(world: World) -> None:
    foreign = replace(world.prepare(), commitment=b"\x05" * 32)
    with pytest.raises(VerificationError, match="prepared here"):
        world.broker.open(world.append(foreign))
    refusal = RefuseEntry(commitment=world.prepare().commitment, recipient=LAW)
    [receipt] = world.ledger.append([Draft(body=refusal)])
    with pytest.raises(VerificationError, match="prepared here"):
        world.broker.open(receipt)


def test_a_receipt_with_another_leaf_opens_nothing(world: World) -> None:
    first, second = world.append(world.prepare()), world.append(world.prepare(PersonNumber(1)))
    with pytest.raises(VerificationError, match="the leaf is another"):
        world.broker.open(replace(first, leaf=second.leaf))
    assert list(world.broker.open(second)) == [1]


def test_a_forged_receipt_opens_nothing(world: World) -> None:
    prepared = world.prepare()
    real = world.append(prepared)
    other = SigningKey(b"\x09" * 32, name="log.example/suyuan")
    with pytest.raises(VerificationError):
        world.broker.open(sign_receipt(real.leaf, index=real.index, key=other))
    later = real.note.replace(f"\n{real.index}\n", f"\n{real.index + 1}\n")
    with pytest.raises(VerificationError, match="does not verify"):
        world.broker.open(replace(real, note=later))
    assert world.broker.open(real)


def test_a_batch_is_opened_by_the_root_of_its_table(world: World) -> None:
    persons = [PersonNumber(1), ANN]
    rows = world.broker.prepare_rows(persons, payload=b"{}", pool=1, first=0, epoch=0)
    assert rows.labels == [world.broker.label(person, epoch=0) for person in persons]
    world.broker.expect_batch(persons, table_root=b"\x03" * 32)
    committed, sealed = world.broker.seal_payload(b"{}")
    assert b"{}" not in sealed
    body = BatchEntry(
        commitment=committed, keys=KeySpan(pool=LeafIndex(1), first=0, count=2), manifest=LAW, rows=2, law=LAW,
        recipient=LAW, table=b"\x03" * 32,
    )  # fmt: skip
    receipt = world.ledger.append([Draft(body=body, epoch=0)])[-1]
    assert list(world.broker.open(receipt)) == persons
    with pytest.raises(VerificationError, match="spent"):
        world.broker.require_ledgered(receipt)


def test_rows_prepared_together_are_as_those_prepared_alone(world: World) -> None:
    rows = world.broker.prepare_rows([ANN, PersonNumber(1)], payload=b"{}", pool=1, first=4, epoch=0)
    for place, person in enumerate((ANN, PersonNumber(1))):
        alone = world.broker.prepare(person, payload=b"{}", pool=1, ordinal=4 + place, epoch=0)
        assert (rows.labels[place], rows.commitments[place]) == (alone.label, alone.commitment)


def test_tables_are_committed_under_salts_of_person_field_and_nonce(world: World) -> None:
    tables = {FieldName("name"): [b"a", b"b"], FieldName("phone"): [b"a", b"b"]}
    found = world.broker.commit_tables([0, 1], nonces=[7, 8], tables=tables)
    for name in tables:
        salts = world.broker.linked([0, 1]).table_salts([0, 1], field=name, nonces=[7, 8])
        assert found[name] == [
            commit.commitment(commit.TABLES, salt=salt, payload=table)
            for salt, table in zip(salts, tables[name], strict=True)
        ]
    assert len({committed for column in found.values() for committed in column}) == 4


def test_a_wrong_passphrase_is_told_and_opens_nothing(world: World) -> None:
    other = KeyBroker(world.keys, kek=b"x" * 32, origin="log.example/suyuan", entropy=SystemEntropy())
    with pytest.raises(RefusedError) as caught:
        other.require_kek()
    assert caught.value.code == "hold.passphrase"
    with pytest.raises(VerificationError):
        other.label(ANN, epoch=0)


def test_pools_are_drawn_afresh_and_read_back_by_their_root(world: World) -> None:
    drawn = world.broker.draw_pool(rows=5, lanes=2)
    again = KeyBroker(world.keys, kek=b"k" * 32, origin="log.example/suyuan", entropy=SystemEntropy())
    keys = again.lane_keys(root=drawn.root, first=1, count=3, lanes=2)
    assert keys.shape == (3, 2, 32)
    assert again.pool_tree(root=drawn.root, rows=5, lanes=2).root == drawn.root
    lanes = again.lane_commitments(root=drawn.root, ordinal=2, lanes=2)
    assert lanes == [commit.lane_commitment(keys[1, lane].tobytes()) for lane in range(2)]
    assert world.broker.draw_pool(rows=5, lanes=2).root != drawn.root
    with pytest.raises(VerificationError, match="not in the key store"):
        again.lane_keys(root=b"\x00" * 32, first=0, count=1, lanes=2)


def test_recipients_and_kinds_have_secrets_of_their_own(world: World) -> None:
    labels = {
        world.broker.recipient_label(Recipient(kind=kind, id=name)) for kind in RecipientKind for name in ("a", "b")
    }
    assert len(labels) == 4
    tokens = {kind: world.broker.tokenizer(kind).token("1") for kind in (KindName.PHONE, KindName.IDENTIFIER)}
    assert len(set(tokens.values())) == 2
    assert repr(world.broker) == "<key broker>"
    assert kdf.SECRET_BYTES == 32


def test_a_side_opens_only_under_its_name_and_its_entry(world: World) -> None:
    sealed = world.broker.seal_side(b"plan", name="plan", bound=LAW)
    assert world.broker.open_side(sealed, name="plan", bound=LAW) == b"plan"
    assert b"plan" not in sealed
    for name, bound, body in (("persons", LAW, sealed), ("plan", bytes(32), sealed), ("plan", LAW, sealed[:-1])):
        with pytest.raises(VerificationError):
            world.broker.open_side(body, name=name, bound=bound)
