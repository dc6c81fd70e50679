"""The tracer: from a dump to an attribution.

Numbered as in docs/explanation/lifecycle.md:
1. link rows to persons; find planted identifiers
2. candidates: the copies of these persons in releases before the dump was first opened
3. fix dump, links, suspects, weights, grid and policy in the ledger: `trace-open`, durably
4. only then read marks
5. evidence in bits; the naming line; the answer
6. remember which marks this dump has shown: they count nothing in a later one
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import numpy as np
import polars as pl

from suyuan.crypto import canonical, commit
from suyuan.crypto.canonical import Json
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore
from suyuan.kinds.registry import KINDS
from suyuan.ledger.entry import LawEntry, TraceOpenEntry
from suyuan.ledger.log import Draft, Ledger, Log
from suyuan.mark.law import OMISSION, LawBook
from suyuan.mark.score import Grid, Observations, usual_strategies
from suyuan.terms import Clock, Digest, Entropy, FieldName, LeafIndex, Probability
from suyuan.trace.attribution import Attribution, DumpFacts
from suyuan.trace.copies import Copies, Whole, find_copies
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.findings import findings_of, reach_of
from suyuan.trace.hits import Hits, find_hits, find_members, pool_counts
from suyuan.trace.link import Links
from suyuan.trace.opening import (
    OPEN_SIDE,
    PersonEntry,
    equal_weights,
    linked_persons,
    open_document,
    person_entries,
)
from suyuan.trace.reading import FieldReading, Pairs, Reader, Shown, observe, pair, read_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A `trace-open` in the ledger, and what it fixed."""

    index: LeafIndex
    at: datetime
    document: dict[str, Json]
    salt: bytes
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A finished trace: the answer, and everything a bundle opens."""

    attribution: Attribution
    opened: Opened
    dump: Dump
    links: pl.DataFrame
    copies: Copies
    pairs: Pairs
    entries: tuple[tuple[PersonEntry, ...], ...]
    shown: dict[FieldName, Shown]
    readings: dict[FieldName, FieldReading]
    observations: Observations
    hits: Hits


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

        Raises: UnavailableError: the ledger cannot be written; no mark was read.
        """
        table = self._rows_of(dump, links=links)
        earlier = self._openings(dump.sha256)
        before = earlier[0] if earlier else self._ledger.size
        found = find_members(dump, pools=self._law.pools)
        copies = find_copies(self._ledger, persons=linked_persons(table), before=before)
        pairs = pair(table, copies=copies)
        used = self._used(copies, own=earlier)
        channels = tuple(f for f, kind in dump.kinds.items() if KINDS[kind].slot_names)
        grid = usual_strategies((*channels, OMISSION))
        opened, entries = self._open(
            dump, links=links, table=table, copies=copies, pairs=pairs, used=used, grid=grid,
            channels=channels, counts=pool_counts(found), earlier=earlier,
        )  # fmt: skip
        shown = {f: read_shown(table, field=f, kind=dump.kinds[f]) for f in channels}
        persons = table["person"].to_numpy()
        reader = Reader(self._ledger, broker=self._broker, copies=copies, pairs=pairs, persons=persons)
        readings = {f: reader.open_field(f, shown=shown[f]) for f in channels}
        seen = observe(
            pairs, copies=copies, persons=persons, readings=readings, omissions=reader.read_omission(), used=used
        )
        hits = find_hits(found, copies=copies, pools=self._law.pools)
        self._remember(opened, copies=copies, pairs=pairs, readings=readings, used=used)
        attribution = Attribution(
            opened=opened.index,
            opened_at=opened.at,
            origin=self._ledger.origin,
            number=opened.number,
            alpha=_alpha(opened.document),
            budget=budget(opened.document),
            dump=_facts(dump, links=links, name=name),
            findings=findings_of(
                opened.document, copies=copies, seen=seen, grid=grid, hits=hits, pairs=pairs,
                readings=readings, links=table, used=used,
            ),
            reach=reach_of(copies, persons=links.persons),
        )  # fmt: skip
        return Traced(
            attribution=attribution, opened=opened, dump=dump, links=table, copies=copies, pairs=pairs,
            entries=entries, shown=shown, readings=readings, observations=seen, hits=hits,
        )  # fmt: skip

    def _rows_of(self, dump: Dump, *, links: Links) -> pl.DataFrame:
        """Give the linked rows with their cells, in file order."""
        parts = [batch.join(links.table, on=ROW, how="inner") for batch in dump.batches]
        return pl.concat(parts).sort(ROW)

    def _openings(self, sha256: bytes) -> list[LeafIndex]:
        """Give the entries that opened this very dump before."""
        return [index for index, document in openings(self._ledger) if _dump_of(document).get("sha256") == sha256.hex()]

    def _used(self, copies: Copies, *, own: list[LeafIndex]) -> frozenset[tuple[int, int, str]]:
        """Give the marks of these copies that another dump showed first."""
        seen = self._people.observed(sorted(copies.releases))
        for index in own:
            seen -= self._people.observed_by(index)
        return seen

    def _open(
        self, dump: Dump, *, links: Links, table: pl.DataFrame, copies: Copies, pairs: Pairs,
        used: frozenset[tuple[int, int, str]], grid: Grid, channels: tuple[str, ...],
        counts: dict[str, int], earlier: list[LeafIndex],
    ) -> tuple[Opened, tuple[tuple[PersonEntry, ...], ...]]:  # fmt: skip
        """Step 3: append the opening, or take up the one that says the same already."""

        def draft(salt: bytes, *, number: int) -> tuple[dict[str, Json], tuple[tuple[PersonEntry, ...], ...]]:
            entries = person_entries(pairs, copies=copies, links=table, used=used, key=salt)
            document = open_document(
                number=number, alpha=self._alpha, law=self._law.digest(), channels=(*channels, OMISSION),
                grid=grid, dump=dump, matched=links.linked, strangers=links.strangers, copies=copies,
                entries=entries, weights=equal_weights(len(copies.suspects)), pool_counts=counts,
            )  # fmt: skip
            return document, entries

        for index in earlier:
            opened = read_opening(self._ledger, index=index)
            document, entries = draft(opened.salt, number=opened.number)
            if document == opened.document:
                return opened, entries
        number = 1 + len({_dump_of(document).get("sha256") for _, document in openings(self._ledger)} - {None})
        salt = self._entropy.draw(commit.SALT_BYTES)
        document, entries = draft(salt, number=number)
        payload = canonical.encode(document)
        body = TraceOpenEntry(commitment=commit.commitment(commit.TRACE_OPEN, salt=salt, payload=payload))
        drafts = [Draft(body=body, sides={OPEN_SIDE: salt + payload})]
        if self._ledger.find(LawEntry.op, key=self._law.digest()) is None:
            law = Draft(body=LawEntry(law=self._law.digest()), sides={"law": canonical.encode(self._law.document())})
            drafts.insert(0, law)
        receipt = self._ledger.append(drafts)[-1]
        return read_opening(self._ledger, index=receipt.index), entries

    def _remember(
        self, opened: Opened, *, copies: Copies, pairs: Pairs,
        readings: dict[FieldName, FieldReading], used: frozenset[tuple[int, int, str]],
    ) -> None:  # fmt: skip
        """Step 6: the first observation of a mark is frozen at this dump."""
        shown: set[tuple[int, int, str]] = set()
        for field, reading in readings.items():
            copy = np.unique(pairs.copy[reading.pair[(reading.choices >= 0).any(axis=1)]])
            shown |= _marks(copies, at=copy, channel=field)
        with_omission = [i for i, f in copies.releases.items() if f.plan.omitted_per_65536]
        shown |= _marks(copies, at=np.flatnonzero(np.isin(copies.release, with_omission)), channel=OMISSION)
        self._people.observe(sorted(shown - used), dump=opened.index)


