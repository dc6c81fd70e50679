"""`suyuan release ask`: one account asks a second person for a yes to exactly one request, of any act."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.asking import AccountOption, Asker, CaseOption, PurposeOption, RoleOption, asker_of, person_by_key
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_json, result, say
from suyuan.cli.stored_people import DropOption, PeopleOption

if TYPE_CHECKING:
    from suyuan.app import Store
    from suyuan.release.door import Door
    from suyuan.release.request import Request

EXAMPLE = """
  suyuan release ask C0000001 --account clerk-07 --purpose identity --reason "lost parcel, police file 12"
  suyuan release ask C0000001 --field id_number --account clerk-07 --purpose identity --reason "claimed twice"
  suyuan release ask --list --account clerk-07 --purpose identity --reason "the week's claims"
  suyuan release ask --to acme --contract C-7 --people keys.txt --account clerk-07 --purpose claims --reason "June"
  suyuan release ask --authority police --document 2026-117 --people keys.txt --account clerk-07 \\
      --purpose police --reason "fraud file 117"
"""


def run(
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", show_default=False, help="The person's key, for one person.")
    ] = None,
    *,
    account: AccountOption,
    purpose: PurposeOption,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; names no person.")],
    case: CaseOption = None,
    field: Annotated[
        str | None, typer.Option("--field", metavar="F", help="For `release answer`: the field that is asked about.")
    ] = None,
    page: Annotated[
        bool, typer.Option("--list", help="For `release list`: a page of the account's open cases.")
    ] = False,
    queue: Annotated[str | None, typer.Option("--queue", metavar="Q", help="As for `release list`.")] = None,
    after: Annotated[str, typer.Option("--after", metavar="CASE", help="As for `release list`.")] = "",
    count: Annotated[int, typer.Option("--count", min=1, metavar="N", help="As for `release list`.")] = 50,
    to: Annotated[
        str | None, typer.Option("--to", metavar="PARTNER", help="For `release export`: who receives.")
    ] = None,
    contract: Annotated[str | None, typer.Option("--contract", metavar="C", help="The agreement of that file.")] = None,
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="A", help="For `release authority`: who demands it.")
    ] = None,
    document: Annotated[str, typer.Option("--document", metavar="NUMBER", help="The authority's document.")] = "",
    region: Annotated[str, typer.Option("--region", metavar="R", help="Where the authority is.")] = "CN",
    permission: Annotated[str, typer.Option("--permission", metavar="NUMBER", help="As for `release authority`.")] = "",
    people: PeopleOption = None,
    drop: DropOption = None,
    hours: Annotated[int, typer.Option("--hours", min=1, max=24, metavar="N", help="How long it serves.")] = 24,
    role: RoleOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Ask for a second person's yes to one request: this account, act, purpose, persons and fields, once, within a day.

    Name what it is for: KEY for a look-up, KEY and --field for an answer, --list for a page, --to and --contract for a
    partner's file from the store, --authority and --document for an authority. Whoever is under 18 is shown only so, and
    whatever a purpose or grant says needs approval.
    """
    from datetime import timedelta

    from suyuan import app

    require_ids(account=account, purpose=purpose, case=case, partner=to, contract=contract, authority=authority)
    _require_one_form(key=key, page=page, to=to, contract=contract, authority=authority, field=field)
    with app.open_store(store_at(store)) as opened:
        who = asker_of(opened, account=account, roles=role)
        with opened.door() as door:
            request: Request
            if page:
                request, digest = _page(opened, door, who=who, purpose=purpose, queue=queue, after=after, count=count)
            elif key is None:
                request = _file(
                    who, purpose=purpose, to=to, contract=contract, authority=authority, document=document,
                    region=region, permission=permission,
                )  # fmt: skip
                digest = _digest_of_file(opened, door, request=request, people=people, drop=drop or ())
            else:
                request, digest = _person(opened, door, who=who, purpose=purpose, case=case, key=key, field=field)
            asked = opened.approvals.ask(request, digest=digest, reason=reason, lasts=timedelta(hours=hours))
    if as_json:
        print_json({"id": asked.id, "expires": asked.expires.isoformat()})
        return
    result(asked.id)
    say("a second person says yes with: suyuan release approve ID")


def _require_one_form(
    *, key: str | None, page: bool, to: str | None, contract: str | None, authority: str | None, field: str | None
) -> None:
    if [key is not None, page, to is not None, authority is not None].count(True) != 1:
        raise typer.BadParameter("name one of KEY, --list, --to and --authority")
    if (to is None) != (contract is None):
        raise typer.BadParameter("a partner's file has --to and --contract")
    if field is not None and key is None:
        raise typer.BadParameter("--field is asked about one person; name her by KEY")


def _person(
    opened: "Store", door: "Door", *, who: Asker, purpose: str, case: str | None, key: str, field: str | None
) -> "tuple[Request, bytes]":
    from suyuan.release.question import Compare, Question
    from suyuan.release.request import AnswerRequest, LookupRequest
    from suyuan.terms import CaseId, FieldName, PurposeName

    why, which = PurposeName(purpose), CaseId(case) if case else None
    person = person_by_key(opened, door, account=who.account, purpose=why, key=key)
    request: LookupRequest | AnswerRequest
    if field is None:
        request = LookupRequest(
            account=who.account, purpose=why, case=which, person=person, roles=who.roles, attributes=who.attributes
        )
    else:
        # The yes is to asking about this field of hers; the value compared with is the asker's, and is not kept.
        question = Question(field=FieldName(field), compare=Compare.EQUAL, value="")
        request = AnswerRequest(
            account=who.account, purpose=why, case=which, person=person, question=question,
            roles=who.roles, attributes=who.attributes,
        )  # fmt: skip
    return request, door.approval_digest(request)


def _page(
    opened: "Store", door: "Door", *, who: Asker, purpose: str, queue: str | None, after: str, count: int
) -> "tuple[Request, bytes]":
    from suyuan.release.listing import list_digest
    from suyuan.release.request import ListRequest
    from suyuan.terms import PurposeName

    request = ListRequest(
        account=who.account, purpose=opened.policy.purpose(PurposeName(purpose)).name, after=after, count=count,
        queue=queue, roles=who.roles, attributes=who.attributes,
    )  # fmt: skip
    return request, list_digest(door, request=request)


def _file(
    who: Asker,
    *,
    purpose: str,
    to: str | None,
    contract: str | None,
    authority: str | None,
    document: str,
    region: str,
    permission: str,
) -> "Request":
    from suyuan.cli.release_authority import authority_request
    from suyuan.cli.release_export import export_request

    if authority is not None:
        return authority_request(
            who, authority=authority, purpose=purpose, document=document, region=region, permission=permission
        )
    return export_request(who, to=to or "", purpose=purpose, contract=contract or "")


def _digest_of_file(
    opened: "Store", door: "Door", *, request: "Request", people: Path | None, drop: "list[str] | tuple[str, ...]"
) -> bytes:
    from suyuan.cli.stored_people import chosen

    named, persons = chosen(opened, purpose=opened.policy.purpose(request.purpose).name, people=people, drop=drop)
    return door.approval_digest(request, fields=named, persons=persons)
