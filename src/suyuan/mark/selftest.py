"""The self-test of marks: samples that show every form, and what a pipeline left of them. Pure: no file, no command.

Each row is another invented person, so that nothing merges rows, and the forms of every field take turns over the
rows. What comes back is read exactly as a trace reads a dump.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.errors import RefusedError
from suyuan.kinds.kind import FormColumns
from suyuan.kinds.registry import KINDS
from suyuan.mark.table import ERASED, read_columns
from suyuan.terms import FieldName, KindName

_TURN = 17
"""Prime to every number of forms there is, so that rows take turns through all of a table's forms."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Rows to send: `shown` is what the file holds; `forms` and `sent` say what each cell may and does show.

    Args:
        key: the column that tells the rows apart.
        kinds: the kind of every column.
        canonical: canonical values, columns as in `shown`.
        sent: the choice of every slot, int16 (rows, slots), for columns whose kind has slots.
    """

    key: FieldName
    kinds: Mapping[FieldName, KindName]
    canonical: pl.DataFrame
    shown: pl.DataFrame
    forms: Mapping[FieldName, FormColumns]
    sent: Mapping[FieldName, npt.NDArray[np.int16]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOutcome:
    """What became of one slot: of `sent` marks, how many came back, were erased, or came back as another mark."""

    field: FieldName
    slot: str
    sent: int
    survived: int
    erased: int
    altered: int

    @property
    def share(self) -> float:
        """The share that came back."""
        return self.survived / self.sent if self.sent else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierOutcome:
    """Whether the values of one column came back with the same meaning: what decoys and aliases live by."""

    field: FieldName
    sent: int
    same: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a pipeline left of the samples.

    Args:
        rows_sent, rows_back: lost rows look like omission; rows_unknown came back and were never sent.
        pairs, pairs_kept: neighbours of which both came back, and those of them that stand as they were sent; none where
            rows were told by their order itself.
        bits_sent, bits_back: marks of a row on average; altered marks are not counted as back.
        lost_columns: columns that did not come back at all.
    """

    rows_sent: int
    rows_back: int
    rows_unknown: int
    by_order: bool
    pairs: int
    pairs_kept: int
    slots: tuple[SlotOutcome, ...]
    identifiers: tuple[IdentifierOutcome, ...]
    bits_sent: float
    bits_back: float
    lost_columns: tuple[FieldName, ...]


def make_samples(people: pl.DataFrame, *, kinds: Mapping[FieldName, KindName], key: FieldName) -> Samples:
    """Give samples of invented people: String columns in, the forms of every field taking turns over the rows."""
    canonical = pl.DataFrame([KINDS[kind].canonical_column(people[name]).alias(name) for name, kind in kinds.items()])
    forms: dict[FieldName, FormColumns] = {}
    sent: dict[FieldName, npt.NDArray[np.int16]] = {}
    shown: list[pl.Series] = []
    for name, kind in kinds.items():
        column = canonical[name]
        if KINDS[kind].slot_names:
            forms[name] = KINDS[kind].forms_column(column)
            texts = forms[name].texts
            lengths = texts.list.len().to_numpy().astype(np.int64)
            index = (np.arange(people.height) * _TURN) % np.maximum(lengths, 1)
            sent[name] = _digits(index, radices=forms[name].radices)
            text = texts.list.get(pl.Series(index))
            column = pl.select(pl.when(column.is_not_null()).then(text)).to_series()
        shown.append(column.alias(name))
    return Samples(key=key, kinds=kinds, canonical=canonical, shown=pl.DataFrame(shown), forms=forms, sent=sent)


