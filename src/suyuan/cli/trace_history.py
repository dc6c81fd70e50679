"""`suyuan trace history`: who had looked up whom before suyuan."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result
from suyuan.cli.progress import bars

EXAMPLE = """
  suyuan trace history import access.csv --person customer --account clerk --at time --queue desk --region hub
  suyuan trace history import access.log.gz --pattern '^(?P<account>\\S+) \\S+ \\S+ \\[(?P<at>[^\\]]+)\\] "GET /customers/(?P<person>[^ ?/"]+)'
"""


def bring_in(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, TSV, JSON Lines, Parquet, or lines by --pattern; .gz too.")
    ],
    person: Annotated[str, typer.Option("--person", metavar="COL", help="Whom the row is about.")] = "person",
    account: Annotated[str, typer.Option("--account", metavar="COL", help="Who looked her up.")] = "account",
    at: Annotated[str, typer.Option("--at", metavar="COL", help="When; without a zone it is UTC.")] = "at",
    queue: Annotated[str | None, typer.Option("--queue", metavar="COL", help="In which queue the case lay.")] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="COL", help="In which region or outlet.")] = None,
    field: Annotated[
        str | None,
        typer.Option("--field", metavar="FIELD", help="Which strong field identifies her; by default the key."),
    ] = None,
    person_in: Annotated[
        str | None,
        typer.Option(
            "--person-in",
            metavar="REGEX",
            help="Where in its cell the identifier stands: one group, such as 'customers/(\\w+)'.",
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern",
            metavar="REGEX",
            help="For lines of a web server: groups person, account, at; queue and region if any.",
        ),
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Bring in an access log of before suyuan, so that the first dump can be worked on the first day.

    Rows are keyed to persons by tokens, and kept under pseudonyms of their own keys: values and other columns are not kept, and
    who is erased is gone from it. Nobody can prove that such a log is whole; what rests on it says so. The same file again
    changes nothing.
    """
    from suyuan import app
    from suyuan.terms import FieldName
    from suyuan.trace.history.reading import LogColumns

    columns = LogColumns(
        person=person, account=account, at=at, queue=queue, region=region, person_in=person_in, pattern=pattern
    )
    with app.open_store(store_at(store)) as opened, bars() as bar:
        done = opened.histories().bring_in(
            file, columns=columns, field=None if field is None else FieldName(field), progress=bar
        )
        opened.publish()
    if as_json:
        print_json(
            {
                "read": done.read, "kept": done.kept, "strangers": done.strangers, "unreadable": done.unreadable,
                "accounts": done.accounts, "entry": int(done.entry), "again": done.again,
            }
        )  # fmt: skip
        return
    result(
        f"{count(done.read, noun='row')} read: {done.kept:,} kept of {count(done.accounts, noun='account')}, "
        f"{done.strangers:,} about strangers, {done.unreadable:,} not readable; ledger entry {done.entry}"
    )
    if done.again:
        result("this file had been brought in before; nothing was changed")
