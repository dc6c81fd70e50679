"""The registrar: everybody is in the log once, under a label her identifier leads to, however often it is cut short."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import shake_128
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.ledger_world import FakeClock, MemoryStore

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.crypto import bulk, kdf, registry
from suyuan.errors import VerificationError
from suyuan.evidence import ecvrf
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.hold.registrar import Enrolled, Registrar, Registry
from suyuan.ledger.batch import split_rows
from suyuan.ledger.entry import (
    EnrolBatchEntry,
    EnrolEntry,
    EraseEntry,
    LawEntry,
    OpenEntry,
    RegistryEntry,
    SealEntry,
)
from suyuan.ledger.log import Draft, Ledger
from suyuan.ledger.verify import verify_log
from suyuan.terms import PersonNumber

AT = datetime(2026, 1, 1, tzinfo=UTC)
ORIGIN = "log.example/suyuan"


class CutError(BaseException):
    """The process dies here."""


class Countdown:
    """Lets so many writes through, then dies: before the next one, or right after it."""

    def __init__(self, *, writes: int, after: bool) -> None:
        self.left, self.after = writes, after

    def write(self, call: Callable[[], Any]) -> Any:
        if self.left == 0 and not self.after:
            raise CutError
        done = call()
        if self.left == 0:
            raise CutError
        self.left -= 1
        return done


class Mortal:
    """A store whose writing verbs are counted down."""

    def __init__(self, store: Any, *verbs: str, countdown: Countdown) -> None:
        self._store, self._verbs, self._countdown = store, verbs, countdown

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._store, name)
        if name not in self._verbs:
            return verb
        return lambda *args, **named: self._countdown.write(lambda: verb(*args, **named))


class SeededEntropy:
    """Different bytes at every draw, the same in every run."""

    def __init__(self, seed: bytes = b"") -> None:
        self._seed, self._drawn = seed, 0

    def draw(self, size_bytes: int) -> bytes:
        self._drawn += 1
        return shake_128(self._seed + self._drawn.to_bytes(8, "big")).digest(size_bytes)


@dataclass
class World:
    """Three durable stores; `begin` is a process that works on them."""

    keys: SqliteKeyStore
    people: SqlitePeopleStore
    log: MemoryStore
    entropy: SeededEntropy = field(default_factory=SeededEntropy)

    def begin(self, *, countdown: Countdown | None = None) -> Registrar:
        keys, people, log = self.keys, self.people, self.log
        if countdown is not None:
            keys = Mortal(keys, "put", countdown=countdown)  # type: ignore[assignment]
            people = Mortal(people, "mark_enrolled", countdown=countdown)  # type: ignore[assignment]
            log = Mortal(log, "append", countdown=countdown)  # type: ignore[assignment]
        self.broker = KeyBroker(
            keys, kek=SecretKek(b"k" * 32, entropy=self.entropy), origin=ORIGIN, entropy=self.entropy
        )
        self.ledger = Ledger(log, key=self.broker.log_key(), clock=FakeClock())
        return Registrar(self.ledger, broker=self.broker, people=people)

    def meet(self, *identifiers: str) -> list[PersonNumber]:
        """Let new persons come to the store, one by each identifier."""
        self.begin()
        first = self.broker.enrol(len(identifiers))
        persons = [PersonNumber(first + i) for i in range(len(identifiers))]
        names = [registry.identifier("identifier", canonical=text) for text in identifiers]
        sealed = self.broker.seal_identifiers(persons, identifiers=names)
        pairs = list(zip(persons, sealed, strict=True))
        self.people.add_tokens([], np.empty(0, np.int64), at=AT, identifiers=pairs)
        return persons

    def bodies(self) -> list[Any]:
        return [entry.body for _, entry in self.ledger.entries()]

    def rows(self) -> list[tuple[bytes, bytes]]:
        """Give every enrolment of the log: registry label and commitment."""
        found: list[tuple[bytes, bytes]] = []
        for index, body in enumerate(self.bodies()):
            match body:
                case EnrolEntry():
                    found.append((body.label, body.keys))
                case EnrolBatchEntry():
                    table = self.ledger.side(index, name="table")
                    assert table is not None
                    found += [(row[:32], row[32:]) for row in split_rows(table)]
                case _:
                    pass
        return found

    def commitment(self, person: PersonNumber, *, first_epoch: int = 1) -> bytes:
        return self.broker.enrolments([person], first_epoch=first_epoch)[0]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with (
        SqliteKeyStore(tmp_path / "keys.db", access=Access.CREATE) as keys,
        SqlitePeopleStore(tmp_path / "data.db", access=Access.CREATE) as people,
    ):
        yield World(keys=keys, people=people, log=MemoryStore())


def test_a_new_log_begins_with_a_registry_and_ends_epoch_0(world: World) -> None:
    registrar = world.begin()
    assert registrar.open() == Registry(number=1, index=0, first_epoch=1) == registrar.open()
    [opened, sealed] = world.bodies()
    assert opened == RegistryEntry(first_epoch=1, vrf_key=world.broker.registry_key(1))
    assert isinstance(sealed, SealEntry)
    assert (sealed.first, sealed.end, sealed.closing) == (0, 1, True)
    assert world.ledger.epoch == 1
    assert world.broker.registry_of(7) == 1


def test_an_older_log_is_sealed_over_everything_it_had(world: World) -> None:
    registrar = world.begin()
    world.ledger.append([Draft(body=LawEntry(law=bytes([n]) * 32)) for n in range(3)])
    assert registrar.open().first_epoch == 1
    [*_, opened, sealed] = world.bodies()
    assert isinstance(opened, RegistryEntry)
    assert (sealed.first, sealed.end, sealed.closing) == (0, 4, True)


def test_everybody_is_enrolled_in_one_entry_and_once(world: World) -> None:
    persons = world.meet("C-1", "C-2", "C-3")
    registrar = world.begin()
    registrar.open()
    told: list[tuple[str, int, int]] = []
    assert registrar.enrol_pending(progress=lambda *step: told.append(step)) == Enrolled(enrolled=3, shared=0)
    assert told == [("enrol", 3, 3)]
    size = world.ledger.size
    assert size == 3
    assert sorted(world.rows()) == sorted((registrar.label_of(person), world.commitment(person)) for person in persons)
    assert world.begin().enrol_pending() == Enrolled(enrolled=0, shared=0)
    assert world.ledger.size == size
    [fourth] = world.meet("C-4")
    assert world.begin().enrol_pending() == Enrolled(enrolled=1, shared=0)
    assert world.bodies()[-1] == EnrolEntry(keys=world.commitment(fourth), label=world.rows()[-1][0])
    verify_log(world.ledger, keys=[world.ledger.key.verify_key])


def test_a_label_is_proved_by_the_identifier_and_commits_to_every_label_of_hers(world: World) -> None:
    [person] = world.meet("C-1")
    registrar = world.begin()
    index = registrar.open().index
    registrar.enrol_pending()
    [(label, commitment)] = world.rows()
    opened = world.ledger.entry(index).body
    assert isinstance(opened, RegistryEntry)
    named = registry.identifier("identifier", canonical="C-1")
    proof = world.broker.prove_registry_label(named, number=1)
    output = ecvrf.verify(opened.vrf_key, b"suyuan/registry/v1\x00identifier\x00C-1", proof)
    assert registry.label(output) == label == registrar.label_of(person)
    assert registry.identifier_parts(named) == ("identifier", "C-1")
    [secret] = world.broker._secrets([person])
    assert commitment == kdf.enrolment_commitment(kdf.label_key(secret), origin=ORIGIN, first_epoch=1)
    assert world.broker.enrolment(person, first_epoch=1) == kdf.enrolment_leaves(
        kdf.label_key(secret), origin=ORIGIN, first_epoch=1
    )


def test_an_identifier_of_two_persons_enrols_the_first(world: World) -> None:
    first, second = world.meet("+8616500000001", "+8616500000001")
    registrar = world.begin()
    registrar.open()
    assert registrar.enrol_pending() == Enrolled(enrolled=1, shared=1)
    [third] = world.meet("+8616500000001")
    registrar = world.begin()
    assert registrar.enrol_pending() == Enrolled(enrolled=0, shared=1)
    assert [row[1] for row in world.rows()] == [world.commitment(first)]
    assert registrar.label_of(first) is not None
    assert registrar.label_of(second) is None
    assert registrar.label_of(third) is None
    assert registrar.enrol_pending() == Enrolled(enrolled=0, shared=0)


def test_the_holder_of_a_shared_label_is_found_in_a_large_table(world: World) -> None:
    world.meet(*(f"C-{number}" for number in range(40)))
    registrar = world.begin()
    registrar.open()
    registrar.enrol_pending()
    again = world.meet(*(f"C-{number}" for number in (0, 17, 39, 40)))
    registrar = world.begin()
    assert registrar.enrol_pending() == Enrolled(enrolled=1, shared=3)
    assert [registrar.label_of(person) is None for person in again] == [True, True, True, False]


def test_who_was_erased_can_come_back_as_another(world: World) -> None:
    [person] = world.meet("C-1")
    registrar = world.begin()
    registrar.open()
    registrar.enrol_pending()
    label = registrar.label_of(person)
    assert label is not None
    world.ledger.append([Draft(body=EraseEntry(label=label))])
    world.keys.erase(person)
    # Her row may still be there after a crash; it is nobody's now.
    assert registrar.enrol_pending() == Enrolled(enrolled=0, shared=0)
    [again] = world.meet("C-1")
    registrar = world.begin()
    assert registrar.enrol_pending() == Enrolled(enrolled=1, shared=0)
    assert registrar.label_of(again) == label
    old, new = world.rows()
    assert old[0] == new[0]
    assert old[1] != new[1] == world.commitment(again)
    verify_log(world.ledger, keys=[world.ledger.key.verify_key])


def test_who_shared_an_identifier_has_it_when_the_other_was_erased(world: World) -> None:
    first, second = world.meet("+8616500000001", "+8616500000001")
    registrar = world.begin()
    registrar.open()
    registrar.enrol_pending()
    label = registrar.label_of(first)
    assert label is not None
    world.ledger.append([Draft(body=EraseEntry(label=label))])
    world.keys.erase(first)
    world.people.erase(first)
    assert registrar.enrol_pending() == Enrolled(enrolled=1, shared=0)
    assert registrar.label_of(second) == label
    assert world.rows()[-1] == (label, world.commitment(second))


def test_a_label_is_known_from_the_log_although_the_mark_was_lost(world: World) -> None:
    [person] = world.meet("C-1")
    registrar = world.begin()
    registrar.open()
    assert registrar.label_of(person) is None
    # The log's key and the VRF key, the registry and its seal are there: the enrolment goes through, the mark does not.
    with pytest.raises(CutError):
        world.begin(countdown=Countdown(writes=1, after=False)).enrol_pending()
    assert world.people.registrations([person])[0].enrolled is None
    assert world.begin().label_of(person) == world.rows()[0][0]


def test_a_person_who_is_erased_before_she_was_enrolled_stops_nobody(world: World) -> None:
    gone, stays = world.meet("C-1", "C-2")
    registrar = world.begin()
    registrar.open()
    world.keys.erase(gone)
    assert registrar.enrol_pending() == Enrolled(enrolled=1, shared=0)
    assert [row[1] for row in world.rows()] == [world.commitment(stays)]


def test_a_next_registry_enrols_everybody_anew(world: World) -> None:
    persons = world.meet("C-1", "C-2")
    registrar = world.begin()
    registrar.open()
    registrar.enrol_pending()
    lost = OpenEntry(key=bytes(range(32)), size=world.ledger.size + 9, origin=world.ledger.origin, root=bytes(32))
    world.ledger.append([Draft(body=lost)])  # A shard has one registry: the next one is another's.
    world.ledger.seal(closing=True)
    second = registrar.begin(first_epoch=world.ledger.epoch)
    assert (second.number, second.first_epoch) == (2, 2)
    assert registrar.label_of(persons[0]) is None, "she is not in it yet"
    assert registrar.enrol_pending() == Enrolled(enrolled=2, shared=0)
    assert len({label for label, _ in world.rows()}) == 4
    assert {row[1] for row in world.rows()[2:]} == {world.commitment(person, first_epoch=2) for person in persons}
    registrar = world.begin()
    assert registrar.open() == second
    assert (world.broker.registry_of(1), world.broker.registry_of(2)) == (1, 2)
    assert registrar.enrol_pending() == Enrolled(enrolled=0, shared=0)
    verify_log(world.ledger, keys=[world.ledger.key.verify_key])


def test_another_key_store_is_refused(world: World, tmp_path: Path) -> None:
    world.begin().open()
    with SqliteKeyStore(tmp_path / "other.db", access=Access.CREATE) as other:
        stranger = World(keys=other, people=world.people, log=world.log, entropy=SeededEntropy(b"other"))
        with pytest.raises(VerificationError, match="not in the key store") as missing:
            stranger.begin().open()
        assert missing.value.code == "hold.registry"
        stranger.broker.named("vrf-key/1")
        with pytest.raises(VerificationError, match="another key") as refused:
            stranger.begin().open()
        assert refused.value.code == "hold.registry"


def work(world: World, *, countdown: Countdown | None = None) -> None:
    registrar = world.begin(countdown=countdown)
    registrar.open()
    registrar.enrol_pending()


@pytest.mark.parametrize("after", [False, True], ids=["lost", "stored"])
def test_cut_short_at_any_write_the_next_run_finishes(tmp_path: Path, after: bool) -> None:
    """Writes: the log's key, the VRF key, registry, seal, the enrolment, the marks."""
    points = 0
    while True:
        folder = tmp_path / str(points)
        folder.mkdir()
        with (
            SqliteKeyStore(folder / "keys.db", access=Access.CREATE) as keys,
            SqlitePeopleStore(folder / "data.db", access=Access.CREATE) as people,
        ):
            world = World(keys=keys, people=people, log=MemoryStore())
            persons = world.meet("C-1", "C-2", "C-2")
            countdown = Countdown(writes=points, after=after)
            with suppress(CutError):
                work(world, countdown=countdown)
                break
            for _ in range(2):
                work(world)
            assert [type(body) for body in world.bodies()] == [RegistryEntry, SealEntry, EnrolBatchEntry]
            assert {row[1] for row in world.rows()} == {world.commitment(person) for person in persons[:2]}
            found = people.registrations(persons)
            assert [row.shared for row in found] == [False, False, True]
            assert [row.enrolled for row in found[:2]] == [2, 2]
            assert not len(people.to_enrol(since=0))
            verify_log(world.ledger, keys=[world.ledger.key.verify_key])
        points += 1
    assert points == 5  # The log's key is there before, from meeting the persons.


def test_identifiers_are_sealed_under_the_key_of_their_person(world: World) -> None:
    one, two = world.meet("C-1", "C-2")
    sealed = [found.sealed_identifier for found in world.people.registrations([one, two])]
    assert b"C-1" not in sealed[0]
    assert world.broker.open_identifiers([one, two], sealed=sealed)[1].endswith(b"C-2")
    with pytest.raises(VerificationError):
        world.broker.open_identifiers([two, one], sealed=sealed)
    [secret] = world.broker._secrets([one])
    [key] = bulk.registry_identifier_keys([kdf.payload_key(secret)])
    assert key == kdf.registry_identifier_key(kdf.payload_key(secret))
