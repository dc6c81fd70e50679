"""Ed25519 keys and C2SP signed notes: how a log says something under its name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from nacl import bindings
from nacl.exceptions import BadSignatureError

from suyuan.crypto.canonical import from_base64, to_base64
from suyuan.errors import RefusedError, VerificationError

ED25519_NOTE: Final = b"\x01"
MAX_SIGNATURES: Final = 100
SIGNATURE_BYTES: Final = 64
PUBLIC_BYTES: Final = 32
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyKey:
    """The public half: a name and an Ed25519 key, as its C2SP `vkey` text says."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The 4-byte id: SHA-256(name || LF || 0x01 || public)[:4]."""
        return sha256(self.name.encode("utf-8") + b"\n" + ED25519_NOTE + self.public).digest()[:4]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the vkey text in hex: what a person compares by eye."""
        return sha256(str(self).encode("utf-8")).hexdigest()

    def verify(self, message: bytes, *, signature: bytes) -> None:
        """Check a raw Ed25519 signature.

        Raises: VerificationError: it does not verify.
        """
        if len(self.public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
            raise VerificationError(f"signature of {self.name}: does not verify")
        try:
            bindings.crypto_sign_open(signature + message, self.public)
        except BadSignatureError as error:
            raise VerificationError(f"signature of {self.name}: does not verify") from error

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(ED25519_NOTE + self.public)}"


def is_key_name(name: str) -> bool:
    """Say whether a name can stand in a signed note: not empty, no space, no plus sign, no control character."""
    return _NAME.fullmatch(name) is not None and _CONTROL.search(name) is None


def parse_vkey(text: str) -> VerifyKey:
    """Read a C2SP vkey: `name+hex8(key id)+base64(0x01 || public key)`.

    Raises: VerificationError: another shape, another algorithm, or an id that does not fit.
    """
    parts = text.split("+", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]) or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):
        raise VerificationError("vkey: expected name+id+key")
    raw = from_base64(parts[2], size_bytes=33)
    if raw[:1] != ED25519_NOTE:
        raise VerificationError("vkey: only Ed25519 (type 1) is known")
    key = VerifyKey(name=parts[0], public=raw[1:])
    if key.key_id.hex() != parts[1]:
        raise VerificationError("vkey: the id does not fit the key")
    return key


class SigningKey:
    """The private half. Prints as its name only."""

    __slots__ = ("_key_id", "_private", "verify_key")

    def __init__(self, seed: bytes, *, name: str) -> None:
        """Take a 32-byte Ed25519 seed and the name it signs under (no space, no `+`)."""
        if len(seed) != 32:
            raise RefusedError(f"a signing seed has 32 bytes, got {len(seed)}")
        if not _NAME.fullmatch(name):
            raise RefusedError("a key name has no space and no plus sign, and is not empty")
        public, self._private = bindings.crypto_sign_seed_keypair(seed)
        self.verify_key = VerifyKey(name=name, public=public)
        self._key_id = self.verify_key.key_id

    def sign(self, message: bytes) -> bytes:
        """Give the 64-byte Ed25519 signature.

        By libsodium, which lets other threads run meanwhile: who signs many receipts does not hold up the next commit.
        """
        return bindings.crypto_sign(message, self._private)[:SIGNATURE_BYTES]

    def sign_line(self, message: bytes) -> str:
        """Give the line of a signed note by this key over its text."""
        return f"— {self.verify_key.name} {to_base64(self._key_id + self.sign(message))}\n"

    def __repr__(self) -> str:
        return f"<signing key {self.verify_key.name}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedNote:
    """A note whose signatures by known keys all verified; `signers` has at least one name."""

    text: str
    signers: tuple[str, ...]


def require_note_text(text: str) -> None:
    """Check that a text may be signed: ends in a newline, no control character but newline.

    Raises: VerificationError: it may not.
    """
    if not text.endswith("\n") or _CONTROL.search(text):
        raise VerificationError("signed note: the text must end in a newline and hold no control character")


def sign_note(text: str, *, keys: Iterable[SigningKey]) -> str:
    """Give the signed note: text, empty line, one signature line per key."""
    require_note_text(text)
    message = text.encode("utf-8")
    return text + "\n" + "".join([key.sign_line(message) for key in keys])


def note_text(note: str | bytes) -> str:
    """Give the text of a note without checking who signed it; the shape is still strict.

    Raises: VerificationError: not a well-formed note.
    """
    return _split(note)[0]


def open_note(note: str | bytes, *, keys: Iterable[VerifyKey]) -> OpenedNote:
    """Check a note against known keys and give its text.

    Signatures by unknown keys are ignored; a signature by a known key that fails, or a repeated
    one, refuses the note, and so does a note that no known key signed.

    Raises: VerificationError: the note is not well formed, or not signed by a known key.
    Source: c2sp.org/signed-note.
    """
    text, lines = _split(note)
    known = {(key.name, key.key_id): key for key in keys}
    signers: list[str] = []
    seen: set[tuple[str, bytes]] = set()
    for name, raw in lines:
        key = known.get((name, raw[:4]))
        if key is None:
            continue
        if (name, raw[:4]) in seen:
            raise VerificationError(f"signed note: {name} signed twice")
        seen.add((name, raw[:4]))
        key.verify(text.encode("utf-8"), signature=raw[4:])
        signers.append(name)
    if not signers:
        raise VerificationError("signed note: no signature by a known key")
    return OpenedNote(text=text, signers=tuple(signers))


def _split(note: str | bytes) -> tuple[str, list[tuple[str, bytes]]]:
    try:
        whole = note.decode("utf-8") if isinstance(note, bytes) else note
    except UnicodeDecodeError as error:
        raise VerificationError("signed note: not UTF-8") from error
    cut = whole.rfind("\n\n")
    if cut < 0:
        raise VerificationError("signed note: no empty line before the signatures")
    text, tail = whole[: cut + 1], whole[cut + 2 :]
    require_note_text(text)
    if _CONTROL.search(tail):
        raise VerificationError("signed note: a signature line holds a control character")
    if not tail.endswith("\n"):
        raise VerificationError("signed note: the last signature line is not ended")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise VerificationError(f"signed note: more than {MAX_SIGNATURES} signatures")
    parsed: list[tuple[str, bytes]] = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise VerificationError("signed note: a signature line is malformed")
        raw = from_base64(match[2])
        if len(raw) < 5:
            raise VerificationError("signed note: a signature is too short")
        parsed.append((match[1], raw))
    return text, parsed
