"""The exchange of the key of tokens: every value by which somebody is found passes through the door once more.

1. the next generation's keys are drawn; from then on whatever is stored gets the tokens of both
2. sealed records, some thousands of persons at a time: one batch entry, their values' and parts' new tokens stored
3. persons known by identifiers alone: the identifier they are enrolled by, which only their own key opens
4. the new generation is the one to seek by, in one write
5. the old tokens are dropped, and then their keys

Each step may be run any number of times: what is done is seen in the store, so a run that was killed is carried on.
"""

from dataclasses import dataclass

import numpy as np

from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import Numbers, PeopleStore, TokenColumn
from suyuan.hold.vault import Vault
from suyuan.release.door import Door
from suyuan.release.maintenance import found_fields, unseal_found_fields
from suyuan.terms import Clock, KindName

PERSONS_PER_STEP = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStep:
    """How far an exchange has come: persons with new tokens, all persons, and whether the exchange is complete."""

    done: int
    total: int
    complete: bool = False


class TokenRotation:
    """Exchanges the key of tokens, a step at a time. Others may use the store between two steps."""

    def __init__(self, door: Door, *, broker: KeyBroker, people: PeopleStore, vault: Vault, clock: Clock) -> None:
        self._door = door
        self._broker = broker
        self._people = people
        self._vault = vault
        self._clock = clock

    def begin(self, *, drop_overlay: bool) -> bool:
        """Begin, or see that an exchange is under way already; say whether one was.

        Args:
            drop_overlay: accept that persons without a sealed record are found by one identifier until seen again.
        Raises: RefusedError `hold.tokens_purpose`; `hold.tokens_overlay`: there are such persons. Nothing was begun.
        """
        state = self._broker.token_state
        if state.newest != state.active or self._broker.holds_earlier_tokens():
            return True
        found_fields(self._door)
        loose = len(np.setdiff1d(self._people.known_persons(), self._people.all_persons(), assume_unique=True))
        if loose and not drop_overlay:
            raise RefusedError(
                f"{loose:,} persons are known by their tokens alone, and no record of theirs is held",
                code="hold.tokens_overlay",
                hint="--drop-overlay: each keeps the identifier she is enrolled by, and the rest comes back when seen again",
            )
        self._broker.begin_tokens()
        return False

    def step(self) -> TokenStep:
        """Take one step.

        Raises: UnavailableError: a store cannot be written. RefusedError: the policy no longer allows it. Either way run it
            again: it goes on from there.
        """
        state = self._broker.token_state
        if state.newest == state.active:
            return self._finish()
        known = self._people.known_persons()
        left = np.setdiff1d(known, self._people.persons_with_tokens(state.newest), assume_unique=True)
        sealed = np.intersect1d(left, self._people.all_persons(), assume_unique=True)
        for persons, store in ((sealed, self._sealed), (np.setdiff1d(left, sealed), self._loose)):
            # Some have no token to be given: whoever was stepped over once is stepped over again.
            for start in range(0, len(persons), PERSONS_PER_STEP):
                if store(persons[start : start + PERSONS_PER_STEP], generation=state.newest):
                    has = len(self._people.persons_with_tokens(state.newest))
                    return TokenStep(done=has, total=len(known))
        self._broker.switch_tokens()
        return TokenStep(done=len(known), total=len(known))

    def _sealed(self, persons: Numbers, *, generation: int) -> bool:
        values = unseal_found_fields(self._door, persons=persons)
        fields = found_fields(self._door)
        columns = self._vault.token_columns(values, fields=fields, generation=generation)
        numbers = values["person"].to_numpy()
        parts = self._vault.part_columns(values, fields=fields, generation=generation)
        if parts:
            self._people.add_parts(parts, numbers)
        return self._add(columns, numbers)

    def _loose(self, persons: Numbers, *, generation: int) -> bool:
        held = persons[self._broker.secrets_held(persons)].tolist()
        known = self._people.registrations(held)
        numbers = [int(one.person) for one in known]
        tokens = self._broker.identifier_tokens(
            numbers, sealed=[one.sealed_identifier for one in known], generation=generation
        )
        by_kind: dict[KindName, list[tuple[int, int]]] = {}
        for row, (kind, token) in enumerate(tokens):
            by_kind.setdefault(kind, []).append((row, token))
        columns = [
            TokenColumn(
                kind=kind,
                rows=np.array([row for row, _ in found], np.int64),
                tokens=np.array([token for _, token in found], np.uint64),
                generation=generation,
            )
            for kind, found in by_kind.items()
        ]
        return self._add(columns, np.array(numbers, np.int64))

    def _add(self, columns: list[TokenColumn], persons: Numbers) -> bool:
        """Store tokens; say whether there were any."""
        self._people.add_tokens(columns, persons, at=self._clock.now())
        return any(len(column.rows) for column in columns)

    def _finish(self) -> TokenStep:
        self._people.drop_tokens_but(self._broker.token_state.active)
        self._broker.destroy_earlier_tokens()
        known = len(self._people.known_persons())
        return TokenStep(done=known, total=known, complete=True)
