"""`suyuan release lookup`: one person shown to one account."""

import sys
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_columns, print_json, say

EXAMPLE = """
  suyuan release lookup C0000001 --account clerk-07 --purpose delivery --case P-1001
  suyuan release lookup --by phone 13800000000 --account clerk-07 --purpose service --case P-1001
"""


def run(
    key: Annotated[
        str | None,
        typer.Argument(metavar="KEY", show_default=False, help="The person's key; - reads it from standard input."),
    ] = None,
    *,
    account: Annotated[str, typer.Option("--account", metavar="A", help="Who asks.")],
    purpose: Annotated[str, typer.Option("--purpose", metavar="P", help="Why; one of policy/purposes.toml.")],
    case: Annotated[
        str | None, typer.Option("--case", metavar="C", help="The case that ties this account to this person.")
    ] = None,
    by: Annotated[
        tuple[str, str] | None, typer.Option("--by", metavar="FIELD VALUE", help="Find the person by another field.")
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Show one person to an account: checked, ledgered first, minimised to the purpose, masked, marked.

    What is shown carries marks of this very release. A refusal is ledgered too.
    """
    from suyuan import app
    from suyuan.errors import RefusedError
    from suyuan.release.request import LookupRequest, PersonRequest
    from suyuan.terms import AccountId, CaseId, FieldName, PurposeName

    require_ids(account=account, purpose=purpose, case=case)
    if (key is None) == (by is None):
        raise typer.BadParameter("name the person by KEY or with --by FIELD VALUE, and only once")
    with app.open_store(store_at(store)) as opened:
        fields = opened.policy.fields
        field = opened.policy.key_field() if by is None else fields.get(FieldName(by[0]))
        if field is None or not field.strong:
            strong = ", ".join(f.name for f in fields.values() if f.strong)
            raise RefusedError(
                "nobody can be found by that field", code="release.person", hint=f"use --by with one of: {strong}"
            )
        value = by[1] if by is not None else key
        text = sys.stdin.readline().strip() if value in (None, "-") else value
        asks = PersonRequest(account=AccountId(account), purpose=PurposeName(purpose))
        with opened.door() as door:
            request = LookupRequest(
                account=asks.account,
                purpose=asks.purpose,
                case=CaseId(case) if case else None,
                person=door.find_person(asks, field=field, text=text or ""),
            )
            released = door.lookup(request)
    shown = {name: value.reveal() for name, value in released.fields.items()}
    if as_json:
        print_json({"entry": released.receipt.index, "fields": shown})
        return
    print_columns(list(shown.items()))
    say(f"released to account {account} as ledger entry {released.receipt.index}")
