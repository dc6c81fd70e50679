"""What the machine gives: its clock and its randomness."""

import secrets
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Give the present time."""
        return datetime.now(UTC)


class SystemEntropy:
    """The operating system's randomness."""

    def draw(self, size_bytes: int) -> bytes:
        """Give fresh random bytes."""
        return secrets.token_bytes(size_bytes)
