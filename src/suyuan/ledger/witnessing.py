"""What is said to witnesses and read from their answers: requests, conflicts, cosignature lines. No network, no clock.

Source: c2sp.org/tlog-witness, c2sp.org/tlog-cosignature.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from suyuan.crypto.canonical import to_base64
from suyuan.crypto.frontier import tree_root
from suyuan.crypto.sign import VerifyKey, note_text, open_note
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger.checkpoint import Checkpoint, parse_decimal
from suyuan.ledger.log import Log
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.tiles import TileReader

PATH: Final = "witnessed"
"""Where the newest checkpoint that reached the quorum lies, beside `checkpoint`."""

PROOF_LINES: Final = 63
_LINE: Final = re.compile(r"— [^\s+]+ [A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessAnswer:
    """What a witness answered over HTTP: status and body, nothing of it believed yet."""

    status: int
    body: bytes


class WitnessClient(Protocol):
    """Speaks to witnesses; bounds the time and the size of every answer."""

    def submit(self, prefix: str, *, body: bytes) -> WitnessAnswer:
        """Send a checkpoint to the witness at this URL prefix.

        Raises: UnavailableError: nobody answers in time, or at too great length.
        """
        ...

    def view(self, prefix: str, *, path: str) -> WitnessAnswer:
        """Ask for the newest checkpoint of a log that the witness has seen; see `view_path`.

        Raises: UnavailableError: nobody answers in time, or at too great length.
        """
        ...


def add_checkpoint(old_size: int, *, proof: Iterable[bytes], note: str) -> bytes:
    """Give the body that asks a witness, who has seen `old_size` entries, to cosign a checkpoint.

    Raises: RefusedError: a proof longer than any tree needs.
    """
    lines = [to_base64(item) for item in proof]
    if len(lines) > PROOF_LINES:
        raise RefusedError(f"a consistency proof has at most {PROOF_LINES} hashes")
    return "\n".join([f"old {old_size}", *lines, "", note]).encode("utf-8")


def view_path(origin: str) -> str:
    """Give where a witness serves the newest checkpoint it has seen of a log."""
    return f"{sha256(origin.encode('utf-8')).hexdigest()}/checkpoint"


def read_conflict(answer: WitnessAnswer) -> int:
    """Read the size that a witness has seen, from its answer 409.

    Raises: VerificationError: no size.
    """
    return parse_decimal(_text(answer).removesuffix("\n"), what="the size that it has seen")


def read_cosignatures(answer: WitnessAnswer) -> tuple[str, ...]:
    """Read the signature lines of an answer 200; who signed what is not checked here.

    Raises: VerificationError: anything else than signature lines.
    """
    text = _text(answer)
    lines = text[:-1].split("\n")
    if not text.endswith("\n") or not all(map(_LINE.fullmatch, lines)):
        raise VerificationError("its answer is no signature line")
    return tuple(lines)


def log_signed(note: str | bytes, *, key: VerifyKey) -> str:
    """Give a checkpoint with the log's own signature alone: what witnesses and timestamp authorities are shown.

    Raises: VerificationError: the log's key did not sign it.
    """
    open_note(note, keys=(key,))
    whole = note if isinstance(note, str) else note.decode("utf-8")
    text = note_text(whole)
    tail = whole[len(text) + 1 :]
    # Another key may bear the log's name: the line that verifies is the log's.
    for line in tail.splitlines(keepends=True):
        if line.startswith(f"— {key.name} "):
            try:
                open_note(f"{text}\n{line}", keys=(key,))
            except VerificationError:
                continue
            return f"{text}\n{line}"
    raise VerificationError("checkpoint: not signed by the log")


def with_cosignatures(note: str, *, lines: Iterable[str]) -> str:
    """Give a note with further signature lines behind those that it has."""
    return note + "".join(f"{line}\n" for line in lines)


def root_at(size: int, *, log: Log, files: TileFiles, published: Checkpoint | None) -> bytes:
    """Give the root over the first `size` entries: from tiles where they reach, else from the stored leaves.

    Raises: VerificationError: a tile or an entry is missing. RefusedError: the log is shorter.
    """
    if size > log.size:
        raise RefusedError(f"the ledger has {log.size} entries, not {size}")
    if published is not None and size <= published.size:
        return TileReader(files, size=published.size).range_hash(0, size)
    return tree_root(log.leaves(0, end=size))


def _text(answer: WitnessAnswer) -> str:
    try:
        return answer.body.decode("utf-8")
    except UnicodeDecodeError:
        raise VerificationError("its answer is not text") from None
