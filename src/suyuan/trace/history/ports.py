"""What a legacy history needs from outside: a place for its sealed parts."""

from typing import Protocol


class HistoryParts(Protocol):
    """Keeps the sealed parts of histories, by the SHA-256 of the file that each came from."""

    def part(self, source: str, number: int) -> bytes | None:
        """Give a part, or None."""
        ...

    def put(self, source: str, number: int, body: bytes) -> None:
        """Keep a part, durably; one that is there is replaced."""
        ...
