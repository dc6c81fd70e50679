"""What every people store keeps: who a token leads to, versions and their dates, cases, marks already seen."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ports.people_stores import people_address, reopen, sqlite, store
from tests.postgres_server import PostgresServer

from suyuan.adapters.postgres.people_store import PostgresPeopleStore
from suyuan.errors import RefusedError
from suyuan.hold.ports import (
    CaseLink,
    Erasing,
    PartColumn,
    PeopleStore,
    Registration,
    SealedRecord,
    TokenColumn,
    VersionDates,
)
from suyuan.ledger.times import milliseconds
from suyuan.terms import AccountId, CaseId, FieldName, KindName, PersonNumber

__all__ = ["reopen", "store"]

PHONE, EMAIL = KindName.PHONE, KindName.EMAIL
DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
HIGH = 2**64 - 1
"""A token whose top bit is set: stores that know signed numbers only must give it back."""


def column(tokens: list[int], *, kind: KindName = PHONE, rows: list[int] | None = None) -> TokenColumn:
    places = np.arange(len(tokens)) if rows is None else np.array(rows, np.int64)
    return TokenColumn(kind=kind, rows=places, tokens=np.array(tokens, np.uint64))


def numbers(*persons: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(persons, np.int64)


def found(store: PeopleStore, *tokens: int, kind: KindName = PHONE) -> list[int]:
    """Find tokens the short way, the long way, and in the whole index; all must agree."""
    few = store.find(kind, np.array(tokens, np.uint64)).tolist()
    many = store.find(kind, np.array([*tokens, *([tokens[0]] * 3_000)], np.uint64)).tolist()
    assert many[: len(tokens)] == few
    known, persons = store.token_owners(kind)
    assert (np.diff(known.astype(object)) > 0).all()
    owners = dict(zip(known.tolist(), persons.tolist(), strict=True))
    assert [owners.get(token, -1) for token in tokens] == few
    return few


def record(person: int, *, version: int, body: bytes = b"sealed") -> SealedRecord:
    commitments = {FieldName("phone"): bytes([version]) * 32}
    return SealedRecord(person=PersonNumber(person), version=version, body=body, commitments=commitments)


def save(store: PeopleStore, *records: SealedRecord, tokens: list[TokenColumn], at: datetime) -> None:
    changed = {r.person: (FieldName("phone"),) for r in records}
    store.save_records(records, tokens, at=at, changed=changed)


def test_tokens_find_their_person(store: PeopleStore) -> None:
    store.add_tokens([column([5, HIGH, 0]), column([5], kind=EMAIL, rows=[1])], numbers(10, 11, 12), at=FIRST)
    assert found(store, HIGH, 5, 0, 7, 5) == [11, 10, 12, -1, 10]
    assert found(store, 5, 0, kind=EMAIL) == [11, -1]
    assert found(store, 5, kind=KindName.RESIDENT_ID) == [-1]
    assert store.find(PHONE, np.empty(0, np.uint64)).tolist() == []


def test_an_index_that_rested_finds_again(store: PeopleStore) -> None:
    many = np.arange(1 << 11, dtype=np.uint64)
    store.add_tokens(
        [TokenColumn(kind=PHONE, rows=np.arange(len(many)), tokens=many)], numbers(*range(1 << 11)), at=FIRST
    )
    before = store.find(PHONE, many).tolist()
    store.rest()
    assert store.find(PHONE, many).tolist() == before == list(range(1 << 11))


def test_a_token_of_several_persons_finds_none(store: PeopleStore) -> None:
    store.add_tokens([column([5, 5, 6])], numbers(1, 2, 2), at=FIRST)
    assert found(store, 5, 6) == [-1, 2]


def test_what_is_found_follows_what_is_written(store: PeopleStore, reopen: Callable[[], PeopleStore]) -> None:
    other = reopen()
    assert found(store, 5) == [-1]
    store.add_tokens([column([5])], numbers(1), at=FIRST)
    assert found(store, 5) == [1]
    assert found(other, 5) == [1]
    other.add_tokens([column([5])], numbers(2), at=FIRST)
    assert found(store, 5) == [-1]


def test_telling_tokens_again_changes_nothing(store: PeopleStore) -> None:
    for _ in range(2):
        store.add_tokens([column([5, 6]), column([7], kind=EMAIL, rows=[0])], numbers(1, 2), at=FIRST)
    assert store.counts()["tokens"] == 3
    store.add_tokens([column([8])], numbers(1), at=FIRST)
    assert found(store, 5, 8, 6) == [1, 1, 2]


def test_an_old_token_finds_its_person_until_another_has_it(store: PeopleStore) -> None:
    save(store, record(1, version=1), tokens=[column([5])], at=FIRST)
    save(store, record(1, version=2), tokens=[column([6])], at=FIRST + DAY)
    assert found(store, 5, 6) == [1, 1]
    save(store, record(2, version=1), tokens=[column([5])], at=FIRST + 2 * DAY)
    assert found(store, 5, 6) == [2, 1]
    save(store, record(2, version=2), tokens=[], at=FIRST + 3 * DAY)
    assert found(store, 5) == [-1], "two had it once, and nobody has it now"
    save(store, record(1, version=3), tokens=[column([5])], at=FIRST + 4 * DAY)
    assert found(store, 5, 6) == [1, 1]


def test_a_record_closes_tokens_told_before_it(store: PeopleStore) -> None:
    store.add_tokens([column([5])], numbers(1), at=FIRST)
    save(store, record(1, version=1), tokens=[column([6])], at=FIRST + DAY)
    store.add_tokens([column([5])], numbers(2), at=FIRST + 2 * DAY)
    assert found(store, 5, 6) == [2, 1]


@pytest.mark.parametrize(
    "columns",
    [
        [TokenColumn(kind=PHONE, rows=numbers(0), tokens=np.array([77_001, 77_002], np.uint64))],
        [column([77_001], rows=[2])],
        [column([77_001], rows=[-1])],
    ],
)
def test_a_column_that_does_not_fit_is_refused(store: PeopleStore, columns: list[TokenColumn]) -> None:
    with pytest.raises(RefusedError, match="tokens of phone") as refused:
        store.add_tokens(columns, numbers(1, 2), at=FIRST)
    assert refused.value.code == "hold.batch_shape"
    assert "77" not in str(refused.value)
    assert store.counts()["persons"] == 0


def test_a_row_without_a_person_is_refused(store: PeopleStore) -> None:
    with pytest.raises(RefusedError, match="row 1:"):
        store.add_tokens([column([5, 6])], numbers(1, -1), at=FIRST)


def test_records_come_back_in_the_order_asked(store: PeopleStore) -> None:
    records = [record(person, version=1, body=b"%d" % person) for person in (4, 2, 9)]
    save(store, *records, tokens=[], at=FIRST)
    assert store.record(PersonNumber(2)) == records[1]
    assert store.record(PersonNumber(3)) is None
    assert store.records([9, 3, 4, 9]) == [records[2], records[0], records[2]]
    assert store.all_persons().tolist() == [2, 4, 9]


def test_a_new_version_closes_the_dates_of_the_earlier_one(store: PeopleStore) -> None:
    save(store, record(1, version=1), tokens=[], at=FIRST)
    later = record(1, version=2, body=b"other")
    store.save_records([later], [], at=FIRST + DAY, changed={PersonNumber(1): (FieldName("email"),)})
    assert store.record(PersonNumber(1)) == later
    assert store.versions(PersonNumber(1)) == (
        VersionDates(version=1, since=FIRST, until=FIRST + DAY, changed=(FieldName("phone"),)),
        VersionDates(version=2, since=FIRST + DAY, until=None, changed=(FieldName("email"),)),
    )
    assert store.versions(PersonNumber(2)) == ()
    save(store, record(3, version=1), tokens=[], at=FIRST)
    assert store.changes(numbers(3, 1, 9)) == [(1, milliseconds(FIRST + DAY), (FieldName("email"),))]


def test_records_come_as_columns_too(store: PeopleStore) -> None:
    phone, name = FieldName("phone"), FieldName('名"字')
    kept = [
        record(3, version=1),
        replace(record(1, version=2), commitments={phone: b"\xfb" * 32, name: bytes(range(32))}),
        replace(record(2, version=1), commitments={}),
        replace(record(5, version=7), commitments={name: b"\x01" * 32, phone: b"\x02" * 32}),
        replace(record(6, version=1), commitments={phone: b"\x03" * 32, name: b"\x04" * 32}, hidden=False),
    ]
    store.save_records(kept, [], at=FIRST, changed={})
    columns = store.sealed_columns(numbers(1, 2, 3, 4, 5, 6), fields=(phone, name))
    assert columns.persons.tolist() == [1, 2, 3, 5, 6]
    assert [columns.record(place) for place in range(5)] == list(store.records([1, 2, 3, 5, 6]))
    assert [columns.take(np.array([3, 3])).record(place) for place in (0, 1)] == [columns.record(3)] * 2
    assert store.sealed_columns(numbers(3), fields=()).tables == {}
    assert len(store.sealed_columns(numbers(4), fields=(phone,))) == 0


def test_records_of_one_call_are_all_or_none(store: PeopleStore) -> None:
    save(store, record(1, version=2), tokens=[column([5])], at=FIRST)
    with pytest.raises(RefusedError, match="person 1: version 2 is not after version 2") as refused:
        save(store, record(3, version=1), record(1, version=2), tokens=[column([6, 7])], at=FIRST + DAY)
    assert refused.value.code == "hold.version_order"
    assert store.all_persons().tolist() == [1]
    assert found(store, 5, 6, 7) == [1, -1, -1]
    assert store.versions(PersonNumber(1))[0].until is None
    with pytest.raises(RefusedError, match="person 3: two records"):
        save(store, record(3, version=1), record(3, version=2), tokens=[], at=FIRST)


def test_cases_open_and_close(store: PeopleStore) -> None:
    def link(person: int, *, closed: datetime | None = None) -> CaseLink:
        return CaseLink(
            case=CaseId("parcel-1"),
            account=AccountId("wang"),
            person=PersonNumber(person),
            opened=FIRST,
            closed=closed,
        )

    store.add_cases([link(2), link(1)])
    assert store.cases(CaseId("parcel-1")) == (link(1), link(2))
    store.add_cases([link(1, closed=FIRST + DAY)])
    assert store.cases(CaseId("parcel-1")) == (link(1, closed=FIRST + DAY), link(2))
    assert store.cases(CaseId("parcel-2")) == ()
    assert store.counts()["cases"] == 1


def test_the_first_observation_of_a_mark_stays(store: PeopleStore) -> None:
    store.observe([(10, 0, "phone"), (10, 1, "phone"), (12, 0, "omission")], dump=20)
    store.observe([(10, 1, "phone"), (10, 1, "name")], dump=30)
    assert store.observed([10]) == {(10, 0, "phone"), (10, 1, "phone"), (10, 1, "name")}
    assert store.observed([11]) == frozenset()
    assert store.observed([10, 11, 12]) == store.observed_by(20) | store.observed_by(30)
    assert store.observed_by(30) == {(10, 1, "name")}


def test_counts(store: PeopleStore, reopen: Callable[[], PeopleStore]) -> None:
    assert store.counts() == {"persons": 0, "records": 0, "tokens": 0, "cases": 0}
    store.add_tokens([column([5])], numbers(1, 7), at=FIRST)
    save(store, record(2, version=1), tokens=[column([6])], at=FIRST)
    assert reopen().counts() == {"persons": 3, "records": 1, "tokens": 2, "cases": 0}


class Remembered:
    """The plain meaning of tokens: who has one now, and who ever had."""

    def __init__(self) -> None:
        self.now: set[tuple[int, int]] = set()
        self.ever: set[tuple[int, int]] = set()

    def tell(self, pairs: Mapping[int, set[int]], *, whole: bool) -> None:
        if whole:
            self.now = {(token, person) for token, person in self.now if person not in pairs}
        self.now |= {(token, person) for person, tokens in pairs.items() for token in tokens}
        self.ever |= self.now

    def find(self, token: int) -> int:
        current = [person for held, person in self.now if held == token]
        former = [person for held, person in self.ever if held == token]
        owners = current or former
        return owners[0] if len(owners) == 1 else -1


BATCHES = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 3), st.sets(st.sampled_from([0, 1, HIGH, 2**63]), max_size=2)), st.booleans()
    ),
    max_size=6,
)


@given(batches=BATCHES)
def test_tokens_mean_what_a_plain_set_means(tmp_path_factory: pytest.TempPathFactory, batches: list) -> None:  # type: ignore[type-arg]
    with sqlite(tmp_path_factory.mktemp("store")) as store:
        mean_what_a_plain_set_means(store, batches)


@settings(max_examples=15)
@given(batches=BATCHES)
def test_tokens_mean_what_a_plain_set_means_in_postgresql(postgres: PostgresServer, batches: list) -> None:  # type: ignore[type-arg]
    with PostgresPeopleStore.open_writer(people_address(postgres)) as store:
        mean_what_a_plain_set_means(store, batches)


def mean_what_a_plain_set_means(store: PeopleStore, batches: list) -> None:  # type: ignore[type-arg]
    plain = Remembered()
    for number, (pairs, whole) in enumerate(batches, start=1):
        persons = list(pairs)
        tokens = [token for person in persons for token in pairs[person]]
        rows = [row for row, person in enumerate(persons) for _ in pairs[person]]
        columns = [column(tokens, rows=rows)]
        if whole:
            save(store, *(record(person, version=number) for person in persons), tokens=columns, at=FIRST)
        else:
            store.add_tokens(columns, numbers(*persons), at=FIRST)
        plain.tell(pairs, whole=whole)
        assert found(store, 0, 1, HIGH, 2**63) == [plain.find(token) for token in (0, 1, HIGH, 2**63)]


def registration(person: int, sealed: bytes, *, enrolled: int | None = None, shared: bool = False) -> Registration:
    return Registration(person=PersonNumber(person), sealed_identifier=sealed, enrolled=enrolled, shared=shared)


def test_identifiers_come_with_tokens_and_records_and_the_first_stays(
    store: PeopleStore, reopen: Callable[[], PeopleStore]
) -> None:
    store.add_tokens([column([5])], numbers(1), at=FIRST, identifiers=[(1, b"phone")])
    store.save_records([record(2, version=1)], [], at=FIRST, changed={}, identifiers=[(2, b"customer"), (1, b"later")])
    other = reopen()
    assert other.registrations([2, 3, 1]) == [registration(2, b"customer"), registration(1, b"phone")]
    assert other.without_identifier(numbers(3, 1, 2, 0)).tolist() == [0, 3]
    assert other.without_identifier(numbers()).tolist() == []


def test_a_refused_record_leaves_no_identifier(store: PeopleStore) -> None:
    save(store, record(1, version=2), tokens=[], at=FIRST)
    with pytest.raises(RefusedError):
        store.save_records([record(1, version=2)], [], at=FIRST, changed={}, identifiers=[(1, b"customer")])
    assert store.registrations([1]) == []


def test_who_is_to_be_enrolled_follows_the_entries(store: PeopleStore) -> None:
    store.add_tokens([], numbers(), at=FIRST, identifiers=[(person, b"%d" % person) for person in (4, 2, 3, 1)])
    assert store.to_enrol(since=0).tolist() == [1, 2, 3, 4]
    store.mark_enrolled(
        [
            registration(1, b"", enrolled=7),
            registration(2, b"", enrolled=8, shared=True),
            registration(9, b"", enrolled=7),
        ]
    )
    assert store.to_enrol(since=7).tolist() == [3, 4]
    assert store.to_enrol(since=8).tolist() == [1, 3, 4], "what an earlier registry's entry did is to be done again"
    assert store.registrations([1, 2, 9]) == [
        registration(1, b"1", enrolled=7),
        registration(2, b"2", enrolled=8, shared=True),
    ]


def test_an_erased_person_leaves_nothing_and_nobody_else_loses_anything(
    reopen: Callable[[], PeopleStore], tmp_path: Path
) -> None:
    store = reopen()
    bodies = [bytes([65 + person]) * 40 for person in range(2)]
    for person, body in enumerate(bodies):
        for version in (1, 2):
            tokens = [column([100 * person + version]), column([900 + person], kind=EMAIL)]
            save(store, record(person, version=version, body=body), tokens=tokens, at=FIRST + version * DAY)
        link = CaseLink(
            case=CaseId("shared"), account=AccountId("a"), person=PersonNumber(person), opened=FIRST, closed=None
        )
        store.add_cases([link])
    store.add_tokens([], numbers(), at=FIRST, identifiers=[(0, b"hers"), (1, b"his")])
    ann, bob = PersonNumber(0), PersonNumber(1)
    begun = Erasing(person=ann, label=b"l" * 32, epoch=3, size=9)
    store.begin_erase(begun)
    store.begin_erase(replace(begun, label=b"m" * 32, epoch=None, size=10))
    assert store.erasing() == reopen().erasing() == (begun,)  # What was said first is what the ledger may say already.
    store.erase(ann)
    store.erase(ann)
    assert store.erasing() == ()
    assert (store.record(ann), store.versions(ann), list(store.registrations([0]))) == (None, (), [])
    assert found(store, 1, 2, 101, 102) == [-1, -1, 1, 1]
    assert found(store, 900, 901, kind=EMAIL) == [-1, 1]
    assert [link.person for link in store.cases(CaseId("shared"))] == [bob]
    assert store.record(bob) == record(1, version=2, body=bodies[1])
    assert (len(store.versions(bob)), len(store.registrations([1]))) == (2, 1)
    assert store.counts() == {"persons": 1, "records": 1, "tokens": 3, "cases": 1}
    if files := b"".join(path.read_bytes() for path in sorted(tmp_path.glob("data.db*"))):
        assert [body in files for body in bodies] == [False, True]


def test_records_of_an_older_version_are_hidden_once(store: PeopleStore) -> None:
    bare = [replace(record(person, version=1), hidden=False) for person in range(5)]
    store.save_records(bare, [], at=FIRST, changed={})
    save(store, record(7, version=1), tokens=[], at=FIRST)
    assert [r.person for r in store.bare_records(after=-1, count=3)] == [0, 1, 2]
    assert [r.person for r in store.bare_records(after=2, count=3)] == [3, 4]
    hidden = [replace(r, commitments={FieldName("phone"): b"h" * 32}, hidden=True) for r in bare[:3]]
    store.hide_records([*hidden, replace(hidden[0], person=PersonNumber(7), commitments={})])
    assert list(store.records([0, 1, 2, 3])) == [*hidden, bare[3]]
    assert store.record(PersonNumber(7)) == record(7, version=1)  # What is hidden already stays as it is.
    assert [r.person for r in store.bare_records(after=-1, count=9)] == [3, 4]


def test_a_token_says_from_when_until_when_it_was_whose(store: PeopleStore) -> None:
    store.add_tokens([column([HIGH])], numbers(1), at=FIRST)
    save(store, record(1, version=1), tokens=[column([6])], at=FIRST + DAY)
    first, then = int(FIRST.timestamp() * 1000), int((FIRST + DAY).timestamp() * 1000)
    spans = store.token_spans(PHONE, np.array([HIGH, 6, 7], np.uint64))
    assert sorted(map(tuple, spans)) == [(6, 1, then, None), (HIGH, 1, first, then)]
    assert store.token_spans(PHONE, np.empty(0, np.uint64)) == []
    assert [part.tolist() for part in store.former_tokens(PHONE)] == [[HIGH], [1], [then]]
    assert [part.tolist() for part in store.former_tokens(EMAIL)] == [[], [], []]


def test_the_places_of_cases_are_told_once_each_open_or_closed(store: PeopleStore) -> None:
    link = CaseLink(
        case=CaseId("P-1"),
        account=AccountId("a"),
        person=PersonNumber(3),
        opened=FIRST,
        closed=None,
        queue="q",
        region="r",
    )
    store.add_cases(
        [link, replace(link, case=CaseId("P-2")), replace(link, case=CaseId("P-3"), queue="", closed=FIRST + DAY)]
    )
    assert list(store.case_places()) == [(3, "", "r"), (3, "q", "r")]


def test_the_owners_of_parts_are_told_in_bulk(store: PeopleStore) -> None:
    field = FieldName("phone")
    store.add_tokens([column([1, 2, 3, 4])], numbers(1, 2, 3, 4), at=FIRST)
    tokens = np.array([HIGH, 7, 7, 7], np.uint64)
    store.add_parts([PartColumn(field=field, part="last4", rows=np.arange(4), tokens=tokens)], numbers(1, 2, 3, 4))

    def owners(*tokens: int, most: int | None = None) -> list[tuple[int, int]]:
        found, persons = store.part_owners(field, part="last4", tokens=np.array(tokens, np.uint64), most=most)
        assert found.dtype == np.uint64
        return sorted(zip(found.tolist(), persons.tolist(), strict=True))

    assert owners(HIGH, 7, 9) == [(7, 2), (7, 3), (7, 4), (HIGH, 1)]
    assert owners(HIGH, 7, most=2) == [(HIGH, 1)]
    assert owners(HIGH, 7, most=3) == owners(HIGH, 7)
    assert owners() == owners(9) == []
    found, persons = store.part_tokens(field, part="last4", persons=numbers(1, 3, 9))
    assert sorted(zip(found.tolist(), persons.tolist(), strict=True)) == [(7, 3), (HIGH, 1)]
    assert [len(column) for column in store.part_tokens(field, part="surname", persons=numbers(1))] == [0, 0]


def test_an_index_held_gives_way_when_somebody_else_writes(
    store: PeopleStore, reopen: Callable[[], PeopleStore]
) -> None:
    store.add_tokens([column([5, HIGH])], numbers(1, 2), at=FIRST)
    many = np.array([5, HIGH, 6] * 1_000, np.uint64)
    reader = reopen()
    assert reader.find(PHONE, many)[:3].tolist() == [1, 2, -1]
    assert [part.tolist() for part in reader.token_owners(PHONE)] == [[5, HIGH], [1, 2]]
    before = reader.owners_digest(PHONE)
    assert before == store.owners_digest(PHONE)
    store.add_tokens([column([6])], numbers(3), at=FIRST)
    assert reader.owners_digest(PHONE) != before
    assert reader.find(PHONE, many)[:3].tolist() == [1, 2, 3]
    store.erase(PersonNumber(2))
    assert reader.find(PHONE, many)[:3].tolist() == [1, -1, 3]
    assert [part.tolist() for part in reader.token_owners(PHONE)] == [[5, 6], [1, 3]]
