"""`suyuan release approve` and `release approvals`: the second person's word on one exact request."""

from typing import Annotated

import typer

from suyuan.cli.asking import RoleOption, asker_of
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_columns, print_json, say

EXAMPLE = """
  suyuan release approvals
  suyuan release approve 0123456789abcdef0123 --account chief-01
"""


def give(
    id: Annotated[str, typer.Argument(metavar="ID", show_default=False, help="What `release ask` printed.")],
    *,
    account: Annotated[str, typer.Option("--account", metavar="A", help="Who answers; not the one who asked.")],
    decline: Annotated[bool, typer.Option("--decline", help="Say no.")] = False,
    role: RoleOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Say yes, or no, to what another account asks. Where a site has grants, one with the act `approve` is needed."""
    from suyuan import app
    from suyuan.release.approvals import Approver
    from suyuan.terms import ApprovalId

    require_ids(account=account, id=id)
    with app.open_store(store_at(store)) as opened:
        who = asker_of(opened, account=account, roles=role)
        by = Approver(account=who.account, roles=who.roles, attributes=who.attributes)
        given = opened.approvals.give(ApprovalId(id), by=by, declined=decline)
    if as_json:
        print_json({"id": given.id, "declined": given.declined, "expires": given.expires.isoformat()})
        return
    said = "declined" if decline else "approved"
    say(f"{said}: account {given.asked_by}, purpose {given.purpose}, until {given.expires:%Y-%m-%d %H:%M} UTC")


def pending(*, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """List the questions that wait for a second person's word, oldest first. Whom they are about is not said."""
    from suyuan import app

    with app.open_store(store_at(store)) as opened:
        waiting = opened.approvals.pending()
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "asked_by": one.asked_by,
                    "purpose": one.purpose,
                    "reason": one.reason,
                    "expires": one.expires.isoformat(),
                }
                for one in waiting
            ]
        )
        return
    if not waiting:
        say("nothing waits for approval")
        return
    rows = [[one.id, one.asked_by, one.purpose, f"{one.expires:%Y-%m-%d %H:%M}", one.reason] for one in waiting]
    print_columns(rows, header=["id", "asked by", "purpose", "until (UTC)", "reason"])
