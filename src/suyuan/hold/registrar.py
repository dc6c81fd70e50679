"""The registrar: enrols each person in the log, under a label that her identifier alone leads to.

An enrolment commits to the keys of all her labels, so that no second, secret set of labels can be kept for her:
whoever holds an account of releases can see that it was drawn from the one set that the log names.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from suyuan.errors import VerificationError
from suyuan.hold.ahead import Start
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore, Registration
from suyuan.ledger.batch import ROW_BYTES, SIDE, batch_table
from suyuan.ledger.entry import EnrolBatchEntry, EnrolEntry, RegistryEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.ledger.seal import LABEL_BYTES, find_label
from suyuan.terms import LeafIndex, PersonNumber

ROWS_PER_STEP = 8_192

Progress = Callable[[str, int, int], None]
"""Tells a person how far long work has come: the step, rows done, rows in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A registry in the log: its number (1, 2, 3 ...), its entry, and the first epoch of its eras."""

    number: int
    index: LeafIndex
    first_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What a run did: persons who are enrolled now and were not, and persons whose identifier is another's."""

    enrolled: int
    shared: int


@dataclass(slots=True)
class _Sorted:
    """Pending persons, sorted out: rows for a new entry, and what is in the log already."""

    rows: dict[bytes, bytes] = field(default_factory=dict)
    fresh: list[int] = field(default_factory=list)
    marks: list[Registration] = field(default_factory=list)


