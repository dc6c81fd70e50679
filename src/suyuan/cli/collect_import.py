"""`suyuan collect import`: people into the store, checked and sealed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import count, print_json, result, say
from suyuan.cli.overlay import FromOption, chosen_source, note_read, read_source
from suyuan.cli.progress import bars
from suyuan.cli.tables import read_input, set_aside

if TYPE_CHECKING:
    from suyuan.collect.admit import Rejected

EXAMPLE = """
  suyuan collect import customers.csv --rejects bad.csv
  suyuan collect import customers.csv --purpose delivery --purpose marketing
  suyuan collect import --from customers
"""


def run(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", show_default=False, help="CSV or Parquet with a header; - for standard input."),
    ] = None,
    from_: FromOption = None,
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write rows that are not right here (.csv, .parquet) and import the rest."),
    ] = None,
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", metavar="P", help="What it is taken in for; may be given several times."),
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Import people: every cell is brought to its canonical form, then sealed under a key of the person's own.

    Columns are found by name or alias in policy/fields.toml, those of --from also by the source's [columns]; a column that is not there refuses the file. A person who
    is known by the key field is corrected, one whose record is the same is left alone: running an import again, after a
    kill or with a newer file, is safe. Without --rejects one bad cell refuses the whole file.

    With --purpose the rules of a single form hold for every column: one that no purpose may take in refuses the file, and one
    that rests on a consent refuses the rows of those who have not given it. Without it nothing is asked of the columns.
    """
    from contextlib import ExitStack

    from suyuan import app
    from suyuan.adapters.files import require_flat
    from suyuan.adapters.forked import Forked, processors
    from suyuan.collect.admit import admit
    from suyuan.config import read_policy
    from suyuan.terms import PurposeName

    if (file is None) == (from_ is None):
        raise typer.BadParameter("people come from FILE, or --from a source; name one of the two")
    for one in purpose or ():
        require_ids(purpose=one)
    folder = store_at(store)
    policy, _ = read_policy(folder)
    source = chosen_source(folder, name=from_, database=None, query=None, fields=policy.fields)
    fields = policy.fields
    with bars() as bar:
        bar.wait("check")
        if file is not None:
            frame = read_input(file)
        elif source is not None:
            frame = read_source(source, bar=bar)
            fields = source.register(fields, given=tuple(frame.columns))
        require_flat(frame)
        admitted, rejected = admit(frame, fields=fields)
    if rejected and rejects is None:
        _refuse(rejected)
    added = corrected = unchanged = 0
    with ExitStack() as used:
        opened = used.enter_context(app.open_store(folder))
        used.enter_context(opened.registrar.ahead(Forked, processes=processors()))
        bar = used.enter_context(bars())
        if source is not None:
            note_read(opened, source)
        names = [PurposeName(name) for name in purpose or ()]
        taken: dict[PurposeName, tuple[str, ...]] = {}
        if names:
            admitted, beyond, taken = opened.intake.inside(admitted, purposes=names)
            rejected = tuple(sorted((*rejected, *beyond), key=lambda cell: (cell.row, cell.field)))
            if beyond and rejects is None:
                _refuse(rejected)
        if rejects is not None and rejected:
            wrong: dict[int, list[str]] = {}
            for cell in rejected:
                wrong.setdefault(cell.row, []).append(cell.why)
            set_aside(frame, wrong=wrong, target=rejects)
        bar("seal", 0, admitted.values.height)
        try:
            for step in opened.vault.store(admitted):
                added, corrected = added + step.added, corrected + step.corrected
                unchanged += step.unchanged
                bar("seal", added + corrected + unchanged, admitted.values.height)
            if names:
                opened.intake.collected(admitted, taken=taken)
            opened.registrar.enrol_pending(progress=bar)
            opened.publish()
        except KeyboardInterrupt:
            say(
                f"{count(added + corrected + unchanged, noun='row')} stored before the interruption; run it again to go on"
            )
            raise
    rows = len({cell.row for cell in rejected})
    if as_json:
        print_json({"added": added, "corrected": corrected, "unchanged": unchanged, "rejected": rows})
        return
    result(f"{count(added, noun='person', plural='people')} added, {corrected:,} corrected, {unchanged:,} unchanged")
    if rows:
        result(f"{count(rows, noun='row')} set aside in {rejects}")


def _refuse(rejected: "tuple[Rejected, ...]") -> None:
    from suyuan.errors import RefusedError

    first, rows = rejected[0], len({cell.row for cell in rejected})
    raise RefusedError(
        f"{count(rows, noun='row')} cannot be taken in; the first is row {first.row}: {first.why}",
        code="collect.rows",
        hint="nothing was stored; mend the rows, or import the rest with --rejects bad.csv",
    )
