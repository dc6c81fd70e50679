"""The chain that holds the log together: epochs, seals, registries and shards follow one another without a gap.

The ledger keeps these rules when it writes, and `verify_log` checks the same ones when it reads.
"""

from dataclasses import dataclass
from typing import Final

from suyuan.errors import VerificationError
from suyuan.ledger.bodies import (
    Body,
    CloseEntry,
    OpaqueEntry,
    OpenEntry,
    OutcomeEntry,
    RegistryEntry,
    ReleaseEntry,
    SealEntry,
)

CLOSING: Final = "seal-close"
"""The name under which a store finds the last closing seal."""


@dataclass(slots=True, kw_only=True)
class Chain:
    """Where the log stands: the epoch in force, where it began, and where the last seal left off.

    `epoch_start` is the first entry after the last closing seal, `tail_start` the first after the last seal of either
    sort. `close` is the entry that closed a shard, while it is the last one.
    """

    epoch: int = 0
    epoch_start: int = 0
    tail_start: int = 0
    close: CloseEntry | None = None

    def moves(self, body: Body | OpaqueEntry) -> bool:
        """Say whether an entry of the epoch in force could break a rule or move the chain; most cannot."""
        kind = type(body)
        return not ((kind is ReleaseEntry or kind is OutcomeEntry) and self.close is None)

    def take(self, body: Body | OpaqueEntry, *, epoch: int, index: int) -> None:
        """Take the entry that follows.

        Raises: VerificationError: it breaks a rule; the chain is as it was.
        """
        if epoch != self.epoch:
            raise VerificationError(f"entry {index}: is of epoch {epoch}, the epoch in force is {self.epoch}")
        if self.close is not None and not isinstance(body, OpenEntry):
            raise VerificationError(f"entry {index}: follows the end of a shard and does not open the next")
        match body:
            case SealEntry():
                self._seal(body, index=index)
            case RegistryEntry() if body.first_epoch not in (epoch, epoch + 1):
                raise VerificationError(f"entry {index}: its registry begins neither in this epoch nor in the next")
            case OpenEntry():
                self._open(body, index=index)
            case CloseEntry():
                # The next shard's registry begins with an epoch: no label may hang on two registries in one.
                if self.epoch_start != index:
                    raise VerificationError(
                        f"entry {index}: closes a shard, and the epoch was not closed right before it"
                    )
                self.close = body
            case _:
                pass

    def _seal(self, body: SealEntry, *, index: int) -> None:
        start = self.epoch_start if body.closing else self.tail_start
        if (body.first, body.end) != (start, index):
            raise VerificationError(
                f"entry {index}: seals the entries from {body.first} to {body.end}, not from {start} to {index}"
            )
        self.tail_start = index + 1
        if body.closing:
            self.epoch, self.epoch_start = self.epoch + 1, index + 1

    def _open(self, body: OpenEntry, *, index: int) -> None:
        """A shard carries on right after the one before it; one opened without that says what was lost."""
        if self.close is None and body.size <= index:
            raise VerificationError(f"entry {index}: opens a shard, and the one before it is not closed")
        if self.close is not None and body.size != index:
            raise VerificationError(f"entry {index}: opens a shard after {body.size} entries, not after {index}")
        self.close = None
