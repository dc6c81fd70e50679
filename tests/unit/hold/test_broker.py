"""The broker: labels and commitments before a receipt; data keys against a fresh receipt of what it prepared, once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.ledger_world import FakeClock, MemoryStore

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.app import SystemEntropy
from suyuan.crypto import commit, kdf, merkle
from suyuan.crypto.arrays import Bytes, Texts
from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.broker import KeyBroker, Prepared
from suyuan.hold.kek import SecretKek
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
        broker = KeyBroker(
            keys,
            kek=SecretKek(b"k" * 32, entropy=SystemEntropy()),
            origin="log.example/suyuan",
            entropy=SystemEntropy(),
        )
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
    again = KeyBroker(
        world.keys,
        kek=SecretKek(b"k" * 32, entropy=SystemEntropy()),
        origin="log.example/suyuan",
        entropy=SystemEntropy(),
    )
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
        world.broker.open(Receipt(origin=first.origin, index=first.index, leaf=second.leaf, note=first.note))
    assert list(world.broker.open(second)) == [1]


def test_a_forged_receipt_opens_nothing(world: World) -> None:
    prepared = world.prepare()
    real = world.append(prepared)
    other = SigningKey(b"\x09" * 32, name="log.example/suyuan")
    with pytest.raises(VerificationError):
        world.broker.open(sign_receipt(real.leaf, index=real.index, key=other))
    later = real.note.replace(f"\n{real.index}\n", f"\n{real.index + 1}\n")
    with pytest.raises(VerificationError, match="does not verify"):
        world.broker.open(Receipt(origin=real.origin, index=real.index, leaf=real.leaf, note=later))
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
    texts = {name: Texts.of_column(pl.Series(column)) for name, column in tables.items()}
    found = world.broker.commit_tables([0, 1], nonces=[7, 8], tables=texts)
    for name in tables:
        nonces = np.array([7, 8], dtype=np.uint64)
        salts = world.broker.linked([0, 1]).table_salts(np.array([0, 1]), field=name, nonces=nonces)
        assert found[name] == [
            commit.commitment(commit.TABLES, salt=salt.tobytes(), payload=table)
            for salt, table in zip(salts, tables[name], strict=True)
        ]
    assert len({committed for column in found.values() for committed in column}) == 4


def test_a_wrong_passphrase_is_told_and_opens_nothing(world: World) -> None:
    other = KeyBroker(
        world.keys,
        kek=SecretKek(b"x" * 32, entropy=SystemEntropy()),
        origin="log.example/suyuan",
        entropy=SystemEntropy(),
    )
    with pytest.raises(RefusedError) as caught:
        other.require_kek()
    assert caught.value.code == "hold.passphrase"
    with pytest.raises(VerificationError):
        other.label(ANN, epoch=0)


def test_pools_are_drawn_afresh_and_read_back_by_their_root(world: World) -> None:
    drawn = world.broker.draw_pool(rows=5, lanes=2)
    again = KeyBroker(
        world.keys,
        kek=SecretKek(b"k" * 32, entropy=SystemEntropy()),
        origin="log.example/suyuan",
        entropy=SystemEntropy(),
    )
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


def test_a_records_commitments_are_hidden_at_rest_and_show_what_a_release_commits_to(world: World) -> None:
    name, phone = FieldName("name"), FieldName("phone")
    tables = {name: [b"a", b"b"], phone: [b"c", b"d"]}
    texts = {field: Texts.of_column(pl.Series(column)) for field, column in tables.items()}
    shown = world.broker.commit_tables([0, 1], nonces=[7, 8], tables=texts)
    hidden = world.broker.hide_tables([0, 1], nonces=[7, 8], tables=tables)
    assert not {*shown[name], *shown[phone]} & {*hidden[name], *hidden[phone]}
    records = [
        SealedRecord(person=PersonNumber(i), version=7 + i, body=b"", commitments={f: hidden[f][i] for f in tables})
        for i in range(2)
    ]
    assert world.broker.tables_of(records, fields=(phone, name)) == shown
    # As an older version wrote them, and as they are brought into this form.
    bare = [replace(r, commitments={f: shown[f][i] for f in tables}, hidden=False) for i, r in enumerate(records)]
    assert world.broker.tables_of(bare, fields=(phone, name)) == shown
    assert world.broker.hide_records(bare) == records
    without = [replace(records[0], commitments={phone: hidden[phone][0]})]
    assert world.broker.tables_of(without, fields=(name,)) == {name: [bytes(32)]}


def test_rows_open_for_their_own_persons_and_nobody_else(world: World) -> None:
    rows = [b"row of ann", b"row of bob"]
    sealed = world.broker.seal_rows([0, 1], pool=4, first=9, rows=rows)
    again = world.broker.seal_rows([0, 1], pool=4, first=9, rows=rows)
    assert [one[:32] for one in sealed] == [one[:32] for one in again] == merkle.leaf_hashes(rows)
    assert not {one[32:] for one in sealed} & {one[32:] for one in again}
    linked = world.broker.linked([0, 1])
    kept = np.frombuffer(b"".join(sealed), dtype=np.uint8).reshape(2, -1)

    def opened(persons: list[int], *, pool: int, ordinals: list[int], kept: Bytes) -> list[bytes]:
        pools = np.array([pool, pool])
        rows = linked.open_rows(np.array(persons), pools=pools, ordinals=np.array(ordinals), kept=kept)
        return [row.tobytes() for row in rows]

    assert opened([0, 1], pool=4, ordinals=[9, 10], kept=kept) == rows
    for persons, pool, ordinals in (([1, 0], 4, [9, 10]), ([0, 1], 5, [9, 10]), ([0, 1], 4, [9, 9])):
        with pytest.raises(VerificationError):
            opened(persons, pool=pool, ordinals=ordinals, kept=kept)
    other = kept.copy()
    other[:, :32] = kept[::-1, :32]
    with pytest.raises(VerificationError, match="committed"):
        opened([0, 1], pool=4, ordinals=[9, 10], kept=other)
    with pytest.raises(KeyError):
        opened([0, 2], pool=4, ordinals=[9, 10], kept=kept)


def test_labels_hang_on_the_registry_that_is_in_force(world: World) -> None:
    with pytest.raises(RefusedError):
        world.broker.label(ANN, epoch=1)
    world.broker.use_registry(1)
    before = {epoch: world.broker.label(ANN, epoch=epoch) for epoch in range(70)}
    assert len(set(before.values())) == 70
    assert before[40] == kdf.label(world.broker.era_key(ANN, start=33), origin="log.example/suyuan", epoch=40)
    world.broker.use_registry(50)
    world.broker.use_registry(50)
    after = {epoch: world.broker.label(ANN, epoch=epoch) for epoch in range(70)}
    # Under a later registry only its own epochs have other labels: eras are counted from its first.
    assert [epoch for epoch in range(70) if before[epoch] != after[epoch]] == list(range(50, 70))
    assert after[50] == kdf.label(world.broker.era_key(ANN, start=50), origin="log.example/suyuan", epoch=50)
    linked = world.broker.linked([0, 1])
    assert linked.labels(epoch=50) == world.broker.labels([0, 1], epoch=50) == [
        after[50], world.broker.label(PersonNumber(1), epoch=50)
    ]  # fmt: skip


def test_who_was_erased_is_left_out_where_many_are_asked_for(world: World) -> None:
    world.keys.erase(ANN)
    assert world.broker.secrets_held([0, 1, 7]).tolist() == [False, True, True]
    assert world.broker.linked([0, 1]).persons.tolist() == [1]
    with pytest.raises(RefusedError) as caught:
        world.broker.label(ANN, epoch=0)
    assert caught.value.code == "hold.no_secret"


def test_an_outcome_opens_with_the_key_of_its_entry_alone(world: World) -> None:
    sealed = world.broker.seal_outcome(ANN, pool=1, ordinal=2, body=b"digest", bound=LAW)
    assert world.broker.open_outcome(ANN, pool=1, ordinal=2, sealed=sealed, bound=LAW) == b"digest"
    for person, ordinal, bound in ((PersonNumber(1), 2, LAW), (ANN, 3, LAW), (ANN, 2, bytes(32))):
        with pytest.raises(VerificationError):
            world.broker.open_outcome(person, pool=1, ordinal=ordinal, sealed=sealed, bound=bound)
    payload, sealed = world.broker.seal_payload(b"{}")
    salt, opened = world.broker.open_payload(sealed)
    assert commit.commitment(commit.PAYLOAD, salt=salt, payload=opened) == payload
