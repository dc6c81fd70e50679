"""Decoys that the copies of an export family share, in a dump: which of them stand there, and which copies a key put them into.

A decoy is found by its own identifiers. Like a person whom omission kept she is then one slot of every copy of her family:
shown or left out. What is not in the dump says nothing. A decoy counts behind the linked persons, as one more of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto.canonical import Json
from suyuan.crypto.commit import digest
from suyuan.evidence.decoys import LANE
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.log import Log
from suyuan.mark.law import DECOYS, SHARED_DECOY, SHOWN, TOTAL, decoys_shown
from suyuan.mark.pool import Pool
from suyuan.mark.score import Observations
from suyuan.release.drawing import draws_of
from suyuan.release.families import Families, SharedDecoy
from suyuan.terms import FieldName
from suyuan.trace.dump import ROW, Dump
from suyuan.trace.naming.copies import Copies, Whole
from suyuan.trace.naming.reading import keys_of_rows
from suyuan.trace.naming.reads import NOTHING, Reads

Place = tuple[int, str]
"""A row of the dump, and the field of one of its cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A decoy of a family that stands in the dump: where an identifier of hers is first read, and of which pool it is."""

    family: str
    number: int
    decoy: SharedDecoy
    row: int
    field: FieldName
    pool: str
    cells: Mapping[str, str]

    def __repr__(self) -> str:
        return f"<decoy {self.number} of {self.family}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedCopies:
    """The copies of the decoys that stand in the dump, as `Copies` has them of persons: `release[i]` has, or left out by key,
    decoy `which[i]` in manifest row `row[i]`. Which of the two is a mark, and is not read here.

    Args:
        first: the number of the first decoy among the persons of the trace; the others follow.
    """

    decoys: tuple[Standing, ...]
    first: int
    release: Whole
    row: Whole
    which: Whole
    suspect: Whole
    decoy_class: Whole

    @property
    def person(self) -> Whole:
        """The number of each copy's decoy among the persons of the trace."""
        return self.first + self.which

    def unspent(self, used: frozenset[tuple[int, int, str]]) -> "SharedCopies":
        """Give those that no earlier opening has read."""
        spent = {(release, row) for release, row, channel in used if channel == SHARED_DECOY}
        places = zip(self.release.tolist(), self.row.tolist(), strict=True)
        fresh = np.array([place not in spent for place in places], dtype=np.bool_)
        return replace(
            self, release=self.release[fresh], row=self.row[fresh], which=self.which[fresh],
            suspect=self.suspect[fresh], decoy_class=self.decoy_class[fresh],
        )  # fmt: skip

    def behind(self, copies: Copies) -> Copies:
        """Give the copies of persons, and those of decoys behind them."""
        if not len(self.release):
            return copies
        return replace(
            copies,
            release=np.concatenate([copies.release, self.release]),
            row=np.concatenate([copies.row, self.row]),
            person=np.concatenate([copies.person, self.person]),
            suspect=np.concatenate([copies.suspect, self.suspect]),
        )

    def reads_behind(self, reads: Reads) -> Reads:
        """Give what counts of the copies of persons, and of those of decoys behind them: the class of each."""
        channels = tuple(sorted({*reads.channels, SHARED_DECOY}))
        lanes = np.full((len(reads) + len(self.release), len(channels)), NOTHING, dtype=np.int64)
        lanes[: len(reads), [channels.index(channel) for channel in reads.channels]] = reads.lanes
        lanes[len(reads) :, channels.index(SHARED_DECOY)] = self.decoy_class
        return Reads(channels=channels, lanes=lanes)

    def own_keys(self, key: bytes) -> dict[int, bytes]:
        """Give what each decoy's pseudonym and salts in one opening are hashed from."""
        return {
            self.first + place: digest(key + b"decoy" + one.family.encode() + b"\x00" + one.number.to_bytes(8, "big"))
            for place, one in enumerate(self.decoys)
        }

    def cells(self) -> dict[int, tuple[tuple[int, Mapping[str, str]], ...]]:
        """Give the row in which each decoy stands, with its texts."""
        return {self.first + place: ((one.row, one.cells),) for place, one in enumerate(self.decoys)}


def has_shared(copies: Copies) -> bool:
    """Say whether any candidate release has decoys that it shares."""
    return any(facts.plan.shared for facts in copies.releases.values())


