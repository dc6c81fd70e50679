"""`suyuan release export`: a file of people for a partner, marked as its own copy."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.asking import Asker, RoleOption, asker_of
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import count, result, say
from suyuan.cli.overlay import DatabaseOption, FromOption, QueryOption, chosen_source, note_read, read_source
from suyuan.cli.progress import bars
from suyuan.cli.stored_people import DropOption, PeopleOption, require_known, stored_rows
from suyuan.cli.tables import STDIN, read_input
from suyuan.legible import printable, printable_json

if TYPE_CHECKING:
    import polars as pl

    from suyuan.app import Store
    from suyuan.collect.source import Source
    from suyuan.hold.ports import Numbers
    from suyuan.release.admission import Admission
    from suyuan.release.door import Door
    from suyuan.release.ports import Progress, RowSource, Sink
    from suyuan.release.released import ReleasedFile
    from suyuan.release.request import ExportRequest

EXAMPLE = """
  suyuan release export customers.csv --to acme --purpose fulfilment --contract C-7 -o out.csv
  suyuan release export --from customers --to acme --purpose fulfilment --contract C-7 -o out.csv
  suyuan release export --to acme --purpose fulfilment --contract C-7 --people keys.txt -o out.parquet
"""


def run(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            show_default=False,
            help="Rows of yours, CSV or Parquet, - for standard input; without it, from the store.",
        ),
    ] = None,
    *,
    to: Annotated[str, typer.Option("--to", metavar="PARTNER", help="Who receives.")],
    purpose: Annotated[str, typer.Option("--purpose", metavar="P", help="Why; one of policy/purposes.toml.")],
    contract: Annotated[str, typer.Option("--contract", metavar="C", help="The agreement it is under.")],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="OUT", help="A new .csv or .parquet file; - for CSV on standard output."),
    ],
    drop: DropOption = None,
    people: PeopleOption = None,
    from_: FromOption = None,
    database: DatabaseOption = None,
    query: QueryOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N rows of the database.")
    ] = None,
    order_by: Annotated[
        str | None,
        typer.Option(
            "--order-by",
            metavar="COLUMN",
            help="Rows next to each other that are equal in COLUMN may stand either way: which one, marks the copy.",
        ),
    ] = None,
    any_order: Annotated[
        bool, typer.Option("--any-order", help="No row's place says anything: pairs of rows mark the copy by theirs.")
    ] = False,
    account: Annotated[
        str | None,
        typer.Option(
            "--account", metavar="A", help="Who starts it: then the grants are asked, and an approval is possible."
        ),
    ] = None,
    role: RoleOption = None,
    approval: Annotated[
        str | None, typer.Option("--approval", metavar="ID", help="A second person's yes to this very file.")
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Mark a file as one partner's own copy, ledger the release, then hand it over.

    Overlay, the first hour: FILE is yours, or --from names a query of your database, and suyuan keeps keyed tokens,
    commitments and the keys of the marks; of values one identifier a person, sealed, by which she can be given her account.
    Sealed: without either the rows come from the store. Either way nothing leaves that the purpose may not have, no name,
    number or ID is altered, and nothing is to be seen at OUT until the release is in the ledger.
    """
    from suyuan import app
    from suyuan.config import read_policy
    from suyuan.release.bulk import export

    require_ids(partner=to, purpose=purpose, contract=contract, account=account, approval=approval)
    overlay = from_ is not None or query is not None or database is not None
    if file is not None and people is not None:
        raise typer.BadParameter("--people restricts an export from the store; leave it out with FILE")
    if overlay and (file is not None or people is not None):
        raise typer.BadParameter("rows come from FILE, from the store's --people, or from a database; choose one")
    if limit is not None and not overlay:
        raise typer.BadParameter("--limit is for rows of a database")
    if order_by is not None and any_order:
        raise typer.BadParameter("--any-order says that no order says anything; leave --order-by out")
    if order_by is not None and file is None and not overlay:
        raise typer.BadParameter("rows of the store are in no order of yours; say --any-order")
    if account is None and (approval is not None or role):
        raise typer.BadParameter("--approval and --role are an account's: name it with --account")
    dropped = tuple(drop or ())
    folder = store_at(store)
    unmarked: tuple[str, ...] = ()
    origin = frame = None
    if overlay:
        fields = read_policy(folder)[0].fields
        origin = chosen_source(folder, name=from_, database=database, query=query, fields=fields)
    if file is not None:
        frame = read_input(file)
        require_known(dropped, columns=frame.columns)
        frame = frame.drop(dropped)
    elif origin is not None:
        with bars() as bar:
            frame = read_source(origin, limit=limit, drop=dropped, bar=bar)
    with app.open_store(folder) as opened, bars() as bar:
        who = None if account is None else asker_of(opened, account=account, roles=role)
        request = export_request(who, to=to, purpose=purpose, contract=contract, approval=approval)
        sink = _sink(out)
        try:
            with opened.door() as door:
                source: RowSource
                if frame is None:
                    source, admission = stored_rows(
                        opened, door=door, request=request, people=people, drop=dropped, any_order=any_order
                    )
                else:
                    if origin is not None:
                        note_read(opened, origin)
                    ties = _ties(frame, order_by=order_by, any_order=any_order)
                    source, admission = _supplied(
                        opened, door=door, request=request, frame=frame, ties=ties, origin=origin, dropped=dropped,
                        bar=bar,
                    )  # fmt: skip
                    unmarked = tuple(name for name in source.columns if name not in source.fields)
                # Before the plan: whoever's data leave can be shown her account from now on.
                opened.registrar.enrol_pending(progress=bar)
                done = export(door, request=request, source=source, sink=sink, progress=bar, admission=admission)
        except BaseException:
            sink.abandon()
            raise
        if contract not in opened.policy.contracts:
            say(f"note: contract {contract} is not in policy/contracts.toml: spellings alone carry marks, no decoys")
    if unmarked:
        say(f"note: passed through as they are, unmarked: {', '.join(map(printable, unmarked))}")
    _tell(done, to=to, out=out, unmarked=unmarked, as_json=as_json)


