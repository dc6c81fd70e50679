"""`suyuan release find`: which of an account's own open cases concern whom a value, or a part of one, names."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.asking import AccountOption, PurposeOption, RoleOption, asker_of
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_json, result, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suyuan.collect.field import FieldPolicy
    from suyuan.terms import FieldName

EXAMPLE = """
  suyuan release find 5678 --field phone --part last4 --account clerk-07 --purpose service
  suyuan release find --field name --part surname --account clerk-07 --purpose service < surname.txt
  suyuan release find 13800000000 --field phone --account clerk-07 --purpose service
"""


def run(
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="VALUE", show_default=False, help="The value, or the part of it; - or nothing: standard input."
        ),
    ] = None,
    *,
    field: Annotated[str, typer.Option("--field", metavar="F", help="Of which field of the register.")],
    part: Annotated[
        str, typer.Option("--part", metavar="PART", help="VALUE is this part of the field's: last4 or surname.")
    ] = "",
    account: AccountOption,
    purpose: PurposeOption,
    role: RoleOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Say which of the account's own open cases concern whom a value names; nothing else of anybody.

    A part must be declared for its field (`search` in policy/fields.toml), and one that too few persons share is refused.
    A value that is nobody's and one whose person is in none of the account's cases are answered alike, ledgered, and
    count against the account's budget. Left out, VALUE is read from standard input, out of the shell's history.
    """
    from suyuan import app
    from suyuan.release.finding import find_cases
    from suyuan.release.request import PersonRequest
    from suyuan.terms import PurposeName

    require_ids(account=account, purpose=purpose)
    text = sys.stdin.readline().strip() if value in (None, "-") else value or ""
    if not text:
        raise typer.BadParameter("give a VALUE, as an argument or on standard input")
    with app.open_store(store_at(store)) as opened:
        asked_by = _field(opened.policy.fields, name=field)
        who = asker_of(opened, account=account, roles=role)
        request = PersonRequest(account=who.account, purpose=PurposeName(purpose), roles=who.roles)
        with opened.door() as door:
            cases = find_cases(door, vault=opened.vault, request=request, field=asked_by, value=text, part=part)
    if as_json:
        print_json({"cases": list(cases)})
        return
    for case in cases:
        result(case)
    if not cases:
        say(f"no open case of account {account} concerns anybody known by this {field}; the search is in the ledger")


def _field(fields: "Mapping[FieldName, FieldPolicy]", *, name: str) -> "FieldPolicy":
    """Give a field of the register. Raises: RefusedError `release.person`: there is none of that name."""
    from suyuan.errors import RefusedError
    from suyuan.terms import FieldName

    found = fields.get(FieldName(name))
    if found is None:
        raise RefusedError(
            f"--field {name}: there is no such field in policy/fields.toml",
            code="release.person",
            hint=f"use one of: {', '.join(fields)}",
        )
    return found
