"""data.db: sealed records and identifiers, keyed tokens, cases, marks already seen; nothing of it opens without keys.db."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import orjson

from suyuan.adapters.sqlite.database import Access, Database, Row, Transaction
from suyuan.adapters.sqlite.named_statements import named_statements
from suyuan.adapters.sqlite.record_rows import (
    commitments_text,
    fields_text,
    from_ms,
    named,
    record_row,
    sealed_record,
    to_ms,
)
from suyuan.adapters.sqlite.schema import Schema
from suyuan.adapters.sqlite.token_entries import KIND_CODES, PersonTokens, TokenEntries, distinct
from suyuan.adapters.sqlite.token_index import TokenIndex
from suyuan.errors import RefusedError
from suyuan.hold.ports import CaseLink, Erasing, Numbers, Registration, SealedRecord, TokenColumn, Tokens, VersionDates
from suyuan.terms import AccountId, CaseId, FieldName, KindName, PersonNumber

VERSION = 2
APPLICATION_ID = 0x7379_6461
"""`syda` in the header of data.db."""

_POINT_QUERIES_AT_MOST = 2_000
"""For more tokens than this the whole column of the kind is read once and searched in memory."""

_NUMBERS_AT_A_TIME = 50_000


class SqlitePeopleStore:
    """The `PeopleStore` port on one SQLite file.

    The body of a superseded record version is overwritten: only its dates stay. Tokens of an earlier
    version that the new one lacks are closed, not forgotten, so that an old dump still finds its persons.
    """

    def __init__(self, path: Path, *, access: Access = Access.WRITE) -> None:
        """Open data.db. Raises: as `Database`."""
        schema = Schema.load("people", application_id=APPLICATION_ID, version=VERSION)
        self._database = Database(path, schema=schema, access=access, sql=named_statements("people.sql"))
        # A dump comes in many batches: the columns read for one serve the next until something is written.
        self._indexes: dict[KindName, tuple[tuple[int, int], TokenIndex]] = {}
        self._writes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def find(self, kind: KindName, tokens: Tokens) -> Numbers:
        """Give the person of each token of a kind, -1 where unknown or shared by several persons.

        A token that several persons have now is shared. One that nobody has now leads to the person
        who had it, if she alone had.
        """
        code = KIND_CODES[kind]
        if len(tokens) <= _POINT_QUERIES_AT_MOST:
            wanted = orjson.dumps(tokens.view(np.int64).tolist()).decode()
            return TokenIndex.build(self._database.rows("tokens_among", (code, wanted))).find(tokens)
        state = (self._database.changes_elsewhere(), self._writes)
        held = self._indexes.get(kind)
        if held is None or held[0] != state:
            with self._database.reading("tokens_of_kind", (code,)) as rows:
                held = (state, TokenIndex.build(rows))
            self._indexes[kind] = held
        return held[1].find(tokens)

    def add_tokens(
        self,
        columns: Sequence[TokenColumn],
        persons: Numbers,
        *,
        at: datetime,
        identifiers: Sequence[tuple[int, bytes]] = (),
    ) -> None:
        """Remember the tokens of persons: row r of every column belongs to `persons[r]`; and sealed identifiers.

        A person's first identifier stays.

        Raises: RefusedError: a row without a person, or a column that does not fit the batch.
        """
        entries = TokenEntries.gather(columns, persons)
        with self._writing() as transaction:
            _remember(transaction, entries, persons=persons, at_ms=to_ms(at), whole=False)
            transaction.run_each("add_identifier", identifiers)

    def save_records(
        self,
        records: Sequence[SealedRecord],
        columns: Sequence[TokenColumn],
        *,
        at: datetime,
        changed: Mapping[PersonNumber, tuple[FieldName, ...]],
        identifiers: Sequence[tuple[int, bytes]] = (),
    ) -> None:
        """Store new versions of records with tokens and identifiers, closing earlier versions' dates; all or none.

        Row r of every column belongs to `records[r]`, and the columns hold all tokens of the records: what a
        person had before and has no more is closed.

        Raises: RefusedError: a person twice, or a version that is not after the one held.
        """
        persons = np.array([record.person for record in records], np.int64)
        entries = TokenEntries.gather(columns, persons)
        at_ms = to_ms(at)
        with self._writing() as transaction:
            earlier: dict[int, int] = dict(_among(transaction, "current_versions", persons))
            _require_later(records, earlier=earlier)
            transaction.run_each("close_version", ((*pair, at_ms) for pair in earlier.items()))
            transaction.run_each("save_record", (record_row(record) for record in records))
            transaction.run_each(
                "add_version",
                (
                    (record.person, record.version, at_ms, fields_text(changed.get(record.person, ())))
                    for record in records
                ),
            )
            _remember(transaction, entries, persons=persons, at_ms=at_ms, whole=True)
            transaction.run_each("add_identifier", identifiers)

    def record(self, person: PersonNumber) -> SealedRecord | None:
        """Give the current record of a person."""
        found = self.records([person])
        return found[0] if found else None

    def records(self, persons: Sequence[int]) -> Sequence[SealedRecord]:
        """Give current records in the order asked; those without one are left out."""
        found = {row[0]: row for row in _among(self._database, "records_among", persons)}
        asked = (found.get(int(person)) for person in persons)
        return [sealed_record(row, path=self._database.path) for row in asked if row is not None]

    def all_persons(self) -> Numbers:
        """Give the numbers of all persons that have a current record, ascending."""
        with self._database.reading("persons_with_record") as rows:
            return np.fromiter((row[0] for row in rows), np.int64)

    def versions(self, person: PersonNumber) -> tuple[VersionDates, ...]:
        """Give the dates of every version, oldest first."""
        return tuple(
            VersionDates(
                version=version,
                since=from_ms(since),
                until=None if until is None else from_ms(until),
                changed=named(changed, path=self._database.path),
            )
            for version, since, until, changed in self._database.rows("versions", (int(person),))
        )

    def without_identifier(self, persons: Numbers) -> Numbers:
        """Give those of some persons, ascending, whose identifier for the registry is not known yet."""
        known = np.array([row[0] for row in _among(self._database, "registry_among", persons)], np.int64)
        return np.setdiff1d(persons, known)

    def to_enrol(self, *, since: int) -> Numbers:
        """Give the persons, ascending, who are not enrolled, or by an entry before `since` only."""
        with self._database.reading("to_enrol", (since,)) as rows:
            return np.fromiter((row[0] for row in rows), np.int64)

    def registrations(self, persons: Sequence[int]) -> Sequence[Registration]:
        """Give the registrations of persons in the order asked; those without an identifier are left out."""
        found = {row[0]: row for row in _among(self._database, "registrations_among", persons)}
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
        with self._writing() as transaction:
            transaction.run_each(
                "mark_enrolled", ((int(given.person), given.enrolled, int(given.shared)) for given in registrations)
            )

    def add_cases(self, links: Sequence[CaseLink]) -> None:
        """Store or update cases; all or none."""
        with self._writing() as transaction:
            transaction.run_each("save_case", (_case_row(link) for link in links))

    def cases(self, case: CaseId) -> tuple[CaseLink, ...]:
        """Give the links of a case: one per account and person."""
        return tuple(
            CaseLink(
                case=case,
                account=AccountId(account),
                person=PersonNumber(person),
                opened=from_ms(opened),
                closed=None if closed is None else from_ms(closed),
            )
            for account, person, opened, closed in self._database.rows("case", (case,))
        )

    def observed(self, release: Sequence[int]) -> frozenset[tuple[int, int, str]]:
        """Give the (release, row, channel) of those releases that an earlier dump has shown: planted identifiers."""
        return frozenset(_among(self._database, "observed_among", release))

    def observe(self, seen: Sequence[tuple[int, int, str]], *, dump: int) -> None:
        """Remember that the dump opened at ledger index `dump` showed these; the first observation stays."""
        with self._writing() as transaction:
            transaction.run_each("observe", ((int(leaf), int(row), field, dump) for leaf, row, field in seen))

    def observed_by(self, dump: int) -> frozenset[tuple[int, int, str]]:
        """Give what was first shown by the dump opened at ledger index `dump`."""
        return frozenset(self._database.rows("observed_by", (dump,)))

    def bare_records(self, *, after: int, count: int) -> Sequence[SealedRecord]:
        """Give records of persons above `after` whose commitments are not hidden yet, ascending; at most `count`."""
        return [
            sealed_record(row, path=self._database.path) for row in self._database.rows("bare_records", (after, count))
        ]

    def hide_records(self, records: Sequence[SealedRecord]) -> None:
        """Replace the commitments of these versions of records; all or none."""
        with self._writing() as transaction:
            transaction.run_each("hide_record", ((r.person, r.version, commitments_text(r)) for r in records))

    def begin_erase(self, erasing: Erasing) -> None:
        """Remember, durably, that a person is being erased; what is remembered of her already stays."""
        with self._writing() as transaction:
            transaction.run("begin_erase", (erasing.person, erasing.label, erasing.epoch, erasing.size))

    def erasing(self) -> tuple[Erasing, ...]:
        """Give the erasures that are not finished, by person."""
        return tuple(
            Erasing(person=PersonNumber(person), label=label, epoch=epoch, size=size)
            for person, label, epoch, size in self._database.rows("erasing")
        )

    def erase(self, person: PersonNumber) -> None:
        """Remove a person's tokens, records, dates, cases, registration and erasure; all or none, gone from the file."""
        number = int(person)
        with self._writing() as transaction:
            held = PersonTokens.unpack(transaction.rows("persons_among", (f"[{number}]",)))
            for entries in (held.current, held.closed):
                transaction.run_each("erase_token", (row[:3] for row in entries.in_token_order(at_ms=0)))
            for statement in ("erase_person", "erase_record", "erase_versions", "erase_cases"):
                transaction.run(statement, (number,))
            transaction.run("erase_registration", (number,))
            # Her identifier is free now: whoever shared it can be enrolled under it.
            transaction.run("reopen_shared", ())
            transaction.run("end_erase", (number,))
        self._database.forget()

    def counts(self) -> Mapping[str, int]:
        """Give how many persons, records, tokens and cases there are, for `status`."""
        [found] = self._database.rows("counts")
        return dict(zip(("persons", "records", "tokens", "cases"), found, strict=True))

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        try:
            with self._database.writing() as transaction:
                yield transaction
        finally:
            self._writes += 1


