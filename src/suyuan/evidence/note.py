"""C2SP signed notes, checkpoints and cosignatures: who said it, and when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from suyuan.errors import VerificationError
from suyuan.evidence.hashes import sha256
from suyuan.evidence.plain import from_base64, to_base64

LOG: Final = 1
"""The type of an Ed25519 key that signs notes."""

WITNESS: Final = 4
"""The type of an Ed25519 key that signs timestamped cosignatures."""

MAX_SIGNATURES: Final = 100
_KEY_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyKey:
    """A name, a type of key, and 32 bytes of an Ed25519 public key."""

    name: str
    type: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that mark this key's signatures."""
        return sha256(self.name.encode("utf-8") + b"\n" + bytes([self.type]) + self.public)[:4]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the vkey text in hex: what a person compares by eye."""
        return sha256(str(self).encode("utf-8")).hex()

    def verify(self, message: bytes, *, signature: bytes, place: str) -> None:
        """Check a raw signature.

        Raises: VerificationError: it does not verify.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise VerificationError(f"{place}: a signature does not verify") from None

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.type]) + self.public)}"


def parse_vkey(text: str, *, place: str) -> VerifyKey:
    """Read a C2SP vkey, `name+hex8(key id)+base64(type || public key)`, of type 1 or 4.

    Raises: VerificationError: another shape or type, or an id that does not fit.
    """
    name, _, rest = text.partition("+")
    key_id, _, key = rest.partition("+")
    raw = from_base64(key)
    if not _KEY_NAME.fullmatch(name) or raw is None or len(raw) != 33 or raw[0] not in (LOG, WITNESS):
        raise VerificationError(f"{place}: expected a vkey of Ed25519: name+id+key")
    parsed = VerifyKey(name=name, type=raw[0], public=raw[1:])
    if str(parsed) != text or parsed.key_id.hex() != key_id:
        raise VerificationError(f"{place}: the id of a vkey does not fit its key")
    return parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as it is written; nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def by(self, key: VerifyKey) -> Iterator[Signature]:
        """Give the signatures that claim to be this key's."""
        return (s for s in self.signatures if s.name == key.name and s.key_id == key.key_id)

    def verify_signed(self, key: VerifyKey, *, place: str) -> None:
        """Check that the key signed the text, once.

        Raises: VerificationError: it did not, or its signature fails.
        """
        claims = list(self.by(key))
        if len(claims) != 1:
            raise VerificationError(f"{place}: expected one signature by the log key")
        key.verify(self.text.encode("utf-8"), signature=claims[0].body, place=place)


def parse_note(data: bytes, *, place: str) -> Note:
    """Read a signed note.

    Raises: VerificationError: not a note.
    Source: c2sp.org/signed-note.
    """
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise VerificationError(f"{place}: not UTF-8") from None
    text, gap, tail = whole.rpartition("\n\n")
    lines = tail.split("\n")
    if not gap or lines.pop() != "" or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise VerificationError(f"{place}: not a signed note")
    if _CONTROL.search(whole):
        raise VerificationError(f"{place}: a signed note holds a control character")
    signatures: list[Signature] = []
    for line in lines:
        match = _LINE.fullmatch(line)
        raw = from_base64(match[2]) if match else None
        if match is None or raw is None or len(raw) < 5:
            raise VerificationError(f"{place}: a signature line is malformed")
        signatures.append(Signature(name=match[1], key_id=raw[:4], body=raw[4:]))
    return Note(text=text + "\n", signatures=tuple(signatures))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What the log says of itself: its origin, size and root."""

    origin: str
    size: int
    root: bytes
    note: Note


def parse_checkpoint(data: bytes, *, place: str) -> Checkpoint:
    """Read a C2SP checkpoint without extension lines.

    Raises: VerificationError: not a checkpoint.
    """
    note = parse_note(data, place=place)
    lines = note.text.split("\n")
    root = from_base64(lines[2]) if len(lines) == 4 else None
    if root is None or len(root) != 32 or not lines[0] or not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]):
        raise VerificationError(f"{place}: not a checkpoint")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root, note=note)


def cosigned_at(note: Note, *, witness: VerifyKey, place: str) -> int | None:
    """Give the time, in seconds UTC, at which a witness says it saw the checkpoint; None if it did not sign.

    Raises: VerificationError: a signature under the witness's name and id that fails, or two of them.
    Source: c2sp.org/tlog-cosignature.
    """
    claims = list(note.by(witness))
    if not claims:
        return None
    body = claims[0].body
    if len(claims) > 1 or len(body) != 72:
        raise VerificationError(f"{place}: a cosignature is malformed")
    time = int.from_bytes(body[:8], "big")
    message = f"cosignature/v1\ntime {time}\n{note.text}".encode()
    witness.verify(message, signature=body[8:], place=place)
    return time
