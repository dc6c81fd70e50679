"""Where the key over all keys is kept, and by which ciphers the store seals: the table `[keys]` of the settings."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from suyuan.crypto.suite import Suite


class Provider(StrEnum):
    """What wraps the store's key-encryption keys."""

    PASSPHRASE = "passphrase"
    PKCS11 = "pkcs11"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """The table `[keys]`.

    Args:
        profile: the ciphers of the store, chosen when it is made and for its whole life.
        provider: what wraps the key-encryption keys.
        module: the PKCS#11 library of the token's maker.
        token: the label of the token.
        key: the label of the AES key in it.
        pin_file: a 0600 file outside the store that holds the token's PIN.
        database: how libpq reaches the PostgreSQL database that keeps wrapped secrets; empty: `keys.db`.
        schema: the schema in that database which is theirs alone.
    """

    profile: Suite = Suite.AES
    provider: Provider = Provider.PASSPHRASE
    module: Path = Path()
    token: str = ""
    key: str = ""
    pin_file: Path = Path()
    database: str = ""
    schema: str = "suyuan_keys"
