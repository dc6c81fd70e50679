"""`suyuan release lookup`: one person shown to one account."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.asking import AccountOption, CaseOption, PurposeOption, RoleOption, asker_of
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_columns, print_json, say
from suyuan.cli.overlay import FromOption, ShownRow, chosen_source, note_read, read_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from suyuan.app import Store
    from suyuan.collect.source import Source
    from suyuan.release.door import Door
    from suyuan.release.request import SuppliedRequest
    from suyuan.terms import PersonNumber

EXAMPLE = """
  suyuan release lookup C0000001 --account clerk-07 --purpose delivery --case P-1001
  suyuan release lookup --account clerk-07 --purpose delivery --case P-1001
  suyuan release lookup --by phone 13800000000 --account clerk-07 --purpose service --case P-1001
  suyuan release lookup --from customers C0000001 --account clerk-07 --purpose delivery --case P-1001
"""


def run(
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="KEY",
            show_default=False,
            help="The person's key; - reads it from standard input. Left out: the one person of the case.",
        ),
    ] = None,
    *,
    account: AccountOption,
    purpose: PurposeOption,
    case: CaseOption = None,
    by: Annotated[
        tuple[str, str] | None, typer.Option("--by", metavar="FIELD VALUE", help="Find the person by another field.")
    ] = None,
    from_: FromOption = None,
    role: RoleOption = None,
    approval: Annotated[
        str | None, typer.Option("--approval", metavar="ID", help="A second person's yes to this very look-up.")
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Show one person to an account: checked, ledgered first, minimised to the purpose, masked, marked.

    What is shown carries marks of this very release. A refusal is ledgered too. With --from the one row comes from your
    own database by the source's `key_query`, for a purpose that allows the act `supplied`; of it are kept a keyed token
    and one sealed identifier, as of an export.
    """
    from suyuan import app
    from suyuan.config import read_policy
    from suyuan.release.request import SuppliedRequest
    from suyuan.terms import ApprovalId, CaseId, PurposeName

    require_ids(account=account, purpose=purpose, case=case, approval=approval)
    by_case = key is None and by is None
    if (key is not None and by is not None) or (by_case and case is None):
        raise typer.BadParameter("name the person once: by KEY, with --by FIELD VALUE, or by --case alone")
    if from_ is not None and key is None:
        raise typer.BadParameter("a row of --from is found by KEY alone")
    folder = store_at(store)
    value = by[1] if by is not None else key
    text = sys.stdin.readline().strip() if value == "-" else value
    source = None
    if from_ is not None:
        fields = read_policy(folder)[0].fields
        source = chosen_source(folder, name=from_, database=None, query=None, fields=fields)
    row = None if source is None else read_row(source, key=text or "")
    with app.open_store(folder) as opened:
        who = asker_of(opened, account=account, roles=role)
        asked = SuppliedRequest(
            account=who.account,
            purpose=PurposeName(purpose),
            case=CaseId(case) if case else None,
            roles=who.roles,
            attributes=who.attributes,
            approval=ApprovalId(approval) if approval else None,
        )
        if source is None or row is None:
            entry, shown = _stored(opened, asked=asked, field_name=by[0] if by else None, text=text)
        else:
            entry, shown = _supplied(opened, asked=asked, source=source, row=row)
    if as_json:
        print_json({"entry": entry, "fields": shown})
        return
    print_columns(list(shown.items()))
    say(f"released to account {account} as ledger entry {entry}")


def _stored(
    opened: "Store", *, asked: "SuppliedRequest", field_name: str | None, text: str | None
) -> "tuple[int, Mapping[str, str]]":
    """Look a person of the store up: by a value, or the one of the case."""
    from suyuan.release.request import LookupRequest

    with opened.door() as door:
        request = LookupRequest(
            account=asked.account,
            purpose=asked.purpose,
            case=asked.case,
            roles=asked.roles,
            attributes=asked.attributes,
            approval=asked.approval,
            person=_of_case(opened, asked=asked)
            if text is None
            else _by_value(opened, door, asked=asked, field_name=field_name, text=text),
        )
        released = door.lookup(request)
    return released.receipt.index, {name: value.reveal() for name, value in released.fields.items()}


def _of_case(opened: "Store", *, asked: "SuppliedRequest") -> "PersonNumber":
    """Give the one person of the case; nobody, whom the door then refuses, where the case is not the account's."""
    from suyuan.errors import RefusedError
    from suyuan.release.finding import person_of_case

    links = [] if asked.case is None else opened.people.cases(asked.case)
    person = person_of_case(links, account=asked.account)
    if person is None:
        raise RefusedError(
            f"case {asked.case} has several persons", code="release.person", hint="name one of them by her key"
        )
    return person


def _by_value(
    opened: "Store", door: "Door", *, asked: "SuppliedRequest", field_name: str | None, text: str
) -> "PersonNumber":
    from suyuan.errors import RefusedError
    from suyuan.release.request import PersonRequest
    from suyuan.terms import FieldName

    fields = opened.policy.fields
    field = opened.policy.key_field() if field_name is None else fields.get(FieldName(field_name))
    if field is None or not field.strong:
        strong = ", ".join(f.name for f in fields.values() if f.strong)
        raise RefusedError(
            "nobody can be found by that field", code="release.person", hint=f"use --by with one of: {strong}"
        )
    asks = PersonRequest(account=asked.account, purpose=asked.purpose)
    return door.find_person(asks, field=field, text=text)


def _supplied(
    opened: "Store", *, asked: "SuppliedRequest", source: "Source", row: "pl.DataFrame"
) -> "tuple[int, Mapping[str, str]]":
    """Show the one row of the platform's own database, as far as the purpose may see it."""
    from suyuan.errors import RefusedError
    from suyuan.release.bulk import export
    from suyuan.release.sources import SuppliedRows

    note_read(opened, source)
    policy = opened.policy
    rows = SuppliedRows(row, fields=source.register(policy.fields, given=tuple(row.columns)), broker=opened.broker)
    purpose = policy.purposes.get(asked.purpose)
    shown = [c for c, field in rows.fields.items() if purpose is None or field.name in purpose.fields]
    sink = ShownRow()
    with opened.door() as door:
        admission = door.admit(asked, fields=tuple(rows.fields[c].name for c in shown), rows=row.height)
        if not shown:
            raise RefusedError(
                f"source {source.name} gives nothing that purpose {asked.purpose} may have", code="release.fields"
            )
        rows.enrol(opened.vault, people=opened.people, clock=opened.clock)
        opened.registrar.enrol_pending()
        # The other columns have told whose row it is, and go no further.
        done = export(door, request=asked, source=rows.showing(shown), sink=sink, admission=admission)
    names = {column: field.name for column, field in rows.fields.items()}
    return done.receipt.index, {names[column]: text for column, text in sink.cells.items() if text is not None}
