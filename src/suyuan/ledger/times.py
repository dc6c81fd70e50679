"""Times of the ledger and of the store: milliseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta


def moment(at_ms: int) -> datetime:
    """Give a time of the ledger."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)


def milliseconds(at: datetime) -> int:
    """Give a time as the ledger's entries bear it."""
    return int(at.timestamp() * 1000)
