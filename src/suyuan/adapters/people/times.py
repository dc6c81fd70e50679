"""How times and months lie in a store: whole numbers, alike in every database."""

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Give milliseconds since 1970, UTC, rounded down; a time without a zone is a TypeError."""
    return (at - _EPOCH) // _MS


def from_ms(at_ms: int) -> datetime:
    """Give the time back, in UTC."""
    return _EPOCH + at_ms * _MS


def maybe_ms(at: datetime | None) -> int | None:
    """Give `to_ms` of a time that may be absent."""
    return None if at is None else to_ms(at)


def maybe_time(at_ms: int | None) -> datetime | None:
    """Give the time back, in UTC, or its absence."""
    return None if at_ms is None else from_ms(at_ms)


def to_month(first: date | None) -> int | None:
    """Give a month as a number that has no room for a day: 12 * year + month - 1."""
    return None if first is None else 12 * first.year + first.month - 1


def from_month(month: int | None) -> date | None:
    """Give the first day of a month back, or its absence."""
    return None if month is None else date(month // 12, month % 12 + 1, 1)
