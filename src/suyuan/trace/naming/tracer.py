"""The tracer: from a dump to an attribution.

In this order, and docs/explanation/evidence.md says why:
1. link rows to persons; find planted identifiers
2. candidates: the copies of these persons in releases before the dump was first opened
3. what the rows show: a function of dump text and form tables, which open or do not; no mark is read
4. fix dump, links, readable channels, suspects, weights and grid in the ledger: `trace-open`, durably; the
   marks about to be read are spent by this very entry and count nothing in any later opening
5. only then read marks; spend the planted identifiers that were found
6. evidence in bits; the naming line; the answer
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto import aead_table, canonical, commit, side_by_side
from suyuan.crypto.compiled import pays
from suyuan.evidence.opening import Found, TraceOpen
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore
from suyuan.kinds.registry import KINDS
from suyuan.ledger.entry import LawEntry, TraceOpenEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.ledger.times import milliseconds, moment
from suyuan.mark.bound import budget_of_dump
from suyuan.mark.law import OMISSION, ORDER, SHARED_DECOY, LawBook
from suyuan.mark.score import Observations, single_strategies, usual_strategies
from suyuan.release.sides import LAW_SIDE, draft, require_side
from suyuan.terms import Clock, Entropy, FieldName, Probability
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.link import Links
from suyuan.trace.naming.attribution import Attribution
from suyuan.trace.naming.copies import Copies, Whole, find_copies
from suyuan.trace.naming.entries import Entries
from suyuan.trace.naming.findings import facts_of, findings_of, reach_of
from suyuan.trace.naming.hits import (
    Hits,
    find_hits,
    find_members,
    first_of_each,
    planted_that_count,
    pools_declared,
    spent_by,
)
from suyuan.trace.naming.known import known_rows
from suyuan.trace.naming.later import entries_until, later_releases
from suyuan.trace.naming.observing import observe
from suyuan.trace.naming.opened import Opened, openings, read_opening
from suyuan.trace.naming.opening import (
    OPEN_SIDE,
    found_identifiers,
    open_document,
    persons_of,
)
from suyuan.trace.naming.order import Ties, is_ordered, observe_order, reads_with_order
from suyuan.trace.naming.reading import (
    FieldReading,
    OmissionReading,
    Pairs,
    Reader,
    Shown,
    canonical_columns,
    pair,
)
from suyuan.trace.naming.settled import Candidates, Counting, Fixed
from suyuan.trace.naming.shared import SharedCopies, find_shared, has_shared, observe_shared, shown_by_key
from suyuan.trace.naming.spending import SPENT_SIDE, decode_spent, sides_for_later
from suyuan.trace.naming.threads import meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A finished trace: the answer, and everything a bundle opens. `shared` are the decoys that stand in the dump, `ties` what it shows of order.

    `rows` and `linked`: number and person of each linked row. `dated`: when identifiers that rows show were their persons'.
    """

    attribution: Attribution
    opened: Opened
    fixed: TraceOpen
    copies: Copies
    shared: SharedCopies
    ties: Ties
    pairs: Pairs
    persons: Entries
    found: Mapping[str, Sequence[Found]]
    shown: Mapping[FieldName, Shown]
    readings: tuple[FieldReading, ...]
    hits: Hits
    linked: Whole
    rows: npt.NDArray[np.uint64]
    dated: pl.DataFrame

    def links_of(self, person: int) -> list[int]:
        """Give the positions of a person's rows among the linked rows."""
        return [int(i) for i in np.flatnonzero(self.linked == person)]

    def __repr__(self) -> str:
        return f"<trace opened at entry {self.opened.index}>"


