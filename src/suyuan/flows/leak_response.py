"""A leaked file has turned up: read it, link it, trace it, and write what a court can check."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from suyuan.collect.admit import match_columns
from suyuan.crypto.token import Tokenizer
from suyuan.errors import RefusedError
from suyuan.flows.candidates import UNSEALED_AT_MOST, Candidates
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore
from suyuan.kinds.registry import KINDS
from suyuan.ledger.log import Ledger
from suyuan.ledger.ports import TileFiles
from suyuan.release.door import Door
from suyuan.release.investigate import PURPOSE, unseal_candidates
from suyuan.release.policy import Policy
from suyuan.release.ports import Progress, silent
from suyuan.terms import Clock, Entropy, FieldName, KindName, Probability, Recipient
from suyuan.trace.dump import Dump
from suyuan.trace.engines.road import SplitRoad
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.dialect import Given
from suyuan.trace.ingest import Columns, ingest
from suyuan.trace.link import Links, link, link_rest, residual_table
from suyuan.trace.matching.road import ByteRoad
from suyuan.trace.naming.bundling import Bundler
from suyuan.trace.naming.former import with_dates
from suyuan.trace.naming.tracer import Traced, Tracer
from suyuan.trace.ports import Engine, FuzzyMatcher, Numbers, Tokens
from suyuan.trace.resuming.engine import KeptEngine
from suyuan.trace.resuming.matched import KeptMatcher
from suyuan.trace.resuming.rows import RowKeeper
from suyuan.trace.resuming.stretches import StretchRoad
from suyuan.trace.resuming.unfinished import Unfinished
from suyuan.trace.resuming.whole import WholeReading, options

_STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakResponse:
    """What a leak response works with: the store's parts, and the matcher for rows without an identifier.

    `publish` brings the public files up to date and has them witnessed, so that evidence bears the witnesses' word.
    `unfinished` keeps what is done until the caller says that the answer is out; without it an interrupted trace begins anew.
    """

    ledger: Ledger
    broker: KeyBroker
    people: PeopleStore
    policy: Policy
    door: Door
    files: TileFiles
    alpha: Probability
    clock: Clock
    entropy: Entropy
    matcher: FuzzyMatcher | None
    publish: Callable[[], object]
    unfinished: Unfinished | None = None

    def trace(
        self,
        path: Path,
        *,
        columns: Columns | None = None,
        given: Given | None = None,
        customers: pl.DataFrame | None = None,
        unreadable: Path | None = None,
        beside: Callable[[Dump, Links, Traced], Traced] | None = None,
        progress: Progress = silent,
        engine: Engine | None = None,
        unseal_at_most: int = UNSEALED_AT_MOST,
        known_at: datetime | None = None,
    ) -> Traced:
        """Trace a dump file.

        Rows whose identifiers are known are linked exactly. The rest go to the matcher, if there is one,
        against the caller's own table of customers (overlay), or against records unsealed through the door
        for this purpose alone (sealed): those of persons who share a declared part with some row (`Candidates`).

        Args:
            customers: the platform's own table, with a key or strong column; only needed in overlay mode.
            unreadable: a new file for the rows that cannot be read.
            beside: what else is asked of the dump once it is traced, such as access sets.
            unseal_at_most: persons whose records may be unsealed for the matcher.
            known_at: when the dump was known to be out; by default now.
        Raises: RefusedError: `trace.known-at`, that is still to come; the file cannot be read, or holds nothing of the store's fields. `trace.unsealed`: more
            records would have to be unsealed.
        """
        if known_at is not None and known_at > self.clock.now():
            raise RefusedError(
                "the time when the dump was known is still to come",
                code="trace.known-at",
                hint="say when it was first seen, with its zone, such as 2026-11-20T14:05+08:00",
            )
        tokenizers: dict[KindName, Tokenizer] = {kind: self.broker.tokenizer(kind) for kind in KINDS}
        aside = Aside(unreadable)
        read_so_far(progress, 0, size=_size_of(path))
        try:
            dump, links = self._read(
                path, columns=columns, given=given, aside=aside, tokenizers=tokenizers, engine=engine, progress=progress
            )
        finally:
            aside.close()
        residual = residual_table(dump, links=links)
        if self.matcher is not None and residual.height:
            progress("match", 2, _STEPS)
            people = self._candidates(customers, residual=residual, links=links, unseal_at_most=unseal_at_most)
            kept = None if self.unfinished is None else KeptMatcher(self.matcher, unfinished=self.unfinished)
            links = link_rest(links, residual=residual, people=people, matcher=kept or self.matcher)
        links = with_dates(links, dump=dump, people=self.people, tokenizers=tokenizers)
        progress("trace", 3, _STEPS)
        tracer = Tracer(
            ledger=self.ledger, broker=self.broker, people=self.people, law=self.door.law, alpha=self.alpha,
            clock=self.clock, entropy=self.entropy,
        )  # fmt: skip
        traced = tracer.trace(dump, links=links, name=path.name, known_at=known_at)
        if beside is not None:
            traced = beside(dump, links, traced)
        self.door.settle()
        self.publish()
        progress("trace", _STEPS, _STEPS)
        return traced

    def _read(
        self,
        path: Path,
        *,
        columns: Columns | None,
        given: Given | None,
        aside: Aside,
        tokenizers: Mapping[KindName, Tokenizer],
        engine: Engine | None,
        progress: Progress,
    ) -> tuple[Dump, Links]:
        """Read a dump and link its rows by identifiers, or take up what an interrupted trace has done of it."""
        fields = {field.name: field.kind for field in self.policy.fields.values()}
        whole = None if self.unfinished is None else WholeReading(
            path, unfinished=self.unfinished, fields=fields, columns=columns, given=given
        )  # fmt: skip
        taken = None if whole is None else whole.taken(aside)
        if taken is not None:
            return taken
        index = _Index(self.people)
        keeper: RowKeeper | None = None
        if self.unfinished is not None and engine is not None:
            engine = KeptEngine(engine, unfinished=self.unfinished)
        splitter = None if engine is None else SplitRoad(
            engine, owners=self.people, tokenizers=tokenizers, entropy=self.entropy
        )  # fmt: skip
        road = self._byte_road(index, tokenizers=tokenizers) if splitter is None else splitter
        if self.unfinished is not None:
            of = options(fields, columns=columns, given=given)
            keeper = RowKeeper(path, unfinished=self.unfinished, people=index, tokenizers=tokenizers, of=of, road=road)
        dump = ingest(
            path, fields=fields, columns=columns, given=given, road=road, splitter=splitter, aside=aside,
            progress=partial(read_so_far, progress, size=_size_of(path)), keeper=keeper,
        )  # fmt: skip
        progress("link", 1, _STEPS)
        links = link(dump, people=index, tokenizers=tokenizers, road=keeper or road)
        if whole is not None and keeper is not None and whole.keep(dump, links, aside=aside):
            keeper.drop()
        return dump, links

    def _byte_road(self, index: "_Index", *, tokenizers: Mapping[KindName, Tokenizer]) -> ByteRoad | StretchRoad:
        """Give the road of this process: the dump's own bytes, in stretches that are kept where anything is."""
        rest = self.people.rest
        road = ByteRoad(people=index, tokenizers=tokenizers, rest=rest)
        if self.unfinished is None:
            return road
        return StretchRoad(road, people=index, tokenizers=tokenizers, unfinished=self.unfinished, rest=rest)

    def bundle(self, traced: Traced, *, suspects: tuple[Recipient, ...] = ()) -> bytes:
        """Give the bundle for the named suspects, or for those asked for."""
        chosen = suspects or tuple(finding.recipient for finding in traced.attribution.named)
        bundler = Bundler(self.ledger, broker=self.broker, files=self.files, key=self.ledger.key)
        return bundler.bundle(traced, suspects=chosen)

    def _candidates(
        self,
        customers: pl.DataFrame | None,
        *,
        residual: pl.DataFrame,
        links: Links,
        unseal_at_most: int,
    ) -> pl.DataFrame:
        """Give canonical values of the people the rest may be about: `person` and a column per field."""
        if customers is not None:
            return self._customers(customers)
        allowed = self.policy.purpose(PURPOSE).fields
        fields = tuple(FieldName(name) for name in residual.columns if name in self.policy.fields)
        nobody = pl.DataFrame(schema={"person": pl.Int64})
        if not any(name in allowed for name in fields):
            return nobody
        candidates = Candidates(people=self.people, broker=self.broker, fields=self.policy.fields)
        linked = links.table["person"].to_numpy()
        persons = candidates.persons(residual, linked=linked, at_most=unseal_at_most)
        return unseal_candidates(self.door, persons=persons, fields=fields) if len(persons) else nobody

    def _customers(self, customers: pl.DataFrame) -> pl.DataFrame:
        """Give the caller's table in canonical form, each row with the person the store knows it by."""
        matched = match_columns(customers.columns, fields=self.policy.fields)
        canonical = {
            f.name: KINDS[f.kind].canonical_column(customers[column].cast(pl.String)) for column, f in matched.items()
        }
        person = np.full(customers.height, -1, dtype=np.int64)
        for field in sorted(matched.values(), key=lambda f: not f.key):
            if not field.strong:
                continue
            values = canonical[field.name]
            free = np.flatnonzero((person < 0) & values.is_not_null().to_numpy())
            if len(free):
                tokens = self.broker.tokenizer(field.kind).column(values.gather(free)).to_numpy()
                person[free] = self.people.find(field.kind, tokens)
        if (person < 0).all():
            raise RefusedError(
                "no row of the customers' table is known to this store",
                code="trace.customers",
                hint="give the table that was exported, with its customer numbers, phones or e-mails",
            )
        frame = pl.DataFrame([pl.Series("person", person), *(v.alias(n) for n, v in canonical.items())])
        return frame.filter(pl.col("person") >= 0).unique("person", keep="first", maintain_order=True)


class _Index:
    """The people store as the trace's index."""

    def __init__(self, people: PeopleStore) -> None:
        self._people = people

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        """Give the person of each token."""
        return self._people.find(kind, tokens)


def read_so_far(progress: Progress, done: int, *, size: int) -> None:
    """Say how many bytes of a dump were read. Some formats are read twice, and a bar never goes beyond its end."""
    progress("read", min(done, size), size)


def _size_of(path: Path) -> int:
    """Give the size of a file in bytes; 1 where it cannot be told, which the reader will say in its own words."""
    try:
        return max(1, path.stat().st_size)
    except OSError:
        return 1
