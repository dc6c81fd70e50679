"""`suyuan release authority`: data of people for an authority, on its document, approved by a second person."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.asking import AccountOption, Asker, PurposeOption, RoleOption, asker_of
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import count, print_json, result
from suyuan.cli.progress import bars
from suyuan.cli.stored_people import DropOption, PeopleOption, stored_rows

if TYPE_CHECKING:
    from suyuan.release.request import AuthorityRequest

EXAMPLE = """
  suyuan release authority hz-police --document 2026-117 --people keys.txt --account dpo-01 --purpose police \\
      --approval ID -o for-police.csv
"""


def run(
    authority: Annotated[str, typer.Argument(metavar="AUTHORITY", show_default=False, help="Who demands it.")],
    *,
    document: Annotated[str, typer.Option("--document", metavar="NUMBER", help="The number of its document.")],
    account: AccountOption,
    purpose: PurposeOption,
    people: PeopleOption = None,
    approval: Annotated[
        str | None, typer.Option("--approval", metavar="ID", help="A second person's yes to this very demand.")
    ] = None,
    region: Annotated[str, typer.Option("--region", metavar="R", help="Where the authority is.")] = "CN",
    permission: Annotated[
        str,
        typer.Option("--permission", metavar="NUMBER", help="For one abroad: the competent authority's permission."),
    ] = "",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="A new .csv or .parquet file.")],
    drop: DropOption = None,
    role: RoleOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Hand an authority what its document demands: marked, ledgered first, and only with a second person's approval.

    The purpose allows the act `authority` and rests on a law that it cites. An authority outside CN is given nothing
    without the permission of the competent one here. A person's stop of a use does not stand against it; a legal hold does.
    """
    from suyuan import app
    from suyuan.adapters.files import open_sink
    from suyuan.release.bulk import export

    require_ids(authority=authority, account=account, purpose=purpose, approval=approval, region=region)
    require_ids(document=document, permission=permission or None)
    with app.open_store(store_at(store)) as opened, bars() as bar:
        who = asker_of(opened, account=account, roles=role)
        request = authority_request(
            who, authority=authority, purpose=purpose, document=document, region=region, permission=permission,
            approval=approval,
        )  # fmt: skip
        sink = open_sink(out)
        try:
            with opened.door() as door:
                source, admission = stored_rows(opened, door=door, request=request, people=people, drop=drop or ())
                opened.registrar.enrol_pending(progress=bar)
                done = export(door, request=request, source=source, sink=sink, progress=bar, admission=admission)
        except BaseException:
            sink.abandon()
            raise
    if as_json:
        print_json({"entry": done.receipt.index, "rows": done.rows, "withheld": dict(done.withheld)})
        return
    result(f"{count(done.rows, noun='person')} handed to authority {authority}, ledger entry {done.receipt.index}")
    for code, persons in done.withheld.items():
        result(f"{count(persons, noun='person')} withheld: {code}")


def authority_request(
    who: Asker,
    *,
    authority: str,
    purpose: str,
    document: str,
    region: str,
    permission: str,
    approval: str | None = None,
) -> "AuthorityRequest":
    """Give what is asked of the door."""
    from suyuan.release.request import AuthorityRequest
    from suyuan.terms import ApprovalId, PartnerId, PurposeName

    return AuthorityRequest(
        authority=PartnerId(authority),
        purpose=PurposeName(purpose),
        document=document,
        region=region,
        permission=permission,
        account=who.account,
        roles=who.roles,
        attributes=who.attributes,
        approval=ApprovalId(approval) if approval else None,
    )
