"""`suyuan ledger account`: everything the ledger has of one person, or of one recipient, and the proof that it is all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.customer import person_by_key
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import count, print_json, result, say
from suyuan.cli.outputs import require_new, write_new

if TYPE_CHECKING:
    from suyuan.terms import Recipient

EXAMPLE = """
  suyuan ledger account C0000001 --out her-account.suyuan
  suyuan ledger account --account agent-7 --since 2026-03-01 --until 2026-03-31 --out march.suyuan
"""


def run(
    key: Annotated[
        str | None,
        typer.Argument(metavar="[CUSTOMER]", show_default=False, help="Her key; - reads it from standard input."),
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", metavar="ID", help="Instead: everything this account was shown.")
    ] = None,
    partner: Annotated[
        str | None, typer.Option("--partner", metavar="ID", help="Instead: everything this partner was given.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="The first day (UTC), included.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="The last day (UTC), included.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where the account goes; a new file.")
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Give an account of releases: a file that `suyuan verify` checks offline, complete up to the newest seal.

    It holds every release, refusal and account under the label, and shows by the log's seals that none is left out. The
    ledger says that it was drawn. Who has the file can recognise these entries in the published log: give it to her alone.
    """
    from suyuan import app
    from suyuan.cli.progress import bars
    from suyuan.errors import RefusedError
    from suyuan.evidence.account.statement import in_span, report

    if sum(given is not None for given in (key, account, partner)) != 1:
        raise RefusedError(
            "an account is of one customer, one --account or one --partner",
            code="ledger.account",
            hint="name one of them",
        )
    if out is None:
        raise RefusedError(
            "the account needs a file to go to", code="ledger.account", hint="name one: --out her-account.suyuan"
        )
    require_ids(account=account, partner=partner)
    require_new(out)
    begins, ends = _day(since, option="--since"), _day(until, option="--until")
    with bars() as progress, app.open_store(store_at(store)) as opened:
        progress.wait("account")
        who = (
            _recipient(account=account, partner=partner)
            if key is None
            else person_by_key(opened, key, erased="who was erased has no account any more")
        )
        drawn = opened.accounts().draw(
            who, since=begins, until=None if ends is None else ends + timedelta(days=1), progress=progress
        )
        write_new(out, data=drawn.file)
    if as_json:
        print_json({"file": str(out), "entry": drawn.entry, **report(drawn.verified)})
        return
    shown = in_span(drawn.verified)
    end = drawn.verified.checked.account.end
    result(f"{out.name}: complete up to entry {end - 1}, {count(len(shown), noun='entry', plural='entries')} shown")
    say(f"drawn as ledger entry {drawn.entry}; read it with: suyuan verify {out.name}")


def _recipient(*, account: str | None, partner: str | None) -> "Recipient":
    from suyuan.terms import Recipient, RecipientKind

    if account is not None:
        return Recipient(kind=RecipientKind.ACCOUNT, id=account)
    return Recipient(kind=RecipientKind.PARTNER, id=partner or "")


def _day(text: str | None, *, option: str) -> datetime | None:
    from suyuan.errors import RefusedError

    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise RefusedError(f"{option} is not a day", code="ledger.span", hint="write it as 2026-03-31") from None
