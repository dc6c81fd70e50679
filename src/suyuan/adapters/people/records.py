"""Sealed records, the dates of their versions, the registry, marks already seen, and erasures under way."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Final

import numpy as np

from suyuan.adapters.people.engine import Engine, Writes
from suyuan.adapters.people.record_columns import sealed_columns
from suyuan.adapters.people.record_rows import (
    commitments_text,
    fields_text,
    named,
    record_columns,
    record_row,
    sealed_record,
)
from suyuan.adapters.people.times import from_ms, maybe_time, to_ms
from suyuan.adapters.people.token_entries import generation_bit
from suyuan.errors import RefusedError
from suyuan.hold.ports import Erasing, Numbers, Registration, SealedRecord, VersionDates
from suyuan.hold.sealed_columns import SealedColumns
from suyuan.terms import FieldName, PersonNumber

COUNTED: Final = ("persons", "records", "tokens", "cases")


class Records(Engine):
    """The verbs of `PeopleStore` about records, the registry and erasures."""

    def record(self, person: PersonNumber) -> SealedRecord | None:
        """Give the current record of a person."""
        found = self.records([person])
        return found[0] if found else None

    def records(self, persons: Sequence[int]) -> Sequence[SealedRecord]:
        """Give current records in the order asked; those without one are left out."""
        found = {row[0]: row for row in self.among("records_among", persons)}
        asked = (found.get(int(person)) for person in persons)
        return [sealed_record(row, place=self.place) for row in asked if row is not None]

    def sealed_columns(self, persons: Numbers, *, fields: Sequence[FieldName]) -> SealedColumns:
        """Give current records by person, ascending, with the commitments of some fields; those without one are left out."""
        rows = sorted(self.among("records_among", persons), key=itemgetter(0))
        return sealed_columns(rows, fields=fields, place=self.place)

    def known_persons(self) -> Numbers:
        """Give the numbers of all persons that are known by a record or by tokens, ascending."""
        return np.array([row[0] for row in self.rows("known_persons")], np.int64)

    def persons_with_tokens(self, generation: int) -> Numbers:
        """Give the persons, ascending, who have tokens of a generation; the one before the last is not told from it."""
        return np.array([row[0] for row in self.rows("persons_with_tokens", (generation_bit(generation),))], np.int64)

    def all_persons(self) -> Numbers:
        """Give the numbers of all persons that have a current record, ascending."""
        return np.array([row[0] for row in self.rows("persons_with_record")], np.int64)

    def versions(self, person: PersonNumber) -> tuple[VersionDates, ...]:
        """Give the dates of every version, oldest first."""
        return tuple(
            VersionDates(
                version=version,
                since=from_ms(since),
                until=maybe_time(until),
                changed=named(changed, place=self.place),
            )
            for version, since, until, changed in self.rows("versions", (int(person),))
        )

    def changes(self, persons: Numbers) -> Sequence[tuple[int, int, tuple[FieldName, ...]]]:
        """Give person, time (milliseconds) and fields of every change of the records of some persons, by time; a first version is none."""
        found = [
            (person, at, named(changed, place=self.place))
            for person, at, changed in self.among("changes_among", persons)
        ]
        return sorted(found, key=itemgetter(1))

    def without_identifier(self, persons: Numbers) -> Numbers:
        """Give those of some persons, ascending, whose identifier for the registry is not known yet."""
        known = np.array([row[0] for row in self.among("registry_among", persons)], np.int64)
        return np.setdiff1d(persons, known)

    def to_enrol(self, *, since: int) -> Numbers:
        """Give the persons, ascending, who are not enrolled, or by an entry before `since` only."""
        return np.array([row[0] for row in self.rows("to_enrol", (since,))], np.int64)

    def registrations(self, persons: Sequence[int]) -> Sequence[Registration]:
        """Give the registrations of persons in the order asked; those without an identifier are left out."""
        found = {row[0]: row for row in self.among("registrations_among", persons)}
        asked = (found.get(int(person)) for person in persons)
        return [
            Registration(
                person=PersonNumber(row[0]), sealed_identifier=bytes(row[1]), enrolled=row[2], shared=bool(row[3])
            )
            for row in asked
            if row is not None
        ]

    def mark_enrolled(self, registrations: Sequence[Registration]) -> None:
        """Remember by which entry persons are enrolled, or that their identifier is shared; all or none."""
        with self.writing() as writes:
            writes.run_each(
                "mark_enrolled", ((given.enrolled, int(given.shared), int(given.person)) for given in registrations)
            )

    def observed(self, release: Sequence[int]) -> frozenset[tuple[int, int, str]]:
        """Give the (release, row, channel) of those releases that an earlier dump has shown: planted identifiers."""
        return frozenset(self.among("observed_among", release))

    def observe(self, seen: Sequence[tuple[int, int, str]], *, dump: int) -> None:
        """Remember that the dump opened at ledger index `dump` showed these; the first observation stays."""
        with self.writing() as writes:
            writes.run_each("observe", ((int(leaf), int(row), field, dump) for leaf, row, field in seen))

    def observed_by(self, dump: int) -> frozenset[tuple[int, int, str]]:
        """Give what was first shown by the dump opened at ledger index `dump`."""
        return frozenset(self.rows("observed_by", (dump,)))

    def bare_records(self, *, after: int, count: int) -> Sequence[SealedRecord]:
        """Give records of persons above `after` whose commitments are not hidden yet, ascending; at most `count`."""
        return [sealed_record(row, place=self.place) for row in self.rows("bare_records", (after, count))]

    def hide_records(self, records: Sequence[SealedRecord]) -> None:
        """Replace the commitments of these versions of records; all or none."""
        with self.writing() as writes:
            writes.run_each("hide_record", ((commitments_text(r), int(r.person), r.version) for r in records))

    def begin_erase(self, erasing: Erasing) -> None:
        """Remember, durably, that a person is being erased; what is remembered of her already stays."""
        with self.writing() as writes:
            writes.run("begin_erase", (int(erasing.person), erasing.label, erasing.epoch, erasing.size))

    def erasing(self) -> tuple[Erasing, ...]:
        """Give the erasures that are not finished, by person."""
        return tuple(
            Erasing(person=PersonNumber(person), label=bytes(label), epoch=epoch, size=size)
            for person, label, epoch, size in self.rows("erasing")
        )

    def counts(self) -> Mapping[str, int]:
        """Give how many persons, records, tokens and cases there are, for `status`."""
        [found] = self.rows("counts")
        return dict(zip(COUNTED, found, strict=True))

    def _save_records(
        self,
        writes: Writes,
        records: Sequence[SealedRecord],
        *,
        at: datetime,
        changed: Mapping[PersonNumber, tuple[FieldName, ...]],
    ) -> None:
        """Store new versions of records, closing earlier versions' dates, in a transaction under way."""
        at_ms = to_ms(at)
        persons = [int(record.person) for record in records]
        earlier: dict[int, int] = dict(self.among("current_versions", persons, within=writes))
        _require_later(records, earlier=earlier)
        writes.run_each("close_version", ((at_ms, *pair) for pair in earlier.items()))
        writes.run_each("save_record", (record_row(record) for record in records if record.person in earlier))
        fresh = [record for record in records if record.person not in earlier]
        writes.add("save_record", record_columns(fresh), rows=len(fresh))
        nothing = fields_text(())
        versions = (
            np.array(persons, np.int64),
            np.fromiter((record.version for record in records), np.int64, len(records)),
            np.full(len(records), at_ms, np.int64),
            [fields_text(changed[one.person]) if one.person in changed else nothing for one in records],
        )
        writes.add("add_version", versions, rows=len(records))


def _require_later(records: Sequence[SealedRecord], *, earlier: Mapping[int, int]) -> None:
    met: set[int] = set()
    for record in records:
        if record.person in met:
            raise RefusedError(f"person {record.person}: two records in one batch", code="hold.person_twice")
        met.add(record.person)
        held = earlier.get(record.person)
        if held is not None and record.version <= held:
            raise RefusedError(
                f"person {record.person}: version {record.version} is not after version {held}, which is held",
                code="hold.version_order",
                hint="read the record again, and save the change on top of it",
            )
