"""Read marks: what each linked dump row shows, and what mark each copy of its person bore.

What a row shows is settled from dump text and form tables alone. Only then are row keys read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto import bulk
from suyuan.hold.broker import KeyBroker
from suyuan.kinds.registry import KINDS
from suyuan.ledger.log import Log
from suyuan.mark.law import OMISSION, SHOWN, chance_columns, omission
from suyuan.mark.score import Observations
from suyuan.mark.table import ERASED, read_columns, table_texts
from suyuan.release.marking import choose_forms, omitted_rows
from suyuan.terms import FieldName, KindName
from suyuan.trace.copies import Copies, ManifestRows, ReleaseFacts, Whole, manifest_rows
from suyuan.trace.dump import ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """One dump row against one copy of its person: positions into the link table and into `Copies`."""

    link: Whole
    copy: Whole


def pair(links: pl.DataFrame, *, copies: Copies) -> Pairs:
    """Join linked rows with the copies of their persons."""
    left = links.select(pl.col("person"), pl.int_range(pl.len(), dtype=pl.Int64).alias("link"))
    right = pl.DataFrame({"person": copies.person, "copy": np.arange(len(copies.person))})
    joined = left.join(right, on="person", how="inner").sort("copy", "link")
    return Pairs(link=joined["link"].to_numpy(), copy=joined["copy"].to_numpy())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the linked rows show of one field, by position in the link table.

    `texts` are the form tables' bytes, `radices` and `choices` have shape (links, slots); `readable` says
    whether the cell is a value of the field's kind at all.
    """

    texts: list[bytes]
    radices: npt.NDArray[np.uint8]
    choices: npt.NDArray[np.int16]
    readable: npt.NDArray[np.bool_]


