"""Reading marks: which of the equivalent forms a text in a dump is, as a function of text and forms alone."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto import side_by_side
from suyuan.crypto.arrays import Texts
from suyuan.crypto.compiled import frozen
from suyuan.kinds.kind import FormColumns, FormTable, Kind, fold, fold_cells, fold_lines
from suyuan.terms import NOT_OBSERVED, NotObserved

ERASED = -1
"""The columnar code of a slot that cannot be read; the scalar face says `NOT_OBSERVED`."""


def table_text(table: FormTable) -> str:
    """Give the text that a manifest commits to: the radices, then every form as readers compare it."""
    return "\n".join(["radices " + ",".join(map(str, table.radices)), *map(fold, table.texts)])


def table_texts(columns: FormColumns) -> pl.Series:
    """`table_text` over a column of form tables."""
    return _headed(_folded(columns), radices=columns.radices)


def _headed(folded: pl.Series, *, radices: npt.NDArray[np.uint8]) -> pl.Series:
    """Give folded forms behind the line of their radices."""
    slots = range(radices.shape[1])
    spelled = pl.DataFrame([pl.Series(f"r{slot}", radices[:, slot]).cast(pl.String) for slot in slots])
    head = spelled.select(pl.concat_str(spelled.columns, separator=",")) if slots else pl.DataFrame({"head": [""]})
    return pl.select(pl.concat_str([pl.lit("radices ") + head.to_series(), folded], separator="\n")).to_series()


def _folded(columns: FormColumns) -> pl.Series:
    """Give the forms of every row as readers compare them, joined by newlines."""
    return fold_lines(columns.texts.list.join("\n"))


def read(text: str, *, table: FormTable) -> tuple[int | NotObserved, ...]:
    """Give the choice of every slot as the dump's text shows it; all unobserved if it is no form of the table.

    Slots of radix 1 have nothing to show and are never observed.
    """
    wanted = fold(text)
    for index, form in enumerate(table.texts):
        if fold(form) == wanted:
            digits = table.digits(index)
            return tuple(d if r > 1 else NOT_OBSERVED for d, r in zip(digits, table.radices, strict=True))
    return (NOT_OBSERVED,) * len(table.radices)


def read_columns(texts: pl.Series, *, tables: FormColumns) -> npt.NDArray[np.int16]:
    """`read` over a column: the text of each row against the form table of the same row.

    Returns: choices, int16, shape (rows, slots); `ERASED` where nothing can be read.
    Test: tests/properties/test_read_columns.py holds it equal to the scalar.
    """
    return _choices(texts, folded=_folded(tables), radices=tables.radices)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTables:
    """A column of form tables, and what each shows of the text beside it. Prints without them.

    `texts` are `table_texts` as bytes; `choices` and `radices` have shape (rows, slots).
    """

    texts: Texts
    choices: npt.NDArray[np.int16] = field(repr=False)
    radices: npt.NDArray[np.uint8]


def read_tables(texts: pl.Series, *, canonical: pl.Series, kind: Kind) -> ReadTables:
    """Give `read_columns` and `table_texts` of the forms of canonical values; the forms, which are most of the cost, are made once.

    Where kernels are loaded and rows are many, tables are written from recipes; the same, byte for byte.
    """
    tables = kind.forms_column(canonical)
    if side_by_side.is_ready(canonical.len()):
        return _from_recipes(texts, canonical=canonical, kind=kind, tables=tables)
    folded = _folded(tables)
    return ReadTables(
        texts=Texts.of_column(_headed(folded, radices=tables.radices)),
        choices=_choices(texts, folded=folded, radices=tables.radices),
        radices=tables.radices,
    )


def tables_of(canonical: pl.Series, *, kind: Kind) -> Texts:
    """Give `table_texts` of the forms of canonical values, as bytes; by the way of `read_tables`."""
    tables = kind.forms_column(canonical)
    if not side_by_side.is_ready(canonical.len()):
        return Texts.of_column(table_texts(tables))
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, canonical.len())
    return _from_recipes(nothing, canonical=canonical, kind=kind, tables=tables).texts


def _from_recipes(texts: pl.Series, *, canonical: pl.Series, kind: Kind, tables: FormColumns) -> ReadTables:
    from suyuan.mark.table_kernel import UNFIT, measure, write

    recipes, wanted, radices = Texts.of_column(tables.recipes), Texts.of_column(fold_cells(texts)), tables.radices
    given = canonical.is_not_null().to_numpy()
    places, found = np.zeros(len(given) + 1, dtype=np.int64), np.empty(len(given), dtype=np.int64)
    written = frozen(recipes.data), frozen(recipes.starts), frozen(recipes.sizes), frozen(given), frozen(radices)
    measure(*written, places[1:])
    places = np.cumsum(places)
    data = np.empty(int(places[-1]), dtype=np.uint8)
    write(*written, frozen(wanted.data), frozen(wanted.starts), frozen(wanted.sizes), data, places, found)
    made = ReadTables(
        texts=Texts(data=data, starts=places[:-1], sizes=np.diff(places)),
        choices=np.full(radices.shape, ERASED, dtype=np.int16),
        radices=radices,
    )
    _put_digits(made.choices, rows=np.flatnonzero(found >= 0), forms=found[found >= 0], radices=radices)
    left = np.flatnonzero(found == UNFIT)
    return _with_rest(made, left=left, texts=texts, canonical=canonical, kind=kind) if len(left) else made


def _with_rest(
    made: ReadTables, *, left: npt.NDArray[np.int64], texts: pl.Series, canonical: pl.Series, kind: Kind
) -> ReadTables:
    """Put in the rows that the kernel left: what no recipe says, or what a fold changes."""
    tables = kind.forms_column(canonical.gather(left))
    folded = _folded(tables)
    rest = Texts.of_column(_headed(folded, radices=tables.radices))
    starts, sizes = made.texts.starts.copy(), made.texts.sizes.copy()
    starts[left], sizes[left] = len(made.texts.data) + rest.starts, rest.sizes
    made.choices[left] = _choices(texts.gather(left), folded=folded, radices=tables.radices)
    data = np.concatenate([made.texts.data, rest.data])
    return ReadTables(texts=Texts(data=data, starts=starts, sizes=sizes), choices=made.choices, radices=made.radices)


def _choices(texts: pl.Series, *, folded: pl.Series, radices: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """Find each text among the lines of its row's folded forms, and give the digits of the line's number."""
    # A folded text holds no line end, so it is one whole line or none.
    wanted = pl.concat_str(pl.lit("\n"), pl.lit(fold_cells(texts)), pl.lit("\n"))
    lines = pl.DataFrame({"forms": pl.select(pl.concat_str(pl.lit("\n"), pl.lit(folded), pl.lit("\n"))).to_series()})
    found = lines.with_columns(at=pl.col("forms").str.find(wanted, literal=True)).with_row_index("row")
    found = found.filter(pl.col("at").is_not_null()).select(
        "row",
        place=pl.col("forms").cast(pl.Binary).bin.slice(0, pl.col("at")).cast(pl.String)
        .str.count_matches("\n", literal=True),
    )  # fmt: skip
    choices = np.full(radices.shape, ERASED, dtype=np.int16)
    _put_digits(
        choices, rows=found["row"].to_numpy(), forms=found["place"].to_numpy().astype(np.int64), radices=radices
    )
    return choices


def _put_digits(
    choices: npt.NDArray[np.int16],
    *,
    rows: npt.NDArray[np.int64],
    forms: npt.NDArray[np.int64],
    radices: npt.NDArray[np.uint8],
) -> None:
    """Write the digits of each row's form, where there is something to choose."""
    rest = forms
    for slot in range(radices.shape[1] - 1, -1, -1):
        radix = radices[rows, slot].astype(np.int64)
        rest, digit = np.divmod(rest, radix)
        choices[rows, slot] = np.where(radix > 1, digit, ERASED)
