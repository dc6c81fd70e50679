"""Read marks: what each linked dump row shows, and what mark each copy of its person bore.

What a row shows is settled from dump text and form tables alone. Only then are row keys read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto import arrays
from suyuan.crypto.arrays import Texts
from suyuan.crypto.commit import TABLES
from suyuan.hold.broker import KeyBroker
from suyuan.kinds.kind import SLOTS_PER_FIELD
from suyuan.kinds.registry import KINDS
from suyuan.ledger.log import Log
from suyuan.mark.law import OMISSION, ORDER, SHOWN, choose_columns, omission
from suyuan.mark.table import ERASED, read_tables, table_texts
from suyuan.release.drawing import draws_of
from suyuan.release.marking import omitted_rows
from suyuan.release.ordering import order_choices
from suyuan.terms import FieldName, KindName
from suyuan.trace.naming.copies import Copies, ReleaseFacts, Whole, stretch
from suyuan.trace.naming.manifests import manifest_rows
from suyuan.trace.naming.order import Ties, shown_ties
from suyuan.trace.naming.reads import NOTHING, Reads
from suyuan.trace.naming.threads import each

ROWS_PER_BLOCK = 1 << 13
"""Linked rows whose form tables are held at a time: an address has two kilobytes of forms."""


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

    `column` holds the cells; `readable` says which are values of the field's kind at all. Prints without a value.
    """

    column: pl.Series = field(repr=False)
    kind: KindName
    readable: npt.NDArray[np.bool_]

    def tables(self, links: list[int]) -> list[bytes]:
        """Give the form tables' bytes of some rows, made again: all at once they would fill the memory."""
        canonical = KINDS[self.kind].canonical_column(self.column.gather(links))
        return table_texts(KINDS[self.kind].forms_column(canonical)).cast(pl.Binary).to_list()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPairs:
    """The pairs of one field whose copy committed to the very value that the dump row has: positions in `Pairs`.

    `choices` and `radices` are what those rows show, shape (pairs, slots); `biases` the class of each copy. No mark is in it.
    """

    field: FieldName
    pair: Whole
    choices: npt.NDArray[np.int16]
    radices: npt.NDArray[np.uint8]
    biases: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReading:
    """`OpenPairs` with the copies' own marks, same shape as the choices."""

    opened: OpenPairs
    marks: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionReading:
    """The pairs whose copy may have been left out by key: Q(shown), and whether the key shows the row.

    `left_out` says of every copy, by position in `Copies`, whether its key left it out.
    """

    pair: Whole
    chance: npt.NDArray[np.float64]
    match: npt.NDArray[np.bool_]
    left_out: npt.NDArray[np.bool_]


def canonical_columns(
    columns: Mapping[FieldName, pl.Series], *, kinds: Mapping[FieldName, KindName]
) -> dict[FieldName, pl.Series]:
    """Give the canonical values of the cells of every field; null where a cell is no value of its field's kind."""
    return {name: KINDS[kinds[name]].canonical_column(column) for name, column in columns.items()}


