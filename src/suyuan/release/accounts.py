"""Accounts: who may ask the door, in which roles, and the keys by which services ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from suyuan.terms import AccountId, RoleName

RESERVED: Final = "suyuan."
"""How the names begin by which the program itself asks: nobody signs in by one."""


def is_reserved(name: str) -> bool:
    """Say whether an account's name is the program's own, in whatever case."""
    return name.casefold().startswith(RESERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A member of staff or a service that asks.

    Args:
        roles: what grants name; an account without a role can ask for nothing where a site has grants.
        attributes: what conditions compare a case with: outlet, region and the like.
        password: an Argon2id string; empty where the account signs in elsewhere, or not at all.
    """

    id: AccountId
    roles: frozenset[RoleName] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)
    password: str = field(default="", repr=False)
    disabled: bool = False
    created: datetime
    changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A service's key: its public name, whose it is, and the digest of its secret part.

    Args:
        digest: SHA-256 of the secret part, which is random and long: no slow hash is needed.
        expires: from when on it opens nothing; None: never.
    """

    id: str
    account: AccountId
    digest: bytes = field(repr=False)
    expires: datetime | None = None
    revoked: bool = False
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedKey:
    """What was asked under an idempotency key, and the ledger entry that answered it."""

    request: bytes
    entry: int


class AccountStore(Protocol):
    """Accounts, their keys, and which requests were answered already; durable when a call returns."""

    def save_account(self, account: Account) -> None:
        """Store an account, or replace it; who wrote last stands."""
        ...

    def account(self, id: AccountId) -> Account | None:
        """Give an account, disabled or not."""
        ...

    def accounts(self, *, after: str, count: int) -> Sequence[Account]:
        """Give at most `count` accounts whose id is above `after`, by id."""
        ...

    def add_api_key(self, key: ApiKey) -> None:
        """Store a new key. Raises: RefusedError `release.api_key`: the name is taken."""
        ...

    def api_key(self, id: str) -> ApiKey | None:
        """Give a key, live or not."""
        ...

    def revoke_api_key(self, id: str) -> None:
        """Let a key open nothing any more; doing so twice does nothing."""
        ...

    def api_keys(self, account: AccountId) -> Sequence[ApiKey]:
        """Give an account's keys, oldest first."""
        ...

    def remember_key(self, key_digest: bytes, *, account: AccountId, request: bytes, entry: int, at: datetime) -> None:
        """Remember that a request was answered by a ledger entry; the first one stays."""
        ...

    def remembered(self, key_digest: bytes, *, account: AccountId) -> RememberedKey | None:
        """Give what this account asked under an idempotency key."""
        ...

    def forget_keys(self, before: datetime) -> None:
        """Forget the idempotency keys of requests answered before a time."""
        ...