def openings(log: Log) -> list[tuple[LeafIndex, dict[str, Json]]]:
    """Give every `trace-open` with its document, oldest first."""
    return [
        (index, read_opening(log, index=index).document)
        for index, entry in log.entries()
        if isinstance(entry.body, TraceOpenEntry)
    ]


def read_opening(log: Log, *, index: int) -> Opened:
    """Read an opening back and check it against its leaf.

    Raises: VerificationError: the document beside the ledger is not the one that the leaf commits to.
    """
    entry, side = log.entry(index), log.side(index, name=OPEN_SIDE)
    if not isinstance(entry.body, TraceOpenEntry) or side is None:
        raise VerificationError(f"entry {index}: its opening is missing beside the ledger")
    salt, payload = side[: commit.SALT_BYTES], side[commit.SALT_BYTES :]
    commit.verify_commitment(entry.body.commitment, tag=commit.TRACE_OPEN, salt=salt, payload=payload)
    document = canonical.decode_object(payload)
    number = document.get("number")
    if not isinstance(number, int):
        raise VerificationError(f"entry {index}: an opening without a number")
    at = datetime.fromtimestamp(entry.at_ms / 1000).astimezone()
    return Opened(index=LeafIndex(index), at=at, document=document, salt=salt, number=number)


def budget(document: dict[str, Json]) -> Probability:
    """Give the part of the lifelong budget that an opened dump spends."""
    from suyuan.mark.bound import budget_of_dump

    number = document.get("number")
    return budget_of_dump(_alpha(document), number=number if isinstance(number, int) else 1)


def _alpha(document: dict[str, Json]) -> Probability:
    match document.get("alpha"):
        case [int(top), int(bottom)]:
            return Probability(float(Fraction(top, bottom)))
        case _:
            raise VerificationError("an opening without an error budget")


def _dump_of(document: dict[str, Json]) -> dict[str, Json]:
    dump = document.get("dump")
    return dump if isinstance(dump, dict) else {}


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
        fuzzy=links.table.filter(pl.col("field").cast(pl.String) == "*").height,
        contradicting=links.contradicting.len(),
        strangers=links.strangers,
        unreadable=dump.unreadable,
        persons=links.persons,
        columns=tuple((c.name, c.field, c.kind) for c in dump.columns if c.field is not None and c.kind is not None),
    )


__all__ = ["Digest", "Opened", "Traced", "Tracer", "openings", "read_opening"]
