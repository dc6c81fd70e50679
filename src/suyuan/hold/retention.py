"""Retention: whose every purpose has run out is erased, unless a legal hold freezes her; holds begin and end here too.

A person is kept as long as one purpose that she was collected for still holds: one whose days have not passed since the last
collection, or one of which the policy does not say how many days there are. The ledger's entries stay: who was given
what is to be shown for three years at least, and leads to nobody once she is erased.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from suyuan.crypto import aead
from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.erase import Eraser
from suyuan.hold.ports import Hold, PeopleStore
from suyuan.legible import require_id
from suyuan.terms import Clock, Entropy, LeafIndex, PersonNumber, PurposeName

PERSONS_PER_STEP: Final = 5_000
REASON_BYTES: Final = 2_000

_HOLD_KEY: Final = "hold-key"
_HOLD_REASON: Final = b"suyuan/hold-reason/v1\x00"

Progress = Callable[[str, int, int], None]
"""Tells a person how far long work has come: the step, persons done, persons in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Whom retention reaches now.

    Args:
        over: persons whose every purpose has run out and whom no hold freezes, ascending.
        frozen: the same whom a hold freezes.
        stopped: how many persons each purpose has run out for; its releases of them have stopped.
    """

    over: tuple[PersonNumber, ...]
    frozen: tuple[PersonNumber, ...]
    stopped: Mapping[PurposeName, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """One erasure that retention has done: whose number, and the ledger's entry that says so."""

    person: PersonNumber
    entry: LeafIndex


class Retention:
    """Tells whose time has passed, and erases them."""

    def __init__(
        self, people: PeopleStore, *, eraser: Eraser, days: Mapping[PurposeName, int | None], clock: Clock
    ) -> None:
        """Take the days that each purpose of the policy holds for after the last collection; None: not said."""
        self._people = people
        self._eraser = eraser
        self._days = days
        self._clock = clock

    def due(self) -> Due:
        """Give whom retention reaches now; changes nothing."""
        limits = {
            purpose: self._clock.now() - timedelta(days=days)
            for purpose, days in self._days.items()
            if days is not None
        }
        reached: set[int] = set()
        stopped: dict[PurposeName, int] = {}
        for purpose, before in limits.items():
            found = [person for step in self._past(purpose, before=before) for person in step]
            stopped[purpose] = len(found)
            reached.update(found)
        over = [
            PersonNumber(person) for person in sorted(reached) if self._is_over(PersonNumber(person), limits=limits)
        ]
        held = self._people.held()
        return Due(
            over=tuple(person for person in over if person not in held),
            frozen=tuple(person for person in over if person in held),
            stopped={purpose: count for purpose, count in stopped.items() if count},
        )

    def erase(self, due: Due, *, progress: Progress | None = None) -> Iterator[Erased]:
        """Erase those whose time is over, one by one; what was begun is finished after a crash.

        A person who was frozen since, or collected anew, is passed over.
        """
        again = set(self.due().over)
        for done, person in enumerate(due.over, start=1):
            if person in again:
                yield Erased(person=person, entry=self._eraser.erase(person))
            if progress is not None:
                progress("erase", done, len(due.over))

    def _past(self, purpose: PurposeName, *, before: datetime) -> Iterator[list[int]]:
        """Give the persons of a purpose that has run out for them, a step at a time."""
        after = -1
        while found := self._people.due(purpose=purpose, before=before, after=after, count=PERSONS_PER_STEP).tolist():
            yield found
            after = found[-1]

    def _is_over(self, person: PersonNumber, *, limits: Mapping[PurposeName, datetime]) -> bool:
        collected = self._people.purposes_of(person)
        return all(purpose in limits and at < limits[purpose] for purpose, at in collected.items())


class Freezer:
    """Puts persons under legal holds and ends them: who is held is neither released nor erased."""

    def __init__(self, people: PeopleStore, *, broker: KeyBroker, clock: Clock, entropy: Entropy) -> None:
        self._people = people
        self._broker = broker
        self._clock = clock
        self._entropy = entropy

    def freeze(self, person: PersonNumber, *, hold: str, reason: str) -> None:
        """Freeze a person under a hold; its reason is sealed, for it may speak of her.

        Raises: RefusedError `hold.hold`: the name is no id, or the reason is too long.
        """
        if len(reason.encode()) > REASON_BYTES:
            raise RefusedError(f"the reason is longer than {REASON_BYTES} bytes", code="hold.hold")
        name = require_id(hold, what="hold")
        sealed = aead.wrap(
            reason.encode(),
            kek=self._broker.named(_HOLD_KEY),
            nonce=self._entropy.draw(aead.NONCE_BYTES),
            associated=_bound(person, hold=name),
        )
        self._people.add_hold(person, hold=name, at=self._clock.now(), reason=sealed)

    def unfreeze(self, person: PersonNumber, *, hold: str) -> None:
        """End a hold. Raises: RefusedError `hold.hold`: it is not in force."""
        if not self._people.end_hold(person, hold=hold, at=self._clock.now()):
            raise RefusedError(
                "no such hold is in force on this person", code="hold.hold", hint="see `suyuan hold freeze CUSTOMER`"
            )

    def history(self, person: PersonNumber) -> Sequence[tuple[Hold, str]]:
        """Give the holds that a person is or was under, each with its reason."""
        return [(hold, self._reason(hold)) for hold in self._people.holds(person)]

    def _reason(self, hold: Hold) -> str:
        if not hold.reason:
            return ""
        key = self._broker.named(_HOLD_KEY)
        return aead.unwrap(hold.reason, kek=key, associated=_bound(hold.person, hold=hold.hold)).decode()


def _bound(person: PersonNumber, *, hold: str) -> bytes:
    return _HOLD_REASON + int(person).to_bytes(8, "big") + hold.encode()
