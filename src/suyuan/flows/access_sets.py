"""Access sets of a store: gathered from its ledger and legacy logs, fixed in the ledger, and only then held against a dump."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import log

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto import canonical
from suyuan.crypto.canonical import Json
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore
from suyuan.ledger.log import Ledger
from suyuan.mark.bound import budget_of_dump
from suyuan.terms import Digest, Entropy, LeafIndex, Probability, Recipient
from suyuan.trace.attribution import Grade, SetAccount, SetsFound
from suyuan.trace.history.keeping import histories, load
from suyuan.trace.history.ports import HistoryParts
from suyuan.trace.notes import write_note
from suyuan.trace.sets.gather import LOOKUPS, Gathered, gather, legacy_lookups, lookups_in
from suyuan.trace.sets.judge import SetVerdict, Standing, judge
from suyuan.trace.sets.population import Scene
from suyuan.trace.sets.rule import SetRule
from suyuan.trace.tracer import Traced

_TEN = log(10)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSets:
    """Gathers and judges who had looked up whom."""

    ledger: Ledger
    broker: KeyBroker
    people: PeopleStore
    parts: HistoryParts
    rule: SetRule
    policy_digest: Digest
    entropy: Entropy

    def lookups(self, *, before: int) -> tuple[npt.NDArray[np.int64], pl.DataFrame]:
        """Give everybody whose key is held, ascending, and all look-ups of them before an entry."""
        known = self.people.known_persons()
        persons = known[self.broker.secrets_held(known)] if len(known) else known
        own = lookups_in(self.ledger, broker=self.broker, persons=persons, before=before)
        older = legacy_lookups(load(self.ledger, broker=self.broker, parts=self.parts, persons=persons))
        return persons, pl.concat([own.cast(LOOKUPS), older.cast(LOOKUPS)])

    def gathered(
        self, lookups: pl.DataFrame, *, persons: npt.NDArray[np.int64], before_ms: int | None = None
    ) -> Gathered:
        """Give the population of look-ups before a time, in the strata of the rule."""
        return gather(
            lookups, persons=persons, cases=self.people.case_places(), before_ms=before_ms, regions=self.rule.regions,
            queues=self.rule.queues,
        )  # fmt: skip

    def judge(self, traced: Traced) -> SetsFound:
        """Judge the recipients of a traced dump.

        1. everybody's look-ups before the dump was opened
        2. a `trace-note` fixes rule, strata and sets, and the linked persons, before an overlap is counted
        3. the judgement, on a budget of its own for the n-th dump
        """
        attribution = traced.attribution
        persons, lookups = self.lookups(before=int(attribution.opened))
        opened_ms = int(attribution.opened_at.timestamp() * 1000)
        known = self.gathered(lookups, persons=persons, before_ms=opened_ms + 1)
        linked = np.unique(traced.linked).astype(np.int64)
        note = write_note(
            self._document(known, opened=int(attribution.opened), linked=linked),
            ledger=self.ledger, broker=self.broker, entropy=self.entropy,
        )  # fmt: skip
        budget = budget_of_dump(self.rule.alpha, number=attribution.number)
        line = log(float(budget) / max(1, len(known.recipients)))
        dump = known.places_of(linked)
        verdict = judge(Scene(known.population, dump), rule=self.rule, line=line)
        return _found(verdict, known=known, dump=dump, note=note, rule=self.rule)

    def _document(self, known: Gathered, *, opened: int, linked: npt.NDArray[np.int64]) -> Mapping[str, Json]:
        return {
            "kind": "sets", "v": 1, "opening": opened, "rule": self.rule.document(),
            "policy": canonical.to_base64(self.policy_digest), "sets": canonical.to_base64(known.digest()),
            "persons": canonical.to_base64(sha256(linked.astype("<i8").tobytes()).digest()),
            "recipients": len(known.recipients), "population": len(known.persons),
            "histories": [int(note.index) for note in histories(self.ledger, broker=self.broker)],
        }  # fmt: skip


def _found(
    verdict: SetVerdict, *, known: Gathered, dump: npt.NDArray[np.int64], note: LeafIndex, rule: SetRule
) -> SetsFound:
    """Give the verdict with names."""
    population = known.population

    def named(numbers: tuple[int, ...]) -> tuple[Recipient, ...]:
        return tuple(known.recipients[number] for number in numbers)

    accounts = []
    for finding in verdict.findings:
        begin, end = population.seen.starts[finding.account : finding.account + 2]
        inside = np.isin(population.seen.members[begin:end], dump)
        accounts.append(
            SetAccount(
                recipient=known.recipients[finding.account],
                grade=Grade.B if finding.standing is Standing.NAMED else Grade.C,
                standing=finding.standing.value, hits=finding.hits, expected=finding.expected,
                log10_p=finding.log_p / _TEN, worst=finding.worst / _TEN, gamma=finding.gamma, rivals=named(finding.rivals),
                group=finding.group, legacy=int((inside & known.legacy[begin:end]).sum()),
                contradicting=len(dump) - finding.hits,
            )
        )  # fmt: skip
    return SetsFound(
        note=note, alpha=Probability(float(rule.alpha)), line=verdict.line / _TEN, gamma=rule.gamma,
        persons=verdict.persons, population=population.persons, recipients=population.accounts,
        lookups=len(population.seen.members), legacy=int(known.legacy.sum()),
        strata=int((population.sizes > 0).sum()) if population.persons else 0, queues=known.has_queues,
        all_access=named(verdict.all_access), accounts=tuple(accounts),
    )  # fmt: skip
