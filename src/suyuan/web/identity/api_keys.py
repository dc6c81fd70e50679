"""API keys: a public name and a secret, of which the store keeps a digest."""

import base64
import hashlib
import hmac
import re
from datetime import datetime
from typing import Final

from suyuan.release.accounts import ApiKey
from suyuan.terms import AccountId, Entropy

_SHAPE: Final = re.compile(r"sy_([a-z2-7]{16})_([a-z2-7]{52})")
_NAME_BYTES: Final = 10
_SECRET_BYTES: Final = 32
_NOBODYS: Final = hashlib.sha256(b"nobody's key").digest()


def make_key(
    account: AccountId, *, entropy: Entropy, now: datetime, expires: datetime | None = None
) -> tuple[ApiKey, str]:
    """Give a new key as it is stored, and its text, which is shown once and kept nowhere."""
    name, secret = _text(entropy.draw(_NAME_BYTES)), _text(entropy.draw(_SECRET_BYTES))
    key = ApiKey(id=name, account=account, digest=_digest(secret), expires=expires, created=now)
    return key, f"sy_{name}_{secret}"


def is_key(text: str) -> bool:
    """Say whether a bearer's token claims to be an API key."""
    return text.startswith("sy_")


def read_key(text: str) -> tuple[str, bytes] | None:
    """Give a key's public name and the digest of its secret; None: it is no key."""
    found = _SHAPE.fullmatch(text)
    return None if found is None else (found[1], _digest(found[2]))


def opens(key: ApiKey | None, *, digest: bytes, now: datetime) -> bool:
    """Say whether a secret is this key's, and the key is live; an unknown key takes the same steps."""
    stored = _NOBODYS if key is None else key.digest
    same = hmac.compare_digest(stored, digest)
    live = key is not None and not key.revoked and (key.expires is None or now < key.expires)
    return same and live


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii")).digest()


def _text(body: bytes) -> str:
    return base64.b32encode(body).decode("ascii").rstrip("=").lower()
