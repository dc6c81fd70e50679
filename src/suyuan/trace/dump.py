"""What a dump is once it was read: columns of text with the row each cell stands in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.errors import RefusedError
from suyuan.terms import Digest, FieldName, KindName
from suyuan.trace.files.dialect import Dialect
from suyuan.trace.files.spool import Batches

SURE_SHARE: Final = 0.6
"""The share of a column's sample from which its kind is no question to the user."""

ROW: Final = "row"
"""The column of dump row ordinals: UInt64, 0-based over data rows; header and blank lines are no rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpColumn:
    """One column of the file. `field` is None where nothing of ours was recognised; it is then not read.

    `share` is how much of the sample its kind recognised. The header may hold anything, so `name` is not printed.
    """

    index: int
    name: str = field(repr=False)
    field: FieldName | None
    kind: KindName | None
    share: float

    @property
    def is_sure(self) -> bool:
        """Whether most of the sample is of the column's kind; of a kind without a shape its header or the caller told."""
        return self.share >= SURE_SHARE or self.kind in (KindName.IDENTIFIER, KindName.TEXT)


def fields_of(columns: Iterable[DumpColumn]) -> dict[int, FieldName]:
    """Give the field of every recognised column, by its index."""
    return {column.index: column.field for column in columns if column.field is not None}


def kinds_of(columns: Iterable[DumpColumn]) -> dict[FieldName, KindName]:
    """Give the recognised fields and their kinds, in the columns' order."""
    return {c.field: c.kind for c in columns if c.field is not None and c.kind is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Identifiers of one kind that a dump's text holds and that stand in no column that was read (`doubts.beside`).

    Of `looked` at in the text, all of it or (`is_part`) some, `missed` are in no column of the kind. `places` are columns of
    nobody's in which some of them stand.
    """

    kind: KindName
    missed: int
    looked: int
    is_part: bool = False
    places: tuple[int, ...] = ()

    def document(self) -> dict[str, str | int | bool | list[int]]:
        """Give it as plain values."""
        return {
            "kind": self.kind.value, "missed": self.missed, "looked": self.looked, "part": self.is_part,
            "columns": list(self.places),
        }  # fmt: skip

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Missed":
        """Give what `document` gave. Any: the values are those of JSON."""
        return cls(
            kind=KindName(said["kind"]), missed=said["missed"], looked=said["looked"], is_part=said["part"],
            places=tuple(said["columns"]),
        )  # fmt: skip

    @property
    def text(self) -> str:
        """Say it in a line."""
        of = "looked at" if self.is_part else "in the text"
        where = f" (some in column {', '.join(map(str, self.places))})" if self.places else ""
        return (
            f"{self.missed:,} of {self.looked:,} {NOUNS[self.kind]} {of} stand in no column that is read as such{where}"
        )


NOUNS: Final = {
    KindName.PHONE: "mobile numbers",
    KindName.RESIDENT_ID: "resident IDs",
    KindName.EMAIL: "mailboxes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """A dump as read. `rows` + `unreadable` = `read`; every row keeps the ordinal that the file gives it.

    Each batch has `row` (UInt64) and one String column per recognised field, named as the field, with the cells
    exactly as written; an absent cell is an empty text. `batches` can be gone through again and again; a large dump is
    not in memory, so what goes through them must not gather them. `damaged_lines` counts lines that no codec decoded
    and that were read with replacement characters. `reasons` says why rows are unreadable, in the words of
    `aside.REASONS`; `notes` what else of the file was not read, such as other tables; `missed` is among the notes too.
    """

    sha256: Digest
    size_bytes: int
    dialect: Dialect
    columns: tuple[DumpColumn, ...]
    batches: Batches = field(repr=False)
    unreadable: int
    damaged_lines: int = 0
    notes: tuple[str, ...] = ()
    missed: tuple[Missed, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows could be read."""
        return self.batches.rows

    @property
    def read(self) -> int:
        """How many data rows the file has, unreadable ones among them."""
        return self.rows + self.unreadable

    @property
    def kinds(self) -> dict[FieldName, KindName]:
        """The recognised fields and their kinds, in the file's order."""
        return kinds_of(self.columns)

    def table(self) -> pl.DataFrame:
        """Give all batches as one table, in memory: for small dumps."""
        return pl.concat(self.batches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The rows of a dump on their way into `Dump`.

    `trouble` says what is wrong with the first row that could not be read, where that can be said. `late` are the keys
    of records that the sample did not have. `notes` say of its cells what another process has seen. `is_loose`: records
    stand several on a line, or over lines, and each line was read as one.
    """

    batches: Batches
    unreadable: int
    damaged_lines: int = 0
    trouble: RefusedError | None = None
    late: frozenset[str] = field(default=frozenset(), repr=False)
    notes: tuple[str, ...] = ()
    is_loose: bool = False

    def require_table(self) -> None:
        """Require that no more than half of the rows are unreadable: one bad row stops nothing, a bad file does.

        Raises: RefusedError: what is wrong with the first of them: `trace.quoting`, `trace.long-line`, `trace.nested`.
        """
        if self.trouble is not None and self.unreadable > self.batches.rows:
            raise self.trouble


def batch(*, rows: Iterable[int] | npt.NDArray[np.int64], cells: dict[FieldName, pl.Series]) -> pl.DataFrame:
    """Give one batch: row ordinals and the cells of every field."""
    ordinals = pl.Series(ROW, rows, dtype=pl.UInt64)
    return pl.DataFrame([ordinals, *(series.alias(name) for name, series in cells.items())])
