"""Reading marks: which of the equivalent forms a text in a dump is, as a function of text and forms alone."""

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.kinds.kind import FormColumns, FormTable, fold, fold_column, fold_lines
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


def read_tables(texts: pl.Series, *, tables: FormColumns) -> tuple[npt.NDArray[np.int16], pl.Series]:
    """Give `read_columns` and `table_texts` of the same rows; the forms, which are most of the cost, are made once."""
    folded = _folded(tables)
    return _choices(texts, folded=folded, radices=tables.radices), _headed(folded, radices=tables.radices)


def _choices(texts: pl.Series, *, folded: pl.Series, radices: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """Find each text among the lines of its row's folded forms, and give the digits of the line's number."""
    # A folded text holds no line end, so it is one whole line or none.
    wanted = pl.concat_str(pl.lit("\n"), pl.lit(fold_column(texts)), pl.lit("\n"))
    lines = pl.DataFrame({"forms": pl.select(pl.concat_str(pl.lit("\n"), pl.lit(folded), pl.lit("\n"))).to_series()})
    found = lines.with_columns(at=pl.col("forms").str.find(wanted, literal=True)).with_row_index("row")
    found = found.filter(pl.col("at").is_not_null()).select(
        "row",
        place=pl.col("forms").cast(pl.Binary).bin.slice(0, pl.col("at")).cast(pl.String)
        .str.count_matches("\n", literal=True),
    )  # fmt: skip
    choices = np.full(radices.shape, ERASED, dtype=np.int16)
    rows, rest = found["row"].to_numpy(), found["place"].to_numpy().astype(np.int64)
    for slot in range(radices.shape[1] - 1, -1, -1):
        radix = radices[rows, slot].astype(np.int64)
        rest, digit = np.divmod(rest, radix)
        choices[rows, slot] = np.where(radix > 1, digit, ERASED)
    return choices
