"""Passwords of local users: Argon2id, the same work for accounts that do not exist, and a slow-down after failures."""

import threading
from collections import OrderedDict
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from suyuan.errors import RefusedError

SHORTEST: Final = 12
LONGEST: Final = 256
FREE_FAILURES: Final = 5
LONGEST_WAIT_SECONDS: Final = 900
_REMEMBERED: Final = 10_000


def standard_hasher() -> PasswordHasher:
    """Give Argon2id by the second recommendation of RFC 9106: 64 MiB, three passes, four lanes."""
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, type=Type.ID)


class Passwords:
    """Makes and checks passwords. Each takes tens of milliseconds: call it from a thread that may wait."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or standard_hasher()
        self._nobodys = self._hasher.hash("the password of nobody")

    def make(self, password: str) -> str:
        """Give what is stored of a password.

        Raises: RefusedError `release.password`: it is too short or too long.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise RefusedError(
                f"a password has {SHORTEST} to {LONGEST} characters",
                code="release.password",
                hint="choose a longer one",
            )
        return self._hasher.hash(password)

    def is_right(self, password: str, *, stored: str) -> bool:
        """Say whether a password is the stored one; nothing stored is never right, and takes as long to say so."""
        try:
            self._hasher.verify(stored or self._nobodys, password[:LONGEST])
        except (Argon2Error, InvalidHashError):
            return False
        return bool(stored)


class Failures:
    """Slows down whoever guesses: after some failures in a row an account's next try waits, twice as long each time.

    Names that are no accounts are counted alike, so that waiting tells nothing.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_seconds(self, account: str, *, now: float) -> int:
        """Give how long an account must wait until its next try; 0: not at all.

        Args:
            now: seconds of a clock that never runs backwards.
        """
        with self._turn:
            count, last = self._failed.get(account, (0, 0.0))
        if count < FREE_FAILURES:
            return 0
        wait = min(LONGEST_WAIT_SECONDS, 2 ** min(count - FREE_FAILURES, 20))
        return max(0, int(last + wait - now + 0.999))

    def failed(self, account: str, *, now: float) -> None:
        """Count a failure."""
        with self._turn:
            count, _ = self._failed.pop(account, (0, 0.0))
            self._failed[account] = (count + 1, now)
            while len(self._failed) > _REMEMBERED:
                self._failed.popitem(last=False)

    def succeeded(self, account: str) -> None:
        """Forget the failures of an account."""
        with self._turn:
            self._failed.pop(account, None)