def assess(samples: Samples, *, returned: pl.DataFrame) -> Outcome:
    """Say what is left of the samples in a table that came back.

    Rows are told by the key column, else by any other column whose values are all different; where none of
    them came back, by their order, if as many rows came back as were sent.

    Args:
        returned: String columns named as the fields; a column that is not there did not come back.
    Raises: RefusedError `mark.rows`: nothing ties the rows that came back to those that were sent.
    """
    at, by_order = _match(samples, returned=returned)
    slots: list[SlotOutcome] = []
    bits_sent = bits_back = 0.0
    rows = samples.shown.height
    for name, forms in samples.forms.items():
        bits = np.log2(forms.radices.astype(np.float64))
        back = _read_back(samples, field=name, returned=returned, at=at)
        want = samples.sent[name]
        bits_sent += float(bits.sum()) / rows
        bits_back += float(bits[(back == want) & (want != ERASED)].sum()) / rows
        slots += _slots(name, want=want, back=back, kind=samples.kinds[name])
    one, other = at[0 : rows // 2 * 2 : 2], at[1::2]
    both = (one >= 0) & (other >= 0) & (not by_order)
    return Outcome(
        rows_sent=rows,
        rows_back=int((at >= 0).sum()),
        rows_unknown=returned.height - int((at >= 0).sum()),
        by_order=by_order,
        pairs=int(both.sum()),
        pairs_kept=int((both & (one < other)).sum()),
        slots=tuple(slots),
        identifiers=tuple(_identifiers(samples, returned=returned, at=at)),
        bits_sent=bits_sent,
        bits_back=bits_back,
        lost_columns=tuple(name for name in samples.kinds if name not in returned.columns),
    )


def _digits(index: Rows, *, radices: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """Give the choice of every slot for forms by index; slots of radix 1 show nothing."""
    found = np.full(radices.shape, ERASED, dtype=np.int16)
    rest = index.copy()
    for slot in range(radices.shape[1] - 1, -1, -1):
        rest, digit = np.divmod(rest, radices[:, slot].astype(np.int64))
        found[:, slot] = np.where(radices[:, slot] > 1, digit, ERASED)
    return found


def _match(samples: Samples, *, returned: pl.DataFrame) -> tuple[Rows, bool]:
    """Give the returned row of every sample, -1 where it did not come back, and whether order alone tells."""
    others = [name for name in samples.kinds if name != samples.key]
    for name in (samples.key, *others):
        sent = samples.canonical[name]
        if name not in returned.columns or sent.n_unique() != sent.len() or sent.null_count():
            continue
        back = KINDS[samples.kinds[name]].canonical_column(returned[name])
        places = pl.DataFrame({"text": back, "at": np.arange(back.len())}).drop_nulls().unique("text", keep="first")
        at = sent.to_frame("text").join(places, on="text", how="left", maintain_order="left")["at"]
        if at.null_count() < sent.len():
            return at.fill_null(-1).to_numpy().astype(np.int64), False
    if returned.height == samples.shown.height:
        return np.arange(returned.height), True
    raise RefusedError(
        "nothing ties the rows that came back to those that were sent",
        code="mark.rows",
        hint=f"let the pipeline keep the column {samples.key}, or the number and order of rows",
    )


def _read_back(samples: Samples, *, field: FieldName, returned: pl.DataFrame, at: Rows) -> npt.NDArray[np.int16]:
    """Read the marks of one field in what came back, as a trace reads them."""
    texts = pl.Series([""] * len(at), dtype=pl.String)
    if field in returned.columns:
        texts = returned[field].gather(np.maximum(at, 0)).fill_null("")
    back = read_columns(texts, tables=samples.forms[field])
    back[(at < 0) | samples.canonical[field].is_null().to_numpy()] = ERASED
    return back


def _slots(
    field: FieldName, *, want: npt.NDArray[np.int16], back: npt.NDArray[np.int16], kind: KindName
) -> list[SlotOutcome]:
    found = []
    for place, slot in enumerate(KINDS[kind].slot_names):
        marked = want[:, place] != ERASED
        erased = marked & (back[:, place] == ERASED)
        same = marked & (back[:, place] == want[:, place])
        found.append(
            SlotOutcome(
                field=field,
                slot=slot,
                sent=int(marked.sum()),
                survived=int(same.sum()),
                erased=int(erased.sum()),
                altered=int((marked & ~erased & ~same).sum()),
            )
        )
    return found


def _identifiers(samples: Samples, *, returned: pl.DataFrame, at: Rows) -> list[IdentifierOutcome]:
    """Count the values that came back with the same canonical form."""
    found = []
    for name, kind in samples.kinds.items():
        sent = samples.canonical[name]
        same = 0
        if name in returned.columns and returned.height:
            back = KINDS[kind].canonical_column(returned[name].gather(np.maximum(at, 0)))
            same = int(((back == sent).fill_null(value=False) & pl.Series(at >= 0)).sum())
        found.append(IdentifierOutcome(field=name, sent=sent.len() - sent.null_count(), same=same))
    return found
