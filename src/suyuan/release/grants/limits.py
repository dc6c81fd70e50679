"""How many persons and rows a grant lets out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one account may see under a grant.

    Args:
        persons: different persons in any window of `per`; None: the grant says nothing, and the site's default holds.
        per: the length of that window.
        rows: rows of one list or file; None: the grant says nothing.
    """

    persons: int | None = None
    per: timedelta = DAY
    rows: int | None = None


NO_LIMITS = Limits()


def strictest(limits: Iterable[Limits]) -> Limits:
    """Give the strictest of the limits that apply: the lowest rate of persons, and the fewest rows."""
    found = tuple(limits)
    counted = [
        (one.persons / one.per.total_seconds(), one.persons, one.per) for one in found if one.persons is not None
    ]
    rows = [one.rows for one in found if one.rows is not None]
    fewest = min(rows) if rows else None
    if not counted:
        return Limits(rows=fewest)
    _, persons, per = min(counted)
    return Limits(persons=persons, per=per, rows=fewest)
