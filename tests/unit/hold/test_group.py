"""A group gives what single look-ups give, and opens each key against its own receipt alone, once."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.courier import Courier, courier

from suyuan.adapters.people.record_columns import sealed_columns
from suyuan.adapters.people.record_rows import record_row
from suyuan.crypto import aead, bulk, commit, kdf, merkle
from suyuan.errors import VerificationError
from suyuan.hold.group import Group
from suyuan.hold.ports import SealedRecord
from suyuan.hold.sealed_columns import SealedColumns
from suyuan.ledger.entry import KeysEntry, KeySpan, RecipientEntry, ReleaseEntry
from suyuan.ledger.log import Draft
from suyuan.ledger.receipt import Receipt, Receipts, open_joint
from suyuan.release.sides import draft
from suyuan.terms import FieldName, PersonNumber, Recipient, RecipientKind

PAYLOADS = (b'{"a":1}', b'{"b":2}', b'{"c":3}')
WHO = Recipient(kind=RecipientKind.ACCOUNT, id="ann")


def planned(here: Courier, group: Group) -> Sequence[Receipt]:
    """Put a group's entries in the ledger by hand; give their receipts."""
    store = here.store
    broker, ledger = store.broker, store.ledger
    with store.door() as door:
        broker.start(log_size=ledger.size)
        pool = door.row_keys.draw(rows=16, lanes=8)
        assert isinstance(ledger.entry(pool).body, KeysEntry)
        prepared = broker.prepare_group(group, payloads=PAYLOADS, pool=pool, first=0, epoch=ledger.epoch)
        broker.expect_group(group, commitments=prepared.commitments)
        drafts: list[Draft] = door._preamble.before((WHO,))
        assert any(isinstance(each.body, RecipientEntry) for each in drafts)
        for i, committed in enumerate(prepared.commitments):
            body = ReleaseEntry(
                commitment=committed, keys=KeySpan(pool=pool, first=i, count=1), label=prepared.labels[i],
                manifest=bytes(32), law=door.law_digest, recipient=broker.recipient_label(WHO),
            )  # fmt: skip
            drafts.append(draft(body, broker=broker, sealed={}, public={}, epoch=ledger.epoch))
        return ledger.append(drafts)[-3:]


def in_columns(records: list[SealedRecord], *, fields: tuple[FieldName, ...]) -> SealedColumns:
    rows = [record_row(record) for record in records]
    return sealed_columns(rows, fields=fields, place="here")


def test_a_group_is_as_its_members_are(tmp_path: Path) -> None:
    with courier(tmp_path, people=6) as here:
        broker, epoch = here.store.broker, here.store.ledger.epoch
        persons = [PersonNumber(n) for n in (3, 1, 4)]
        group = broker.group(persons)
        assert str(group) == "<a group of 3>"
        prepared = broker.prepare_group(group, payloads=PAYLOADS, pool=7, first=20, epoch=epoch)
        for i, (person, payload) in enumerate(zip(persons, PAYLOADS, strict=True)):
            alone = broker.prepare(person, payload=payload, pool=7, ordinal=20 + i, epoch=epoch)
            assert (alone.label, alone.commitment) == (prepared.labels[i], prepared.commitments[i])
            _, salt = broker.payload_opening(person, pool=7, ordinal=20 + i)
            assert commit.commitment(commit.PAYLOAD, salt=salt, payload=payload) == prepared.commitments[i]
        ends = broker.seal_group_outcomes(group, pool=7, first=20, bodies=PAYLOADS)
        for i, (committed, sealed) in enumerate(ends):
            opened = broker.open_outcome(persons[i], pool=7, ordinal=20 + i, sealed=sealed, bound=committed)
            assert opened[32:] == PAYLOADS[i]
        records = [here.store.people.records([person])[0] for person in persons]
        fields = tuple(records[0].commitments)
        mine = broker.tables_of_group(group, records=records, fields=[fields] * 3)
        whole = broker.tables_of(records, fields=fields)
        assert mine == [[whole[name][i] for name in fields] for i in range(3)]
        # As in a list, where a field may be missing in some records, and a record may be of an older store.
        some = [records[0], replace(records[1], commitments={}), replace(records[2], hidden=False)]
        whole = broker.tables_of(some, fields=fields)
        assert broker.tables_of_group(group, records=some, fields=[fields] * 3) == [
            [whole[name][i] for name in fields] for i in range(3)
        ]
        joined = [b"".join(row) for row in zip(*(whole[name] for name in fields), strict=True)]
        assert [
            row.tobytes() for row in broker.tables_of_rows(group, records=in_columns(some, fields=fields))
        ] == joined
        assert broker.tables_of_rows(group, records=in_columns(records, fields=())).shape == (3, 0)
        manifest = np.frombuffer(b"".join(joined), np.uint8).reshape(3, -1)
        leaves, sealed = broker.seal_columns(group, pool=7, first=20, rows=manifest)
        assert leaves == b"".join(merkle.leaf_hashes(joined))
        size = len(sealed) // 3
        keys = bulk.row_keys(group.payload_keys, pool=7, ordinals=range(20, 23))
        kept = [sealed[i * size : (i + 1) * size] for i in range(3)]
        assert [row[:32] for row in kept] == merkle.leaf_hashes(joined)
        assert aead.open_rows(keys, sealed=[row[32:] for row in kept]) == joined
        rows = broker.prepare_rows(persons, payload=PAYLOADS[0], pool=7, first=20, epoch=epoch)
        named = broker.name_rows(group, payload=PAYLOADS[0], pool=7, first=20, epoch=epoch)
        assert named == (rows.labels, rows.commitments)


