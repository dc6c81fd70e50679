"""RFC 3161 timestamps on checkpoints: an authority that knows nothing of the log says when it existed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from suyuan.crypto.sign import VerifyKey
from suyuan.errors import SuyuanError
from suyuan.flows.asking import BUDGET_SECONDS, ask_all
from suyuan.flows.witnessing import SANDWICH_SECONDS
from suyuan.ledger.checkpoint import Checkpoint
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.witnessing import log_signed
from suyuan.terms import Clock


def timestamp_path(size: int) -> str:
    """Give where the token over the checkpoint of a size lies."""
    return f"timestamp/{size}.tsr"


class TimestampAuthority(Protocol):
    """One authority, and whom it is believed by."""

    def stamp(self, data: bytes) -> tuple[bytes, datetime]:
        """Give a token over the data, verified, and its time.

        Raises: VerificationError: what it gave does not hold. UnavailableError: it gave nothing.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamping:
    """Keeps a token beside each published checkpoint."""

    authority: TimestampAuthority
    clock: Clock
    seconds: float = BUDGET_SECONDS

    def stamp(self, checkpoint: Checkpoint, *, key: VerifyKey, files: TileFiles) -> tuple[str, ...]:
        """Keep a token over a checkpoint as the log alone signed it; give a line where that fails."""
        path = timestamp_path(checkpoint.size)
        if files.read(path) is not None:
            return ()
        data = log_signed(checkpoint.note, key=key).encode("utf-8")
        (answer,) = ask_all({"": lambda: self.authority.stamp(data)}, seconds=self.seconds).values()
        if isinstance(answer, SuyuanError):
            return (f"timestamp authority: {answer}",)
        token, at = answer
        if abs((at - self.clock.now()).total_seconds()) > SANDWICH_SECONDS:
            return ("timestamp authority: its clock and ours lie more than five minutes apart; its word was dropped",)
        files.commit(path, data=token)
        return ()
