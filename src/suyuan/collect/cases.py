"""Admit cases: which account works on which person, from when until when."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.legible import ID_CHARACTERS

COLUMNS = ("case", "account", "opened", "closed", "queue", "region")

_ATTRIBUTE = 200
"""The most characters of a queue or a region."""

_FORMATS = ("%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M%:z")
TIMES_HINT = "nothing was stored; times are ISO 8601, such as 2026-03-01T08:00:00+08:00"
_ZONELESS = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedCases:
    """Cases fit to be stored: `case`, `account`, `person` (canonical key), `opened`, `closed` (UTC, null: open), `queue`, `region`."""

    table: pl.DataFrame

    def without(self, rows: Sequence[int]) -> "AdmittedCases":
        """Give the others than these rows, which count from 0."""
        return AdmittedCases(table=self.table.with_row_index("#").filter(~pl.col("#").is_in(rows)).drop("#"))


def admit_cases(frame: pl.DataFrame, *, key: FieldPolicy) -> AdmittedCases:
    """Check a table of cases; all of it is right, or it is refused.

    Args:
        frame: columns case, account, the key field by name or alias, opened, and perhaps closed, queue, region.
        key: the field that names a person.
    Raises: RefusedError: `collect.column`, a column missing or unknown; `collect.rows`, a cell that is wrong,
        by its row and column.
    """
    found = _columns(frame.columns, key=key)
    text = {
        name: frame[column].cast(pl.String).str.strip_chars().replace("", None).alias(name)
        for name, column in found.items()
    }
    nothing = pl.Series("nothing", [None] * frame.height, dtype=pl.String)
    closed = text.get("closed", nothing.alias("closed"))
    table = pl.DataFrame(
        [
            text["case"],
            text["account"],
            KINDS[key.kind].canonical_column(text["person"]).alias("person"),
            times(text["opened"]),
            times(closed),
            *(text.get(name, nothing).fill_null("").alias(name) for name in ("queue", "region")),
        ]
    )
    for name in ("case", "account", "person", "opened"):
        require_column(text[name].is_not_null(), column=found[name], trouble="is empty")
    require_column(
        table["person"].is_not_null(), column=found["person"], trouble=f"is no {key.kind.value} as such are written"
    )
    require_column(table["opened"].is_not_null(), column=found["opened"], trouble="is no time", hint=TIMES_HINT)
    for name in ("case", "account"):
        seen = visible(table[name], least=1, most=ID_CHARACTERS)
        require_column(seen, column=found[name], trouble=f"is no id of 1 to {ID_CHARACTERS} visible characters")
    for name in ("queue", "region"):
        plain = visible(table[name], least=0, most=_ATTRIBUTE)
        require_column(plain, column=name, trouble=f"is no text of at most {_ATTRIBUTE} visible characters")
    require_column(
        table["closed"].is_not_null() | closed.is_null(), column="closed", trouble="is no time", hint=TIMES_HINT
    )
    require_column(
        (table["closed"] >= table["opened"]).fill_null(value=True), column="closed", trouble="lies before opened"
    )
    return AdmittedCases(table=table)


def _columns(columns: Sequence[str], *, key: FieldPolicy) -> dict[str, str]:
    """Give the file's column of each of ours."""
    keys = {name.casefold() for name in (key.name, *key.aliases)}
    plain = {column: column.strip().casefold() for column in columns}
    ours = {column: "person" if name in keys else name for column, name in plain.items()}
    found = {name: column for column, name in ours.items() if name in (*COLUMNS, "person")}
    missing = [name for name in ("case", "account", "opened") if name not in found]
    missing += [] if "person" in found else [str(key.name)]
    if missing or len(found) != len(columns):
        raise RefusedError(
            f"cases need exactly the columns case, account, {key.name}, opened and, if you like, closed, queue and region"
            + (f"; missing: {', '.join(missing)}" if missing else ""),
            code="collect.column",
        )
    return found


def times(column: pl.Series) -> pl.Series:
    """Give times as UTC, null where the text is none; a time without a zone is UTC.

    A zone may be hours alone, as PostgreSQL writes it.
    """
    text = column.str.replace(" ", "T", literal=True).str.replace("Z$", "+00:00")
    text = text.str.replace(r"(:[0-9.]+[+-][0-9]{2})$", "${1}:00")
    zoned = [text.str.to_datetime(f, strict=False, time_zone="UTC", time_unit="ms") for f in _FORMATS]
    plain = [text.str.to_datetime(f, strict=False, time_unit="ms").dt.replace_time_zone("UTC") for f in _ZONELESS]
    return pl.select(pl.coalesce(*zoned, *plain)).to_series().alias(column.name)


def visible(column: pl.Series, *, least: int, most: int) -> pl.Series:
    """Say of each text whether it is of so many visible characters; a space may stand in it."""
    # \p{C} and \p{Z} are what `legible.is_plain` refuses.
    return ~column.str.contains(r"[\p{C}\p{Z}--[ ]]") & column.str.len_chars().is_between(least, most)


def require_column(
    good: pl.Series, *, column: str, trouble: str, hint: str = "nothing was stored; mend the file"
) -> None:
    """Require that every cell of a column is right.

    Raises: RefusedError `collect.rows`: naming the first row that is not, 1-based.
    """
    bad = (~good).arg_true()
    if len(bad):
        raise RefusedError(f"row {bad[0] + 1}: {column} {trouble}", code="collect.rows", hint=hint)
