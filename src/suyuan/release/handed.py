"""What files have taken so far: identifiers planted, rows under a contract today, persons across the border this year.

Read from the ledger's own batch entries, each once: what one export has read, the next one only adds to.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from suyuan.hold.broker import KeyBroker
from suyuan.ledger.entry import BatchEntry, Entry, parse_entry
from suyuan.ledger.log import Log
from suyuan.release import sides
from suyuan.release.checks.asked import Sharing
from suyuan.release.manifest import read_planted
from suyuan.release.plan import parse_plan
from suyuan.release.policy import HOME, Policy
from suyuan.release.sides import read_side
from suyuan.terms import ContractId, RecipientKind

_BATCH: Final = re.compile(rb'"op":"batch"')


@dataclass(slots=True)
class _Year:
    persons: int = 0
    sensitive: int = 0


@dataclass(slots=True)
class Handed:
    """Adds up the batch entries of a ledger, as far as it has read."""

    log: Log
    broker: KeyBroker
    policy: Policy
    taken: dict[str, set[int]] = field(default_factory=dict)
    _next: int = 0
    _days: "defaultdict[tuple[str, object], int]" = field(default_factory=lambda: defaultdict(int))
    _years: "defaultdict[int, _Year]" = field(default_factory=lambda: defaultdict(_Year))

    def catch_up(self) -> None:
        """Read what was appended since the last time."""
        end = self.log.size
        for index, leaf in enumerate(self.log.leaves(self._next, end=end), start=self._next):
            if _BATCH.search(leaf):
                self._add(index, entry=parse_entry(leaf))
        self._next = end

    def sharing(self, contract: ContractId, *, now: datetime) -> Sharing:
        """Give what has gone out under a contract today, and abroad this year."""
        year = self._years[now.year]
        return Sharing(
            rows_today=self._days[contract, now.date()],
            persons_abroad=year.persons,
            sensitive_abroad=year.sensitive,
        )

    def _add(self, index: int, *, entry: Entry) -> None:
        if not isinstance(entry.body, BatchEntry):
            return
        side = read_side(self.log, index=index, name=sides.PLANTED_SIDE, broker=self.broker)
        for planted in read_planted(side):
            self.taken.setdefault(planted.pool, set()).add(planted.index)
        sealed = read_side(self.log, index=index, name=sides.PLAN_SIDE, broker=self.broker)
        if sealed is None:
            return
        plan = parse_plan(sealed)
        if plan.recipient.kind is not RecipientKind.PARTNER or not plan.why.contract:
            return
        at = datetime.fromtimestamp(entry.at_ms / 1000, tz=UTC)
        self._days[plan.why.contract, at.date()] += plan.rows
        contract = self.policy.contracts.get(ContractId(plan.why.contract))
        if contract is not None and contract.region != HOME:
            year, known = self._years[at.year], self.policy.fields
            year.persons += plan.rows
            if any(name in known and known[name].sensitive for name in plan.why.fields):
                year.sensitive += plan.rows
