"""What is kept about persons beside their records: ages by month, legal holds, restrictions, and times of collection."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from suyuan.adapters.people.engine import Engine
from suyuan.adapters.people.times import from_month, from_ms, maybe_time, to_month, to_ms
from suyuan.errors import RefusedError
from suyuan.hold.ports import Hold, Numbers, PersonFacts
from suyuan.terms import PersonNumber, PurposeName


class Facts(Engine):
    """The verbs of `PeopleStore` about facts."""

    def facts(self, persons: Sequence[int]) -> Mapping[int, PersonFacts]:
        """Give what is kept about persons, those alone about whom something is."""
        ages: dict[int, tuple[int | None, int | None]] = {}
        holds: dict[int, list[str]] = {}
        restricted: dict[int, set[PurposeName]] = {}
        # One statement for three tables: of most persons nothing is kept, and the way there and back is what it costs.
        for person, child, minor, hold, purpose in self.among("facts_among", persons, times=3):
            if hold is not None:
                holds.setdefault(person, []).append(hold)
            elif purpose is not None:
                restricted.setdefault(person, set()).add(PurposeName(purpose))
            else:
                ages[person] = child, minor
        found: dict[int, PersonFacts] = {}
        for person in sorted({*ages, *holds, *restricted}):
            child, minor = ages.get(person, (None, None))
            found[person] = PersonFacts(
                person=PersonNumber(person),
                child_until=from_month(child),
                minor_until=from_month(minor),
                holds=tuple(sorted(holds.get(person, ()))),
                restricted=frozenset(restricted.get(person, ())),
            )
        return found

    def set_ages(self, ages: Sequence[tuple[int, date | None, date | None]]) -> None:
        """Remember until when persons are children and minors: (person, child_until, minor_until), the last word stays.

        Raises: RefusedError `hold.age`: a date that is not the first of a month, which would tell a birthday.
        """
        if any(day is not None and day.day != 1 for _, *days in ages for day in days):
            raise RefusedError(
                "an age is kept by its month, and this is another day than the first",
                code="hold.age",
                hint="give the first day of the month after the birthday",
            )
        last = {int(person): (to_month(child), to_month(minor)) for person, child, minor in ages}
        with self.writing() as writes:
            writes.run_each("set_age", ((person, *months) for person, months in last.items()))

    def add_hold(self, person: PersonNumber, *, hold: str, at: datetime, reason: bytes = b"") -> None:
        """Freeze a person under a legal hold of this name; a hold that is in force stays as it is."""
        with self.writing() as writes:
            if not writes.rows("hold_in_force", (int(person), hold)):
                writes.run("add_hold", (int(person), hold, to_ms(at), reason))

    def end_hold(self, person: PersonNumber, *, hold: str, at: datetime) -> bool:
        """End a legal hold; say whether it was in force."""
        with self.writing() as writes:
            return writes.run("end_hold", (to_ms(at), int(person), hold)) > 0

    def held(self) -> Mapping[int, tuple[str, ...]]:
        """Give everybody who is under a legal hold now, with the names of her holds, ascending."""
        found: dict[int, tuple[str, ...]] = {}
        for person, hold in self.rows("held"):
            found[person] = (*found.get(person, ()), hold)
        return found

    def holds(self, person: PersonNumber) -> tuple[Hold, ...]:
        """Give the legal holds that a person is or was under, oldest first."""
        return tuple(
            Hold(person=person, hold=hold, since=from_ms(since), until=maybe_time(until), reason=bytes(reason))
            for hold, since, until, reason in self.rows("holds", (int(person),))
        )

    def restrict(self, person: PersonNumber, *, purpose: PurposeName, at: datetime) -> None:
        """Remember that a person has had a purpose stopped; `ALL_PURPOSES` stops every one."""
        with self.writing() as writes:
            writes.run("restrict", (int(person), purpose, to_ms(at)))

    def unrestrict(self, person: PersonNumber, *, purpose: PurposeName, at: datetime) -> None:
        """Remember that a person allows a purpose again that she had stopped."""
        del at  # The store keeps what is in force, and not what was.
        with self.writing() as writes:
            writes.run("unrestrict", (int(person), purpose))

    def collected(self, persons: Numbers, *, purpose: PurposeName, at: datetime) -> None:
        """Remember when persons' data were last collected for a purpose; an earlier time than the one kept changes nothing."""
        at_ms = to_ms(at)
        with self.writing() as writes:
            writes.run_each("collected", ((person, purpose, at_ms) for person in np.unique(persons).tolist()))

    def collected_before(self, persons: Numbers, *, purpose: PurposeName, before: datetime) -> npt.NDArray[np.bool_]:
        """Say of each person whether her data were last collected for a purpose before a time; False where never."""
        limit = (purpose, to_ms(before))
        found = [row[0] for row in self.among("collected_before", persons, before=limit)]
        return np.isin(persons, np.array(found, np.int64))

    def due(self, *, purpose: PurposeName, before: datetime, after: int, count: int) -> Numbers:
        """Give persons above `after`, ascending, at most `count`, last collected for a purpose before a time."""
        return np.array([row[0] for row in self.rows("due", (purpose, after, to_ms(before), count))], np.int64)

    def count_uncollected(self) -> int:
        """Give how many persons with a record were collected for no purpose, so that no retention reaches them."""
        [[found]] = self.rows("count_uncollected")
        return int(found)

    def purposes_of(self, person: PersonNumber) -> Mapping[PurposeName, datetime]:
        """Give the purposes for which a person's data were collected, with the last time of each."""
        return {PurposeName(purpose): from_ms(at) for purpose, at in self.rows("purposes_of", (int(person),))}
