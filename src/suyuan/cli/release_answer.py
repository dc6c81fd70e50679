"""`suyuan release answer`: yes or no about one person, and nothing else."""

import sys
from typing import Annotated

import typer

from suyuan.cli.asking import AccountOption, CaseOption, PurposeOption, RoleOption, asker_of, person_by_key
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_json, result, say

EXAMPLE = """
  suyuan release answer C0000001 --field phone --equals - --account clerk-07 --purpose delivery --case P-1001
  suyuan release answer C0000001 --field birth_date --at-least 18 --account clerk-07 --purpose service
"""


def run(
    key: Annotated[str, typer.Argument(metavar="KEY", show_default=False, help="The person's key.")],
    *,
    field: Annotated[str, typer.Option("--field", metavar="F", help="The field that is asked about.")],
    equals: Annotated[
        str | None,
        typer.Option("--equals", metavar="VALUE", help="Is it this value? - reads it from standard input."),
    ] = None,
    at_least: Annotated[
        int | None, typer.Option("--at-least", min=0, metavar="YEARS", help="Is the person at least so old?")
    ] = None,
    account: AccountOption,
    purpose: PurposeOption,
    case: CaseOption = None,
    role: RoleOption = None,
    approval: Annotated[
        str | None, typer.Option("--approval", metavar="ID", help="A second person's yes to this very question.")
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Answer yes or no about one person: the value is compared inside the door, and no field is shown.

    Every question is ledgered and counts in the account's budget, whatever the answer.
    """
    from suyuan import app
    from suyuan.release.question import Compare, Question
    from suyuan.release.request import AnswerRequest
    from suyuan.terms import ApprovalId, CaseId, FieldName, PurposeName

    require_ids(account=account, purpose=purpose, case=case, approval=approval)
    if (equals is None) == (at_least is None):
        raise typer.BadParameter("ask with --equals VALUE or with --at-least YEARS, and only one of them")
    value = sys.stdin.readline().strip() if equals == "-" else equals
    with app.open_store(store_at(store)) as opened:
        who = asker_of(opened, account=account, roles=role)
        with opened.door() as door:
            request = AnswerRequest(
                account=who.account,
                purpose=PurposeName(purpose),
                case=CaseId(case) if case else None,
                person=person_by_key(opened, door, account=who.account, purpose=PurposeName(purpose), key=key),
                question=Question(
                    field=FieldName(field),
                    compare=Compare.EQUAL if at_least is None else Compare.AT_LEAST,
                    value=value or "" if at_least is None else str(at_least),
                ),
                roles=who.roles,
                attributes=who.attributes,
                approval=ApprovalId(approval) if approval else None,
            )
            answered = door.answer(request)
    if as_json:
        print_json({"entry": answered.receipt.index, "answer": answered.answer})
        return
    result("yes" if answered.answer else "no")
    say(f"answered to account {account} as ledger entry {answered.receipt.index}")
