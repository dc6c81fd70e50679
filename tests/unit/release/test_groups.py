"""Groups: many look-ups and answers in one commit, each checked by itself; budgets, approvals and answers."""

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.release.site import PEOPLE, SetClock, Site, again, site

from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.hold.ports import SealedRecord
from suyuan.kinds import KINDS
from suyuan.ledger.entry import OutcomeEntry, RefuseEntry, ReleaseEntry
from suyuan.release import door as door_room
from suyuan.release.approvals import Approver
from suyuan.release.door import Door
from suyuan.release.plan import parse_plan
from suyuan.release.question import Compare
from suyuan.release.released import Answered, Released
from suyuan.release.request import LookupRequest, PersonRequest
from suyuan.release.sides import PLAN_SIDE, require_side
from suyuan.terms import AccountId, FieldName, PurposeName

OPEN = PurposeName("open")


def entries_of(here: Site) -> list[object]:
    return [entry.body for _, entry in here.store.ledger.entries()]


def test_a_group_shares_one_append_and_each_is_checked_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(tmp_path) as (here, door):
        door.lookup(here.ask())
        here.store.people.add_hold(here.persons[2], hold="suit", at=here.clock.now())
        appended: list[int] = []
        append = here.store.ledger.append
        monkeypatch.setattr(here.store.ledger, "append", lambda drafts: appended.append(len(drafts)) or append(drafts))
        requests = [
            here.ask(person=1),
            here.ask(person=2),
            here.question("name", "nobody", person=3),
            here.ask("theft"),
        ]
        shown, held, answered, stranger = door.lookup_many(requests)
        assert isinstance(shown, Released)
        assert isinstance(held, RefusedError)
        assert isinstance(stranger, RefusedError)
        assert (held.code, stranger.code) == ("release.held", "release.purpose")
        assert isinstance(answered, Answered)
        assert appended == [5]  # The outcome that waited, two releases, two refusals.
        bodies = entries_of(here)[-5:]
        assert [type(body) for body in bodies] == [OutcomeEntry, ReleaseEntry, ReleaseEntry, RefuseEntry, RefuseEntry]


