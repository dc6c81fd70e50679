"""`suyuan release key`, `release keys` and `release revoke`: the API keys by which services ask."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_columns, print_json, result, say
from suyuan.cli.release_account import AccountArgument

EXAMPLE = """
  suyuan release key shop --expires 2027-06-30
  suyuan release keys shop
  suyuan release revoke abcdefghijklmnop
"""


def make(
    account: AccountArgument,
    expires: Annotated[
        datetime | None, typer.Option("--expires", metavar="DAY", help="From when on it opens nothing, in UTC.")
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Make an API key for an account, and print it this once: the store keeps a digest of it."""
    from suyuan import app
    from suyuan.errors import RefusedError
    from suyuan.terms import AccountId
    from suyuan.web.identity.api_keys import make_key

    require_ids(account=account)
    with app.open_store(store_at(store)) as opened:
        if opened.callers.account(AccountId(account)) is None:
            raise RefusedError(
                "there is no such account", code="release.no_account", hint="make it: suyuan release account"
            )
        end = None if expires is None else expires.replace(tzinfo=UTC)
        key, text = make_key(AccountId(account), entropy=opened.entropy, now=opened.clock.now(), expires=end)
        opened.callers.add_api_key(key)
    if as_json:
        print_json({"id": key.id, "key": text})
        return
    result(text)
    say(f"key {key.id} of account {account}; it is shown this once")


def show(account: AccountArgument, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """List an account's keys by their public names."""
    from suyuan import app
    from suyuan.terms import AccountId

    with app.open_store(store_at(store)) as opened:
        found = opened.callers.api_keys(AccountId(account))
    facts = [
        (key.id, "" if key.expires is None else key.expires.isoformat(), "revoked" if key.revoked else "")
        for key in found
    ]
    if as_json:
        print_json([{"id": id, "expires": end or None, "revoked": bool(state)} for id, end, state in facts])
    else:
        print_columns(facts, header=("key", "expires", "state"))


def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", show_default=False, help="The key's public name.")],
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Let an API key open nothing any more."""
    from suyuan import app
    from suyuan.errors import RefusedError

    with app.open_store(store_at(store)) as opened:
        if opened.callers.api_key(key) is None:
            raise RefusedError("there is no such API key", code="release.no_account", hint="see: suyuan release keys")
        opened.callers.revoke_api_key(key)
    if as_json:
        print_json({"id": key, "revoked": True})
    else:
        result(f"key {key} opens nothing any more")