def export_request(
    who: Asker | None, *, to: str, purpose: str, contract: str, approval: str | None = None
) -> "ExportRequest":
    """Give what is asked of the door: by an account, or at the machine itself, by whoever holds its passphrase."""
    from suyuan.release.request import ExportRequest
    from suyuan.terms import ApprovalId, ContractId, PartnerId, PurposeName

    partner, why, under = PartnerId(to), PurposeName(purpose), ContractId(contract)
    if who is None:
        return ExportRequest(partner=partner, purpose=why, contract=under)
    return ExportRequest(
        partner=partner,
        purpose=why,
        contract=under,
        account=who.account,
        roles=who.roles,
        attributes=who.attributes,
        approval=ApprovalId(approval) if approval else None,
    )


def _ties(frame: "pl.DataFrame", *, order_by: str | None, any_order: bool) -> "Numbers | None":
    """Give the tie that each row belongs to, by the caller's word."""
    import numpy as np

    from suyuan.errors import RefusedError
    from suyuan.release.ordering import ties_of

    if any_order:
        return np.zeros(frame.height, dtype=np.int64)
    if order_by is None:
        return None
    if order_by not in frame.columns:
        raise RefusedError(f"--order-by {order_by}: there is no such column", code="release.column")
    return ties_of(frame[order_by])


def _supplied(
    opened: "Store",
    *,
    door: "Door",
    request: "ExportRequest",
    frame: "pl.DataFrame",
    ties: "Numbers | None",
    origin: "Source | None",
    dropped: tuple[str, ...],
    bar: "Progress",
) -> "tuple[RowSource, Admission]":
    """Overlay: the caller's rows."""
    from suyuan.adapters.files import require_flat
    from suyuan.release.sources import SuppliedRows

    bar("read", 0, frame.height)
    # What the sink cannot write must be told before anything is in the ledger.
    require_flat(frame)
    fields = opened.policy.fields
    register = fields if origin is None else origin.register(fields, given=(*frame.columns, *dropped))
    source = SuppliedRows(frame, fields=register, broker=opened.broker, ties=ties)
    # A refused request must leave no token of anybody behind.
    named = tuple(field.name for field in source.fields.values())
    admission = door.admit(request, fields=named, rows=frame.height)
    bar("read", frame.height, frame.height)
    bar("find people", 0, frame.height)
    source.enrol(opened.vault, people=opened.people, clock=opened.clock)
    bar("find people", frame.height, frame.height)
    return source, admission


def _sink(out: Path) -> "Sink":
    from suyuan.adapters.files import StreamSink, open_sink

    return StreamSink(sys.stdout.buffer) if out == STDIN else open_sink(out)


def _tell(done: "ReleasedFile", *, to: str, out: Path, unmarked: tuple[str, ...], as_json: bool) -> None:
    """Say what was handed over: on standard error where standard output is the file itself."""
    tell = say if out == STDIN else result
    if as_json:
        facts = {
            "entry": done.receipt.index,
            "rows": done.rows,
            "omitted": done.omitted,
            "decoys": done.decoys,
            "aliases": done.aliases,
            "withheld": dict(done.withheld),
            "unmarked_cells": done.unmarked_cells,
            "unmarked_columns": list(unmarked),
            "bits_per_row": round(done.bits_per_row, 2),
        }
        tell(printable_json(json.dumps(facts, ensure_ascii=False, indent=2)))
        return
    written = count(done.rows + done.decoys, noun="row")
    of = f"{count(done.rows, noun='person')} + {count(done.decoys, noun='decoy')}"
    tell(f"{written} written: {of}; {done.omitted:,} left out by key")
    tell(f"to partner {to}, ledger entry {done.receipt.index}")
    aliases = count(done.aliases, noun="alias", plural="aliases")
    tell(f"{done.bits_per_row:.1f} bits of marks a row, {aliases}")
    for code, persons in done.withheld.items():
        tell(f"{count(persons, noun='person')} withheld: {code}")
    if done.unmarked_cells:
        tell(f"{count(done.unmarked_cells, noun='cell')} not of their field's kind, handed over as they were")
