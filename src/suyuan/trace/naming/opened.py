"""The openings of a ledger: every `trace-open`, and the document that it fixed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from suyuan.crypto import canonical, commit
from suyuan.crypto.canonical import Json
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.entry import TraceOpenEntry
from suyuan.ledger.log import Log
from suyuan.release.sides import require_side
from suyuan.terms import LeafIndex
from suyuan.trace.naming.opening import OPEN_SIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A `trace-open` in the ledger, and the document it fixed."""

    index: LeafIndex
    at: datetime
    salt: bytes
    document: Mapping[str, Json]

    @property
    def number(self) -> int:
        """This is the platform's `number`-th dump."""
        number = self.document.get("number")
        if not isinstance(number, int):
            raise VerificationError(f"entry {self.index}: an opening without a number")
        return number

    @property
    def terms(self) -> tuple[tuple[int, int], bytes]:
        """The error budget and the law that it was opened under: both may have changed since."""
        match self.document:
            case {"alpha": [int(top), int(bottom)], "law": str(law)}:
                return (top, bottom), canonical.from_base64(law)
            case _:
                raise VerificationError(f"entry {self.index}: an opening without alpha or law")

    def found(self, pool: str) -> int:
        """How many identifiers of a pool stood in the dump."""
        match self.document.get("pools"):
            case {**pools}:
                match pools.get(pool):
                    case {"count": int(count)}:
                        return count
        return 0

    @property
    def dump_sha256(self) -> str:
        """The dump's SHA-256 in hex."""
        match self.document.get("dump"):
            case {"sha256": str(text)}:
                return text
            case _:
                raise VerificationError(f"entry {self.index}: an opening without a dump")


def openings(log: Log, *, broker: KeyBroker) -> list[Opened]:
    """Give every `trace-open`, oldest first."""
    return [read_opening(log, index=index, broker=broker) for index in log.named(TraceOpenEntry.op)]


def read_opening(log: Log, *, index: int, broker: KeyBroker) -> Opened:
    """Read an opening back and check it against its leaf.

    Raises: VerificationError: the document beside the ledger is not the one that the leaf commits to.
    """
    entry = log.entry(index)
    if not isinstance(entry.body, TraceOpenEntry):
        raise VerificationError(f"entry {index}: is no opening of a trace")
    side = require_side(log, index=index, name=OPEN_SIDE, broker=broker)
    salt, payload = side[: commit.SALT_BYTES], side[commit.SALT_BYTES :]
    commit.verify_commitment(entry.body.commitment, tag=commit.TRACE_OPEN, salt=salt, payload=payload)
    at = datetime.fromtimestamp(entry.at_ms / 1000, tz=UTC)
    return Opened(
        index=LeafIndex(index),
        at=at,
        salt=salt,
        document=canonical.decode_object(payload),
    )