class Reader:
    """Opens form tables and reads marks for a trace whose `trace-open` is in the ledger."""

    def __init__(self, log: Log, *, broker: KeyBroker, copies: Copies, pairs: Pairs, persons: Whole) -> None:
        """Take the candidates; `persons` is the person of each position in the link table."""
        self._broker = broker
        self._copies = copies
        self._pairs = pairs
        self._persons = persons
        self._by_link = np.argsort(pairs.link, kind="stable")
        order = np.argsort(copies.release, kind="stable")
        edges = np.flatnonzero(np.diff(copies.release[order])) + 1
        self._places: dict[int, Whole] = {
            int(copies.release[places[0]]): places for places in np.split(order, edges) if len(order)
        }
        self._rows = manifest_rows(log, broker=broker, copies=copies, by_release=self._places)

    def open_fields(
        self,
        columns: Mapping[FieldName, pl.Series],
        *,
        kinds: Mapping[FieldName, KindName],
        canonical: Mapping[FieldName, pl.Series],
    ) -> dict[FieldName, tuple[OpenPairs, Shown]]:
        """Read fields of the linked rows, and find the pairs whose copy committed to the row's form table.

        A block of rows at a time: the forms of their values, which form the cell is, which commitments open. Reads no mark.
        Once, for all fields together: the commitments are not kept behind it.

        Args:
            columns, canonical: the cells, and `canonical_columns` of them.
        """
        lanes = {name: self._lane_of(name) for name in columns}
        shown = {
            name: Shown(column=column, kind=kinds[name], readable=canonical[name].is_not_null().to_numpy())
            for name, column in columns.items()
        }
        pieces = [(name, first) for name in columns for first in range(0, columns[name].len(), ROWS_PER_BLOCK)]
        # The pairs in the order of rows, looked up once for all fields: those of a block stand together.
        links, copies = self._pairs.link[self._by_link], self._pairs.copy[self._by_link]
        edges = np.searchsorted(links, np.arange(0, len(self._persons) + ROWS_PER_BLOCK, ROWS_PER_BLOCK))

        def opened(piece: tuple[FieldName, int]) -> _Block:
            name, first = piece
            here = slice(*edges[first // ROWS_PER_BLOCK :][:2])
            mine, link, copy = self._by_link[here], links[here], copies[here]
            fits = (lanes[name][copy] != NOTHING) & shown[name].readable[link]
            mine, link, copy = mine[fits], link[fits], copy[fits]
            cells, values = (one[name].slice(first, ROWS_PER_BLOCK) for one in (columns, canonical))
            tables = read_tables(cells, canonical=values, kind=KINDS[kinds[name]])
            opens = self._opens(name, link=link, copy=copy, lane=lanes[name][copy], texts=tables.texts, first=first)
            rows = link[opens] - first
            return _Block(
                pair=mine[opens], choices=tables.choices.take(rows, axis=0), radices=tables.radices.take(rows, axis=0)
            )

        blocks: dict[FieldName, list[_Block]] = {name: [] for name in columns}
        for (name, _), block in zip(pieces, each(opened, pieces, values=len(self._pairs.copy)), strict=True):
            blocks[name].append(block)
        self._rows = self._rows.without_tables()
        return {
            name: (self._joined(name, blocks=blocks[name], kind=kinds[name], lanes=lanes[name]), shown[name])
            for name in columns
        }

    def _joined(self, name: FieldName, *, blocks: Sequence["_Block"], kind: KindName, lanes: Whole) -> OpenPairs:
        """Put the blocks of one field together, in the order of the pairs."""
        slots = len(KINDS[kind].slot_names)
        pair = np.concatenate([_NONE, *(block.pair for block in blocks)])
        choices = [np.empty((0, slots), dtype=np.int16), *(block.choices for block in blocks)]
        radices = [np.empty((0, slots), dtype=np.uint8), *(block.radices for block in blocks)]
        place = np.full(len(self._pairs.copy), -1, dtype=np.int64)
        place[pair] = np.arange(len(pair))
        order = place[place >= 0]
        pair = pair[order]
        return OpenPairs(
            field=name,
            pair=pair,
            choices=np.concatenate(choices).take(order, axis=0),
            radices=np.concatenate(radices).take(order, axis=0),
            biases=self._rows.biases[self._pairs.copy[pair], lanes[self._pairs.copy[pair]]],
        )

    def reads(self, opened: Sequence[OpenPairs], *, used: frozenset[tuple[int, int, str]]) -> Reads:
        """Give, for each copy, the channels that count and their lanes (for omission its rate): fixed before reading.

        A channel counts where the copy's table opens, a row shows one of its forms, and no earlier dump has
        shown the mark. Only these channels' keys are ever opened, so exactly these are spent by the trace.
        """
        channels = tuple(sorted({one.field for one in opened} | {OMISSION}))
        lanes = np.full((len(self._copies.release), len(channels)), NOTHING, dtype=np.int64)
        for one in opened:
            shows = (one.choices != ERASED).any(axis=1)
            counts = np.zeros(len(lanes), dtype=np.bool_)
            counts[self._pairs.copy[one.pair[shows]]] = True
            lanes[counts, channels.index(one.field)] = self._lane_of(one.field)[counts]
        for index, places in self._places.items():
            if rate := self._copies.releases[index].plan.omitted_per_65536:
                lanes[places, channels.index(OMISSION)] = rate
        if used:
            at = {
                key: i
                for i, key in enumerate(zip(self._copies.release.tolist(), self._copies.row.tolist(), strict=True))
            }
            for release, row, channel in used:
                copy_of = at.get((release, row))
                if copy_of is not None and channel in channels:
                    lanes[copy_of, channels.index(channel)] = NOTHING
        return Reads(channels=channels, lanes=lanes)

    def _lane_of(self, field: FieldName) -> Whole:
        """Give the lane that a field has in each copy; `NOTHING` where its release does not mark it."""
        lanes = np.full(len(self._copies.release), NOTHING, dtype=np.int64)
        for index, places in self._places.items():
            marked = self._copies.releases[index].plan.marked
            if field in marked:
                lanes[places] = marked.index(field)
        return lanes

    def read_fields(self, opens: Sequence[OpenPairs]) -> tuple[FieldReading, ...]:
        """Read the marks of the copies of these pairs, field by field; the keys of a release are drawn once for all."""
        copies = [self._pairs.copy[one.pair] for one in opens]
        draws = np.zeros((len(opens), len(self._copies.release), SLOTS_PER_FIELD), dtype=np.uint16)
        needed = np.zeros(len(self._copies.release), dtype=np.bool_)
        for mine in copies:
            needed[mine] = True
        for index, places in self._places.items():
            facts, wanted = self._copies.releases[index], places[needed[places]]
            if not len(wanted):
                continue
            marked = facts.plan.marked
            drawn, at = (
                draws_of(self._keys(facts, rows=self._copies.row[wanted], lane=slice(len(marked)))),
                stretch(wanted),
            )
            for place, one in enumerate(opens):
                if one.field in marked:
                    draws[place, at] = drawn[:, marked.index(one.field)]

        def chosen(place: int) -> FieldReading:
            one = opens[place]
            mine = draws[place].take(copies[place], axis=0)[:, : one.radices.shape[1]]
            return FieldReading(opened=one, marks=choose_columns(mine, radices=one.radices, biases=one.biases))

        return tuple(each(chosen, range(len(opens)), values=len(self._pairs.copy)))

    def read_omission(self) -> OmissionReading:
        """Read which of the copies the key leaves out."""
        left_out = np.zeros(len(self._copies.release), dtype=np.bool_)
        chances = np.zeros(len(self._copies.release))
        for index, places in self._places.items():
            facts = self._copies.releases[index]
            if not facts.plan.omitted_per_65536:
                continue
            law = omission(omitted_per_65536=facts.plan.omitted_per_65536)
            keys = self._keys(facts, rows=self._copies.row[places], lane=len(facts.plan.marked))
            left_out[places] = omitted_rows(keys, law=law)
            chances[places] = float(law.chance(SHOWN))
        pair = np.flatnonzero(chances[self._pairs.copy])
        copy = self._pairs.copy[pair]
        return OmissionReading(pair=pair, chance=chances[copy], match=~left_out[copy], left_out=left_out)

    def shown_ties(self, *, rows: Whole) -> Ties:
        """Give what the dump shows of each copy's tie; `rows`: the row of the dump of each linked row."""
        return shown_ties(self._copies, partner=self._rows.partner, persons=self._persons, rows=rows)

    def read_order(self, reads: Reads) -> npt.NDArray[np.uint8]:
        """Read which of its tie the key of each copy puts first, where that counts; 0 elsewhere."""
        drawn = np.zeros(len(self._copies.release), dtype=np.uint8)
        counting = reads.counting(ORDER)
        for index, places in self._places.items():
            facts = self._copies.releases[index]
            wanted = places[counting[places]]
            if len(wanted):
                drawn[wanted] = order_choices(
                    self._keys(facts, rows=self._copies.row[wanted], lane=facts.plan.order_lane)
                )
        return drawn

    def _opens(
        self, name: FieldName, *, link: Whole, copy: Whole, lane: Whole, texts: Texts, first: int
    ) -> npt.NDArray[np.bool_]:
        """Give which copies of some pairs committed to the form table of their dump row: `texts`, from row `first` on."""
        nonces = self._rows.nonce[copy]
        # Copies from one version of a record have one salt: what their row gives under it is hashed once.
        once, which = _distinct(link, nonces=nonces)
        salts = self._copies.linked.table_salts(self._persons[link[once]], field=name, nonces=nonces[once])
        found = arrays.hash_texts(salts, before=TABLES + b"\x00", texts=texts.pick(link[once] - first))
        return np.asarray((found.view(np.uint64)[which] == self._rows.committed(copy, lane=lane)).all(axis=1))

    def _keys(self, facts: ReleaseFacts, *, rows: Whole, lane: int | slice) -> npt.NDArray[np.uint8]:
        return keys_of_rows(facts, broker=self._broker, rows=rows, lane=lane)


def keys_of_rows(facts: ReleaseFacts, *, broker: KeyBroker, rows: Whole, lane: int | slice) -> npt.NDArray[np.uint8]:
    """Give the keys of a lane, or of some, of manifest rows of one release."""
    least, most = int(rows.min()), int(rows.max())
    keys = broker.lane_keys(
        root=facts.pool_root, first=facts.span.first + least, count=most - least + 1, lanes=facts.lanes
    )
    wanted: npt.NDArray[np.uint8] = keys[rows - least, lane]
    return wanted


_NONE = np.empty(0, dtype=np.int64)
_ALL = slice(None)


class _Block(NamedTuple):
    """What a block of rows shows of one field: the pairs that open, and what their rows show."""

    pair: Whole
    choices: npt.NDArray[np.int16]
    radices: npt.NDArray[np.uint8]


def _distinct(link: Whole, *, nonces: npt.NDArray[np.uint64]) -> tuple[Whole | slice, Whole | slice]:
    """Give the first place of each distinct row and nonce, and which of them every place has."""
    if not len(link):
        return _NONE, _NONE
    if int(nonces.min()) >> 63:
        # Rows that a caller supplied: each copy has a nonce of its own.
        return _ALL, _ALL
    order = np.lexsort((nonces, link))
    fresh = np.ones(len(link), dtype=np.bool_)
    fresh[1:] = (np.diff(link[order]) != 0) | (nonces[order][1:] != nonces[order][:-1])
    which = np.empty(len(link), dtype=np.int64)
    which[order] = np.cumsum(fresh) - 1
    return order[fresh], which
