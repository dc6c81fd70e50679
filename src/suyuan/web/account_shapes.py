"""What goes over the wire about callers: signing in, accounts and keys."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from suyuan.web.shapes import Body, Id, Short


class SignInBody(Body, frozen=True, kw_only=True):
    """A local user's name and password."""

    account: Id
    password: Annotated[str, Meta(min_length=1, max_length=256)]


class AccountBody(Body, frozen=True, kw_only=True):
    """An account as an administrator writes it; what is left out of an existing one stays."""

    roles: Annotated[list[Id], Meta(max_length=64)] | None = None
    attributes: dict[Id, Short] | None = None
    password: Annotated[str, Meta(max_length=256)] | None = None
    disabled: bool | None = None


class KeyBody(Body, frozen=True, kw_only=True):
    """A new API key's end; none: it does not expire."""

    expires: datetime | None = None


class SessionState(Struct, frozen=True, kw_only=True):
    """A session's token, shown once, and when it ends."""

    token: str
    expires: datetime


class Me(Struct, frozen=True, kw_only=True):
    """Who the caller is to this server."""

    account: str
    roles: list[str]
    attributes: dict[str, str]
    rights: list[str]


class AccountState(Struct, frozen=True, kw_only=True):
    """An account as an administrator sees it; whether it has a password, never the password."""

    id: str
    roles: list[str]
    attributes: dict[str, str]
    disabled: bool
    has_password: bool
    created: datetime
    changed: datetime


class Accounts(Struct, frozen=True, kw_only=True):
    """A page of accounts; `next` begins the next one, "" after the last."""

    accounts: list[AccountState]
    next: str


class KeyState(Struct, frozen=True, kw_only=True):
    """An API key by its public name."""

    id: str
    account: str
    expires: datetime | None
    revoked: bool
    created: datetime


class Keys(Struct, frozen=True, kw_only=True):
    """An account's keys, oldest first."""

    keys: list[KeyState]


class NewKey(Struct, frozen=True, kw_only=True):
    """A new key, shown once."""

    id: str
    key: str
