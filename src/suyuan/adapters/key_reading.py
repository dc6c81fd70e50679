"""What a key store gives back, and what it takes: one meaning of its verbs, whatever database answers.

Each database names its statements alike and gives the same columns; how it is asked is its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from suyuan.errors import RefusedError, UnavailableError
from suyuan.hold.ports import KEK

_NUMBERS_AT_A_TIME: Final = 50_000
_FEW: Final = 5_000


class KeyReading(ABC):
    """The reading verbs of `KeyStore`, over statements called by name."""

    _belong: str
    """What to see to where a secret is missing."""

    @abstractmethod
    def _rows(self, name: str, *parameters: object) -> list[Any]:  # What a database gives carries no types.
        """Give every row of a statement."""

    @abstractmethod
    def _listed(self, numbers: Sequence[int]) -> object:
        """Give numbers as the one parameter that a statement takes for them."""

    def persons(self, numbers: Sequence[int]) -> Sequence[bytes]:
        """Give wrapped secrets in the order asked. Raises: RefusedError: a number unknown or erased."""
        found: dict[int, bytes] = {}
        for wanted in self._stretches(numbers):
            found.update(self._rows("persons", wanted))
        try:
            return [found[number] for number in numbers]
        except KeyError as missing:
            raise RefusedError(
                f"person {missing}: no secret is held; the number is unknown or the person was erased",
                code="hold.no_secret",
                hint=self._belong,
            ) from None

    def erased_among(self, numbers: Sequence[int]) -> frozenset[int]:
        """Give those of the numbers whose secret was held once and is gone; one that was never given is not among them."""
        last = int(self._rows("last_number")[0][0])
        # Counting reads the whole table: worth it only where many are asked for.
        if len(numbers) > _FEW and self._rows("persons_held")[0][0] == last + 1:
            return frozenset()
        found: set[int] = set()
        for wanted in self._stretches(numbers):
            found.update(number for (number,) in self._rows("numbers_held", wanted))
        return frozenset(int(number) for number in numbers if 0 <= number <= last) - found

    def get(self, name: str) -> bytes | None:
        """Give a named secret, or None."""
        found = self._rows("secret", name)
        return bytes(found[0][0]) if found else None

    def count_stale(self, mark: bytes) -> int:
        """Count the persons whose envelope does not begin with these bytes."""
        return int(self._rows("count_stale", len(mark), mark)[0][0])

    def stale_persons(self, mark: bytes, *, after: int, count: int) -> Sequence[tuple[int, bytes]]:
        """Give persons above `after`, ascending, whose envelope does not begin with these bytes; at most `count`."""
        return self._rows("stale_persons", after, len(mark), mark, count)

    def stale_secrets(self, mark: bytes, *, after: str, count: int) -> Sequence[tuple[str, bytes]]:
        """Give named secrets above `after`, ascending, that do not begin with these bytes; at most `count`."""
        return self._rows("stale_secrets", after, len(mark), mark, KEK, count)

    def _stretches(self, numbers: Sequence[int]) -> Iterator[object]:
        for start in range(0, len(numbers), _NUMBERS_AT_A_TIME):
            yield self._listed(numbers[start : start + _NUMBERS_AT_A_TIME])


def require_marked(wrapped: Sequence[bytes], *, marks: Iterable[tuple[Any, ...]]) -> None:
    """Require that envelopes are of the generation in force, as the transaction that adds them sees it: `marks`."""
    for (mark,) in marks:
        if not all(envelope.startswith(mark) for envelope in wrapped):
            raise UnavailableError(
                "the keys' generation has changed meanwhile", code="hold.generation", hint="try again"
            )


def require_expected(name: str, *, found: Sequence[tuple[Any, ...]], expected: bytes | None) -> None:
    """Require that a named value is the one expected, as the transaction that replaces it sees it: `found`."""
    if (bytes(found[0][0]) if found else None) != expected:
        raise UnavailableError(
            f"secret {name}: another process has changed it meanwhile", code="hold.changed", hint="try again"
        )


def taken(name: str) -> RefusedError:
    """Tell that a named secret is held already."""
    return RefusedError(f"secret {name}: it is held already, and a name is written once", code="hold.secret_exists")
