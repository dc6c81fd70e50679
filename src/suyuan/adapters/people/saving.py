"""Saving records and tokens: what a save does is the same in every database; how it keeps tokens is not."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from suyuan.adapters.people.engine import Writes, distinct
from suyuan.adapters.people.parts import Parts
from suyuan.adapters.people.records import Records
from suyuan.adapters.people.times import to_ms
from suyuan.adapters.people.token_entries import TokenEntries
from suyuan.hold.ports import Numbers, PartColumn, SealedRecord, TokenColumn
from suyuan.terms import FieldName, PersonNumber


class Saving(Records, Parts):
    """The verbs of `PeopleStore` that save records with their tokens. Test: tests/ports/test_people_store.py"""

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
        with self.writing() as writes:
            new = self._new_among(writes, persons)
            self._remember(writes, entries, persons=persons, new=new, at_ms=to_ms(at), whole=False)
            self._add_identifiers(writes, identifiers, new=new)

    def save_records(
        self,
        records: Sequence[SealedRecord],
        columns: Sequence[TokenColumn],
        *,
        at: datetime,
        changed: Mapping[PersonNumber, tuple[FieldName, ...]],
        identifiers: Sequence[tuple[int, bytes]] = (),
        parts: Sequence[PartColumn] = (),
    ) -> None:
        """Store new versions of records with tokens and identifiers, closing earlier versions' dates; all or none.

        Row r of every column belongs to `records[r]`, and the columns hold all tokens of the records: what a
        person had before and has no more is closed, and of parts forgotten.

        Raises: RefusedError: a person twice, or a version that is not after the one held.
        """
        persons = np.array([record.person for record in records], np.int64)
        entries = TokenEntries.gather(columns, persons)
        with self.writing() as writes:
            new = self._new_among(writes, persons)
            self._save_records(writes, records, at=at, changed=changed)
            self._remember(writes, entries, persons=persons, new=new, at_ms=to_ms(at), whole=True)
            self._save_parts(writes, parts, persons, whole=True)
            self._add_identifiers(writes, identifiers, new=new)

    @abstractmethod
    def _remember(
        self, writes: Writes, given: TokenEntries, *, persons: Numbers, new: Numbers, at_ms: int, whole: bool
    ) -> None:
        """Store the tokens of persons; if `whole`, close what was not given of those who were known.

        Args:
            new: those of the persons, ascending, of whom nothing is stored yet.
        """

    def _new_among(self, writes: Writes, persons: Numbers) -> Numbers:
        known = [row[0] for row in self.among("persons_known", persons, within=writes)]
        return np.setdiff1d(distinct(persons), np.array(known, np.int64), assume_unique=True)

    def _add_identifiers(self, writes: Writes, identifiers: Sequence[tuple[int, bytes]], *, new: Numbers) -> None:
        """Add sealed identifiers; a person's first one stays."""
        persons = np.fromiter((person for person, _ in identifiers), np.int64, len(identifiers))
        held = [row[0] for row in self.among("registry_among", persons, within=writes)]
        fresh = np.isin(persons, new) & np.isin(persons, np.array(held, np.int64), invert=True)
        if len(distinct(persons)) == len(persons) and fresh.all():
            writes.add("add_identifier", (persons, [sealed for _, sealed in identifiers]), rows=len(persons))
        else:
            writes.run_each("add_identifier", identifiers)
