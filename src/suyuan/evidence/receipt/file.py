"""The file of a receipt: canonical JSON of the record, the salt, the log's entry, and the log's signed note on it."""

from dataclasses import dataclass, field
from typing import Final

from suyuan.errors import VerificationError
from suyuan.evidence.plain import HASH_BYTES, Node, decode, encode, to_base64

FORMAT: Final = "suyuan-consent-receipt/v1"
LIMIT_BYTES: Final = 1 << 20
_KEYS: Final = ("entry", "format", "key", "leaf", "note", "receipt", "salt")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFile:
    """A receipt as it is written; nothing is verified yet.

    Args:
        entry: where the log's entry stands.
        key: the log's public key, as a vkey.
        leaf: the entry.
        note: the log's signed note that this entry stands there.
        receipt: the record that the entry commits to.
        salt: the salt of that commitment.
    """

    entry: int
    key: str
    leaf: Node
    note: str
    receipt: Node = field(repr=False)
    salt: bytes = field(repr=False)


def is_receipt(data: bytes) -> bool:
    """Say whether some bytes may be a receipt: a bundle and an account are archives, and begin otherwise."""
    return data[:1] == b"{"


def write_receipt(*, entry: int, key: str, leaf: bytes, note: str, receipt: bytes, salt: bytes) -> bytes:
    """Give the bytes of a receipt.

    Args:
        leaf: the canonical bytes of the log's entry.
        receipt: the canonical bytes of the record.
    Raises: VerificationError: one of the two is not canonical JSON.
    """
    return encode(
        {
            "entry": entry,
            "format": FORMAT,
            "key": key,
            "leaf": decode(leaf, place="leaf").value,
            "note": note,
            "receipt": decode(receipt, place="receipt").value,
            "salt": to_base64(salt),
        }
    )


def read_receipt(data: bytes) -> ReceiptFile:
    """Read a receipt strictly; one newline at its end is no error.

    Raises: VerificationError: it is none.
    """
    if len(data) > LIMIT_BYTES:
        raise VerificationError(f"receipt: longer than {LIMIT_BYTES} bytes")
    node = decode(data.removesuffix(b"\n"), place="receipt")
    if isinstance(node.value, dict) and node.value.get("format") != FORMAT:
        node.wrong(f"is not of format {FORMAT}")
    entry, _, key, leaf, note, receipt, salt = node.object(*_KEYS)
    return ReceiptFile(
        entry=entry.whole(),
        key=key.text(),
        leaf=leaf,
        note=note.text(),
        receipt=receipt,
        salt=salt.raw(size=HASH_BYTES),
    )
