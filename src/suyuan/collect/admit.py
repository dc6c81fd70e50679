"""Admit people's records: columns matched to the register, every cell brought to canonical form or refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName

ROW = "row"
"""The column that carries the 1-based data row of the file a value came from."""


class Trouble(StrEnum):
    """Why a cell cannot be taken in."""

    KIND = "is not a value of its kind"
    MISSING = "is empty"
    DOUBLE = "is in another row too"
    CONSENT = "needs a consent that is not live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """One cell that cannot be taken in, and so its row; the value itself is not kept."""

    row: int
    field: FieldName
    trouble: Trouble = Trouble.KIND

    @property
    def why(self) -> str:
        """Say what is wrong, without the value."""
        return f"{self.field} {self.trouble.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Records fit to be sealed: `values` has a String column per field, canonical, null where absent, and `row`."""

    fields: tuple[FieldPolicy, ...]
    values: pl.DataFrame


def match_columns(columns: Sequence[str], *, fields: Mapping[FieldName, FieldPolicy]) -> dict[str, FieldPolicy]:
    """Give the field of each column that the register knows by name or alias, ignoring case, spaces, hyphens and underscores.

    Raises: RefusedError `collect.column`: two columns claim one field.
    """
    known = {_folded(name): field for field in fields.values() for name in (field.name, *field.aliases)}
    matched: dict[str, FieldPolicy] = {}
    for column in columns:
        field = known.get(_folded(column))
        if field is None:
            continue
        if field in matched.values():
            raise RefusedError(
                f"two columns are field {field.name}",
                code="collect.column",
                hint="rename one of the two in the file",
            )
        matched[column] = field
    return matched


def _folded(name: str) -> str:
    """Give a column's name as it is compared: `Full Name`, `full_name` and `full-name` are one."""
    return "".join(name.casefold().replace("_", "").replace("-", "").split())


def admit(frame: pl.DataFrame, *, fields: Mapping[FieldName, FieldPolicy]) -> tuple[Admitted, tuple[Rejected, ...]]:
    """Bring a table of people to canonical form; rows with a cell that is not of its kind are set aside.

    Args:
        frame: String columns, one row per person.
        fields: the register.
    Returns: the rows that are whole, and the cells that are not, in file order; a row without a key, or with the
        key of another row, is not whole.
    Raises: RefusedError: a column outside the register; no key column.
    """
    matched = match_columns(frame.columns, fields=fields)
    key = _key_of(frame.columns, matched=matched)
    cells = frame.select(
        pl.col(column).cast(pl.String).str.strip_chars().replace("", None).alias(field.name)
        for column, field in matched.items()
    )
    values = pl.DataFrame(
        [KINDS[field.kind].canonical_column(cells[field.name]).alias(field.name) for field in matched.values()]
    ).with_row_index(ROW, offset=1)
    bad = [
        Rejected(row=row + 1, field=field.name)
        for field in matched.values()
        for row in (values[field.name].is_null() & cells[field.name].is_not_null()).arg_true().to_list()
    ]
    bad += _bad_keys(values, given=cells[key], key=key)
    whole = values.filter(~pl.col(ROW).is_in([cell.row for cell in bad])) if bad else values
    ordered = tuple(sorted(bad, key=lambda cell: (cell.row, cell.field)))
    return Admitted(fields=tuple(matched.values()), values=whole), ordered


def _key_of(columns: Sequence[str], *, matched: Mapping[str, FieldPolicy]) -> FieldName:
    """Give the key field, after requiring that every column is in the register.

    Without a header the first row's values stand where names should: they are not repeated.
    """
    unknown = [place for place, column in enumerate(columns, start=1) if column not in matched]
    if not matched:
        raise RefusedError(
            "no column is a field of the register",
            code="collect.column",
            hint="the first line must name the columns, as policy/fields.toml or its aliases do",
        )
    if unknown:
        named = ", ".join(called(columns[place - 1], place=place) for place in unknown)
        raise RefusedError(
            f"columns outside the register: {named}",
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
    return key


def called(name: str, *, place: int) -> str:
    """Give a column's name where it can be no person's value, else its place.

    Args:
        place: 1-based.
    """
    plain = name.isascii() and name.isidentifier() and not any(c.isdigit() for c in name)
    return name if plain else f"number {place}"


def _bad_keys(values: pl.DataFrame, *, given: pl.Series, key: FieldName) -> list[Rejected]:
    """Give the rows without a key, and all rows that share one: none of them can be told to be the right one."""
    missing = given.is_null().arg_true()
    double = (values[key].is_duplicated() & values[key].is_not_null()).arg_true()
    return [
        *(Rejected(row=row + 1, field=key, trouble=Trouble.MISSING) for row in missing.to_list()),
        *(Rejected(row=row + 1, field=key, trouble=Trouble.DOUBLE) for row in double.to_list()),
    ]
