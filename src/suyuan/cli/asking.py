"""What the verbs that ask the door share: who asks, in which roles, and whom a key names."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from suyuan.app import Store
    from suyuan.release.door import Door
    from suyuan.terms import AccountId, PersonNumber, PurposeName, RoleName

AccountOption = Annotated[str, typer.Option("--account", metavar="A", help="Who asks.")]
PurposeOption = Annotated[str, typer.Option("--purpose", metavar="P", help="Why; one of policy/purposes.toml.")]
CaseOption = Annotated[
    str | None, typer.Option("--case", metavar="C", help="The case that ties this account to this person.")
]
RoleOption = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="R", help="In which role; may be repeated. By default those the store knows."),
]


class Asker(NamedTuple):
    """The account that asks, as the store knows it, or as the command line says."""

    account: "AccountId"
    roles: "frozenset[RoleName]"
    attributes: Mapping[str, str]


def asker_of(opened: "Store", *, account: str, roles: Sequence[str] | None) -> Asker:
    """Give who asks.

    Raises: RefusedError `release.account`: the account is disabled.
    """
    from suyuan.errors import RefusedError
    from suyuan.terms import AccountId, RoleName

    known = opened.callers.account(AccountId(account))
    if known is not None and known.disabled:
        raise RefusedError(f"account {account} is disabled", code="release.account")
    found = frozenset(map(RoleName, roles)) if roles else known.roles if known else frozenset()
    return Asker(AccountId(account), found, known.attributes if known else {})


def person_by_key(
    opened: "Store", door: "Door", *, account: "AccountId", purpose: "PurposeName", key: str
) -> "PersonNumber":
    """Give the person whom a key names. Raises: RefusedError: as `Door.find_person`."""
    from suyuan.release.request import PersonRequest

    asks = PersonRequest(account=account, purpose=purpose)
    return door.find_person(asks, field=opened.policy.require_key_field(), text=key)
