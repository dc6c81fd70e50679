"""Witnesses over HTTP. Source: c2sp.org/tlog-witness."""

from typing import Final

from suyuan.adapters.http.asking import SECONDS, ask
from suyuan.ledger.witnessing import WitnessAnswer

LIMIT_BYTES: Final = 1 << 16
"""A checkpoint with a hundred signatures is shorter."""


class HttpWitnesses:
    """Fulfils `WitnessClient`."""

    __slots__ = ("_seconds",)

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds

    def submit(self, prefix: str, *, body: bytes) -> WitnessAnswer:
        """See `WitnessClient.submit`."""
        return self._ask(f"{prefix}/add-checkpoint", body=body)

    def view(self, prefix: str, *, path: str) -> WitnessAnswer:
        """See `WitnessClient.view`."""
        return self._ask(f"{prefix}/{path}", body=None)

    def _ask(self, url: str, *, body: bytes | None) -> WitnessAnswer:
        status, _, answer = ask(url, limit_bytes=LIMIT_BYTES, body=body, seconds=self._seconds)
        return WitnessAnswer(status=status, body=answer)