def read_shown(rows: pl.DataFrame, *, field: FieldName, kind: KindName) -> Shown:
    """Read one field of the linked rows: canonical value, its forms, and which form the cell is."""
    canonical = KINDS[kind].canonical_column(rows[field])
    forms = KINDS[kind].forms_column(canonical)
    choices = read_columns(rows[field], tables=forms)
    readable = canonical.is_not_null().to_numpy()
    choices[~readable] = ERASED
    return Shown(
        texts=table_texts(forms).cast(pl.Binary).to_list(), radices=forms.radices, choices=choices, readable=readable
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReading:
    """One field of the pairs whose copy committed to the very value that the dump row has.

    `pair` are positions in `Pairs`; `lane` the row key's lane; `mark` the copy's own choices.
    """

    field: FieldName
    pair: Whole
    choices: npt.NDArray[np.int16]
    marks: npt.NDArray[np.uint8]
    radices: npt.NDArray[np.uint8]


class Reader:
    """Opens form tables and reads marks for a trace whose `trace-open` is in the ledger."""

    def __init__(self, log: Log, *, broker: KeyBroker, copies: Copies, pairs: Pairs, persons: Whole) -> None:
        """Take the candidates; `persons` is the person of each position in the link table."""
        self._broker = broker
        self._copies = copies
        self._pairs = pairs
        self._persons = persons
        self._rows: dict[int, ManifestRows] = {}
        self._places: dict[int, Whole] = {}
        order = np.argsort(copies.release, kind="stable")
        for places in np.split(order, np.flatnonzero(np.diff(copies.release[order])) + 1) if len(order) else []:
            facts = copies.releases[int(copies.release[places[0]])]
            self._places[facts.index] = places
            self._rows[facts.index] = manifest_rows(log, facts=facts, rows=copies.row[places])

    def open_field(self, field: FieldName, *, shown: Shown) -> FieldReading:
        """Find the pairs whose copy committed to this row's form table, and read the copies' marks."""
        place, committed, nonce = self._committed(field)
        mine = np.flatnonzero(place[self._pairs.copy] >= 0)
        link, copy = self._pairs.link[mine], place[self._pairs.copy[mine]]
        usable = shown.readable[link]
        mine, link, copy = mine[usable], link[usable], copy[usable]
        opens = self._opens(field, link=link, nonces=nonce[copy], committed=committed[copy], shown=shown)
        mine, link = mine[opens], link[opens]
        keys = self._lane_keys(field, copies=self._pairs.copy[mine])
        slots = shown.radices.shape[1]
        marks = choose_forms(keys, radices=shown.radices[link]) if len(mine) else np.empty((0, slots), dtype=np.uint8)
        return FieldReading(
            field=field, pair=mine, choices=shown.choices[link], marks=marks, radices=shown.radices[link]
        )

    def read_omission(self) -> tuple[Whole, npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Give, for the pairs whose copy may have been left out by key: pair, Q(shown), and whether it was shown."""
        pairs, chances, matches = [_NONE], [np.empty(0)], [np.empty(0, dtype=np.bool_)]
        for index, places in self._places.items():
            facts = self._copies.releases[index]
            if not facts.plan.omitted_per_65536:
                continue
            law = omission(omitted_per_65536=facts.plan.omitted_per_65536)
            keys = self._keys(facts, rows=self._copies.row[places], lane=len(facts.plan.marked))
            shown = np.zeros(len(self._copies.release), dtype=np.bool_)
            shown[places] = ~omitted_rows(keys, law=law)
            mine = np.flatnonzero(np.isin(self._pairs.copy, places))
            pairs.append(mine)
            chances.append(np.full(len(mine), float(law.chance(SHOWN))))
            matches.append(shown[self._pairs.copy[mine]])
        return np.concatenate(pairs), np.concatenate(chances), np.concatenate(matches)

    def _committed(self, field: FieldName) -> tuple[Whole, npt.NDArray[np.uint8], npt.NDArray[np.uint64]]:
        """Give where each copy's commitment to a field stands (-1: not marked), the commitments and the nonces."""
        place = np.full(len(self._copies.release), -1, dtype=np.int64)
        tables, nonces, size = [np.empty((0, 32), dtype=np.uint8)], [np.empty(0, dtype=np.uint64)], 0
        for index, places in self._places.items():
            marked = self._copies.releases[index].plan.marked
            if field in marked:
                place[places] = np.arange(size, size + len(places))
                size += len(places)
                tables.append(self._rows[index].tables[:, marked.index(field)])
                nonces.append(self._rows[index].nonce)
        return place, np.concatenate(tables), np.concatenate(nonces)

    def _opens(
        self,
        field: FieldName,
        *,
        link: Whole,
        nonces: npt.NDArray[np.uint64],
        committed: npt.NDArray[np.uint8],
        shown: Shown,
    ) -> npt.NDArray[np.bool_]:
        """Give which commitments the dump rows' own form tables open."""
        salts = self._broker.table_salts(self._persons[link].tolist(), field=field, nonces=nonces.tolist())
        again = bulk.table_commitments(salts, tables=[shown.texts[i] for i in link.tolist()])
        flat = np.frombuffer(b"".join(again), dtype=np.uint8).reshape(-1, 32)
        return np.asarray((flat == committed).all(axis=1))

    def _lane_keys(self, field: FieldName, *, copies: Whole) -> npt.NDArray[np.uint8]:
        """Give the lane key of a field for each of these copies."""
        keys = np.zeros((len(self._copies.release), 32), dtype=np.uint8)
        needed = np.zeros(len(self._copies.release), dtype=np.bool_)
        needed[copies] = True
        for index, places in self._places.items():
            facts = self._copies.releases[index]
            wanted = places[needed[places]]
            if len(wanted) and field in facts.plan.marked:
                lane = facts.plan.marked.index(field)
                keys[wanted] = self._keys(facts, rows=self._copies.row[wanted], lane=lane)
        return keys[copies]

    def _keys(self, facts: ReleaseFacts, *, rows: Whole, lane: int) -> npt.NDArray[np.uint8]:
        """Give the lane keys of manifest rows of one release."""
        first, count = facts.span.first + int(rows.min()), int(rows.max() - rows.min()) + 1
        keys = self._broker.lane_keys(root=facts.pool_root, first=first, count=count, lanes=facts.lanes)
        wanted: npt.NDArray[np.uint8] = keys[rows - rows.min(), lane]
        return wanted


_NONE = np.empty(0, dtype=np.int64)


def observe(
    pairs: Pairs,
    *,
    copies: Copies,
    persons: Whole,
    readings: Mapping[FieldName, FieldReading],
    omissions: tuple[Whole, npt.NDArray[np.float64], npt.NDArray[np.bool_]],
    used: frozenset[tuple[int, int, str]],
) -> Observations:
    """Give the long observations that the score takes; marks that an earlier dump showed are left out."""
    channels = (*readings, OMISSION)
    columns: list[tuple[Whole, Whole, npt.NDArray[np.float64], npt.NDArray[np.bool_]]] = []
    for channel, reading in enumerate(readings.values()):
        fresh = _fresh(reading.pair, pairs=pairs, copies=copies, channel=reading.field, used=used)
        for slot in range(reading.radices.shape[1]):
            seen = np.flatnonzero(fresh & (reading.choices[:, slot] != ERASED))
            choices = reading.choices[seen, slot].astype(np.uint8)
            columns.append(
                (
                    reading.pair[seen],
                    np.full(len(seen), channel, dtype=np.int64),
                    chance_columns(choices[:, None], radices=reading.radices[seen, slot : slot + 1])[:, 0],
                    choices == reading.marks[seen, slot],
                )
            )
    pair_of, chance, match = omissions
    fresh = _fresh(pair_of, pairs=pairs, copies=copies, channel=OMISSION, used=used)
    columns.append(
        (pair_of[fresh], np.full(int(fresh.sum()), len(readings), dtype=np.int64), chance[fresh], match[fresh])
    )
    return Observations(
        suspects=len(copies.suspects),
        channels=channels,
        suspect=copies.suspect[pairs.copy],
        person=persons[pairs.link],
        pair=np.concatenate([column[0] for column in columns]),
        channel=np.concatenate([column[1] for column in columns]),
        chance=np.concatenate([column[2] for column in columns]),
        match=np.concatenate([column[3] for column in columns]),
    )


def _fresh(
    pair_of: Whole, *, pairs: Pairs, copies: Copies, channel: str, used: frozenset[tuple[int, int, str]]
) -> npt.NDArray[np.bool_]:
    """Give which pairs' marks no earlier dump has shown."""
    if not used:
        return np.ones(len(pair_of), dtype=np.bool_)
    spent = np.array([(release, row) for release, row, name in used if name == channel], dtype=np.int64).reshape(-1, 2)
    copy = pairs.copy[pair_of]
    mine = pl.DataFrame({"release": copies.release[copy], "row": copies.row[copy]})
    gone = pl.DataFrame({"release": spent[:, 0], "row": spent[:, 1], "gone": np.ones(len(spent), dtype=np.bool_)})
    joined = mine.join(gone, on=["release", "row"], how="left", maintain_order="left")
    return ~joined["gone"].fill_null(value=False).to_numpy()


__all__ = ["ROW", "FieldReading", "Pairs", "Reader", "Shown", "observe", "pair", "read_shown"]
