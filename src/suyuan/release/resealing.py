"""Seal anew what older versions kept beside the ledger: no side leads from a person's number to a release any more.

Done once, when an older store is first opened for writing, and taken up where it was interrupted:
1. how look-ups ended, under the payload keys of their entries; the plans still say whose they were
2. plans and manifests of releases: labels instead of numbers, rows under their persons' own keys
3. the commitments of stored records, which stand in manifests too
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from suyuan.crypto import merkle
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import Numbers, PeopleStore
from suyuan.ledger.entry import BatchEntry, Entry, OutcomeEntry, RegistryEntry, ReleaseEntry
from suyuan.ledger.log import Log
from suyuan.ledger.ports import SideStore
from suyuan.release import sides
from suyuan.release.manifest import row_bytes, sealed_row_bytes
from suyuan.release.plan import OnePerson, Plan, parse_plan
from suyuan.release.ports import Progress, silent
from suyuan.release.sides import bound_of, require_side, seal_sides
from suyuan.terms import Entropy, LeafIndex, PersonNumber

MARK: Final = "resealed"
"""An empty side of the first registry's entry: everything before it is sealed anew."""

_ENTRIES_PER_STEP: Final = 512
_BYTES_PER_STEP: Final = 16 << 20
_RECORDS_PER_STEP: Final = 8_192

Sides = dict[str, bytes]


