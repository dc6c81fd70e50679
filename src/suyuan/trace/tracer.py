"""The tracer: from a dump to an attribution.

Numbered as in docs/explanation/lifecycle.md:
1. link rows to persons; find planted identifiers
2. candidates: the copies of these persons in releases before the dump was first opened
3. what the rows show: a function of dump text and form tables, which open or do not; no mark is read
4. fix dump, links, readable channels, suspects, weights and grid in the ledger: `trace-open`, durably
5. only then read marks; evidence in bits; the naming line; the answer
6. remember which marks this dump has shown: they count nothing in a later one
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl

from suyuan.crypto import canonical, commit
from suyuan.crypto.canonical import Json
from suyuan.errors import VerificationError
from suyuan.evidence.opening import Found, TraceOpen
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore
from suyuan.kinds.registry import KINDS
from suyuan.ledger.entry import LawEntry, TraceOpenEntry
from suyuan.ledger.log import Draft, Ledger, Log
from suyuan.mark.bound import budget_of_dump
from suyuan.mark.law import OMISSION, LawBook
from suyuan.mark.score import Grid, Observations, usual_strategies
from suyuan.terms import Clock, Entropy, FieldName, LeafIndex, Probability
from suyuan.trace.attribution import Attribution, DumpFacts
from suyuan.trace.copies import Copies, Whole, find_copies
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.findings import findings_of, reach_of
from suyuan.trace.hits import Hits, find_hits, find_members
from suyuan.trace.link import BY_EVERYTHING, Links
from suyuan.trace.opening import (
    OPEN_SIDE,
    LinkedPerson,
    found_identifiers,
    linked_persons,
    open_document,
    persons_of,
)
from suyuan.trace.reading import FieldReading, OpenPairs, Pairs, Reader, Shown, observe, pair, read_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A `trace-open` in the ledger, and the document it fixed."""

    index: LeafIndex
    at: datetime
    salt: bytes
    document: Mapping[str, Json]

    @property
    def number(self) -> int:
        """This is the platform's `number`-th dump."""
        number = self.document.get("number")
        if not isinstance(number, int):
            raise VerificationError(f"entry {self.index}: an opening without a number")
        return number

    @property
    def dump_sha256(self) -> str:
        """The dump's SHA-256 in hex."""
        match self.document.get("dump"):
            case {"sha256": str(text)}:
                return text
            case _:
                raise VerificationError(f"entry {self.index}: an opening without a dump")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A finished trace: the answer, and everything a bundle opens."""

    attribution: Attribution
    opened: Opened
    fixed: TraceOpen
    copies: Copies
    pairs: Pairs
    persons: tuple[tuple[LinkedPerson, ...], ...]
    found: Mapping[str, Sequence[Found]]
    shown: Mapping[FieldName, Shown]
    readings: tuple[FieldReading, ...]
    hits: Hits
    linked: Whole

    def links_of(self, person: int) -> list[int]:
        """Give the positions of a person's rows among the linked rows."""
        return [int(i) for i in np.flatnonzero(self.linked == person)]

    def __repr__(self) -> str:
        return f"<trace opened at entry {self.opened.index}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """What is settled before the opening."""

    dump: Dump
    links: Links
    rows: pl.DataFrame
    copies: Copies
    pairs: Pairs
    channels: tuple[FieldName, ...]
    grid: Grid
    reads: Sequence[Mapping[str, int]]
    members: pl.DataFrame


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

    def trace(self, dump: Dump, *, links: Links, name: str) -> Traced:
        """Trace one dump whose rows are linked.

        A dump that was opened before is answered from the same opening: same suspects, same line.

        Args:
            name: what the report calls the file.
        Raises: UnavailableError: the ledger cannot be written; no mark was read.
        """
        earlier = [opened for opened in openings(self._ledger) if opened.dump_sha256 == dump.sha256.hex()]
        before = earlier[0].index if earlier else self._ledger.size
        rows = pl.concat([batch.join(links.table, on=ROW, how="inner") for batch in dump.batches]).sort(ROW)
        persons = rows["person"].to_numpy().astype(np.int64)
        copies = find_copies(self._ledger, persons=persons_of(rows), before=before)
        pairs = pair(rows, copies=copies)
        channels = tuple(field for field, kind in dump.kinds.items() if KINDS[kind].slot_names)
        reader = Reader(self._ledger, broker=self._broker, copies=copies, pairs=pairs, persons=persons)
        shown = {field: read_shown(rows, field=field, kind=dump.kinds[field]) for field in channels}
        opens = [reader.open_field(field, shown=shown[field]) for field in channels]
        used = self._used(copies, own=earlier)
        candidates = _Candidates(
            dump=dump, links=links, rows=rows, copies=copies, pairs=pairs, channels=channels,
            grid=usual_strategies((*channels, OMISSION)), reads=reader.reads(opens, used=used),
            members=find_members(dump, pools=self._law.pools),
        )  # fmt: skip
        opened, fixed, linked, found = self._open(candidates, earlier=earlier)
        readings = tuple(reader.read_field(field) for field in opens)
        seen = observe(
            pairs, copies=copies, persons=persons, readings=readings, omissions=reader.read_omission(),
            reads=candidates.reads,
        )  # fmt: skip
        hits = find_hits(candidates.members, copies=copies, pools=self._law.pools)
        self._remember(opened, copies=copies, pairs=pairs, opens=opens, used=used)
        attribution = self._attribution(
            candidates, opened=opened, fixed=fixed, seen=seen, hits=hits, used=used, readings=readings, name=name
        )
        return Traced(
            attribution=attribution, opened=opened, fixed=fixed, copies=copies, pairs=pairs, persons=linked,
            found=found, shown=shown, readings=readings, hits=hits, linked=persons,
        )  # fmt: skip

    def _used(self, copies: Copies, *, own: list[Opened]) -> frozenset[tuple[int, int, str]]:
        """Give the marks of these copies that another dump showed first."""
        seen = self._people.observed(sorted(copies.releases))
        for opened in own:
            seen -= self._people.observed_by(opened.index)
        return seen

    def _open(
        self, candidates: _Candidates, *, earlier: list[Opened]
    ) -> tuple[Opened, TraceOpen, tuple[tuple[LinkedPerson, ...], ...], dict[str, tuple[Found, ...]]]:
        """Step 4: append the opening, or take up the one that says the same already."""
        for opened in earlier:
            fixed, linked, found = self._document(candidates, key=opened.salt, number=opened.number)
            if canonical.encode(fixed.document()) == canonical.encode(dict(opened.document)):
                return opened, fixed, linked, found
        number = 1 + len({opened.dump_sha256 for opened in openings(self._ledger)} - {candidates.dump.sha256.hex()})
        number = max(number, 1 + len(openings(self._ledger))) if earlier else number
        salt = self._entropy.draw(commit.SALT_BYTES)
        fixed, linked, found = self._document(candidates, key=salt, number=number)
        payload = canonical.encode(fixed.document())
        body = TraceOpenEntry(commitment=commit.commitment(commit.TRACE_OPEN, salt=salt, payload=payload))
        drafts = [Draft(body=body, sides={OPEN_SIDE: salt + payload})]
        if self._ledger.find(LawEntry.op, key=self._law.digest()) is None:
            law = canonical.encode(self._law.document())
            drafts.insert(0, Draft(body=LawEntry(law=self._law.digest()), sides={"law": law}))
        receipt = self._ledger.append(drafts)[-1]
        return read_opening(self._ledger, index=receipt.index), fixed, linked, found

    def _document(
        self, candidates: _Candidates, *, key: bytes, number: int
    ) -> tuple[TraceOpen, tuple[tuple[LinkedPerson, ...], ...], dict[str, tuple[Found, ...]]]:
        linked = linked_persons(
            candidates.pairs, copies=candidates.copies, rows=candidates.rows, channels=candidates.channels,
            reads=candidates.reads, key=key,
        )  # fmt: skip
        found = found_identifiers(candidates.members, dump=candidates.dump, pools=self._law.pools, key=key)
        fixed = open_document(
            number=number, alpha=self._alpha, law=self._law.digest(), channels=(*candidates.channels, OMISSION),
            grid=candidates.grid, dump=candidates.dump, matched=candidates.links.linked,
            strangers=candidates.links.strangers, copies=candidates.copies, persons=linked, found=found,
        )  # fmt: skip
        return fixed, linked, found

    def _attribution(
        self, candidates: _Candidates, *, opened: Opened, fixed: TraceOpen, seen: Observations, hits: Hits,
        used: frozenset[tuple[int, int, str]], readings: tuple[FieldReading, ...], name: str,
    ) -> Attribution:  # fmt: skip
        alpha = Probability(fixed.alpha[0] / fixed.alpha[1])
        return Attribution(
            opened=opened.index,
            opened_at=opened.at,
            origin=self._ledger.origin,
            number=fixed.number,
            alpha=alpha,
            budget=budget_of_dump(alpha, number=fixed.number),
            dump=_facts(candidates.dump, links=candidates.links, name=name),
            findings=findings_of(
                fixed, copies=candidates.copies, seen=seen, grid=candidates.grid, hits=hits,
                pairs=candidates.pairs, readings=readings, persons=candidates.links.persons, used=used,
            ),
            reach=reach_of(candidates.copies, persons=candidates.links.persons),
        )  # fmt: skip

    def _remember(
        self, opened: Opened, *, copies: Copies, pairs: Pairs, opens: Sequence[OpenPairs],
        used: frozenset[tuple[int, int, str]],
    ) -> None:  # fmt: skip
        """Step 6: the first observation of a mark is frozen at this dump."""
        shown: set[tuple[int, int, str]] = set()
        for field in opens:
            copy = np.unique(pairs.copy[field.pair[(field.choices >= 0).any(axis=1)]])
            shown |= _marks(copies, at=copy, channel=field.field)
        with_omission = [i for i, facts in copies.releases.items() if facts.plan.omitted_per_65536]
        shown |= _marks(copies, at=np.flatnonzero(np.isin(copies.release, with_omission)), channel=OMISSION)
        self._people.observe(sorted(shown - used), dump=opened.index)


def openings(log: Log) -> list[Opened]:
    """Give every `trace-open`, oldest first."""
    return [read_opening(log, index=index) for index, entry in log.entries() if isinstance(entry.body, TraceOpenEntry)]


def read_opening(log: Log, *, index: int) -> Opened:
    """Read an opening back and check it against its leaf.

    Raises: VerificationError: the document beside the ledger is not the one that the leaf commits to.
    """
    entry, side = log.entry(index), log.side(index, name=OPEN_SIDE)
    if not isinstance(entry.body, TraceOpenEntry) or side is None:
        raise VerificationError(f"entry {index}: its opening is missing beside the ledger")
    salt, payload = side[: commit.SALT_BYTES], side[commit.SALT_BYTES :]
    commit.verify_commitment(entry.body.commitment, tag=commit.TRACE_OPEN, salt=salt, payload=payload)
    at = datetime.fromtimestamp(entry.at_ms / 1000, tz=UTC)
    return Opened(index=LeafIndex(index), at=at, salt=salt, document=canonical.decode_object(payload))


def _marks(copies: Copies, *, at: Whole, channel: str) -> set[tuple[int, int, str]]:
    return {
        (release, row, channel)
        for release, row in zip(copies.release[at].tolist(), copies.row[at].tolist(), strict=True)
    }


def _facts(dump: Dump, *, links: Links, name: str) -> DumpFacts:
    return DumpFacts(
        name=name,
        sha256=dump.sha256,
        size_bytes=dump.size_bytes,
        rows=dump.read,
        matched=links.linked,
        fuzzy=links.table.filter(pl.col("field").cast(pl.String) == BY_EVERYTHING).height,
        contradicting=links.contradicting.len(),
        strangers=links.strangers,
        unreadable=dump.unreadable,
        persons=links.persons,
        columns=tuple((c.name, c.field, c.kind) for c in dump.columns if c.field is not None and c.kind is not None),
    )