def _remember(transaction: Transaction, given: TokenEntries, *, persons: Numbers, at_ms: int, whole: bool) -> None:
    """Store the tokens of persons, and the ways between the two; if `whole`, close what was not given.

    Only what changes is written: telling a million persons' tokens again costs the comparison.
    """
    numbers = distinct(persons)
    rows = list(_among(transaction, "persons_among", numbers))
    held = PersonTokens.unpack(rows)
    fresh = given.without(held.current)
    gone = held.current.without(given if whole else held.current)
    now = PersonTokens(
        current=given if whole else held.current.union(given), closed=held.closed.without(given).union(gone)
    )
    known = np.array([number for number, _ in rows], np.int64)
    new = numbers[np.isin(numbers, known, invert=True)]
    touched = distinct(np.concatenate([new, fresh.persons, gone.persons]))
    transaction.run_each("add_token", fresh.in_token_order(at_ms=at_ms))
    transaction.run_each("close_token", gone.in_token_order(at_ms=at_ms))
    transaction.run_each("save_person", now.pack(touched))


def _among(source: Database | Transaction, name: str, numbers: Sequence[int] | Numbers) -> Iterator[Row]:
    """Give the rows of a statement that takes a list of numbers, a stretch of the list at a time."""
    wanted = distinct(np.asarray(numbers, np.int64)) if len(numbers) > 1 else np.asarray(numbers, np.int64)
    for start in range(0, len(wanted), _NUMBERS_AT_A_TIME):
        stretch = orjson.dumps(wanted[start : start + _NUMBERS_AT_A_TIME].tolist()).decode()
        yield from source.rows(name, (stretch,))


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


def _case_row(link: CaseLink) -> tuple[str, str, int, int, int | None]:
    closed = None if link.closed is None else to_ms(link.closed)
    return link.case, link.account, link.person, to_ms(link.opened), closed