class Tracer:
    """Names the copy a dump came from, or says that the source is unknown."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        broker: KeyBroker,
        people: PeopleStore,
        law: LawBook,
        alpha: Probability,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._ledger = ledger
        self._broker = broker
        self._people = people
        self._law = law
        self._alpha = alpha
        self._clock = clock
        self._entropy = entropy

    def trace(self, dump: Dump, *, links: Links, name: str, known_at: datetime | None = None) -> Traced:
        """Trace one dump whose rows are linked.

        A dump that was opened before, with the same links and columns, is answered from the same opening: same
        suspects, same line. With other links or columns it is a new opening, with a number of its own, in which
        the marks that were read before count nothing: who has seen them could choose what to read again.

        Args:
            name: what the report calls the file.
            known_at: when the dump was known to be out: what was released after that is no candidate. By default the
                opening tells. Another time is another opening.
        Raises: UnavailableError: the ledger cannot be written; no mark was read.
        """
        known = openings(self._ledger, broker=self._broker)
        earlier = [opened for opened in known if opened.dump_sha256 == dump.sha256.hex()]
        before = earlier[0].index if earlier else self._ledger.size
        known_ms = None if known_at is None else milliseconds(known_at)
        if known_ms is not None:
            before = min(before, entries_until(self._ledger, at_ms=known_ms))
        candidates = self._settled(dump, links=links, before=before, known_ms=known_ms)
        fixed = self._open(candidates, known=known, earlier=earlier)
        copies, reader = candidates.copies, candidates.reader
        readings = reader.read_fields(candidates.opens)
        omissions = reader.read_omission()
        seen = self._observed(candidates, counting=fixed.counting, readings=readings, omissions=omissions)
        hits = find_hits(candidates.members, copies=copies, pools=self._law.pools, counting=fixed.counting.planted)
        spent = spent_by(hits, copies=copies, pools=self._law.pools, broker=self._broker)
        self._people.observe(sorted(spent), dump=fixed.opened.index)
        attribution = self._attribution(
            candidates,
            fixed=fixed,
            known=known,
            seen=seen,
            hits=hits,
            readings=readings,
            omissions=omissions,
            name=name,
        )
        return Traced(
            attribution=attribution, opened=fixed.opened, fixed=fixed.document, copies=copies,
            shared=fixed.counting.shared, ties=candidates.ties, pairs=candidates.pairs, persons=fixed.linked,
            found=fixed.found, shown=candidates.shown, readings=readings, hits=hits, linked=candidates.persons,
            rows=candidates.rows[ROW].to_numpy(), dated=links.dated,
        )  # fmt: skip

    def _settled(self, dump: Dump, *, links: Links, before: int, known_ms: int | None) -> Candidates:
        """Steps 1 to 3: give the candidates, and what the rows show of their copies."""
        rows = pl.concat([batch.join(links.table, on=ROW, how="inner") for batch in dump.batches]).sort(ROW)
        persons = rows["person"].to_numpy().astype(np.int64)
        channels = tuple(field for field, kind in dump.kinds.items() if KINDS[kind].slot_names)
        columns = {field: rows[field] for field in channels}
        with meanwhile(lambda: canonical_columns(columns, kinds=dump.kinds), values=rows.height) as canonical:
            copies = find_copies(self._ledger, broker=self._broker, persons=persons_of(rows), before=before)
            if pays(len(copies.release)):
                side_by_side.load()
                aead_table.load()
            pairs = pair(rows, copies=copies)
            reader = Reader(self._ledger, broker=self._broker, copies=copies, pairs=pairs, persons=persons)
            read = reader.open_fields(columns, kinds=dump.kinds, canonical=canonical())
        planted = find_members(dump, pools=self._law.pools)
        members = first_of_each(planted)
        declared = pools_declared(self._ledger, laws=(facts.law for facts in copies.releases.values()))
        return Candidates(
            dump=dump, links=links, rows=rows, copies=copies, pairs=pairs, channels=channels,
            grid=usual_strategies(_named(channels, copies=copies)), reader=reader,
            opens=[opened for opened, _ in read.values()], persons=persons,
            shown={field: shown for field, (_, shown) in read.items()},
            members=members, planted_rows=planted[ROW].unique(), declared=declared,
            shared=find_shared(
                self._ledger, broker=self._broker, dump=dump, members=members, pools=self._law.pools,
                declared=declared, copies=copies, channels=channels, before=before,
            ),
            ties=reader.shown_ties(rows=rows[ROW].to_numpy().astype(np.int64)),
            known_ms=known_ms, before=before,
        )  # fmt: skip

    def _observed(
        self,
        candidates: Candidates,
        *,
        counting: Counting,
        readings: tuple[FieldReading, ...],
        omissions: OmissionReading,
    ) -> Observations:
        """Give what the rows show of the marks that count, those of whole rows among them."""
        copies, reads = candidates.copies, counting.reads
        seen = observe(
            candidates.pairs,
            copies=copies,
            persons=candidates.persons,
            readings=readings,
            omissions=omissions,
            reads=reads,
        )
        if has_shared(copies):
            has = shown_by_key(counting.shared, copies=copies, broker=self._broker)
            seen = observe_shared(seen, shared=counting.shared, has=has)
        if is_ordered(copies):
            drawn = candidates.reader.read_order(reads)
            seen = observe_order(
                seen, copy=candidates.pairs.copy, shown=candidates.ties.shown, drawn=drawn, reads=reads
            )
        return seen

    def _counting(self, candidates: Candidates, *, known: Sequence[Opened], before: int | None) -> Counting:
        """Give what counts in an opening: what none of the openings before it has spent."""
        copies = candidates.copies
        used = self._people.observed(sorted(copies.releases))
        for opened in known:
            if before is not None and opened.index >= before:
                used -= self._people.observed_by(opened.index)
        older = [opened for opened in known if before is None or opened.index < before]
        # What an opening reads is spent by the very entry, so that no older copy of data.db brings it back. Which
        # planted identifiers it found is known only afterwards, and is what the people store remembers.
        sides = (require_side(self._ledger, index=o.index, name=SPENT_SIDE, broker=self._broker) for o in older)
        used = used.union(*(decode_spent(side, releases=copies.releases) for side in sides))
        reads, shared = candidates.reader.reads(candidates.opens, used=used), candidates.shared.unspent(used)
        if is_ordered(copies):
            reads = reads_with_order(reads, shown=candidates.ties.shown, copies=copies, used=used)
        return Counting(
            used=used,
            shared=shared,
            copies=shared.behind(copies),
            reads=shared.reads_behind(reads) if len(shared.release) else reads,
            planted=planted_that_count(
                copies,
                pools=self._law.pools,
                declared=candidates.declared,
                found_before={name: sum(opened.found(name) for opened in older) for name in self._law.pools},
                used=used,
            ),
        )

    def _open(self, candidates: Candidates, *, known: Sequence[Opened], earlier: Sequence[Opened]) -> Fixed:
        """Step 4: append the opening, or take up the one that says the same already."""
        for opened in earlier:
            counting = self._counting(candidates, known=known, before=opened.index)
            # Older versions averaged over fewer strategies, and at first named persons otherwise.
            single = replace(candidates, grid=single_strategies(_named(candidates.channels, copies=candidates.copies)))
            for then, is_old in ((candidates, False), (single, False), (single, True)):
                now, linked, found = self._document(
                    then, counting=counting, key=opened.salt, number=opened.number, is_old=is_old
                )
                alpha, law = opened.terms
                document = replace(now, alpha=alpha, law=law)
                if canonical.encode(document.document()) == canonical.encode(dict(opened.document)):
                    return Fixed(
                        opened=opened, counting=counting, document=document, linked=linked, found=found, grid=then.grid
                    )
        counting = self._counting(candidates, known=known, before=None)
        salt = self._entropy.draw(commit.SALT_BYTES)
        sides = partial(
            sides_for_later, candidates.rows, channels=candidates.channels, salt=salt, copies=counting.copies, reads=counting.reads,
        )  # fmt: skip
        with meanwhile(sides, values=len(counting.copies.release)) as beside:
            document, linked, found = self._document(candidates, counting=counting, key=salt, number=1 + len(known))
            known_later = beside()
        payload = canonical.encode(document.document())
        body = TraceOpenEntry(
            commitment=commit.commitment(commit.TRACE_OPEN, salt=salt, payload=payload), number=document.number
        )
        kept = {OPEN_SIDE: salt + payload, **known_later}
        drafts = [draft(body, broker=self._broker, sealed=kept, public={})]
        if self._ledger.find(LawEntry.op, key=self._law.digest()) is None:
            written = canonical.encode(self._law.document())
            drafts.insert(0, Draft(body=LawEntry(law=self._law.digest()), sides={LAW_SIDE: written}))
        receipt = self._ledger.append(drafts)[-1]
        opened = read_opening(self._ledger, index=receipt.index, broker=self._broker)
        return Fixed(
            opened=opened, counting=counting, document=document, linked=linked, found=found, grid=candidates.grid
        )

    def _document(
        self, candidates: Candidates, *, counting: Counting, key: bytes, number: int, is_old: bool = False
    ) -> tuple[TraceOpen, Entries, dict[str, tuple[Found, ...]]]:
        linked = Entries(
            counting.copies, rows=candidates.rows, channels=candidates.channels, reads=counting.reads, key=key,
            is_old=is_old, decoys=counting.shared,
        )  # fmt: skip
        found = found_identifiers(candidates.members, dump=candidates.dump, pools=self._law.pools, key=key)
        document = open_document(
            number=number, alpha=self._alpha, law=self._law.digest(),
            channels=_named(candidates.channels, copies=candidates.copies), grid=candidates.grid, dump=candidates.dump, matched=candidates.links.linked,
            strangers=candidates.links.strangers, copies=candidates.copies, persons=linked, found=found,
            counting=counting.planted, known_at=candidates.known_ms,
        )  # fmt: skip
        return document, linked, found

    def _attribution(
        self, candidates: Candidates, *, fixed: Fixed, known: Sequence[Opened], seen: Observations, hits: Hits,
        readings: tuple[FieldReading, ...], omissions: OmissionReading, name: str,
    ) -> Attribution:  # fmt: skip
        document, opened = fixed.document, fixed.opened
        alpha = Probability(document.alpha[0] / document.alpha[1])
        others = [older for older in known if older.index < opened.index and older.dump_sha256 != opened.dump_sha256]
        resold = known_rows(
            self._ledger, broker=self._broker, linked=candidates.copies.linked, rows=candidates.rows,
            channels=candidates.channels, openings={older.index: older.salt for older in others},
        )  # fmt: skip
        findings = findings_of(
            document, copies=candidates.copies, seen=seen, grid=fixed.grid, hits=hits, pairs=candidates.pairs,
            readings=readings, left_out=omissions.left_out, persons=candidates.links.persons, used=fixed.counting.used,
        )  # fmt: skip
        return Attribution(
            opened=opened.index, opened_at=opened.at, origin=self._ledger.origin, number=document.number, alpha=alpha,
            budget=budget_of_dump(alpha, number=document.number),
            dump=facts_of(
                candidates.dump, links=candidates.links, linked=candidates.rows[ROW], planted=candidates.planted_rows,
                name=name, known=resold,
            ),
            findings=findings, reach=reach_of(findings, persons=candidates.links.persons),
            known_at=None if candidates.known_ms is None else moment(candidates.known_ms),
            later=() if candidates.known_ms is None else later_releases(
                self._ledger, broker=self._broker, linked=candidates.copies.linked, start=candidates.before,
                end=int(opened.index), suspects=candidates.copies.suspects,
            ),
        )  # fmt: skip


def _named(channels: Sequence[FieldName], *, copies: Copies) -> tuple[str, ...]:
    """Give all channels of a trace: the fields', and those of whole rows; of shared decoys and of order where a candidate has any."""
    shared, order = (SHARED_DECOY,) if has_shared(copies) else (), (ORDER,) if is_ordered(copies) else ()
    return (*channels, OMISSION, *shared, *order)
