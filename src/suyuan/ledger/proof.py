"""Proofs that travel: inclusion and consistency from published tiles, and the C2SP tlog-proof text.

Source: RFC 6962 section 2.1; c2sp.org/tlog-proof.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from suyuan.crypto.canonical import from_base64, to_base64
from suyuan.crypto.merkle import (
    consistency_ranges,
    inclusion_ranges,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from suyuan.crypto.sign import VerifyKey
from suyuan.errors import VerificationError
from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint, parse_decimal
from suyuan.ledger.tiles import TileReader

HEADER: Final = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A tlog-proof, read but not yet verified. `extra` is carried along and proves nothing."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None


def prove_inclusion(index: int, *, tiles: TileReader) -> tuple[bytes, ...]:
    """Give the audit path of an entry in the tree of the reader's size, the leaf's sibling first."""
    return tuple(tiles.range_hash(start, end) for start, end in inclusion_ranges(index, size=tiles.size))


def prove_consistency(old_size: int, *, tiles: TileReader) -> tuple[bytes, ...]:
    """Give the proof that the tree of `old_size` is a prefix of the one of the reader's size."""
    return tuple(tiles.range_hash(start, end) for start, end in consistency_ranges(old_size, new_size=tiles.size))


def verify_growth(old: Checkpoint, *, new: Checkpoint, proof: Iterable[bytes]) -> None:
    """Check that one checkpoint's tree is a prefix of another's, of one log.

    Raises: VerificationError: another origin, or the proof does not hold.
    """
    if old.origin != new.origin:
        raise VerificationError("consistency: the checkpoints are of two logs")
    verify_consistency(old_size=old.size, old_root=old.root, new_size=new.size, new_root=new.root, proof=tuple(proof))


def write_proof(index: int, *, path: Iterable[bytes], checkpoint: Checkpoint, extra: bytes | None = None) -> str:
    """Give the tlog-proof text of an entry: all that an offline reader needs beside the entry and a key."""
    lines = [HEADER]
    if extra is not None:
        lines.append(f"extra {to_base64(extra)}")
    lines.append(f"index {index}")
    lines.extend(to_base64(item) for item in path)
    return "\n".join(lines) + "\n\n" + checkpoint.note


def read_proof(text: str) -> Proof:
    """Read a tlog-proof text strictly.

    Raises: VerificationError: another shape.
    """
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines.pop(0) != HEADER:
        raise VerificationError("tlog-proof: not a proof of version 1")
    extra: bytes | None = None
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "))
    if not lines or not re.match(r"index \d", lines[0]):
        raise VerificationError("tlog-proof: the index is missing")
    index = parse_decimal(lines.pop(0).removeprefix("index "), what="tlog-proof index")
    if len(lines) > 63:
        raise VerificationError("tlog-proof: the path is too long")
    path = tuple(from_base64(line, size_bytes=32) for line in lines)
    return Proof(index=index, path=path, checkpoint=note, extra=extra)


def verify_proof(text: str, *, leaf: bytes, keys: Iterable[VerifyKey]) -> tuple[Proof, Checkpoint]:
    """Check that a leaf stands in the log that signed the proof's checkpoint.

    Raises: VerificationError: malformed, unsigned, or the path does not lead to the root.
    """
    proof = read_proof(text)
    checkpoint = open_checkpoint(proof.checkpoint, keys=keys)
    verify_inclusion(leaf_hash(leaf), index=proof.index, size=checkpoint.size, proof=proof.path, root=checkpoint.root)
    return proof, checkpoint
