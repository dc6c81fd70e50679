"""Which cases: a condition that Python and both databases read alike.

Claim: `matches` on a row, and the condition of `sql` on the same row in SQLite and in PostgreSQL, give the same answer.
Times are compared as whole milliseconds; texts are equal or not, code point by code point; what is absent (NULL)
satisfies no comparison, `!=` neither.
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, TypeGuard

from suyuan.errors import RefusedError

Style = Literal["qmark", "format"]
"""How a database's driver marks parameters: `?` for SQLite, `%s` for PostgreSQL."""

Attribute = str | datetime | tuple[str, ...] | None
"""A fact about an account or a case: a text, a time, a list of texts, or nothing."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class CaseColumn(StrEnum):
    """The columns of a case that a condition can speak of."""

    QUEUE = "queue"
    REGION = "region"
    ACCOUNT = "account"
    OPENED = "opened"
    CLOSED = "closed"

    @property
    def is_time(self) -> bool:
        """Whether the column holds a time rather than a text."""
        return self in (CaseColumn.OPENED, CaseColumn.CLOSED)


class Operator(StrEnum):
    """The comparisons there are; no more can be written in a policy file."""

    EQUAL = "="
    NOT_EQUAL = "!="
    IN = "in"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="

    @property
    def is_order(self) -> bool:
        """Whether the operator asks which of two values comes first."""
        return self in (Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST)


COMPARE: Final = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
"""What each operator asks of two values of one type."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One column of a case compared with one value; with a tuple of texts where the operator is `in`.

    Raises: RefusedError `config.comparison`: the value does not fit column and operator, or no database can hold it.
    """

    column: CaseColumn
    operator: Operator
    value: str | datetime | tuple[str, ...]

    def __post_init__(self) -> None:
        listed = isinstance(self.value, tuple)
        timed = isinstance(self.value, datetime)
        # Texts have no order here: each database and each language would have another.
        fits = (self.operator is Operator.IN) == listed and self.column.is_time == timed
        fits = fits and (timed or not self.operator.is_order)
        if not fits or not all(storable(text) for text in _texts(self.value)):
            raise RefusedError(
                f"`{self.column.value} {self.operator.value}` cannot be compared with that value",
                code="config.comparison",
            )

    def matches(self, row: Mapping[str, Attribute]) -> bool:
        """Say whether the row's column satisfies the comparison; an absent one satisfies none."""
        found = _stored(row.get(self.column.value))
        if found is None:
            return False
        if isinstance(self.value, tuple):
            return found in self.value
        wanted = _scalar(self.value)
        return type(found) is type(wanted) and COMPARE[self.operator](found, wanted)

    def sql(self, style: Style) -> tuple[str, list[str | int]]:
        """Give the comparison as SQL over a table that has the column; times are whole milliseconds since 1970."""
        mark = "?" if style == "qmark" else "%s"
        if isinstance(self.value, tuple):
            if not self.value:
                return "1 = 0", []
            return f"{self.column.value} IN ({', '.join(mark for _ in self.value)})", list(self.value)
        wanted = _scalar(self.value)
        sign = "<>" if self.operator is Operator.NOT_EQUAL else self.operator.value
        return f"{self.column.value} {sign} {mark}", [wanted]


@dataclass(frozen=True, slots=True)
class Predicate:
    """Any of several lists of comparisons, of which all must hold. No list: nothing; one that is empty: everything."""

    any_of: tuple[tuple[Comparison, ...], ...]

    def matches(self, row: Mapping[str, Attribute]) -> bool:
        """Say whether the predicate chooses this row."""
        return any(all(one.matches(row) for one in every) for every in self.any_of)

    def sql(self, style: Style) -> tuple[str, list[str | int]]:
        """Give the condition for a WHERE, in parentheses, and its parameters in order."""
        if not self.any_of:
            return "(1 = 0)", []
        conditions: list[str] = []
        values: list[str | int] = []
        for every in self.any_of:
            parts = [one.sql(style) for one in every]
            conditions.append("(" + (" AND ".join(text for text, _ in parts) or "1 = 1") + ")")
            values.extend(value for _, given in parts for value in given)
        return "(" + " OR ".join(conditions) + ")", values


EVERYTHING = Predicate(((),))
NOTHING = Predicate(())


def _texts(value: str | datetime | tuple[str, ...]) -> Sequence[str]:
    if isinstance(value, datetime):
        return ()
    return (value,) if isinstance(value, str) else value


def storable(text: object) -> TypeGuard[str]:
    """Say whether both databases can hold the text: no NUL, and no half of a surrogate pair."""
    if not isinstance(text, str) or "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def milliseconds(at: datetime) -> int:
    """Give a time as the stores keep it: whole milliseconds since 1970, rounded down."""
    return (at - _EPOCH) // _MILLISECOND


def _scalar(value: str | datetime) -> str | int:
    return milliseconds(value) if isinstance(value, datetime) else value


def _stored(value: Attribute) -> str | int | None:
    """Give a fact as it lies in a store. Raises: RefusedError: a list, which no column of a case is."""
    if isinstance(value, tuple):
        raise RefusedError("a case's column is a text or a time, never a list", code="config.comparison")
    return None if value is None else _scalar(value)
