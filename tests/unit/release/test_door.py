"""The door: every refusal is ledgered with its code, and what is let out is minimised, masked and marked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.courier import Courier, courier

from suyuan.crypto import canonical, commit
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.ports import CaseLink, SealedRecord
from suyuan.kinds import KINDS
from suyuan.ledger.entry import OutcomeEntry, PolicyEntry, RefuseEntry, ReleaseEntry
from suyuan.release import door as door_room
from suyuan.release.door import Door
from suyuan.release.plan import parse_plan
from suyuan.release.request import ExportRequest, LookupRequest
from suyuan.release.sides import OUTCOME_SIDE, OWN_OUTCOME_SIDE, PLAN_SIDE, REFUSAL_SIDE, require_side
from suyuan.terms import AccountId, CaseId, ContractId, FieldName, KindName, PartnerId, PersonNumber, PurposeName

ANN, BOB = AccountId("ann"), AccountId("bob")
PAST, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
PERSON, OTHER = PersonNumber(1), PersonNumber(2)


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Courier, Door]]:
    with courier(folder, people=12) as here:
        links = (
            CaseLink(case=CaseId("open"), account=ANN, person=PERSON, opened=PAST, closed=None),
            CaseLink(case=CaseId("closed"), account=ANN, person=PERSON, opened=PAST, closed=LATER),
            CaseLink(
                case=CaseId("coming"), account=ANN, person=PERSON, opened=datetime(9000, 1, 1, tzinfo=UTC), closed=None
            ),
        )
        here.store.vault.add_cases(links)
        with here.store.door() as door:
            yield here, door


def side_of(here: Courier, *, index: int, name: str) -> bytes:
    return require_side(here.store.ledger, index=index, name=name, broker=here.store.broker)


def ask(
    purpose: str = "delivery", *, account: str = ANN, case: str | None = "open", person: int = PERSON
) -> LookupRequest:
    return LookupRequest(
        account=AccountId(account),
        purpose=PurposeName(purpose),
        case=None if case is None else CaseId(case),
        person=PersonNumber(person),
    )


def export(purpose: str, *, contract: str, partner: str = "acme") -> ExportRequest:
    return ExportRequest(partner=PartnerId(partner), purpose=PurposeName(purpose), contract=ContractId(contract))


def refused_by(door: Door, request: LookupRequest | ExportRequest, *, fields: tuple[FieldName, ...]) -> None:
    if isinstance(request, LookupRequest):
        door.lookup(request)
    else:
        door.admit(request, fields=fields)


@pytest.mark.parametrize(
    ("request_", "fields", "code"),
    [
        (ask("theft"), (), "release.purpose"),
        (ask("fulfilment"), (), "release.act"),
        (export("delivery", contract="C-1"), (), "release.act"),
        (ask(case=None), (), "release.case"),
        (ask(case="nobody's"), (), "release.case"),
        (ask(account=BOB), (), "release.case"),
        (ask(person=OTHER), (), "release.case"),
        (ask(case="closed"), (), "release.case_closed"),
        (ask(case="coming"), (), "release.case_closed"),
        (export("fulfilment", contract="C-1"), ("birth_date",), "release.fields"),
        (export("fulfilment", contract="C-decoys", partner="not-acme"), (), "release.contract"),
        (export("leak_investigation", contract="C-1"), (), "release.act"),
    ],
)
def test_each_refusal_is_ledgered_with_its_code(
    tmp_path: Path, request_: LookupRequest | ExportRequest, fields: tuple[str, ...], code: str
) -> None:
    with opened(tmp_path) as (here, door):
        with pytest.raises(RefusedError) as caught:
            refused_by(door, request_, fields=tuple(FieldName(name) for name in fields))
        assert caught.value.code == code
        ledger = here.store.ledger
        body = ledger.entry(ledger.size - 1).body
        assert isinstance(body, RefuseEntry)
        one = isinstance(request_, LookupRequest)
        whose = request_.person if isinstance(request_, LookupRequest) else None
        assert body.label == (None if whose is None else here.store.broker.label(whose, epoch=ledger.epoch))
        assert body.recipient == here.store.broker.recipient_label(request_.recipient)
        side = require_side(ledger, index=ledger.size - 1, name=REFUSAL_SIDE, broker=here.store.broker)
        commit.verify_commitment(body.commitment, tag=commit.PAYLOAD, salt=side[:32], payload=side[32:])
        assert json.loads(side[32:]) == {
            "act": "lookup" if one else "export", "code": code, "purpose": request_.purpose, "v": 1,
        }  # fmt: skip


def test_a_refused_look_up_unseals_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(record: SealedRecord, *, key: bytes) -> None:
        raise AssertionError("unsealed")

    monkeypatch.setattr(door_room, "unseal", never)
    with opened(tmp_path) as (_, door), pytest.raises(RefusedError):
        door.lookup(ask(account=BOB))


def test_a_look_up_shows_marked_fields_of_the_purpose_and_no_more(tmp_path: Path) -> None:
    with opened(tmp_path) as (here, door):
        released = door.lookup(ask())
        assert list(released.fields) == ["name", "phone", "address"]
        row = here.people.row(list(here.numbers.values()).index(PERSON), named=True)
        for name, value in released.fields.items():
            kind = here.store.policy.fields[name].kind
            assert KINDS[kind].canonical(value.reveal()) == KINDS[kind].canonical(row[name])
        for text in (repr(released), str(released.fields), f"{released.fields['phone']}"):
            assert row["name"] not in text
            assert "<clear phone>" in text
        plan = parse_plan(side_of(here, index=released.receipt.index, name=PLAN_SIDE))
        assert plan.marked == ("name", "phone", "address")
        assert (plan.recipient, plan.rows, plan.overlay) == (ask().recipient, 1, False)


def test_a_masked_field_never_carries_a_mark(tmp_path: Path) -> None:
    with opened(tmp_path) as (here, door):
        shown = {door.lookup(ask("service", case=None)).fields[FieldName("phone")].reveal() for _ in range(24)}
        assert len(shown) == 1  # Another mark each time would show.
        [masked] = shown
        assert "*" in masked
        row = here.people.row(list(here.numbers.values()).index(PERSON), named=True)
        canonical_phone = KINDS[KindName.PHONE].canonical(row["phone"])
        assert isinstance(canonical_phone, str)
        assert masked == KINDS[KindName.PHONE].mask(canonical_phone)


def test_row_keys_are_taken_in_order_across_pools(tmp_path: Path) -> None:
    with opened(tmp_path) as (here, door):
        released = [door.lookup(ask()).receipt.index for _ in range(90)]
        spans = [body.keys for i in released if isinstance(body := here.store.ledger.entry(i).body, ReleaseEntry)]
        by_pool: dict[int, list[int]] = {}
        for span in spans:
            by_pool.setdefault(span.pool, []).append(span.first)
        # The first pool of a run is small, the next is larger.
        assert [firsts for _, firsts in sorted(by_pool.items())] == [list(range(16)), list(range(64)), list(range(10))]
        assert all(span.pool < index for span, index in zip(spans, released, strict=True))
    with opened_again(tmp_path) as door:
        index = door.lookup(ask()).receipt.index
        body = door.ledger.entry(index).body
        assert isinstance(body, ReleaseEntry)
        # A new run begins a new pool: after a backup was restored, the old one's keys could serve twice.
        assert body.keys.first == 0
        assert body.keys.pool > max(released)


@contextmanager
def opened_again(folder: Path) -> Iterator[Door]:
    from suyuan.app import open_store

    with open_store(folder / "store") as store, store.door() as door:
        yield door


def outcome_of(here: Courier, release: int, *, outcome: int) -> bytes:
    """Open the outcome of a look-up of PERSON's: only her entry's own key does."""
    ledger, broker = here.store.ledger, here.store.broker
    body, told = ledger.entry(release).body, ledger.entry(outcome).body
    assert isinstance(body, ReleaseEntry)
    assert isinstance(told, OutcomeEntry)
    assert ledger.side(outcome, name=OUTCOME_SIDE) is None
    sealed = ledger.side(outcome, name=OWN_OUTCOME_SIDE)
    assert sealed is not None
    return broker.open_outcome(
        PERSON, pool=body.keys.pool, ordinal=body.keys.first, sealed=sealed, bound=told.commitment
    )


def test_an_outcome_rides_the_next_commit_and_opens(tmp_path: Path) -> None:
    with opened(tmp_path) as (here, door):
        released = door.lookup(ask())
        size = here.store.ledger.size
        assert size == released.receipt.index + 1
        door.settle()
        body = here.store.ledger.entry(size).body
        assert isinstance(body, OutcomeEntry)
        side = outcome_of(here, released.receipt.index, outcome=size)
        commit.verify_commitment(body.commitment, tag=commit.OUTCOME, salt=side[:32], payload=side[32:])
        shown = canonical.encode({name: value.reveal() for name, value in released.fields.items()})
        assert json.loads(side[32:]) == {"digest": canonical.to_base64(commit.digest(shown)), "state": "handed"}


def test_a_record_that_does_not_open_is_a_failed_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(record: SealedRecord, *, key: bytes) -> None:
        raise VerificationError("does not open")

    monkeypatch.setattr(door_room, "unseal", broken)
    with opened(tmp_path) as (here, door):
        with pytest.raises(VerificationError):
            door.lookup(ask())
        door.settle()
        size = here.store.ledger.size
        side = outcome_of(here, size - 2, outcome=size - 1)
        assert json.loads(side[32:])["state"] == "failed"


def test_law_policy_and_recipients_are_ledgered_once_and_before(tmp_path: Path) -> None:
    with opened(tmp_path) as (here, door):
        for _ in range(3):
            door.lookup(ask())
        ops = [entry.body.op for _, entry in here.store.ledger.entries()]
        assert [ops.count(op) for op in ("law", "policy", "recipient", "keys")] == [1, 1, 1, 1]
        assert max(ops.index(op) for op in ("law", "policy", "recipient")) < ops.index("release")
    with opened_again(tmp_path) as door:
        door.lookup(ask())
        assert sum(isinstance(entry.body, PolicyEntry) for _, entry in door.ledger.entries()) == 1


def test_when_the_epoch_ends_meanwhile_a_plan_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as (here, door):
        ledger, broker = here.store.ledger, here.store.broker
        prepare, left = broker.prepare_group, 1

        def slow(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            done = prepare(*arguments, **named)
            if left:
                left -= 1
                ledger.seal(closing=True)
            return done

        monkeypatch.setattr(broker, "prepare_group", slow)
        epoch = ledger.epoch
        released = door.lookup(ask())
        entry = ledger.entry(released.receipt.index)
        assert entry.epoch == ledger.epoch == epoch + 1
        assert isinstance(entry.body, ReleaseEntry)
        assert entry.body.label == broker.label(PERSON, epoch=epoch + 1)
        # Where it ends time and again, the door gives up, and nothing was let out.
        left, size = 2, ledger.size
        with pytest.raises(RefusedError) as caught:
            door.lookup(ask())
        assert caught.value.code == "ledger.epoch"
        assert not any(isinstance(entry.body, ReleaseEntry) for _, entry in ledger.entries(size))
        assert door.lookup(ask()).receipt.index > size


def test_what_an_erased_person_is_asked_for_is_refused_without_a_label(tmp_path: Path) -> None:
    with opened(tmp_path) as (here, door):
        here.store.eraser.erase(PERSON)
        with pytest.raises(RefusedError) as caught:
            door.lookup(ask())
        assert caught.value.code == "release.case"
        body = here.store.ledger.entry(here.store.ledger.size - 1).body
        assert isinstance(body, RefuseEntry)
        assert body.label is None
