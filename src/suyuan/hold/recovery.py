"""The recovery key: a second way to the keys, on paper with an officer, for when the passphrase or the token is lost.

The store keeps its public half, and wraps every generation of keys for it as well. The secret half is printed once and
kept nowhere.
"""

import base64
import binascii
from typing import Final

from suyuan.crypto.commit import digest
from suyuan.crypto.sealed_box import SECRET_BYTES, open_box, public_half
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.generations import given_records, recovery_records
from suyuan.hold.kek import KekProvider
from suyuan.hold.keyring import Keyring
from suyuan.hold.ports import KeyStore
from suyuan.hold.rotation import keep_recovery_public
from suyuan.terms import Entropy

_CHECK_BYTES: Final = 3
_GROUP: Final = 4
_CHARACTERS: Final = (SECRET_BYTES + _CHECK_BYTES) * 8 // 5


def make_recovery_key(keys: KeyStore, *, ring: Keyring, entropy: Entropy) -> str:
    """Draw a recovery key in the place of an earlier one, and give its secret half as text, this once."""
    secret = entropy.draw(SECRET_BYTES)
    public = public_half(secret)
    # First the public half, so that a rotation which comes between wraps for it; then what is held already.
    keep_recovery_public(ring, public)
    keys.rewrite(ring.generations.recovery_wrapped(public))
    return text_of(secret)


def recovered_records(keys: KeyStore, *, secret: bytes, provider: KekProvider) -> list[tuple[str, bytes | None, bytes]]:
    """Give the changes of the key store by which a provider wraps what the recovery key opens.

    Raises: RefusedError `hold.recovery`: the store has no recovery key, or it is another.
    """
    records = recovery_records(keys)
    if not records:
        raise RefusedError("this store has no recovery key", code="hold.recovery", hint="restore an older keys.db")
    try:
        keks = {number: open_box(secret, sealed=sealed) for number, sealed in records.items()}
    except VerificationError as error:
        raise RefusedError("the recovery key is not this store's", code="hold.recovery") from error
    return given_records(keys, keks=keks, provider=provider)


def text_of(secret: bytes) -> str:
    """Give a recovery key as groups of letters and digits, with a check against slips of the pen."""
    text = base64.b32encode(secret + digest(secret)[:_CHECK_BYTES]).decode("ascii")
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def read_text(text: str) -> bytes:
    """Read what `text_of` wrote; case, blanks and hyphens do not matter.

    Raises: RefusedError `hold.recovery`: a slip of the pen.
    """
    joined = "".join(text.split()).replace("-", "").upper()
    try:
        raw = base64.b32decode(joined)
    except (binascii.Error, ValueError):
        raw = b""
    secret, check = raw[:SECRET_BYTES], raw[SECRET_BYTES:]
    if len(joined) != _CHARACTERS or digest(secret)[:_CHECK_BYTES] != check:
        raise RefusedError(
            "this is no recovery key as it was printed",
            code="hold.recovery",
            hint=f"it has {_CHARACTERS} letters and digits; see that none is missing or mistaken",
        )
    return secret