class Resealing:
    """Brings the sides of an older store into the form in which an erasure reaches them."""

    def __init__(self, log: Log, *, store: SideStore, broker: KeyBroker, people: PeopleStore, entropy: Entropy) -> None:
        self._log = log
        self._store = store
        self._broker = broker
        self._people = people
        self._entropy = entropy

    def is_due(self) -> bool:
        """Say whether there may be sides of an older version: a store of this one begins with its registry."""
        first = self._first_registry()
        return bool(first) and self._log.side(first, name=MARK) is None

    def run(self, *, progress: Progress = silent) -> None:
        """Seal everything before the first registry anew, if it is not done yet, and the records in any case.

        Raises: VerificationError: a side does not open. UnavailableError: the disk refuses; open the store again.
        """
        if self.is_due():
            first = self._first_registry()
            self.reseal(end=first, progress=progress)
            self._store.replace_sides({first: {MARK: b""}})
        self._hide_records()

    def reseal(self, *, end: int, progress: Progress = silent) -> None:
        """Steps 1 and 2 for the entries before `end`."""
        for step, changes in (("seal outcomes", self._outcomes(end)), ("seal rows", self._releases(end))):
            for taken in _steps(changes):
                self._store.replace_sides(taken)
                progress(step, max(taken) + 1, end)
        self._store.forget()

    def _first_registry(self) -> LeafIndex:
        found = self._log.named(RegistryEntry.op)
        return found[0] if found else LeafIndex(0)

    def _hide_records(self) -> None:
        """Step 3."""
        after = -1
        while records := self._people.bare_records(after=after, count=_RECORDS_PER_STEP):
            after = records[-1].person
            held = self._broker.secrets_held([record.person for record in records]).tolist()
            kept = [record for record, is_held in zip(records, held, strict=True) if is_held]
            self._people.hide_records(self._broker.hide_records(kept))

    def _outcomes(self, end: int) -> Iterator[tuple[int, Sides]]:
        for index, entry in self._log.entries(end=end):
            body = entry.body
            if not isinstance(body, OutcomeEntry):
                continue
            released = self._log.entry(body.release).body
            if not isinstance(released, ReleaseEntry) or self._log.side(index, name=sides.OUTCOME_SIDE) is None:
                continue
            one = self._plan(body.release).one
            if not isinstance(one, OnePerson):
                raise VerificationError(f"entry {index}: nothing says whose look-up it concludes")
            kept = self._sides(index, without=(sides.OUTCOME_SIDE,))
            if self._broker.secrets_held((one.person,))[0]:
                opened = require_side(self._log, index=index, name=sides.OUTCOME_SIDE, broker=self._broker)
                span = released.keys
                kept[sides.OWN_OUTCOME_SIDE] = self._broker.seal_outcome(
                    PersonNumber(one.person), pool=span.pool, ordinal=span.first, body=opened, bound=bound_of(body)
                )
            yield index, kept

    def _releases(self, end: int) -> Iterator[tuple[int, Sides]]:
        for index, entry in self._log.entries(end=end):
            if isinstance(entry.body, ReleaseEntry):
                plan = self._plan(index)
                if isinstance(plan.one, OnePerson):
                    yield index, self._one(index, entry=entry, plan=plan, one=plan.one)
            elif isinstance(entry.body, BatchEntry) and self._log.side(index, name=sides.PERSONS_SIDE) is not None:
                yield index, self._batch(index, body=entry.body)

    def _one(self, index: int, *, entry: Entry, plan: Plan, one: OnePerson) -> Sides:
        body = entry.body
        if not isinstance(body, ReleaseEntry):
            raise VerificationError(f"entry {index}: is no look-up")
        [row] = self._rows(
            np.array([one.person], dtype=np.int64), rows=[one.manifest], pool=body.keys.pool, first=body.keys.first
        )
        again = replace(plan, one=row).encode()
        kept = self._sides(index, without=(sides.PLAN_SIDE,))
        return kept | seal_sides(body, broker=self._broker, sealed={sides.PLAN_SIDE: again})

    def _batch(self, index: int, *, body: BatchEntry) -> Sides:
        plan = self._plan(index)
        listed = require_side(self._log, index=index, name=sides.PERSONS_SIDE, broker=self._broker)
        manifest = require_side(self._log, index=index, name=sides.MANIFEST_SIDE, broker=self._broker)
        width = row_bytes(marked=len(plan.marked))
        rows = [manifest[i * width : (i + 1) * width] for i in range(plan.rows)]
        persons = np.frombuffer(listed, dtype="<u8").astype(np.int64)
        sealed = {
            sides.PLAN_SIDE: plan.encode(),
            sides.LABELS_SIDE: b"".join(row[9:41] for row in rows),
            sides.ROWS_SIDE: b"".join(self._rows(persons, rows=rows, pool=body.keys.pool, first=body.keys.first)),
        }
        kept = self._sides(index, without=(sides.PLAN_SIDE, sides.PERSONS_SIDE, sides.MANIFEST_SIDE))
        return kept | seal_sides(body, broker=self._broker, sealed=sealed)

    def _rows(self, persons: Numbers, *, rows: list[bytes], pool: int, first: int) -> list[bytes]:
        """Seal manifest rows; of an erased person only the leaf hash stays, before what nobody opens."""
        held = self._broker.secrets_held(persons)
        if held.all():
            return self._broker.seal_rows(persons.tolist(), pool=pool, first=first, rows=rows)
        found: list[bytes] = []
        for place, (person, row) in enumerate(zip(persons.tolist(), rows, strict=True)):
            if held[place]:
                found += self._broker.seal_rows((person,), pool=pool, first=first + place, rows=(row,))
            else:
                marked = (len(row) - row_bytes(marked=0)) // 32
                noise = self._entropy.draw(sealed_row_bytes(marked=marked) - 32)
                found.append(merkle.leaf_hash(row) + noise)
        return found

    def _plan(self, index: int) -> Plan:
        return parse_plan(require_side(self._log, index=index, name=sides.PLAN_SIDE, broker=self._broker))

    def _sides(self, index: int, *, without: tuple[str, ...]) -> Sides:
        """Give the other sides of an entry, as they are."""
        kept = (name for name in self._log.side_names(index) if name not in without)
        return {name: self._log.side(index, name=name) or b"" for name in kept}


def _steps(changes: Iterable[tuple[int, Sides]]) -> Iterator[dict[int, Sides]]:
    """Give the changes some at a time, so that a step is neither many small commits nor more than fits."""
    taken: dict[int, Sides] = {}
    size = 0
    for index, kept in changes:
        taken[index] = kept
        size += sum(map(len, kept.values()))
        if len(taken) == _ENTRIES_PER_STEP or size > _BYTES_PER_STEP:
            yield taken
            taken, size = {}, 0
    if taken:
        yield taken
