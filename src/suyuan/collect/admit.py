"""Admit people's records: columns matched to the register, every cell brought to canonical form or refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName

ROW = "row"
"""The column that carries the 1-based data row of the file a value came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """One cell that is not a value of its field's kind; the value itself is not kept."""

    row: int
    field: FieldName


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Records fit to be sealed: `values` has a String column per field, canonical, null where absent, and `row`."""

    fields: tuple[FieldPolicy, ...]
    values: pl.DataFrame


def match_columns(columns: Sequence[str], *, fields: Mapping[FieldName, FieldPolicy]) -> dict[str, FieldPolicy]:
    """Give the field of each column that the register knows by name or alias, ignoring case and padding.

    Raises: RefusedError `collect.column`: two columns claim one field.
    """
    known = {name.casefold(): field for field in fields.values() for name in (field.name, *field.aliases)}
    matched: dict[str, FieldPolicy] = {}
    for column in columns:
        field = known.get(column.strip().casefold())
        if field is None:
            continue
        if field in matched.values():
            raise RefusedError(
                f"column {column}: another column is field {field.name} already",
                code="collect.column",
                hint="rename one of the two in the file",
            )
        matched[column] = field
    return matched


def admit(frame: pl.DataFrame, *, fields: Mapping[FieldName, FieldPolicy]) -> tuple[Admitted, tuple[Rejected, ...]]:
    """Bring a table of people to canonical form; rows with a cell that is not of its kind are set aside.

    Args:
        frame: String columns, one row per person.
        fields: the register.
    Returns: the rows that are whole, and the cells that are not, in file order.
    Raises: RefusedError: a column outside the register; no key column; a row without a key, or a key twice.
    """
    matched = match_columns(frame.columns, fields=fields)
    unknown = [column for column in frame.columns if column not in matched]
    if unknown:
        raise RefusedError(
            "columns outside the register: " + ", ".join(unknown),
            code="collect.column",
            hint="add them to policy/fields.toml, or leave them out: collect only what is necessary",
        )
    key = next((field.name for field in matched.values() if field.key), None)
    if key is None:
        raise RefusedError(
            "no column holds the key field",
            code="collect.key",
            hint="mark the field that names a person with `key = true` in policy/fields.toml",
        )
    cells = frame.select(
        pl.col(column).str.strip_chars().replace("", None).alias(field.name) for column, field in matched.items()
    )
    values = pl.DataFrame(
        [KINDS[field.kind].canonical_column(cells[field.name]).alias(field.name) for field in matched.values()]
    ).with_row_index(ROW, offset=1)
    bad = [
        Rejected(row=row + 1, field=field.name)
        for field in matched.values()
        for row in (values[field.name].is_null() & cells[field.name].is_not_null()).arg_true().to_list()
    ]
    whole = values.filter(~pl.col(ROW).is_in([cell.row for cell in bad])) if bad else values
    _require_keys(whole, key=key)
    ordered = tuple(sorted(bad, key=lambda cell: (cell.row, cell.field)))
    return Admitted(fields=tuple(matched.values()), values=whole), ordered


def _require_keys(values: pl.DataFrame, *, key: FieldName) -> None:
    """Require that every row has the key and no two rows share it."""
    missing = values.filter(pl.col(key).is_null())
    if not missing.is_empty():
        raise RefusedError(f"row {missing[ROW][0]}: {key} is empty", code="collect.key")
    twice = values.filter(pl.col(key).is_duplicated())
    if not twice.is_empty():
        rows = twice.filter(pl.col(key) == twice[key][0])[ROW].to_list()
        raise RefusedError(f"rows {rows[0]} and {rows[1]} have the same {key}", code="collect.key")
