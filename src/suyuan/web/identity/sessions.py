"""Sessions of local users: opaque tokens in the memory of this process, gone when it ends."""

import base64
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from suyuan.terms import AccountId, Entropy

PREFIX: Final = "ss_"
_TOKEN_BYTES: Final = 32
_MOST: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who signed in, and until when that holds."""

    account: AccountId
    expires: datetime


class Sessions:
    """Opens and ends sessions. Keeps digests of tokens alone; called by one thread."""

    def __init__(self, *, entropy: Entropy, lasts: timedelta) -> None:
        self._entropy = entropy
        self._lasts = lasts
        self._open: OrderedDict[bytes, Session] = OrderedDict()

    def open(self, account: AccountId, *, now: datetime) -> tuple[str, Session]:
        """Give a new token, which is kept nowhere, and its session."""
        token = PREFIX + base64.urlsafe_b64encode(self._entropy.draw(_TOKEN_BYTES)).decode("ascii").rstrip("=")
        session = Session(account=account, expires=now + self._lasts)
        self._open[_digest(token)] = session
        while len(self._open) > _MOST:
            self._open.popitem(last=False)
        return token, session

    def find(self, token: str, *, now: datetime) -> Session | None:
        """Give the live session of a token."""
        digest = _digest(token)
        session = self._open.get(digest)
        if session is not None and now >= session.expires:
            del self._open[digest]
            return None
        return session

    def end(self, token: str) -> None:
        """End a session; ending one that is over does nothing."""
        self._open.pop(_digest(token), None)

    def end_all(self, account: AccountId) -> None:
        """End every session of an account: it was disabled, or its password was changed."""
        for digest in [digest for digest, session in self._open.items() if session.account == account]:
            del self._open[digest]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
