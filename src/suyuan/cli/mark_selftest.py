"""`suyuan mark selftest`: which marks survive a pipeline of your own?"""

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from suyuan.cli.options import JsonOption
from suyuan.cli.output import print_columns, print_json, result, say
from suyuan.cli.outputs import as_file, require_new, write_new

if TYPE_CHECKING:
    import polars as pl

    from suyuan.mark.selftest import Outcome, Samples

EXAMPLE = """
  suyuan mark selftest --through 'python etl.py'
  suyuan mark selftest --through 'xlsx2csv {in} > {out}'

\b
where the pipeline is no command, in two steps:
  suyuan mark selftest --write samples.csv
  suyuan mark selftest --back returned.csv
"""

SEED: Final = 1
_FEW: Final = 0.1
_NEARLY_ALL: Final = 0.99
FIELDS: Final = {
    "customer": "identifier",
    "name": "person_name",
    "phone": "phone",
    "id_number": "resident_id",
    "email": "email",
    "address": "postal_address",
    "birth_date": "date",
}
"""The columns of the samples and their kinds; the self-test needs no store."""


def run(
    through: Annotated[
        str | None,
        typer.Option(
            "--through",
            metavar="COMMAND",
            help="A shell command from standard input to standard output, or with {in} and {out}.",
        ),
    ] = None,
    samples: Annotated[
        int, typer.Option("--samples", metavar="N", min=10, max=100_000, help="Invented persons to send.")
    ] = 500,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FILE", help="Only write the samples, as CSV; - for standard output."),
    ] = None,
    back: Annotated[
        Path | None,
        typer.Option(
            "--back", metavar="FILE", help="Judge samples that came back by another way; - for standard input."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send marked samples of invented persons through your own pipeline and report which marks survive it.

    What comes back is read as a leaked file is read. `--through cat` sends the samples through unchanged: that is what
    marks can carry at best. Give the same --samples to --write and --back.
    """
    if sum(option is not None for option in (through, write, back)) > 1:
        raise typer.BadParameter("give one of --through, --write and --back")
    made = _samples(samples)
    sent = made.shown.write_csv().encode()
    if write is not None:
        _hand_out(sent, target=write)
        return
    if through is not None:
        with tempfile.TemporaryDirectory(prefix="suyuan-selftest-") as folder:
            returned = _read(_piped(sent, command=through, folder=Path(folder)), made=made)
    elif back is not None:
        with as_file(back) as path:
            returned = _read(path, made=made)
    else:
        raise typer.BadParameter("name a pipeline with --through 'COMMAND'")
    from suyuan.mark.selftest import assess

    _show(assess(made, returned=returned), as_json=as_json)


def _samples(number: int) -> "Samples":
    from suyuan.mark.selftest import make_samples
    from suyuan.simulation import invent_people
    from suyuan.terms import FieldName, KindName

    kinds = {FieldName(name): KindName(kind) for name, kind in FIELDS.items()}
    # In no order of any column: a pipeline that sorts must not give back the order that was sent.
    people = invent_people(number, seed=SEED).sample(fraction=1.0, shuffle=True, seed=SEED)
    return make_samples(people, kinds=kinds, key=FieldName("customer"))


def _hand_out(sent: bytes, *, target: Path) -> None:
    if target == Path("-"):
        sys.stdout.buffer.write(sent)
        return
    require_new(target)
    write_new(target, data=sent)
    say(f"samples in {target}; send them through, then: suyuan mark selftest --back RETURNED.csv")


def _piped(sent: bytes, *, command: str, folder: Path) -> Path:
    """Run the command on the samples; give the file of what came back."""
    from suyuan.errors import RefusedError

    source, target = folder / "samples.csv", folder / "returned.csv"
    source.write_bytes(sent)
    names = {"{in}": source, "{out}": target}
    line = command
    for name, path in names.items():
        line = line.replace(name, shlex.quote(str(path)))
    # Whoever runs the self-test wrote the command: the shell is the point of it.
    with source.open("rb") as given, (folder / "stdout").open("wb") as caught:
        done = subprocess.run(
            line,
            shell=True,
            stdin=subprocess.DEVNULL if "{in}" in command else given,
            stdout=2 if "{out}" in command else caught,
            check=False,
        )
    if done.returncode:
        raise RefusedError(
            f"the command ended with exit code {done.returncode}",
            code="mark.command",
            hint="run it by hand on the file of `suyuan mark selftest --write samples.csv`",
        )
    found = target if "{out}" in command else folder / "stdout"
    if not found.exists() or not found.read_bytes().strip():
        raise RefusedError("the command gave nothing back", code="mark.command")
    return found


def _read(path: Path, *, made: "Samples") -> "pl.DataFrame":
    """Read what came back as a dump is read."""
    from suyuan.errors import RefusedError
    from suyuan.trace.ingest import ingest

    try:
        return ingest(path, fields=made.kinds).table()
    except RefusedError as error:
        raise RefusedError(f"what came back cannot be read: {error}", code="mark.command", hint=error.hint) from error


def _show(outcome: "Outcome", *, as_json: bool) -> None:
    if outcome.rows_back < _FEW * outcome.rows_sent:
        say(f"warning: only {outcome.rows_back:,} of {outcome.rows_sent:,} rows came back: too few to judge by")
    if as_json:
        print_json(_document(outcome))
        return
    result(f"rows: {outcome.rows_back:,} of {outcome.rows_sent:,} came back")
    if outcome.by_order:
        result("no column tells the rows apart any more: they were told by their order")
    if outcome.lost_columns:
        result(f"columns that did not come back: {', '.join(outcome.lost_columns)}")
    result("")
    rows = [
        (
            f"{slot.field} {slot.slot}",
            f"{slot.share:.0%}",
            *(f"{n:,}" for n in (slot.survived, slot.erased, slot.altered)),
        )
        for slot in outcome.slots
        if slot.sent
    ]
    print_columns(rows, header=("spelling marks", "share", "survived", "erased", "altered"))
    result("")
    values = [(v.field, f"{v.same / v.sent if v.sent else 0:.0%}", f"{v.same:,}") for v in outcome.identifiers]
    print_columns(values, header=("values with the same meaning", "share", "same"))
    result("")
    result(f"spelling marks: {outcome.bits_back:.1f} of {outcome.bits_sent:.1f} bits a row survive")
    for line in _advice(outcome):
        result(line)


def _advice(outcome: "Outcome") -> list[str]:
    """Say which channels the pipeline leaves."""
    reach = [v for v in outcome.identifiers if v.field in ("email", "phone")]
    kept = [v.field for v in reach if v.sent and v.same >= _NEARLY_ALL * v.sent]
    whole = outcome.rows_back == outcome.rows_sent
    lines = [f"decoys and aliases: {'survive by ' + ' and '.join(kept) if kept else 'do not survive'}"]
    lines.append(
        "omission: " + ("readable, every row came back" if whole else "blurred, the pipeline itself loses rows")
    )
    if outcome.pairs:
        stands = outcome.pairs_kept >= _NEARLY_ALL * outcome.pairs
        figures = f"{outcome.pairs_kept:,} of {outcome.pairs:,} neighbours stand as they were sent"
        lines.append(f"order of ties: {'survives' if stands else 'does not survive'}, {figures}")
    if any(slot.altered > 0.01 * slot.sent for slot in outcome.slots):
        lines.append("warning: altered marks speak against the true source; leave those fields out of what you rely on")
    return lines


def _document(outcome: "Outcome") -> dict[str, object]:
    return {
        "rows": {"sent": outcome.rows_sent, "back": outcome.rows_back, "unknown": outcome.rows_unknown},
        "by_order": outcome.by_order,
        "neighbours": {"both": outcome.pairs, "in_order": outcome.pairs_kept},
        "lost_columns": list(outcome.lost_columns),
        "slots": [
            {
                "field": s.field, "slot": s.slot, "sent": s.sent, "survived": s.survived, "erased": s.erased,
                "altered": s.altered, "share": round(s.share, 4),
            }
            for s in outcome.slots
        ],
        "values": [{"field": v.field, "sent": v.sent, "same": v.same} for v in outcome.identifiers],
        "bits_per_row": {"sent": round(outcome.bits_sent, 2), "back": round(outcome.bits_back, 2)},
    }  # fmt: skip