def test_a_group_opens_once_against_its_own_receipts(tmp_path: Path) -> None:
    with courier(tmp_path, people=6) as here:
        broker = here.store.broker
        group = broker.group([PersonNumber(n) for n in (3, 1, 4)])
        receipts = planned(here, group)
        assert isinstance(receipts, Receipts)
        with pytest.raises(VerificationError):
            broker.open_group(broker.group([PersonNumber(n) for n in (1, 3, 4)]), receipts=receipts)
    with courier(tmp_path / "again", people=6) as here:
        broker = here.store.broker
        group = broker.group([PersonNumber(n) for n in (3, 1, 4)])
        receipts = planned(here, group)
        assert len(set(broker.open_group(group, receipts=receipts))) == 3
        for again in (receipts, list(receipts)):
            with pytest.raises(VerificationError, match="spent already"):
                broker.open_group(group, receipts=again)


def test_the_receipt_of_a_list_opens_no_other_rows(tmp_path: Path) -> None:
    with courier(tmp_path, people=6) as here:
        broker = here.store.broker
        group = broker.group([PersonNumber(3)])
        receipts = planned(here, broker.group([PersonNumber(n) for n in (3, 1, 4)]))
        assert broker.open_rows(group, receipt=receipts[0]) == [broker_key(here, 3)]
        with pytest.raises(VerificationError, match="for other persons"):
            broker.open_rows(group, receipt=receipts[1])
        with pytest.raises(VerificationError, match="spent already"):
            broker.open_rows(group, receipt=receipts[0])


def broker_key(here: Courier, person: int) -> bytes:
    """Give a person's data key as it is derived of her secret."""
    [secret] = here.store.broker.group([PersonNumber(person)]).secrets
    return kdf.data_key(secret, suite=here.store.broker.suite)


def test_a_joint_receipt_is_for_these_leaves_in_this_order(tmp_path: Path) -> None:
    with courier(tmp_path, people=6) as here:
        receipts = planned(here, here.store.broker.group([PersonNumber(n) for n in (3, 1, 4)]))
        assert isinstance(receipts, Receipts)
        key, leaves, note = here.store.ledger.key.verify_key, list(receipts.leaves), receipts.joint()
        assert open_joint(note, leaves=leaves, keys=(key,)) == receipts[0].index
        for other in (leaves[:2], leaves[::-1], [*leaves, leaves[0]], [leaves[0], leaves[1], leaves[2] + b" "]):
            with pytest.raises(VerificationError):
                open_joint(note, leaves=other, keys=(key,))
        with pytest.raises(VerificationError):
            open_joint(
                note.replace(f"\n{receipts[0].index}\n", f"\n{receipts[0].index + 1}\n"), leaves=leaves, keys=(key,)
            )
        with pytest.raises(VerificationError):
            open_joint(receipts[0].note, leaves=leaves[:1], keys=(key,))
