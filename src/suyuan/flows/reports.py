"""Victims' reports: taken from people before they see their account of releases, sealed under their own keys, and read together.

A report goes these steps:
1. the victim by her key, when she was called, which fields were known, and the alias that was called, if it was one
2. the record, sealed under a key of her own, so that it dies with her
3. the ledger's entry, durably: that it was filed, and when, stands fixed; who she is does not
A report of somebody whose account of releases was drawn before is kept and counts nothing: she could have aimed it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from math import log
from typing import Final

import numpy as np
import polars as pl

from suyuan.crypto import canonical, commit
from suyuan.errors import RefusedError, VerificationError
from suyuan.flows.access_sets import AccessSets
from suyuan.hold.broker import KeyBroker
from suyuan.kinds.registry import KINDS
from suyuan.ledger.bodies import AccountEntry, BatchEntry, ReleaseEntry, TraceNoteEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.ledger.times import milliseconds
from suyuan.mark.pool import Pool
from suyuan.release.manifest import read_planted
from suyuan.release.plan import parse_plan
from suyuan.release.policy import Policy
from suyuan.release.sides import PLAN_SIDE, PLANTED_SIDE, read_side, require_side, seal_sides
from suyuan.terms import Clock, FieldName, LeafIndex, PersonNumber, Recipient
from suyuan.trace.reports.process import Leading, Settling, judge_reports
from suyuan.trace.reports.stake import Report

REPORT_SIDE: Final = "report"
LABEL_SIDE: Final = "report-of"
_LABEL_BYTES: Final = 32
_ACCOUNT: Final = b'"op":"account"'


class Weight(StrEnum):
    """Whether a report counts, and if not why."""

    COUNTS = "counts"
    ACCOUNT_DRAWN = "account_drawn"
    """Her account of releases had been drawn before she filed it."""
    REPEATED = "repeated"
    """She had filed one before."""
    ERASED = "erased"
    """She was erased since; nobody can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A report as it lies in the ledger. Which alias it was, is not shown."""

    index: LeafIndex
    filed_at: datetime
    weight: Weight
    person: PersonNumber | None = None
    at: datetime | None = None
    knew: tuple[FieldName, ...] = ()
    alias: tuple[str, int] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasCalled:
    """An alias that a caller knew: the releases in which it was given out. It names those copies, apart from all reports."""

    report: LeafIndex
    releases: tuple[tuple[LeafIndex, Recipient], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Where reports lead (grade C): to `lead`, or to nobody yet. `settling` says whose reports would settle it."""

    line: float
    reports: int
    not_counted: Mapping[Weight, int]
    lead: Recipient | None
    leading: tuple[tuple[Recipient, Leading, Recipient | None], ...]
    settling: tuple[tuple[Recipient, Settling, tuple[int, ...]], ...]
    all_access: tuple[Recipient, ...]
    aliases: tuple[AliasCalled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Takes reports and reads them together."""

    ledger: Ledger
    broker: KeyBroker
    sets: AccessSets
    policy: Policy
    clock: Clock

    def add(self, person: PersonNumber, *, at: datetime, knew: Sequence[FieldName], alias: str | None = None) -> Filed:
        """File a report.

        Args:
            at: when she was called. knew: what the caller knew. alias: the number or address that was called, if it was one that
                the platform had given out in her place.
        Raises: RefusedError: `trace.report-field`, no such field, or none; `trace.report-time`, a time to come;
            `trace.report-alias`, not of a declared pool.
        """
        unknown = [name for name in knew if name not in self.policy.fields]
        if unknown or not knew:
            raise RefusedError(
                "a report says which fields were known"
                if not knew
                else f"{unknown[0]} is no field of policy/fields.toml",
                code="trace.report-field",
                hint="fields: " + ", ".join(self.policy.fields),
            )
        if at > self.clock.now():
            raise RefusedError(
                "the call lies in the time to come",
                code="trace.report-time",
                hint="give its time, with a zone or in UTC",
            )
        epoch = self.ledger.epoch
        record = canonical.encode(
            {
                "v": 1, "at": at.astimezone(UTC).isoformat(timespec="seconds"), "knew": sorted(set(knew)),
                "alias": None if alias is None else list(self._alias(alias)),
            }
        )  # fmt: skip
        [ready] = self.broker.prepare_consents((person,), records=(record,), epoch=epoch, tag=commit.REPORT)
        body = TraceNoteEntry(commitment=ready.commitment)
        label = seal_sides(body, broker=self.broker, sealed={LABEL_SIDE: ready.label + epoch.to_bytes(4, "big")})
        [receipt] = self.ledger.append([Draft(body=body, sides={REPORT_SIDE: ready.side, **label}, epoch=epoch)])
        return next(filed for filed in self.filed() if filed.index == receipt.index)

    def filed(self) -> tuple[Filed, ...]:
        """Give every report, in the order in which they were filed.

        Raises: VerificationError: one is not what its entry commits to.
        """
        raw: dict[LeafIndex, tuple[bytes, int]] = {}
        for index in self.ledger.named(TraceNoteEntry.op):
            side = read_side(self.ledger, index=index, name=LABEL_SIDE, broker=self.broker)
            if side is not None:
                raw[index] = side[:_LABEL_BYTES], int.from_bytes(side[_LABEL_BYTES:], "big")
        person_of: dict[bytes, PersonNumber] = {}
        for epoch in sorted({epoch for _, epoch in raw.values()}):
            labels = {label for label, made in raw.values() if made == epoch}
            person_of |= self.broker.persons_labelled(labels, epoch=epoch)
        drawn = self._accounts_drawn() if raw else []
        seen: set[PersonNumber] = set()
        found = []
        for index, (label, _) in sorted(raw.items()):
            filed_at = datetime.fromtimestamp(self.ledger.entry(index).at_ms / 1000, tz=UTC)
            person = person_of.get(label)
            if person is None:
                found.append(Filed(index=index, filed_at=filed_at, weight=Weight.ERASED))
                continue
            weight = self._weigh(person, index=index, drawn=drawn, repeated=person in seen)
            seen.add(person)
            found.append(self._read(index, person=person, filed_at=filed_at, weight=weight))
        return tuple(found)

    def lead(self, filed: Sequence[Filed] | None = None) -> Lead:
        """Say where the reports that count lead, if anywhere, and whose reports would settle it.

        What a report is held against is who had looked the victim up before she was called: whoever looks her up because
        she complained is no hit.

        Args:
            filed: every report, where the caller has read them.
        """
        filed = self.filed() if filed is None else filed
        counting = [one for one in filed if one.weight is Weight.COUNTS]
        persons, lookups = self.sets.lookups(before=self.ledger.size)
        known = {
            at: self.sets.gathered(lookups, persons=persons, before_ms=at)
            for at in sorted({_ms(one) for one in counting})
        }
        recipients = next(iter(known.values())).recipients if known else ()
        rows = []
        for one in counting:
            gathered = known[_ms(one)]
            place = gathered.places_of(np.array([one.person], dtype=np.int64))
            if len(place):
                rows.append(Report(int(place[0]), gathered.population))
        barred = _all_access(rows, share=self.sets.rule.all_access)
        verdict = judge_reports(
            rows, line=log(max(1, len(recipients)) / float(self.sets.rule.reports_alpha)), barred=barred
        )
        shown = [persons[list(s.shown)].tolist() for s in verdict.settling]
        return Lead(
            line=verdict.line, reports=verdict.reports,
            not_counted={w: n for w in Weight if w is not Weight.COUNTS and (n := sum(one.weight is w for one in filed))},
            lead=None if verdict.lead is None else recipients[verdict.lead],
            leading=tuple(
                (recipients[one.account], one, None if one.rival is None else recipients[one.rival]) for one in verdict.leading
            ),
            settling=tuple(
                (recipients[s.account], s, tuple(numbers)) for s, numbers in zip(verdict.settling, shown, strict=True)
            ),
            all_access=tuple(recipients[number] for number in sorted(barred)),
            aliases=self._aliases(filed),
        )  # fmt: skip

    # ---- inside --------------------------------------------------------------------------------------

    def _alias(self, text: str) -> tuple[str, int]:
        """Give pool and place of an identifier."""
        for pool in self.policy.pools().values():
            place = _place_in(pool, text=text)
            if place is not None:
                return pool.name, place
        raise RefusedError(
            "this is no identifier of a pool in policy/pools.toml",
            code="trace.report-alias",
            hint="leave --alias out where her own number or address was called",
        )

    def _weigh(
        self, person: PersonNumber, *, index: int, drawn: Sequence[tuple[int, int, bytes]], repeated: bool
    ) -> Weight:
        labels: dict[int, bytes] = {}
        for at, epoch, label in drawn:
            if at > index:
                break
            if labels.setdefault(epoch, self.broker.label(person, epoch=epoch)) == label:
                return Weight.ACCOUNT_DRAWN
        return Weight.REPEATED if repeated else Weight.COUNTS

    def _accounts_drawn(self) -> list[tuple[int, int, bytes]]:
        """Give index, epoch and label of every account of releases that was drawn, in order."""
        found = []
        for index, leaf in enumerate(self.ledger.leaves(0, end=self.ledger.size)):
            if _ACCOUNT in leaf:
                entry = self.ledger.entry(index)
                if isinstance(entry.body, AccountEntry):
                    found.append((index, entry.epoch, entry.body.label))
        return found

    def _read(self, index: LeafIndex, *, person: PersonNumber, filed_at: datetime, weight: Weight) -> Filed:
        body, side = self.ledger.entry(index).body, self.ledger.side(index, name=REPORT_SIDE)
        if not isinstance(body, TraceNoteEntry) or side is None:
            raise VerificationError(f"entry {index}: its report is missing beside the ledger")
        raw = self.broker.open_consent(person, side=side, commitment=body.commitment, tag=commit.REPORT)
        match canonical.decode_object(raw):
            case {"v": 1, "at": str(at), "knew": list(knew), "alias": alias}:
                return Filed(
                    index=index, filed_at=filed_at, weight=weight, person=person, at=datetime.fromisoformat(at),
                    knew=tuple(FieldName(name) for name in knew if isinstance(name, str)),
                    alias=_pool_and_place(alias),
                )  # fmt: skip
            case _:
                raise VerificationError(f"entry {index}: its report is not of version 1")

    def _aliases(self, filed: Sequence[Filed]) -> tuple[AliasCalled, ...]:
        """Give where aliases that were called had been given out."""
        wanted = {one.alias for one in filed if one.alias is not None}
        if not wanted:
            return ()
        where: dict[tuple[str, int], list[tuple[LeafIndex, Recipient]]] = {}
        for index, entry in self.ledger.entries():
            if not isinstance(entry.body, ReleaseEntry | BatchEntry):
                continue
            plan = parse_plan(require_side(self.ledger, index=index, name=PLAN_SIDE, broker=self.broker))
            if not plan.planted:
                continue
            side = read_side(self.ledger, index=index, name=PLANTED_SIDE, broker=self.broker)
            for planted in read_planted(side):
                if (planted.pool, planted.index) in wanted:
                    where.setdefault((planted.pool, planted.index), []).append((index, plan.recipient))
        return tuple(
            AliasCalled(report=one.index, releases=tuple(where.get(one.alias, ())))
            for one in filed
            if one.alias is not None
        )


def _pool_and_place(alias: canonical.Json) -> tuple[str, int] | None:
    match alias:
        case [str(pool), int(place)]:
            return pool, place
        case _:
            return None


def _place_in(pool: Pool, *, text: str) -> int | None:
    value = KINDS[pool.kind].canonical(text)
    if not isinstance(value, str):
        return None
    found = pool.members_in(pl.Series([value]))
    return int(found["index"][0]) if found.height else None


def _ms(one: Filed) -> int:
    """Give the moment she was called; only a report that counts is asked."""
    return 0 if one.at is None else milliseconds(one.at)


def _all_access(reports: Sequence[Report], *, share: float) -> frozenset[int]:
    """Give the accounts that looked up this share of everybody: they are neither leads nor cleared."""
    if not reports:
        return frozenset()
    population = reports[-1].population
    return frozenset(np.flatnonzero(population.seen.sizes >= share * max(1, population.persons)).tolist())
