"""`suyuan release account` and `release accounts`: who may ask over HTTP, and in which roles."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_columns, print_json, result, say

if TYPE_CHECKING:
    from suyuan.release.accounts import Account

EXAMPLE = """
  suyuan release account clerk-07 --role staff --attribute outlet=Pudong-3 --password-file -
  suyuan release account clerk-07 --disable
  suyuan release accounts
"""

AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", show_default=False, help="The account's id.")]


def save(
    account: AccountArgument,
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="R", help="A role; may be repeated. Replaces those it had.")
    ] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", metavar="NAME=VALUE", help="What grants compare; may be repeated."),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", metavar="FILE", help="Its first line is the password; - for standard input."),
    ] = None,
    disable: Annotated[bool | None, typer.Option("--disable/--enable", help="Keep it out, or let it in again.")] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Make an account, or change one: what is left out stays as it was.

    A running server holds the store: there, administer accounts over HTTP. Of the password an Argon2id hash is kept.
    """
    from dataclasses import replace

    from suyuan import app
    from suyuan.release.accounts import Account
    from suyuan.terms import AccountId, RoleName
    from suyuan.web.rights import STANDARD

    require_ids(account=account)
    for name in role or ():
        require_ids(role=name)
    attributes = dict(_pair(text) for text in attribute or ())
    password = "" if password_file is None else _password(password_file)
    with app.open_store(store_at(store)) as opened:
        now = opened.clock.now()
        before = opened.callers.believed(AccountId(account)) or Account(id=AccountId(account), created=now, changed=now)
        saved = replace(
            before,
            roles=before.roles if role is None else frozenset(map(RoleName, role)),
            attributes=before.attributes if attribute is None else attributes,
            password=password or before.password,
            disabled=before.disabled if disable is None else disable,
            changed=now,
        )
        opened.callers.save_account(saved)
        known = {*opened.policy.roles, *STANDARD, *(opened.settings.serve.rights or ())}
    if as_json:
        print_json(_facts(saved))
    else:
        result(f"account {account}: {', '.join(sorted(saved.roles)) or 'no role'}{', disabled' * saved.disabled}")
    unknown = sorted(saved.roles - known)
    if unknown:
        say(
            f"note: no grant and no right speaks of {', '.join(unknown)}: policy/roles.toml and [serve.rights] know no such role"
        )


def show(as_json: JsonOption = False, store: StoreOption = None) -> None:
    """List all accounts with their roles."""
    from suyuan import app

    found: list[Account] = []
    with app.open_store(store_at(store)) as opened:
        while page := opened.callers.accounts(after=found[-1].id if found else "", count=1000):
            found += page
    if as_json:
        print_json([_facts(one) for one in found])
        return
    rows = [(one.id, ", ".join(sorted(one.roles)), "disabled" if one.disabled else "") for one in found]
    print_columns(rows, header=("account", "roles", "state"))


def _facts(account: "Account") -> dict[str, object]:
    return {
        "id": account.id,
        "roles": sorted(account.roles),
        "attributes": dict(account.attributes),
        "disabled": account.disabled,
        "has_password": bool(account.password),
    }


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise typer.BadParameter("an attribute is given as NAME=VALUE")
    return name, value


def _password(path: Path) -> str:
    """Read a password and give its hash."""
    from suyuan.errors import RefusedError, UnavailableError

    try:
        from suyuan.web.identity.passwords import Passwords
    except ImportError as error:
        raise UnavailableError(
            "what hashes passwords is not installed", code="serve.missing", hint="install suyuan[serve]"
        ) from error
    try:
        text = sys.stdin.readline() if str(path) == "-" else path.read_text(encoding="utf-8").split("\n")[0]
    except (OSError, UnicodeDecodeError):
        raise RefusedError(f"{path} cannot be read", code="file.unreadable") from None
    return Passwords().make(text.rstrip("\r\n"))
