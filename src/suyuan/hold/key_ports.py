"""What `hold` needs of a key store: wrapped secrets by person and by name, apart from the data that they open."""

from collections.abc import Sequence
from typing import Final, Protocol

from suyuan.terms import PersonNumber

KEK: Final = "kek"
"""How the names of the key-encryption keys' own records begin; they are no envelopes under them."""

MARK: Final = "kek-mark"
"""The record whose value every envelope must begin with that is added: it names the generation in force.

A key store looks at it in the transaction that adds (on a server under a lock that a change of the mark waits for), so
that nothing comes under a generation that has ended. While it is not held, every envelope is taken.
"""


class KeyStore(Protocol):
    """Wrapped secrets, durable when a call returns. Holds nothing that a KEK does not protect."""

    def add_persons(self, wrapped: Sequence[bytes]) -> PersonNumber:
        """Store one wrapped secret per new person; give the number of the first, the rest follow on.

        Raises: UnavailableError `hold.generation`: one does not begin with the mark in force; nothing was stored.
        """
        ...

    def persons(self, numbers: Sequence[int]) -> Sequence[bytes]:
        """Give wrapped secrets in the order asked. Raises: RefusedError: a number unknown or erased."""
        ...

    def erased_among(self, numbers: Sequence[int]) -> frozenset[int]:
        """Give those of the numbers whose secret was held once and is gone; one that was never given is not among them."""
        ...

    def erase(self, person: PersonNumber) -> None:
        """Destroy a person's secret: overwritten in the file and gone from its log; one that is gone stays gone."""
        ...

    def put(self, name: str, wrapped: bytes) -> None:
        """Store a named secret; a name is written once.

        Raises: UnavailableError `hold.generation`: it does not begin with the mark in force, and its name not with `kek`.
        """
        ...

    def get(self, name: str) -> bytes | None:
        """Give a named secret, or None."""
        ...

    def discard(self, name: str) -> bool:
        """Destroy a named secret as `erase` does a person's; say whether it was held."""
        ...

    def count_stale(self, mark: bytes) -> int:
        """Count the persons whose envelope does not begin with these bytes."""
        ...

    def stale_persons(self, mark: bytes, *, after: int, count: int) -> Sequence[tuple[int, bytes]]:
        """Give persons above `after`, ascending, whose envelope does not begin with these bytes; at most `count`."""
        ...

    def rewrap_persons(self, changes: Sequence[tuple[int, bytes, bytes]]) -> int:
        """Replace envelopes: a number, the envelope expected, the new one; give how many were replaced.

        All in one transaction. A person whose envelope is another by now is left alone, and one who was erased
        meanwhile stays erased.
        """
        ...

    def stale_secrets(self, mark: bytes, *, after: str, count: int) -> Sequence[tuple[str, bytes]]:
        """Give named secrets above `after`, ascending by their bytes, that do not begin with these; at most `count`.

        Names that begin with `kek` are not among them.
        """
        ...

    def rewrite(self, changes: Sequence[tuple[str, bytes | None, bytes]]) -> None:
        """Replace named values: a name, the value expected (None: none is held), the new one; all or none.

        Raises: UnavailableError `hold.changed`: one is another by now; nothing was replaced.
        """
        ...
