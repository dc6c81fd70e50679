"""What every people store keeps beside records: cases by condition, ages, holds, restrictions, collections and parts."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from tests.ports.people_stores import AnyStore, Reopen, reopen, store
from tests.ports.test_people_store import column, numbers, save
from tests.ports.test_people_store import record as record_of

from suyuan.collect.ports import Consent, ConsentScope, ConsentState
from suyuan.errors import RefusedError
from suyuan.hold.ports import ALL_PURPOSES, CaseLink, PartColumn, PersonFacts
from suyuan.hold.predicate import EVERYTHING, NOTHING, CaseColumn, Comparison, Operator, Predicate
from suyuan.terms import AccountId, CaseId, FieldName, PersonNumber, PurposeName

__all__ = ["reopen", "store"]

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PHONE = FieldName("phone")
DELIVERY, SURVEY = PurposeName("delivery"), PurposeName("survey")
ANN, BOB = PersonNumber(1), PersonNumber(2)


def link(case: str, *, account: str = "wang", person: int = 1, days: int = 0, queue: str = "") -> CaseLink:
    return CaseLink(
        case=CaseId(case), account=AccountId(account), person=PersonNumber(person), opened=FIRST,
        closed=FIRST + days * DAY if days else None, queue=queue, region="CN",
    )  # fmt: skip


def test_links_of_several_cases_come_at_once(store: AnyStore) -> None:
    links = [link("p-2", person=2), link("p-1"), link("p-1", account="li"), link("包裹-3", queue="北京")]
    store.add_cases(links)
    assert store.cases_among([CaseId("p-2"), CaseId("包裹-3"), CaseId("none"), CaseId("p-2")]) == (links[0], links[3])
    assert store.cases(CaseId("p-1")) == (links[2], links[1])
    assert store.cases_among([]) == ()
    store.add_cases([link("p-1", queue="a"), link("p-1", queue="b")])
    assert store.cases(CaseId("p-1"))[1].queue == "b"


def test_lists_are_cut_between_cases_and_go_on_behind_the_last(store: AnyStore) -> None:
    links = [link("a", person=1), link("b", person=2), link("b", person=3), link("b", account="zhu"), link("c")]
    store.add_cases([*links, link("closed", days=1)])
    later = FIRST + 2 * DAY

    def page(
        *, after: str = "", count: int, account: str | None = None, predicate: Predicate = EVERYTHING
    ) -> list[str]:
        who = None if account is None else AccountId(account)
        found = store.cases_where(predicate, account=who, open_at=later, after=after, count=count)
        return [f"{one.case}{one.account}{one.person}" for one in found]

    assert page(count=9) == ["awang1", "bwang2", "bwang3", "bzhu1", "cwang1"]
    assert page(count=2) == ["awang1", "bwang2", "bwang3", "bzhu1"]
    assert page(count=2, after="b") == ["cwang1"]
    assert page(count=2, account="zhu") == ["bzhu1"]
    assert page(count=9, predicate=NOTHING) == []
    assert [one.case for one in store.cases_where(EVERYTHING, account=None, open_at=FIRST, after="c", count=9)] == [
        "closed"
    ]
    assert not store.cases_where(EVERYTHING, account=None, open_at=FIRST - DAY, after="", count=9)


def test_lists_follow_a_condition(store: AnyStore) -> None:
    store.add_cases([link("a", queue="x"), link("b", queue="y"), link("c", queue="x", account="li")])
    in_x = Comparison(CaseColumn.QUEUE, Operator.EQUAL, "x")
    hers = Comparison(CaseColumn.ACCOUNT, Operator.IN, ("wang", "zhu"))
    since = Comparison(CaseColumn.OPENED, Operator.AT_LEAST, FIRST)
    for any_of, expected in (
        (((in_x,),), ["a", "c"]),
        (((in_x, hers, since),), ["a"]),
        (((in_x, hers), (since,)), ["a", "b", "c"]),
    ):
        found = store.cases_where(Predicate(any_of), account=None, open_at=FIRST, after="", count=9)
        assert [one.case for one in found] == expected


def test_facts_are_told_of_those_alone_who_have_some(store: AnyStore) -> None:
    assert store.facts([1, 2, 3]) == {}
    store.set_ages([(1, date(2030, 5, 1), date(2034, 5, 1)), (2, None, date(2027, 1, 1)), (1, None, date(2034, 6, 1))])
    store.add_hold(BOB, hold="court-7", at=FIRST, reason=b"sealed")
    store.restrict(PersonNumber(3), purpose=SURVEY, at=FIRST)
    store.restrict(PersonNumber(3), purpose=ALL_PURPOSES, at=FIRST)
    assert store.facts([1, 2, 3, 4]) == {
        1: PersonFacts(person=ANN, minor_until=date(2034, 6, 1)),
        2: PersonFacts(person=BOB, minor_until=date(2027, 1, 1), holds=("court-7",)),
        3: PersonFacts(person=PersonNumber(3), restricted=frozenset({SURVEY, ALL_PURPOSES})),
    }
    store.unrestrict(PersonNumber(3), purpose=ALL_PURPOSES, at=FIRST)
    assert store.facts([3])[3].restricted == {SURVEY}


def test_a_day_of_birth_cannot_be_kept_as_an_age(store: AnyStore) -> None:
    with pytest.raises(RefusedError) as refused:
        store.set_ages([(1, date(2030, 5, 17), None)])
    assert refused.value.code == "hold.age"
    assert "17" not in str(refused.value)
    assert store.facts([1]) == {}


def test_holds_begin_once_end_once_and_are_remembered(store: AnyStore, reopen: Reopen) -> None:
    store.add_hold(ANN, hold="court-7", at=FIRST, reason=b"one")
    store.add_hold(ANN, hold="court-7", at=FIRST + DAY, reason=b"two")
    store.add_hold(ANN, hold="audit", at=FIRST)
    assert reopen().held() == {1: ("audit", "court-7")}
    assert (store.end_hold(ANN, hold="court-7", at=FIRST + 2 * DAY), store.end_hold(ANN, hold="court-7", at=FIRST)) == (
        True, False,
    )  # fmt: skip
    store.add_hold(ANN, hold="court-7", at=FIRST + 3 * DAY, reason=b"again")
    told = [(one.hold, one.since, one.until, one.reason) for one in store.holds(ANN) if one.hold == "court-7"]
    assert told == [("court-7", FIRST, FIRST + 2 * DAY, b"one"), ("court-7", FIRST + 3 * DAY, None, b"again")]


def test_the_last_collection_counts(store: AnyStore) -> None:
    store.collected(numbers(3, 1, 2, 1), purpose=DELIVERY, at=FIRST)
    store.collected(numbers(2), purpose=DELIVERY, at=FIRST + DAY)
    store.collected(numbers(2), purpose=DELIVERY, at=FIRST)
    store.collected(numbers(1), purpose=SURVEY, at=FIRST)
    before = FIRST + DAY / 2
    assert store.collected_before(numbers(4, 3, 2, 1, 3), purpose=DELIVERY, before=before).tolist() == [
        False, True, False, True, True,
    ]  # fmt: skip
    assert store.due(purpose=DELIVERY, before=before, after=-1, count=9).tolist() == [1, 3]
    assert store.due(purpose=DELIVERY, before=before, after=1, count=9).tolist() == [3]
    assert store.due(purpose=DELIVERY, before=before, after=-1, count=1).tolist() == [1]
    assert store.purposes_of(ANN) == {DELIVERY: FIRST, SURVEY: FIRST}
    assert store.purposes_of(BOB) == {DELIVERY: FIRST + DAY}
    assert store.count_uncollected() == 0


def test_whoever_has_a_record_and_no_purpose_is_counted(store: AnyStore) -> None:
    store.save_records([record_of(person, version=1) for person in (1, 2, 5)], [], at=FIRST, changed={})
    store.collected(numbers(1, 9), purpose=DELIVERY, at=FIRST)
    store.collected(numbers(1), purpose=SURVEY, at=FIRST)
    assert store.count_uncollected() == 2


def part(tokens: list[int], *, field: FieldName = PHONE, name: str = "last4") -> PartColumn:
    return PartColumn(field=field, part=name, rows=np.arange(len(tokens)), tokens=np.array(tokens, np.uint64))


def test_only_parts_that_differ_are_written_and_the_others_stay(store: AnyStore) -> None:
    store.add_parts([part([1, 2, 3, 4])], numbers(5, 6, 7, 8))
    # Told again: one is the same, one differs, one has none any more, one is new; who is not told of keeps hers.
    told = PartColumn(
        field=PHONE, part="last4", rows=np.array([0, 1, 3]), tokens=np.array([1, 9, 2**64 - 1], np.uint64)
    )
    store.add_parts([told], numbers(5, 6, 7, 9))
    found = {token: store.find_part(PHONE, part="last4", token=token, count=9).tolist() for token in (1, 2, 3, 4, 9)}
    assert found == {1: [5], 2: [], 3: [], 4: [8], 9: [6]}
    assert store.find_part(PHONE, part="last4", token=2**64 - 1, count=9).tolist() == [9]


def test_a_part_finds_a_bucket_and_a_correction_moves_out_of_it(store: AnyStore) -> None:
    high = 2**64 - 1
    people = numbers(5, 6, 7)
    store.add_parts([part([high, high, 3]), part([1, 2, 3], field=FieldName("name"), name="surname")], people)
    assert store.find_part(PHONE, part="last4", token=high, count=9).tolist() == [5, 6]
    assert store.find_part(PHONE, part="last4", token=high, count=1).tolist() == [5]
    assert store.count_part(PHONE, part="last4", token=high) == 2
    assert store.find_part(PHONE, part="first4", token=high, count=9).tolist() == []
    store.add_parts([part([3])], numbers(5))
    assert store.find_part(PHONE, part="last4", token=3, count=9).tolist() == [5, 7]
    assert store.count_part(FieldName("name"), part="surname", token=1) == 1, "another part of hers stays"
    store.save_records([record_of(5, version=1)], [], at=FIRST, changed={}, parts=[part([9])])
    assert store.find_part(PHONE, part="last4", token=9, count=9).tolist() == [5]
    assert store.count_part(PHONE, part="last4", token=3) == 1
    assert store.count_part(FieldName("name"), part="surname", token=1) == 0, "a new record says all parts"


def test_a_part_that_does_not_fit_is_refused(store: AnyStore) -> None:
    with pytest.raises(RefusedError) as refused:
        store.add_parts([part([1, 2])], numbers(5))
    assert refused.value.code == "hold.batch_shape"
    assert store.count_part(PHONE, part="last4", token=1) == 0


def word(entry: int, *, person: int = 1, state: ConsentState = ConsentState.GIVEN, recipient: str = "") -> Consent:
    return Consent(
        id=entry.to_bytes(16, "big"), person=PersonNumber(person), purpose=SURVEY, scope=ConsentScope.PROVISION,
        recipient=recipient, state=state, terms=b"t" * 32, guardian=False, receipt=b"sealed", place=entry,
    )  # fmt: skip


def test_erasing_a_person_takes_every_fact_of_hers_and_no_other(store: AnyStore) -> None:
    for person in (ANN, BOB):
        save(store, record_of(person, version=1), tokens=[column([int(person)])], at=FIRST)
        store.add_parts([part([7])], numbers(person))
        store.set_ages([(person, None, date(2030, 1, 1))])
        store.add_hold(person, hold="h", at=FIRST)
        store.restrict(person, purpose=SURVEY, at=FIRST)
        store.collected(numbers(person), purpose=SURVEY, at=FIRST)
        store.add_consents([word(int(person), person=person)], followed=int(person))
        store.add_cases([link("c", person=int(person))])
    kept = store.facts([2])
    store.erase(ANN)
    assert (store.facts([1, 2]), store.purposes_of(ANN), store.consents(ANN), store.holds(ANN)) == (kept, {}, (), ())
    assert store.find_part(PHONE, part="last4", token=7, count=9).tolist() == [2]
    assert store.due(purpose=SURVEY, before=FIRST + DAY, after=-1, count=9).tolist() == [2]
    assert (len(store.consents(BOB)), [one.person for one in store.cases(CaseId("c"))]) == (1, [BOB])
