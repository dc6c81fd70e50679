"""Gathering the population of a store: who had looked up whom, by its own ledger and by legacy logs, and where people lie."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.hold.broker import KeyBroker
from suyuan.ledger.log import Log
from suyuan.terms import Recipient, RecipientKind
from suyuan.trace.naming.copies import find_shown
from suyuan.trace.sets.exclusion import UNKNOWN
from suyuan.trace.sets.population import Population
from suyuan.trace.sets.postings import lists_of

Whole = npt.NDArray[np.int64]

LOOKUPS = pl.Schema(
    {
        "person": pl.Int64(), "kind": pl.String(), "id": pl.String(), "at_ms": pl.Int64(), "queue": pl.String(),
        "region": pl.String(), "legacy": pl.Boolean(), "fields": pl.String(),
    }
)  # fmt: skip
"""One row for each time that a recipient was shown a person; `fields` joined by a zero byte, `*` where they are not known."""

_RELEASES = pl.Schema(
    {
        "release": pl.Int64(), "kind": pl.String(), "id": pl.String(), "at_ms": pl.Int64(), "queue": pl.String(),
        "region": pl.String(), "fields": pl.String(),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A population with its names.

    Args:
        persons: person numbers, ascending; position i is person i of the population.
        recipients: position j is account j. legacy: of each pair of the population, whether only a legacy log says so.
    """

    population: Population
    persons: Whole
    recipients: tuple[Recipient, ...]
    legacy: npt.NDArray[np.bool_] = field(repr=False)
    has_queues: bool

    def places_of(self, persons: Whole) -> Whole:
        """Give the positions of those persons that are in the population."""
        place = np.minimum(np.searchsorted(self.persons, persons), max(len(self.persons) - 1, 0))
        known = self.persons[place] == persons if len(self.persons) else np.zeros(len(persons), dtype=np.bool_)
        return np.unique(place[known])

    def digest(self) -> bytes:
        """Give the SHA-256 of sets and strata, as a note fixes it."""
        seen, digest = self.population.seen, sha256()
        for array in (self.persons, seen.starts, seen.members, self.population.places):
            digest.update(len(array).to_bytes(8, "big"))
            digest.update(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
        for recipient in self.recipients:
            digest.update(f"{recipient.kind.value}\0{recipient.id}\0".encode())
        return digest.digest()


def lookups_in(log: Log, *, broker: KeyBroker, persons: Whole, before: int, start: int = 0) -> pl.DataFrame:
    """Give everything that the ledger's releases of the entries [start, before) showed of some persons: `LOOKUPS`, and `release`."""
    releases: list[tuple[int, str, str, int, str, str, str]] = []
    whose, sizes = [np.empty(0, dtype=np.int64)], []
    for shown in find_shown(log, broker=broker, linked=broker.linked(persons.tolist()), start=start, end=before):
        if not len(shown.persons):
            continue
        who, why = shown.plan.recipient, shown.plan.why
        releases.append((
            int(shown.index), who.kind.value, who.id, shown.at_ms, str(why.case.get("queue", "")),
            str(why.case.get("region", "")), "\0".join(sorted(why.fields)) or UNKNOWN,
        ))  # fmt: skip
        whose.append(shown.persons)
        sizes.append(len(shown.persons))
    table = pl.DataFrame(releases, schema=_RELEASES, orient="row")
    at = np.repeat(np.arange(len(sizes)), sizes)
    return table[at].with_columns(pl.Series("person", np.concatenate(whose)), legacy=pl.lit(value=False))


def legacy_lookups(history: pl.DataFrame) -> pl.DataFrame:
    """Give a legacy history as `LOOKUPS`."""
    return history.select(
        "person", pl.lit(RecipientKind.ACCOUNT.value).alias("kind"), pl.col("account").alias("id"), "at_ms", "queue", "region",
        pl.lit(value=True).alias("legacy"), pl.lit(UNKNOWN).alias("fields"),
    )  # fmt: skip


def gather(
    lookups: pl.DataFrame,
    *,
    persons: Whole,
    cases: Sequence[tuple[int, str, str]],
    before_ms: int | None = None,
    regions: bool = True,
    queues: bool = True,
) -> Gathered:
    """Give the population of look-ups before a time.

    A person's place is her region (the most frequent of her cases') and the set of queues that her cases lay in. Where the
    platform's cases do not say, the look-ups do, but those of one account alone do not: its own work would make its stratum.

    Args:
        persons: everybody, ascending. cases: person, queue and region of every case.
    """
    # Numbers are the same for every time before which one looks.
    who = lookups.select("kind", "id").unique().sort("kind", "id").with_row_index("holder")
    kept = lookups if before_ms is None else lookups.filter(pl.col("at_ms") < before_ms)
    kept = kept.join(pl.DataFrame({"person": persons, "place": np.arange(len(persons))}), on="person", how="inner")
    kept = kept.join(who, on=["kind", "id"])
    pairs = kept.group_by("holder", "place").agg(pl.col("legacy").all()).sort("holder", "place")
    seen = lists_of(pairs["holder"].to_numpy(), pairs["place"].to_numpy(), count=who.height)
    known = pl.DataFrame(cases, schema={"person": pl.Int64, "queue": pl.String, "region": pl.String}, orient="row")
    several = pairs.group_by("place").len().filter(pl.col("len") > 1).select("place")
    told = pl.concat([
        known.join(pl.DataFrame({"person": persons, "place": np.arange(len(persons))}), on="person").select("place", "queue", "region"),
        kept.join(several, on="place", how="semi").select("place", "queue", "region"),
    ])  # fmt: skip
    places, has_queues = _places(told, count=len(persons), regions=regions, queues=queues)
    recipients = tuple(
        Recipient(kind=RecipientKind(kind), id=name) for kind, name in who.select("kind", "id").iter_rows()
    )
    return Gathered(
        population=Population(seen=seen, places=places), persons=persons, recipients=recipients,
        legacy=pairs["legacy"].to_numpy(), has_queues=has_queues,
    )  # fmt: skip


def _places(told: pl.DataFrame, *, count: int, regions: bool, queues: bool) -> tuple[npt.NDArray[np.int32], bool]:
    """Give each person's place as a number, and whether any queue is logged."""
    region = (
        told.filter(pl.col("region") != "").group_by("place", "region").len()
        .sort("len", "region", descending=[True, False]).unique("place", keep="first").select("place", "region")
    )  # fmt: skip
    queue = (
        told.filter(pl.col("queue") != "").group_by("place")
        .agg(pl.col("queue").unique().sort().str.join("\0").alias("queues"))
    )  # fmt: skip
    table = pl.DataFrame({"place": np.arange(count)}).join(region, on="place", how="left", maintain_order="left")
    table = table.join(queue, on="place", how="left", maintain_order="left").with_columns(
        pl.col("region").fill_null("") if regions else pl.lit("").alias("region"),
        pl.col("queues").fill_null("") if queues else pl.lit("").alias("queues"),
    )
    number = (
        table.select(pl.struct("region", "queues").rank("dense").alias("n"))["n"] - 1
        if count
        else pl.Series([], dtype=pl.Int32)
    )
    return number.to_numpy().astype(np.int32), bool(queue.height)
