"""Planted identifiers in a dump: which of the platform's own stand there, and in whose copy they were."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from suyuan.kinds.registry import KINDS
from suyuan.mark.pool import Pool
from suyuan.release.manifest import Planted
from suyuan.terms import FieldName, LeafIndex
from suyuan.trace.copies import Copies
from suyuan.trace.dump import ROW, Dump

FOUND_SCHEMA = pl.Schema({"pool": pl.String(), "index": pl.UInt64(), ROW: pl.UInt64(), "field": pl.String()})


def find_members(dump: Dump, *, pools: Mapping[str, Pool]) -> pl.DataFrame:
    """Find every identifier of the pools in the dump, first row each: `pool`, `index`, `row`, `field`."""
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
    return pl.concat(parts).sort(ROW, "field").unique(["pool", "index"], keep="first", maintain_order=True)


def pool_counts(found: pl.DataFrame) -> dict[str, int]:
    """Give, for each pool, how many distinct identifiers of it stand in the dump."""
    counted = found.group_by("pool").len().sort("pool")
    return {str(name): int(count) for name, count in counted.iter_rows()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One planted identifier that stands in the dump."""

    release: LeafIndex
    planted: Planted
    row: int
    field: FieldName


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """All planted identifiers of the suspects' copies, hit or not: `value` is M / (2c) or 0."""

    suspect: np.ndarray[tuple[int], np.dtype[np.int64]]
    value: np.ndarray[tuple[int], np.dtype[np.float64]]
    hits: tuple[tuple[int, Hit], ...]


def find_hits(found: pl.DataFrame, *, copies: Copies, pools: Mapping[str, Pool]) -> Hits:
    """Hold the identifiers planted in each copy against those that stand in the dump."""
    counts = pool_counts(found)
    where = {(pool, index): (row, field) for pool, index, row, field in found.iter_rows()}
    place = {suspect: i for i, suspect in enumerate(copies.suspects)}
    suspects: list[int] = []
    values: list[float] = []
    hits: list[tuple[int, Hit]] = []
    for release, facts in copies.releases.items():
        suspect = place[facts.plan.recipient]
        for planted in facts.planted:
            seen = where.get((planted.pool, planted.index))
            suspects.append(suspect)
            values.append(pools[planted.pool].size / (2 * counts[planted.pool]) if seen is not None else 0.0)
            if seen is not None:
                row, field = seen
                hits.append(
                    (suspect, Hit(release=LeafIndex(release), planted=planted, row=row, field=FieldName(field)))
                )
    return Hits(suspect=np.array(suspects, dtype=np.int64), value=np.array(values, dtype=np.float64), hits=tuple(hits))
