"""Step 5 of a bulk release: its rows unsealed, minimised, marked and handed over, decoys among them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.kinds.registry import KINDS
from suyuan.ledger.entry import KeySpan
from suyuan.mark.law import BIASED, TOTAL, bias_classes, biased_slots
from suyuan.release.acts import Showing, Shown
from suyuan.release.door import Door
from suyuan.release.marking import show_column
from suyuan.release.masks import MaskProfile
from suyuan.release.ordering import pairs_kept, shown_order
from suyuan.release.planting import Planting, decoy_rows
from suyuan.release.policy import ContractPolicy
from suyuan.release.ports import GIVEN, Progress, RowSource, Sink, Unseal
from suyuan.release.request import BulkRequest
from suyuan.release.sharing import NUMBERS_FROM, Sharing, shared_values
from suyuan.terms import FieldName

ROWS_PER_STEP = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A bulk release under way.

    Args:
        marked: column of each field that carries forms, in lane order.
        family: whose bias classes `biases` are; (rows, marked), in the file's order.
        place: the manifest row of each row of the file, drawn afresh: where an erased person's row stands among
            others' in the manifest says nothing of where it stood in a file, or of her number.
        keys: lane keys of the manifest's rows.
        keep: which rows of the file are not left out.
        partner: the row with which each row of the file is a tie whose order its key draws; None: every order says something.
        planted: decoys and aliases, in manifest order.
        sharing: the family's decoys, in this copy or left out of it.
    """

    request: BulkRequest
    contract: ContractPolicy
    source: RowSource
    showing: Mapping[FieldName, Shown]
    masks: Mapping[str, MaskProfile]
    marked: Mapping[FieldName, str]
    span: KeySpan
    place: npt.NDArray[np.int64]
    keys: npt.NDArray[np.uint8]
    keep: npt.NDArray[np.bool_]
    partner: npt.NDArray[np.int64] | None
    planting: Planting
    sharing: Sharing
    family: str
    biases: npt.NDArray[np.uint8]

    @property
    def rows(self) -> int:
        """How many rows the file has before any is left out."""
        return len(self.keep)