def find_shared(
    log: Log,
    *,
    broker: KeyBroker,
    dump: Dump,
    members: pl.DataFrame,
    pools: Mapping[str, Pool],
    declared: Mapping[bytes, Mapping[str, Json]],
    copies: Copies,
    channels: Sequence[FieldName],
    before: int,
) -> SharedCopies:
    """Find the decoys of every family in a dump, and their copies; a function of the dump and of what was drawn for the families.

    Args:
        members: the identifiers of the pools that stand in the dump, as `hits.find_members` gives them.
        declared: the pools of each release's law: an identifier counts where its pool is the very one searched for.
        channels: the fields whose texts are committed to beside that of the identifier.
        before: the entry that opened the dump; what was drawn later is not looked for.
    """
    sharing = {index: facts for index, facts in copies.releases.items() if facts.plan.shared}
    where: dict[tuple[str, str], Place] = {}
    if sharing:
        for pool, index, row, field in members.select("pool", "index", ROW, "field").iter_rows():
            where[pool, pools[pool].member(index)] = row, field
    families = Families(log, broker=broker, end=before)
    standing = [
        found
        for family in sorted({facts.plan.family for facts in sharing.values()})
        for number, decoy in enumerate(families.of(family).decoys)
        if (found := _standing(decoy, family=family, number=number, where=where)) is not None
    ]
    place = {suspect: i for i, suspect in enumerate(copies.suspects)}
    documents = {name: pool.document() for name, pool in pools.items()}
    found_in: list[tuple[int, int, int, int, int]] = []
    for index, facts in sharing.items():
        first = facts.plan.rows + facts.plan.planted
        same = {name for name, document in documents.items() if declared[facts.law].get(name) == document}
        found_in += [
            (index, first + one.number, which, place[facts.plan.recipient], one.decoy.decoy_class)
            for which, one in enumerate(standing)
            if one.family == facts.plan.family and one.number < facts.plan.shared and one.pool in same
        ]
    columns = np.array(found_in, dtype=np.int64).reshape(-1, 5)
    return SharedCopies(
        decoys=_with_cells(standing, dump=dump, channels=channels),
        first=1 + max(int(copies.linked.persons.max(initial=-1)), int(copies.person.max(initial=-1))),
        release=columns[:, 0],
        row=columns[:, 1],
        which=columns[:, 2],
        suspect=columns[:, 3],
        decoy_class=columns[:, 4],
    )


def _standing(
    decoy: SharedDecoy, *, family: str, number: int, where: Mapping[tuple[str, str], Place]
) -> Standing | None:
    """Give where a decoy stands first; None if the dump shows none of her identifiers."""
    found = sorted((*where[item], item[0]) for item in decoy.identifiers.items() if item in where)
    if not found:
        return None
    row, field, pool = found[0]
    return Standing(family=family, number=number, decoy=decoy, row=row, field=FieldName(field), pool=pool, cells={})


def _with_cells(standing: Sequence[Standing], *, dump: Dump, channels: Sequence[FieldName]) -> tuple[Standing, ...]:
    """Give the decoys with the texts of their rows: those of the channels, and of the cell where the identifier stands."""
    rows = pl.Series(ROW, sorted({one.row for one in standing}), dtype=pl.UInt64)
    fields = sorted({*map(str, channels), *(str(one.field) for one in standing)})
    texts: dict[int, dict[str, str]] = {}
    for batch in dump.batches if standing else ():
        for row in (
            batch.filter(pl.col(ROW).cast(pl.UInt64).is_in(rows.implode())).select(ROW, *fields).iter_rows(named=True)
        ):
            texts[row[ROW]] = {field: row[field] for field in fields if row[field]}
    wanted = set(map(str, channels))
    return tuple(
        replace(one, cells={f: text for f, text in texts[one.row].items() if f in wanted or f == one.field})
        for one in standing
    )


def shown_by_key(shared: SharedCopies, *, copies: Copies, broker: KeyBroker) -> npt.NDArray[np.bool_]:
    """Read which of the copies the row keys put the decoys into: the marks themselves."""
    draws = np.zeros(len(shared.release), dtype=np.uint16)
    for index in np.unique(shared.release).tolist():
        mine = np.flatnonzero(shared.release == index)
        keys = keys_of_rows(copies.releases[index], broker=broker, rows=shared.row[mine], lane=LANE)
        draws[mine] = draws_of(keys)[:, 0]
    return decoys_shown(draws, classes=shared.decoy_class.astype(np.uint8))


def observe_shared(seen: Observations, *, shared: SharedCopies, has: npt.NDArray[np.bool_]) -> Observations:
    """Give what was read of persons, and behind it what stands there of decoys: each shown, to whoever has her or has not.

    A slot of two choices, of which the dump shows the first; its chance hangs on the decoy's class alone.
    """
    chance = np.array([law.weights[SHOWN] / TOTAL for law in DECOYS])
    pairs, count = len(seen.suspect), len(shared.release)
    return replace(
        seen,
        channels=(*seen.channels, SHARED_DECOY),
        suspect=np.concatenate([seen.suspect, shared.suspect]),
        person=np.concatenate([seen.person, shared.person]),
        pair=np.concatenate([seen.pair, pairs + np.arange(count)]),
        channel=np.concatenate([seen.channel, np.full(count, len(seen.channels))]),
        chance=np.concatenate([seen.chance, chance[shared.decoy_class]]),
        match=np.concatenate([seen.match, has]),
        side=np.concatenate([seen.side, np.full(count, SHOWN, dtype=np.int8)]),
    )
