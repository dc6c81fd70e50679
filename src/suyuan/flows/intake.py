"""Intake: what people submit, and tables of them, taken in only as far as purposes, necessity and consents allow.

A submission goes these steps; what is refused before step 3 has stored nothing:
1. who it is of; what is said with it counts as said
2. every field allowed by a purpose, every value canonical, every word sayable
3. a new person gets a number and her key's token; her age, to the month
4. her words, ledger first
5. her record, sealed; when it was collected, for which purposes
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.admit import ROW, Admitted, Rejected, Trouble
from suyuan.collect.ages import ADULT, ages_of, births
from suyuan.collect.field import FieldPolicy
from suyuan.collect.necessity import WAYS_OUT, Live, in_words, obstacle, outside
from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.collect.registry import Purpose, Registry, purpose_of
from suyuan.collect.submission import Submission, Submitted, admit_submission
from suyuan.collect.word import Word
from suyuan.errors import RefusedError
from suyuan.flows.consents import NOBODY, ConsentingPeople, Consents
from suyuan.flows.told import Said
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import Numbers, PeopleStore, TokenColumn
from suyuan.hold.vault import Vault
from suyuan.kinds.registry import KINDS
from suyuan.terms import Clock, PersonId, PersonNumber, PurposeName

Rows: TypeAlias = npt.NDArray[np.bool_]


class IntakePeople(PeopleStore, ConsentingPeople, Protocol):
    """The store of people with their consents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a submission: the fields that were taken in, by purpose, and the receipts of what was said with it."""

    person: PersonNumber
    added: bool
    submitted: Submitted
    said: tuple[Said, ...]


class Intake:
    """Takes in people. Cannot unseal."""

    def __init__(
        self,
        people: IntakePeople,
        *,
        vault: Vault,
        broker: KeyBroker,
        consents: Consents,
        registry: Registry,
        clock: Clock,
    ) -> None:
        self._people = people
        self._vault = vault
        self._broker = broker
        self._consents = consents
        self._registry = registry
        self._clock = clock

    # ---- one submission ------------------------------------------------------------------------------------

    def submit(self, submission: Submission, *, words: Sequence[Word] = ()) -> Taken:
        """Take in one submission, whole or not at all.

        Args:
            words: what the person says with it, one purpose each; whose they are is filled in here.
        Raises: RefusedError: as `admit_submission` and `Consents.give`; nothing was stored.
        """
        key = self._key()
        text = submission.values.get(key.name, "")
        known = self._find(key, text=text)
        submitted = admit_submission(submission, registry=self._registry, live=self._live(known, words=words))
        birth = births(submitted.values, fields=submitted.admitted.fields)[0]
        age = None if birth is None else ages_of(birth, today=self._clock.now().date())
        said = [replace(word, person=known, principal=PersonId(submitted.key)) for word in words]
        kept = self._people.facts((known,)).get(known)
        before = None if kept is None else kept.child_until
        self._consents.require_sayable(said, child_until=before if age is None else age.child_until)
        person = known if known != NOBODY else self._enrol(submitted, key=key)
        numbers = np.array([person], dtype=np.int64)
        self._keep_ages(submitted.values, fields=submitted.admitted.fields, persons=numbers)
        receipts = self._consents.say([replace(word, person=person) for word in said])
        for _ in self._vault.store(submitted.admitted):
            pass
        for purpose in submitted.taken:
            self._people.collected(numbers, purpose=purpose, at=self._clock.now())
        return Taken(person=person, added=known == NOBODY, submitted=submitted, said=tuple(receipts))

    def _live(self, person: PersonNumber, *, words: Sequence[Word]) -> Live:
        told = {(word.purpose, word.scope): word.state is ConsentState.GIVEN for word in words if not word.recipient}

        def live(purpose: Purpose, scope: ConsentScope) -> bool:
            if (purpose.name, scope) in told:
                return told[purpose.name, scope]
            return person != NOBODY and self._consents.live(person, purpose=purpose, scope=scope)

        return live

    def _find(self, key: FieldPolicy, *, text: str) -> PersonNumber:
        column = pl.Series([text.strip() or None], dtype=pl.String)
        return PersonNumber(int(self._persons(column, key=key)[0]))

    def _enrol(self, submitted: Submitted, *, key: FieldPolicy) -> PersonNumber:
        """Give a new person a number, found by her key from now on."""
        person = self._broker.enrol(1)
        numbers, column = np.array([person], dtype=np.int64), submitted.values[key.name]
        tokens = self._broker.tokenizer(key.kind).column(column)
        self._people.add_tokens(
            [TokenColumn(kind=key.kind, rows=np.zeros(1, np.int64), tokens=tokens.to_numpy())],
            numbers,
            at=self._clock.now(),
            identifiers=self._vault.identifiers([(key.kind, column)], persons=numbers),
        )
        return person

    def persons(self, keys: pl.Series) -> Numbers:
        """Give the person of each canonical key, -1 where nobody is known by it."""
        return self._persons(keys, key=self._key())

    # ---- a table of people -----------------------------------------------------------------------------------

    def inside(
        self, admitted: Admitted, *, purposes: Sequence[PurposeName]
    ) -> tuple[Admitted, tuple[Rejected, ...], dict[PurposeName, tuple[str, ...]]]:
        """Hold a table against purposes: columns that nobody may give refuse it, rows lack only their own consents.

        Returns: the rows that may be taken in; the cells that may not, in the order of the file; and of each purpose the
            keys of the rows that are taken in for it.
        Raises: RefusedError `collect.necessity`: a column that none of the purposes may take in of anybody.
        """
        registry, key = self._registry, self._key()
        beyond = outside(admitted.fields, purposes=purposes, registry=registry, live=_of_somebody)
        if beyond:
            raise RefusedError(
                "columns not to be taken in: " + in_words(beyond),
                code="collect.necessity",
                hint=WAYS_OUT[beyond[0].obstacle] + "; nothing was stored",
            )
        persons = self._persons(admitted.values[key.name], key=key)
        allowed = {name: self._allowed(name, admitted=admitted, persons=persons) for name in purposes}
        rejected: list[Rejected] = []
        for field in admitted.fields:
            if field.key:
                continue
            by_any = np.zeros(len(persons), dtype=np.bool_)
            for by_field in allowed.values():
                by_any |= by_field.get(field.name, np.False_)
            given = admitted.values[field.name].is_not_null().to_numpy()
            rows = admitted.values[ROW].to_numpy()[given & ~by_any]
            rejected += [Rejected(row=int(row), field=field.name, trouble=Trouble.CONSENT) for row in rows]
        whole = admitted.values
        if rejected:
            whole = whole.filter(~pl.col(ROW).is_in(sorted({cell.row for cell in rejected})))
        taken = {}
        for name, by_field in allowed.items():
            rows = np.zeros(len(persons), dtype=np.bool_)
            for column, mask in by_field.items():
                rows |= admitted.values[column].is_not_null().to_numpy() & mask
            kept = admitted.values.filter(pl.Series(rows))[ROW].is_in(whole[ROW].implode())
            taken[name] = tuple(admitted.values.filter(pl.Series(rows)).filter(kept)[key.name].to_list())
        ordered = tuple(sorted(rejected, key=lambda cell: (cell.row, cell.field)))
        return Admitted(fields=admitted.fields, values=whole), ordered, taken

    def collected(self, admitted: Admitted, *, taken: dict[PurposeName, tuple[str, ...]]) -> None:
        """Remember of a table that was stored when it was collected, for which purposes, and who in it is a child."""
        key = self._key()
        persons = self._persons(admitted.values[key.name], key=key)
        self._keep_ages(admitted.values, fields=admitted.fields, persons=persons)
        for purpose, keys in taken.items():
            numbers = self._persons(pl.Series(list(keys), dtype=pl.String), key=key)
            if len(numbers):
                self._people.collected(numbers, purpose=purpose, at=self._clock.now())

    def _allowed(self, name: PurposeName, *, admitted: Admitted, persons: Numbers) -> dict[str, Rows]:
        """Give of each field the rows for which a purpose allows it: all of them, or those who consent."""
        purpose = purpose_of(name, registry=self._registry)
        said: dict[ConsentScope, Rows] = {}

        def consenting(scope: ConsentScope) -> Rows:
            if scope not in said:
                said[scope] = self._consents.lives(persons, purpose=purpose, scope=scope) & (persons >= 0)
            return said[scope]

        found: dict[str, Rows] = {}
        for field in admitted.fields:
            of_somebody, of_nobody = (
                obstacle(field, purpose=purpose, registry=self._registry, live=live)
                for live in (_of_somebody, _of_nobody)
            )
            if of_somebody is not None:
                continue
            rows = np.ones(len(persons), dtype=np.bool_)
            if of_nobody is not None:
                rows &= consenting(ConsentScope.PURPOSE)
                if field.sensitive:
                    rows &= consenting(ConsentScope.SENSITIVE)
            found[field.name] = rows
        return found

    # ---- inside ----------------------------------------------------------------------------------------------

    def _key(self) -> FieldPolicy:
        found = next((field for field in self._registry.fields.values() if field.key), None)
        if found is None:
            raise RefusedError("policy/fields.toml has no field with `key = true`", code="collect.key")
        return found

    def _persons(self, keys: pl.Series, *, key: FieldPolicy) -> Numbers:
        canonical = KINDS[key.kind].canonical_column(keys)
        return self._vault.known_by(key, values=canonical)

    def _keep_ages(self, values: pl.DataFrame, *, fields: tuple[FieldPolicy, ...], persons: Numbers) -> None:
        """Keep of each person whose birth is told until when she is under age; an adult's is kept only to correct one."""
        today = self._clock.now().date()
        told = {
            int(person): ages_of(birth, today=today)
            for person, birth in zip(persons.tolist(), births(values, fields=fields).to_list(), strict=True)
            if birth is not None and person >= 0
        }
        adults = [person for person, ages in told.items() if ages == ADULT]
        kept = self._people.facts(adults) if adults else {}
        ages = [(person, *one) for person, one in told.items() if one != ADULT or person in kept]
        if ages:
            self._people.set_ages(ages)


def _of_somebody(_purpose: Purpose, _scope: ConsentScope) -> bool:
    return True


def _of_nobody(_purpose: Purpose, _scope: ConsentScope) -> bool:
    return False