def biases_of(
    door: Door, *, family: str, marked: tuple[FieldName, ...], persons: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    """Give the bias class of every marked field of every row: of the person and the family, whoever the recipient is."""
    classes = np.zeros((len(persons), len(marked)), dtype=np.uint8)
    for lane, name in enumerate(marked if family else ()):
        classes[:, lane] = bias_classes(door.broker.bias_draws(family, field=name, persons=persons))
    return classes


@dataclass(slots=True)
class Cells:
    """What the rendering counted."""

    unmarked: int = 0
    bits: float = 0.0


def write_file(door: Door, *, work: Work, sink: Sink, unseal: Unseal, progress: Progress) -> Cells:
    """Step 5: rows unsealed where sealed, minimised, marked, decoys among them, a step of rows at a time."""
    cells, shared = Cells(), pl.DataFrame()
    positions = work.planting.positions(rows=work.rows)
    # Of a release that is ordered the last lane of a row key draws the order of a tie.
    turned = None if work.partner is None else shown_order(work.partner, lane_keys=work.keys[work.place, -1])
    cells.bits += 0 if work.partner is None else pairs_kept(work.partner, keep=work.keep)
    for start in range(0, work.rows, ROWS_PER_STEP):
        stop = min(work.rows, start + ROWS_PER_STEP)
        values = work.source.values(start=start, stop=stop, unseal=unseal)
        shown = _show(values, work=work, lot=_lot_of(work, start=start, stop=stop), cells=cells)
        if len(work.sharing.shown) and not start:
            shared = _show_shared(door, work=work, values=values)
        here = [i for i, at in enumerate(positions) if start <= at < stop]
        decoys = decoy_rows(
            values, fields=work.source.fields, planting=work.planting, which=here, is_known=door.is_known
        )
        order = np.arange(stop - start) if turned is None else turned[start:stop] - start
        kept = shown[order].with_columns(pl.int_range(start, stop).alias(":at"))
        kept = kept.filter(pl.Series(work.keep[start:stop][order]))
        if here:
            placed = _masked(decoys.select(shown.columns), work=work)
            placed = placed.with_columns(pl.Series(":at", [positions[i] for i in here]))
            kept = pl.concat([kept, placed.cast(kept.schema)])
        if shared.height:
            kept = pl.concat([kept, shared.filter(pl.col(":at").is_between(start, stop - 1)).cast(kept.schema)])
        sink.write(kept.sort(":at", maintain_order=True).drop(":at"))
        progress("mark", stop, work.rows)
    return cells


def _masked(decoys: pl.DataFrame, *, work: Work) -> pl.DataFrame:
    """Give decoys with the fields masked that everybody's are: they must not stand out."""
    return decoys.with_columns(
        work.masks[how.profile]
        .mask_column(field.kind, KINDS[field.kind].canonical_column(decoys[column]))
        .alias(column)
        for column, field in work.source.fields.items()
        if (how := work.showing[field.name]).showing is Showing.MASKED
    )


def _bits(radices: npt.NDArray[np.uint8], *, biases: npt.NDArray[np.uint8]) -> float:
    """Give what the marks of a field carry when they leak whole: log2 of the choices, less where one is likelier."""
    lost = 1 - float(-np.sum([q * np.log2(q) for q in np.array(BIASED[1].weights) / TOTAL]))
    biased = int(biased_slots(radices, biases=biases).sum())
    return float(np.log2(radices, dtype=np.float64).sum()) - lost * biased


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lot:
    """How rows are written together: lane keys and bias classes of each, whose aliases they show, and which are counted."""

    keys: npt.NDArray[np.uint8]
    biases: npt.NDArray[np.uint8]
    aliases: list[int]
    counted: npt.NDArray[np.bool_]


def _lot_of(work: Work, *, start: int, stop: int) -> _Lot:
    """Give how rows start..stop-1 of the file are written."""
    place = work.place[start:stop]
    return _Lot(
        keys=work.keys[place], biases=work.biases[start:stop], aliases=place.tolist(), counted=work.keep[start:stop]
    )


def _show_shared(door: Door, *, work: Work, values: pl.DataFrame) -> pl.DataFrame:
    """Give the family's decoys of this copy as they are handed over, each with the row beside which it stands, `:at`."""
    sharing = work.sharing
    numbers = NUMBERS_FROM + sharing.shown
    lot = _Lot(
        keys=sharing.form_keys(lanes=len(work.marked)),
        biases=biases_of(door, family=work.family, marked=tuple(work.marked), persons=numbers),
        aliases=(work.rows + sharing.shown).tolist(),
        counted=np.zeros(len(numbers), dtype=np.bool_),
    )
    fields, aliased = tuple(work.source.fields.values()), work.contract.aliases
    stood = shared_values(door, sharing=sharing, values=values, fields=fields, aliased=aliased)
    shown = _show(stood, work=work, lot=lot, cells=Cells())
    return shown.with_columns(pl.Series(":at", sharing.positions(rows=work.rows)))


def _show(values: pl.DataFrame, *, work: Work, lot: _Lot, cells: Cells) -> pl.DataFrame:
    """Give the output's columns for a lot of rows, before omission."""
    lanes = {name: lane for lane, name in enumerate(work.marked)}
    out: list[pl.Series] = []
    for column in work.source.columns:
        field = work.source.fields.get(column)
        if field is None:
            out.append(values[column])
            continue
        value, given = values[field.name], values[field.name + GIVEN]
        kind = KINDS[field.kind]
        if field.name in work.contract.aliases:
            shown = work.planting.alias_column(field.name, rows=lot.aliases)
            text = pl.select(pl.when(given.is_not_null()).then(shown)).to_series()
        elif work.showing[field.name].showing is Showing.MASKED:
            text = work.masks[work.showing[field.name].profile].mask_column(field.kind, value)
        elif field.name in lanes:
            forms = kind.forms_column(value)
            biases = lot.biases[:, lanes[field.name]]
            marked = show_column(value, forms=forms, lane_keys=lot.keys[:, lanes[field.name]], biases=biases)
            cells.unmarked += int((value.is_null() & given.is_not_null()).sum())
            cells.bits += _bits(forms.radices[lot.counted], biases=biases[lot.counted])
            text = pl.select(pl.coalesce(marked, given)).to_series()
        else:
            text = given
        out.append(text.alias(column))
    return pl.DataFrame(out)
