"""Checkpoints: the log's signed statement of its size and root.

Source: c2sp.org/tlog-checkpoint.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from suyuan.crypto.canonical import from_base64, to_base64
from suyuan.crypto.sign import SigningKey, VerifyKey, note_text, open_note, sign_note
from suyuan.errors import VerificationError

PATH: Final = "checkpoint"
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A size and root under an origin. `note` is the signed note it came from."""

    origin: str
    size: int
    root: bytes
    note: str


def sign_checkpoint(size: int, *, root: bytes, keys: Iterable[SigningKey]) -> Checkpoint:
    """Sign a size and root; the origin is the first key's name."""
    signers = tuple(keys)
    origin = signers[0].verify_key.name
    text = f"{origin}\n{size}\n{to_base64(root)}\n"
    return Checkpoint(origin=origin, size=size, root=root, note=sign_note(text, keys=signers))


def open_checkpoint(note: str | bytes, *, keys: Iterable[VerifyKey]) -> Checkpoint:
    """Check a checkpoint's signatures and read it.

    Raises: VerificationError: malformed, or not signed by a known key that bears the origin's name.
    """
    opened = open_note(note, keys=keys)
    checkpoint = _parse(opened.text, note=note)
    if checkpoint.origin not in opened.signers:
        raise VerificationError("checkpoint: not signed under its own origin")
    return checkpoint


def read_checkpoint(note: str | bytes) -> Checkpoint:
    """Read a checkpoint without authenticating its signer; for showing, never for trusting.

    Raises: VerificationError: malformed.
    """
    return _parse(note_text(note), note=note)


def parse_decimal(text: str, *, what: str) -> int:
    """Read a decimal with one spelling: no sign, no leading zero.

    Raises: VerificationError: anything else.
    """
    if not _DECIMAL.fullmatch(text):
        raise VerificationError(f"{what}: not a plain decimal")
    return int(text)


def _parse(text: str, *, note: str | bytes) -> Checkpoint:
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise VerificationError("checkpoint: expected origin, size and root")
    size = parse_decimal(lines[1], what="checkpoint size")
    root = from_base64(lines[2], size_bytes=32)
    whole = note if isinstance(note, str) else note.decode("utf-8")
    return Checkpoint(origin=lines[0], size=size, root=root, note=whole)