def test_a_group_gives_what_single_look_ups_give(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        persons = random.Random(5).sample(range(PEOPLE), 20)
        results = door.lookup_many([here.ask(person=person) for person in persons])
        for person, result in zip(persons, results, strict=True):
            assert isinstance(result, Released)
            alone = door.lookup(here.ask(person=person))
            for name, value in result.fields.items():
                kind = KINDS[here.store.policy.fields[name].kind]
                mine, other = value.reveal(), alone.fields[name].reveal()
                assert mine == other or kind.canonical(mine) == kind.canonical(other)
            plan = parse_plan(
                require_side(here.store.ledger, index=result.receipt.index, name=PLAN_SIDE, broker=here.store.broker)
            )
            assert (plan.act, plan.rows, len(plan.why.tokens)) == ("lookup", 1, 16)
            assert plan.why.fields["phone"] == "masked"


def test_a_ledger_that_refuses_shows_nothing_and_counts_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(drafts: Sequence[object]) -> None:
        raise UnavailableError("the disk is full")

    def never(record: SealedRecord, *, key: bytes) -> None:
        raise AssertionError("unsealed")

    with site(tmp_path) as (here, door):
        door.lookup(here.ask(person=9))
        with monkeypatch.context() as patched:
            patched.setattr(here.store.ledger, "append", broken)
            patched.setattr(door_room, "unseal", never)
            with pytest.raises(UnavailableError):
                door.lookup_many([here.ask(person=1), here.ask(person=2)])
        assert door.budgets.count(AccountId("ann"), purpose=OPEN, now=here.clock.now()) == 1
        assert door.lookup(here.ask(person=1)).fields


def test_one_record_that_does_not_open_holds_up_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = door_room.unseal

    def broken(record: SealedRecord, *, key: bytes) -> Any:
        if record.person == here.persons[2]:
            raise VerificationError("does not open")
        return real(record, key=key)

    with site(tmp_path) as (here, door):
        monkeypatch.setattr(door_room, "unseal", broken)
        first, second, third = door.lookup_many([here.ask(person=person) for person in (1, 2, 3)])
        assert isinstance(first, Released)
        assert isinstance(second, VerificationError)
        assert isinstance(third, Released)


# ---- budgets ---------------------------------------------------------------------------------------------


def test_a_default_budget_holds_across_runs_and_moves_on_with_time(tmp_path: Path) -> None:
    clock = SetClock()
    fields = "".join(
        f'[{name}]\nkind = "{kind}"\n{more}'
        for name, kind, more in (
            ("customer", "identifier", "key = true\n"),
            ("name", "person_name", ""),
            ("phone", "phone", ""),
            ("email", "email", ""),
            ("address", "postal_address", ""),
            ("id_number", "resident_id", ""),
            ("birth_date", "date", 'item = "health_record"\n'),
            ("note", "text", ""),
        )
    )
    with site(tmp_path, clock=clock, fields=tier_a(fields)) as (here, door):
        assert here.store.policy.fields[FieldName("birth_date")].tier == "a"
        for person in range(6):
            door.lookup(here.ask(person=person))
    clock.forward(days=20)
    with again(tmp_path, clock=clock) as (here, door):
        assert door.budgets.count(AccountId("ann"), purpose=OPEN, now=clock.now()) == 6
        for person in (0, 1, 6, 7, 8, 9):
            door.lookup(here.ask(person=person))
        with pytest.raises(RefusedError) as caught:
            door.lookup(here.ask(person=10))
        assert caught.value.code == here.last_refusal() == "release.budget"
    clock.forward(days=12)
    with again(tmp_path, clock=clock) as (here, door):  # The first six were seen 32 days ago, two of them 12 days ago.
        assert door.budgets.count(AccountId("ann"), purpose=OPEN, now=clock.now()) == 6
        door.lookup(here.ask(person=10))


def tier_a(fields: str) -> str:
    """Give the fields with an item of the strictest tier."""
    from suyuan.collect.dictionary import items

    item = next(name for name, one in items().items() if one.tier == "a")
    return fields.replace("health_record", item)


def test_misses_count_like_persons(tmp_path: Path) -> None:
    with site(tmp_path, fields=tier_a(_plain_fields())) as (here, door):
        asks = PersonRequest(account=AccountId("ann"), purpose=OPEN)
        key = here.store.policy.require_key_field()
        codes = []
        for guess in range(12):
            with pytest.raises(RefusedError) as caught:
                door.find_person(asks, field=key, text=f"X{guess:07}")
            codes.append(caught.value.code)
            assert here.last_refusal() == caught.value.code
        assert codes == ["release.person"] * 10 + ["release.budget"] * 2
    with again(tmp_path, clock=SetClock()) as (here, door), pytest.raises(RefusedError) as caught:
        door.lookup(here.ask(person=0))
    assert caught.value.code == "release.budget"


def _plain_fields() -> str:
    from tests.courier import FIELDS

    return FIELDS.replace('[birth_date]\nkind = "date"\n', '[birth_date]\nkind = "date"\nitem = "health_record"\n')


def test_tokens_tell_persons_apart_and_die_with_them(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        broker = here.store.broker
        group = broker.group(here.persons[:3])
        tokens = broker.budget_pairs(group, block=7)
        assert len({tokens[i : i + 8] for i in range(0, 48, 8)}) == 6
        assert [tokens[i + 8 : i + 16] for i in range(0, 48, 16)] == [
            broker.budget_pairs(group, block=8)[i : i + 8] for i in range(0, 48, 16)
        ]
        assert tokens == broker.budget_pairs(broker.group(here.persons[:3]), block=7)
        door.settle()
        here.store.eraser.erase(here.persons[0])
        with pytest.raises(RefusedError):
            broker.group(here.persons[:1])


# ---- approvals -------------------------------------------------------------------------------------------


def ask_for(here: Site, door: Door, request: LookupRequest, *, lasts: timedelta = timedelta(hours=1)) -> str:
    return here.store.approvals.ask(
        request, digest=door.approval_digest(request), reason="a court asks", lasts=lasts
    ).id


def test_an_approval_is_for_one_request_by_another_person_once_and_in_time(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        ask, approvals, bob = here.ask("identity"), here.store.approvals, Approver(account=AccountId("bob"))
        assert code_of(door, ask) == "release.approval"
        id = ask_for(here, door, ask)
        assert code_of(door, here.ask("identity", approval=id)) == "release.approval"  # Nobody answered yet.
        with pytest.raises(RefusedError, match="whoever asks"):
            approvals.give(id, by=Approver(account=AccountId("ann")))
        approvals.give(id, by=bob)
        with pytest.raises(RefusedError, match="its word already"):
            approvals.give(id, by=bob, declined=True)
        for other in (
            here.ask("identity", person=1, approval=id),
            here.ask("identity", account="eve", approval=id),
            here.ask("identity", approval="00" * 10),
        ):
            assert code_of(door, other) == "release.approval"
        released = door.lookup(here.ask("identity", approval=id))
        plan = parse_plan(
            require_side(here.store.ledger, index=released.receipt.index, name=PLAN_SIDE, broker=here.store.broker)
        )
        assert plan.why.approval == id
        assert code_of(door, here.ask("identity", approval=id)) == "release.approval"  # It served.
        declined = ask_for(here, door, ask)
        approvals.give(declined, by=bob, declined=True)
        assert code_of(door, here.ask("identity", approval=declined)) == "release.approval"
        late = ask_for(here, door, ask, lasts=timedelta(minutes=5))
        approvals.give(late, by=bob)
        here.clock.forward(minutes=6)
        assert code_of(door, here.ask("identity", approval=late)) == "release.approval"


def test_of_two_requests_in_one_group_an_approval_serves_one(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        id = ask_for(here, door, here.ask("identity"))
        here.store.approvals.give(id, by=Approver(account=AccountId("bob")))
        results = door.lookup_many([here.ask("identity", approval=id)] * 2)
        assert [isinstance(result, Released) for result in results] == [True, False]


def code_of(door: Door, request: LookupRequest) -> str:
    with pytest.raises(RefusedError) as caught:
        door.lookup(request)
    return caught.value.code


# ---- answers ---------------------------------------------------------------------------------------------


def test_an_answer_says_yes_or_no_and_nothing_else(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        shown = door.lookup(here.ask()).fields
        name, born = shown[FieldName("name")].reveal(), shown[FieldName("birth_date")].reveal()
        canonical = KINDS[here.store.policy.fields[FieldName("name")].kind].canonical(name)
        assert isinstance(canonical, str)
        yes = door.answer(here.question("name", canonical))
        assert yes.answer
        assert not door.answer(here.question("name", "Somebody Else")).answer
        assert name not in repr(yes)
        body = here.store.ledger.entry(yes.receipt.index).body
        assert isinstance(body, ReleaseEntry)
        old = KINDS[here.store.policy.fields[FieldName("birth_date")].kind].canonical(born)
        assert isinstance(old, str)
        age = here.clock.now().year - int(old[:4]) - (here.clock.now().strftime("%m-%d") < old[5:10])
        assert door.answer(here.question("birth_date", str(age), compare=Compare.AT_LEAST)).answer
        assert not door.answer(here.question("birth_date", str(age + 1), compare=Compare.AT_LEAST)).answer
        assert door.answer(here.question("id_number", "0", compare=Compare.AT_LEAST)).answer


@pytest.mark.parametrize(
    ("field", "value", "compare", "code"),
    [
        ("email", "a@b.example", Compare.EQUAL, "release.fields"),
        ("name", "30", Compare.AT_LEAST, "release.question"),
        ("birth_date", "151", Compare.AT_LEAST, "release.question"),
        ("phone", "no number", Compare.EQUAL, "release.question"),
    ],
)
def test_a_question_that_cannot_be_meant_opens_nothing(
    tmp_path: Path, field: str, value: str, compare: Compare, code: str
) -> None:
    with site(tmp_path) as (here, door):
        with pytest.raises(RefusedError) as caught:
            door.answer(here.question(field, value, compare=compare))
        assert caught.value.code == code == here.last_refusal()
        assert value not in str(caught.value) or compare is Compare.AT_LEAST
