"""Planted identifiers in a dump: which of the platform's own stand there, and in whose copy they were."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from suyuan.crypto.canonical import Json, decode_object
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.kinds.registry import KINDS
from suyuan.ledger.entry import LawEntry
from suyuan.ledger.log import Log
from suyuan.mark.pool import Pool
from suyuan.release.manifest import Planted
from suyuan.release.sides import LAW_SIDE
from suyuan.terms import FieldName, LeafIndex
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.naming.copies import Copies

PLANTED = "planted"
"""The channel of planted identifiers, beside the fields and omission."""

Place = tuple[int, int]
"""A release and a row of its manifest."""

FOUND_SCHEMA = pl.Schema({"pool": pl.String(), "index": pl.UInt64(), ROW: pl.UInt64(), "field": pl.String()})


def find_members(dump: Dump, *, pools: Mapping[str, Pool]) -> pl.DataFrame:
    """Find every identifier of the pools in the dump, in each of its rows: `pool`, `index`, `row`, `field`, in the order of rows."""
    parts = [pl.DataFrame(schema=FOUND_SCHEMA)]
    for rows in dump.batches:
        for field, kind in dump.kinds.items():
            mine = [pool for pool in pools.values() if pool.kind is kind]
            if not mine:
                continue
            canonical = KINDS[kind].canonical_column(rows[field])
            for pool in mine:
                members = pool.members_in(canonical)
                parts.append(
                    members.select(
                        pl.lit(pool.name).alias("pool"),
                        pl.col("index").cast(pl.UInt64),
                        rows[ROW].gather(members["row"]).alias(ROW),
                        pl.lit(str(field)).alias("field"),
                    )
                )
    return pl.concat(parts).sort(ROW, "field")


def first_of_each(members: pl.DataFrame) -> pl.DataFrame:
    """Give the first row of each identifier of `find_members`."""
    return members.unique(["pool", "index"], keep="first", maintain_order=True)


def pool_counts(found: pl.DataFrame) -> dict[str, int]:
    """Give, for each pool, how many distinct identifiers of it stand in the dump."""
    counted = found.group_by("pool").len().sort("pool")
    return {str(name): int(count) for name, count in counted.iter_rows()}


def pools_declared(log: Log, *, laws: Iterable[bytes]) -> dict[bytes, Mapping[str, Json]]:
    """Give the pools that each of these laws declared, as plain data."""
    declared: dict[bytes, Mapping[str, Json]] = {}
    for law in sorted(set(laws)):
        index = log.find(LawEntry.op, key=law)
        raw = None if index is None else log.side(index, name=LAW_SIDE)
        if raw is None:
            raise VerificationError("the law of a release is missing beside the ledger")
        pools = decode_object(raw).get("pools")
        declared[law] = pools if isinstance(pools, dict) else {}
    return declared


def planted_that_count(
    copies: Copies,
    *,
    pools: Mapping[str, Pool],
    declared: Mapping[bytes, Mapping[str, Json]],
    found_before: Mapping[str, int],
    used: frozenset[tuple[int, int, str]],
) -> frozenset[Place]:
    """Give the planted identifiers that may be evidence; the others count 1, hit or not.

    An identifier counts if no earlier dump showed it, if its release's law declared the very pool that is
    searched for now, and if at most half of that pool is out: in other copies, or in earlier dumps. Then,
    whatever an adversary learnt from all of these, at least half of the pool is left where it may lie, evenly.

    Args:
        pools: those of the law that the trace is opened under.
        declared: by law, as `pools_declared` gives it.
        found_before: how many identifiers of each pool the dumps opened earlier showed.
    """
    taken = Counter(planted.pool for facts in copies.releases.values() for planted in facts.planted)
    now: dict[str, Mapping[str, object]] = {
        name: pool.document()
        for name, pool in pools.items()
        if 2 * (taken[name] - 1 + found_before.get(name, 0)) <= pool.size
    }
    return frozenset(
        (release, planted.row)
        for release, facts in copies.releases.items()
        for planted in facts.planted
        if planted.pool in now
        and declared[facts.law].get(planted.pool) == now[planted.pool]
        and (release, planted.row, PLANTED) not in used
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One planted identifier that stands in the dump."""

    release: LeafIndex
    planted: Planted
    row: int
    field: FieldName


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """The planted identifiers of the suspects' copies that count, hit or not: `value` is M / (2c) or 0."""

    suspect: np.ndarray[tuple[int], np.dtype[np.int64]]
    value: np.ndarray[tuple[int], np.dtype[np.float64]]
    hits: tuple[tuple[int, Hit], ...]


def find_hits(found: pl.DataFrame, *, copies: Copies, pools: Mapping[str, Pool], counting: frozenset[Place]) -> Hits:
    """Hold the identifiers planted in each copy against those that stand in the dump.

    Args:
        counting: as `planted_that_count` gives it.
    """
    counts = pool_counts(found)
    where = {(pool, index): (row, field) for pool, index, row, field in found.iter_rows()}
    place = {suspect: i for i, suspect in enumerate(copies.suspects)}
    suspects: list[int] = []
    values: list[float] = []
    hits: list[tuple[int, Hit]] = []
    for release, facts in copies.releases.items():
        suspect = place[facts.plan.recipient]
        for planted in facts.planted:
            if (release, planted.row) not in counting:
                continue
            seen = where.get((planted.pool, planted.index))
            suspects.append(suspect)
            values.append(pools[planted.pool].size / (2 * counts[planted.pool]) if seen is not None else 0.0)
            if seen is not None:
                row, field = seen
                hits.append(
                    (suspect, Hit(release=LeafIndex(release), planted=planted, row=row, field=FieldName(field)))
                )
    return Hits(suspect=np.array(suspects, dtype=np.int64), value=np.array(values, dtype=np.float64), hits=tuple(hits))


def spent_by(
    hits: Hits, *, copies: Copies, pools: Mapping[str, Pool], broker: KeyBroker
) -> frozenset[tuple[int, int, str]]:
    """Give the planted identifiers that are known once these hits are: a later dump may imitate them.

    They are the hits themselves, and what else their keys tell when a bundle opens them: a key whose second
    draw was taken says that the first was somebody's.
    """
    owner = {
        (planted.pool, planted.index): (release, planted.row)
        for release, facts in copies.releases.items()
        for planted in facts.planted
    }
    known: set[tuple[str, int]] = set()
    for _, hit in hits.hits:
        planted, facts = hit.planted, copies.releases[hit.release]
        known.add((planted.pool, planted.index))
        if planted.attempt:
            keys = broker.lane_keys(root=facts.pool_root, first=planted.ordinal, count=1, lanes=facts.lanes)
            draws = keys[0, 0].view(">u8")[: planted.attempt].tolist()
            known |= {(planted.pool, draw % pools[planted.pool].size) for draw in draws}
    return frozenset((*owner[item], PLANTED) for item in known if item in owner)
