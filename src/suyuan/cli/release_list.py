"""`suyuan release list`: a page of an account's open cases."""

from typing import Annotated

import typer

from suyuan.cli.asking import AccountOption, PurposeOption, RoleOption, asker_of
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import count as counted
from suyuan.cli.output import print_columns, print_json, say

EXAMPLE = """
  suyuan release list --account clerk-07 --purpose delivery
  suyuan release list --account clerk-07 --purpose delivery --queue north --after P-1040 --count 20
"""


def run(
    *,
    account: AccountOption,
    purpose: PurposeOption,
    queue: Annotated[str | None, typer.Option("--queue", metavar="Q", help="Only cases of this queue.")] = None,
    after: Annotated[str, typer.Option("--after", metavar="CASE", help="Go on behind this case.")] = "",
    count: Annotated[int, typer.Option("--count", min=1, metavar="N", help="About how many rows.")] = 50,
    role: RoleOption = None,
    approval: Annotated[
        str | None, typer.Option("--approval", metavar="ID", help="A second person's yes to this very page.")
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Show an account a page of the people whom its open cases link to it; every one of them is in the ledger first.

    Who may not be shown now (a legal hold, an objection, no consent) is left out and counted.
    """
    from suyuan import app
    from suyuan.release.listing import list_cases
    from suyuan.release.request import ListRequest
    from suyuan.terms import ApprovalId, PurposeName

    require_ids(account=account, purpose=purpose, approval=approval)
    with app.open_store(store_at(store)) as opened:
        who = asker_of(opened, account=account, roles=role)
        request = ListRequest(
            account=who.account,
            purpose=PurposeName(purpose),
            after=after,
            count=count,
            queue=queue,
            roles=who.roles,
            attributes=who.attributes,
            approval=ApprovalId(approval) if approval else None,
        )
        with opened.door() as door:
            listed = list_cases(door, request=request)
    rows = [{"case": case, **fields} for case, fields in listed.rows.reveal()]
    entry = None if listed.receipt is None else listed.receipt.index
    if as_json:
        print_json({"entry": entry, "rows": rows, "after": listed.after, "withheld": dict(listed.withheld)})
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    if rows:
        print_columns([[row.get(name, "") for name in names] for row in rows], header=names)
    for code, persons in listed.withheld.items():
        say(f"{counted(persons, noun='person')} withheld: {code}")
    if entry is None:
        say(f"no open case of account {account} to show")
        return
    say(f"{counted(len(rows), noun='row')} released to account {account} as ledger entry {entry}")
    if listed.after:
        say(f"go on with --after {listed.after}")
