"""Access sets of a store: gathered from its ledger and legacy logs, fixed in the ledger, and only then held against a dump."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from math import log

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.crypto import canonical
from suyuan.crypto.canonical import Json
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore
from suyuan.ledger.log import Ledger
from suyuan.ledger.times import milliseconds
from suyuan.terms import Digest, Entropy, KindName, LeafIndex, Probability, Recipient, RecipientKind
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.history.keeping import histories, known_by, load
from suyuan.trace.history.ports import HistoryParts
from suyuan.trace.link import Links, tokens_of
from suyuan.trace.naming.attribution import Contradiction, Grade, SetAccount, SetsFound
from suyuan.trace.naming.tracer import Traced
from suyuan.trace.notes import read_notes, write_note
from suyuan.trace.ports import TokenMaker
from suyuan.trace.sets.exclusion import FIELDS, SPANS, contradictions
from suyuan.trace.sets.gather import LOOKUPS, Gathered, gather, legacy_lookups
from suyuan.trace.sets.judge import SetVerdict, Standing, judge
from suyuan.trace.sets.kept import lookups_of
from suyuan.trace.sets.population import Scene
from suyuan.trace.sets.rule import SetRule

_TEN = log(10)
_KIND = "sets"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSets:
    """Gathers and judges who had looked up whom."""

    ledger: Ledger
    broker: KeyBroker
    people: PeopleStore
    parts: HistoryParts
    kept: HistoryParts
    rule: SetRule
    policy_digest: Digest
    entropy: Entropy

    def lookups(self, *, before: int) -> tuple[npt.NDArray[np.int64], pl.DataFrame]:
        """Give everybody whose key is held, ascending, and all look-ups of them before an entry."""
        known = self.people.known_persons()
        persons = known[self.broker.secrets_held(known)] if len(known) else known
        who = known_by(self.broker, persons)
        own = lookups_of(self.ledger, broker=self.broker, parts=self.kept, known=who, before=before)
        older = legacy_lookups(load(self.ledger, broker=self.broker, parts=self.parts, known=who))
        return persons, pl.concat([own.cast(LOOKUPS), older.cast(LOOKUPS)])

    def gathered(
        self, lookups: pl.DataFrame, *, persons: npt.NDArray[np.int64], before_ms: int | None = None
    ) -> Gathered:
        """Give the population of look-ups before a time, in the strata of the rule."""
        return gather(
            lookups, persons=persons, cases=self.people.case_places(), before_ms=before_ms, regions=self.rule.regions,
            queues=self.rule.queues,
        )  # fmt: skip

    def beside(self, dump: Dump, links: Links, traced: Traced) -> Traced:
        """Give a trace with what access sets say beside it, and what excludes recipients as the sole source."""
        if not links.persons:
            return traced
        spans, fields = self._shown(dump, links=links)
        sets = self.judge(traced, spans=spans, fields=fields)
        return replace(traced, attribution=replace(traced.attribution, sets=sets))

    def _shown(self, dump: Dump, *, links: Links) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give when the values that the dump shows were their persons', and which fields it shows of each: columns alone."""
        tokenizers = {kind: self.broker.tokenizer(kind) for kind in STRONG_KINDS}
        spans, fields = [pl.DataFrame(schema=SPANS)], [pl.DataFrame(schema=FIELDS)]
        for batch in dump.batches:
            rows = batch.join(links.table.select(ROW, "person"), on=ROW, how="inner")
            for name, kind in dump.kinds.items():
                said = rows.filter(pl.col(name) != "").select("person", pl.col(name))
                fields.append(said.select("person").unique().with_columns(pl.lit(str(name)).alias("field")))
                if kind in tokenizers and said.height:
                    spans.append(self._spans(said["person"], cells=said[name], kind=kind, tokenizer=tokenizers[kind]))
        return pl.concat(spans).unique(), pl.concat(fields).unique()

    def _spans(self, persons: pl.Series, *, cells: pl.Series, kind: KindName, tokenizer: TokenMaker) -> pl.DataFrame:
        has_value, tokens = tokens_of(cells, kind=kind, tokenizer=tokenizer)
        shown = pl.DataFrame({"token": tokens, "person": persons.filter(pl.Series(has_value))}).unique()
        known = pl.DataFrame(
            self.people.token_spans(kind, shown["token"].unique().to_numpy()),
            schema={"token": pl.UInt64, "person": pl.Int64, "since": pl.Int64, "until": pl.Int64}, orient="row",
        )  # fmt: skip
        return shown.join(known, on=["token", "person"], how="inner").select(SPANS.names())

    def judge(
        self, traced: Traced, *, spans: pl.DataFrame | None = None, fields: pl.DataFrame | None = None
    ) -> SetsFound:
        """Judge the recipients of a traced dump.

        1. everybody's look-ups before the dump was opened, or known
        2. a `trace-note` fixes rule, strata and sets, and the linked persons, before an overlap is counted
        3. the judgement, on a budget of its own for the n-th note: the same dump under another rule, or with other logs, is another
           question and is paid for like one
        """
        attribution = traced.attribution
        persons, lookups = self.lookups(before=int(attribution.opened))
        existed_ms = milliseconds(attribution.existed_at)
        if attribution.known_at is not None:
            # Who looked anybody up only later is no recipient.
            lookups = lookups.filter(pl.col("at_ms") <= existed_ms)
        known = self.gathered(lookups, persons=persons, before_ms=existed_ms + 1)
        linked = np.unique(traced.linked).astype(np.int64)
        note = write_note(
            self._document(known, opened=int(attribution.opened), linked=linked),
            ledger=self.ledger, broker=self.broker, entropy=self.entropy,
        )  # fmt: skip
        number = 1 + sum(asked.index < note for asked in read_notes(self.ledger, broker=self.broker, kind=_KIND))
        line = self.rule.line(number=number, accounts=len(known.recipients))
        dump = known.places_of(linked)
        verdict = judge(Scene(known.population, dump), rule=self.rule, line=line)
        found = _found(verdict, known=known, dump=dump, note=note, rule=self.rule)
        if spans is None or fields is None:
            return found
        seen = lookups.join(pl.DataFrame({"person": linked}), on="person", how="semi")
        against = contradictions(seen.filter(pl.col("at_ms") <= existed_ms), spans=spans, fields=fields)
        return replace(found, contradictions=tuple(_contradiction(row) for row in against.iter_rows(named=True)))

    def _document(self, known: Gathered, *, opened: int, linked: npt.NDArray[np.int64]) -> Mapping[str, Json]:
        return {
            "kind": _KIND, "v": 1, "opening": opened, "rule": self.rule.document(),
            "policy": canonical.to_base64(self.policy_digest), "sets": canonical.to_base64(known.digest()),
            "persons": canonical.to_base64(sha256(linked.astype("<i8").tobytes()).digest()),
            "recipients": len(known.recipients), "population": len(known.persons),
            "histories": [int(note.index) for note in histories(self.ledger, broker=self.broker)],
        }  # fmt: skip


def _contradiction(row: dict[str, object]) -> Contradiction:
    """Give one recipient's counts; there are as many rows as recipients."""

    def number(key: str) -> int:
        value = row[key]
        return value if isinstance(value, int) else 0

    return Contradiction(
        recipient=Recipient(kind=RecipientKind(str(row["kind"])), id=str(row["id"])),
        superseded=number("superseded"), later=number("later"), never_held=number("never_held"),
    )  # fmt: skip


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
