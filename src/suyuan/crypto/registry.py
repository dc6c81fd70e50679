"""The registry's formulas: from an identifier to the input of the VRF, and from its output to the label."""

from hashlib import sha256
from typing import Final

ALPHA: Final = b"suyuan/registry/v1\x00"
LABEL: Final = b"suyuan/registry-label/v1\x00"


def identifier(kind: str, *, canonical: str) -> bytes:
    """Give the one spelling of an identifier: its kind, a zero byte, its canonical value."""
    return kind.encode("ascii") + b"\x00" + canonical.encode("utf-8")


def identifier_parts(identifier: bytes) -> tuple[str, str]:
    """Give kind and canonical value of an identifier."""
    kind, _, canonical = identifier.partition(b"\x00")
    return kind.decode("ascii"), canonical.decode("utf-8")


def alpha(identifier: bytes) -> bytes:
    """Give what the VRF takes of an identifier."""
    return ALPHA + identifier


def label(output: bytes) -> bytes:
    """Give the registry label of a VRF output."""
    return sha256(LABEL + output).digest()