class Registrar:
    """Keeps the registry. It may stop anywhere: what is to be done is in the store, what was done is in the log."""

    def __init__(self, ledger: Ledger, *, broker: KeyBroker, people: PeopleStore) -> None:
        self._ledger = ledger
        self._broker = broker
        self._people = people

    def open(self) -> Registry:
        """See to it that the log has a registry and that persons' labels can be made; tell the broker of every one.

        A log without a registry gets one, and a closing seal over all it had before: its eras begin with the next epoch.

        Raises: VerificationError: the key store is not the one that the log's registry was begun with.
        """
        if self._ledger.latest(RegistryEntry.op) is None:
            self.begin(first_epoch=self._ledger.epoch + 1)
        for index in self._ledger.named(RegistryEntry.op):
            self._broker.use_registry(self._read(index).first_epoch)
        registry = self.registry()
        if self._ledger.epoch < registry.first_epoch:
            self._ledger.seal(closing=True)
        return registry

    def begin(self, *, first_epoch: int) -> Registry:
        """Begin the next registry, under a key of its own; everybody is to be enrolled in it anew."""
        number = len(self._ledger.named(RegistryEntry.op)) + 1
        body = RegistryEntry(first_epoch=first_epoch, vrf_key=self._broker.draw_registry_key(number))
        [receipt] = self._ledger.append([Draft(body=body)])
        self._broker.use_registry(first_epoch)
        return Registry(number=number, index=LeafIndex(receipt.index), first_epoch=first_epoch)

    def registry(self) -> Registry:
        """Give the registry in force.

        Raises: VerificationError: the log has none, or its key is not in the key store.
        """
        index = self._ledger.latest(RegistryEntry.op)
        if index is None:
            raise VerificationError("the ledger has no registry", code="hold.registry")
        number = len(self._ledger.named(RegistryEntry.op))
        body = self._read(index)
        if body.vrf_key != self._broker.registry_key(number):
            raise VerificationError(
                f"entry {index}: registry {number} was begun with another key than the key store holds",
                code="hold.registry",
                hint="see that keys.db and the ledger belong together; restore keys.db from its newest backup",
            )
        return Registry(number=number, index=index, first_epoch=body.first_epoch)

    def ahead(self, start: Start, *, processes: int) -> AbstractContextManager[None]:
        """Compute the enrolments of those who are stored in the block while others are sealed, on other processors.

        Args:
            start: starts a piece of work in a copy of this process. processes: how many may run at once; with 1 none does.
        """
        if processes < 2:
            return nullcontext()
        registry = self.registry()
        return self._broker.enrolling_ahead(
            start, processes=processes, number=registry.number, first_epoch=registry.first_epoch
        )

    def enrol_pending(self, *, progress: Progress | None = None) -> Enrolled:
        """Enrol everybody whose identifier is known and who is not in the registry in force, in one entry.

        1. the identifiers that are to be enrolled, opened
        2. their registry labels and the commitments to their label keys
        3. those that the log has already set aside: enrolled before a crash, or shared with another person
        4. one entry for the rest, durably
        5. all of them marked

        Raises: UnavailableError: the ledger or the store cannot be written; run it again.
        """
        registry = self.registry()
        pending = self._people.to_enrol(since=registry.index)
        pending = pending[self._broker.secrets_held(pending)]
        done = _Sorted()
        for start in range(0, len(pending), ROWS_PER_STEP):
            persons = pending[start : start + ROWS_PER_STEP].tolist()
            self._sort(persons, registry=registry, into=done)
            if progress is not None:
                progress("enrol", start + len(persons), len(pending))
        if done.rows:
            [receipt] = self._ledger.append([_draft(list(done.rows.items()))])
            done.marks += [_registration(person, entry=receipt.index) for person in done.fresh]
        if done.marks:
            self._people.mark_enrolled(done.marks)
        shared = sum(mark.shared for mark in done.marks)
        return Enrolled(enrolled=len(done.marks) - shared, shared=shared)

    def retire(self) -> int:
        """Destroy the keys of every registry before the one in force; give how many were held until now.

        Nobody can tell any more under which label of those registries an identifier stood. Whoever was enrolled there
        and was not erased is enrolled in the one in force first.
        """
        registry = self.registry()
        self.enrol_pending()
        return sum(self._broker.destroy_registry_key(number) for number in range(1, registry.number))

    def label_of(self, person: PersonNumber) -> bytes | None:
        """Give the label under which a person is enrolled in the registry in force, or None: she is not.

        The log says it, not the marks in the store, which a crash may have left behind.

        Raises: RefusedError: she was erased.
        """
        registry = self.registry()
        found = self._people.registrations([person])
        if not found:
            return None
        [(label, commitment)] = self._rows(found, registry=registry)
        entry = self._ledger.registered([label]).get(label)
        return label if entry is not None and self._commitment(label, entry=entry) == commitment else None

    def _sort(self, persons: list[int], *, registry: Registry, into: _Sorted) -> None:
        """Steps 1 to 3 for some persons."""
        rows = self._rows(self._people.registrations(persons), registry=registry)
        live = self._ledger.registered([label for label, _ in rows])
        for person, (label, commitment) in zip(persons, rows, strict=True):
            if label in live:
                own = self._commitment(label, entry=live[label]) == commitment
                into.marks.append(
                    _registration(person, entry=live[label] if own else self._ledger.size, shared=not own)
                )
            elif label in into.rows:
                into.marks.append(_registration(person, entry=self._ledger.size, shared=True))
            else:
                into.rows[label] = commitment
                into.fresh.append(person)

    def _rows(self, registrations: Sequence[Registration], *, registry: Registry) -> list[tuple[bytes, bytes]]:
        """Give each person's registry label and the commitment to her label keys."""
        return self._broker.enrolment_rows(
            [found.person for found in registrations],
            sealed=[found.sealed_identifier for found in registrations],
            number=registry.number,
            first_epoch=registry.first_epoch,
        )

    def _commitment(self, label: bytes, *, entry: LeafIndex) -> bytes:
        """Give what stands in the log beside a live label."""
        match self._ledger.entry(entry).body:
            case EnrolEntry(keys=commitment):
                return commitment
            case EnrolBatchEntry(rows=rows):
                found = find_label(label, size=rows, leaf=lambda row: self._row(entry, row=row))
                if found.present:
                    return self._row(entry, row=found.positions[0])[LABEL_BYTES:]
            case _:
                pass
        raise VerificationError(f"entry {entry}: does not hold the registry label that the store has of it")

    def _row(self, entry: LeafIndex, *, row: int) -> bytes:
        return self._ledger.side(entry, name=SIDE, start=row * ROW_BYTES, size=ROW_BYTES) or b""

    def _read(self, index: LeafIndex) -> RegistryEntry:
        body = self._ledger.entry(index).body
        if not isinstance(body, RegistryEntry):
            raise VerificationError(f"entry {index}: is no registry, and the store says it is one")
        return body


def _draft(rows: Sequence[tuple[bytes, bytes]]) -> Draft:
    if len(rows) == 1:
        [(label, commitment)] = rows
        return Draft(body=EnrolEntry(keys=commitment, label=label))
    table = batch_table(rows)
    return Draft(body=EnrolBatchEntry(rows=table.rows, table=table.root), sides={SIDE: table.body})


def _registration(person: int, *, entry: int, shared: bool = False) -> Registration:
    return Registration(person=PersonNumber(person), sealed_identifier=b"", enrolled=entry, shared=shared)
