"""`suyuan trace dump`: whose copy is this file?"""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.dump_options import (
    ColumnOption,
    DelimiterOption,
    EncodingOption,
    FileArgument,
    NoHeaderOption,
    PartOption,
    UnreadableOption,
    columns_of,
    given_of,
)
from suyuan.cli.options import JsonOption, Lang, LangOption, StoreOption, store_at, time_given
from suyuan.cli.output import print_json, result, say
from suyuan.cli.outputs import as_file, require_new, write_new
from suyuan.cli.progress import bars
from suyuan.cli.trace_paper import page_of, require_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suyuan.adapters.spark.engine import SparkEngine
    from suyuan.release.policy import Policy
    from suyuan.trace.naming.timeline import Timeline
    from suyuan.trace.naming.tracer import Traced
    from suyuan.trace.ports import FuzzyMatcher
    from suyuan.trace.report import Beside

EMBEDDED = "embedded"

EXAMPLE = """
  suyuan trace dump leaked.csv --report leak.pdf --bundle leak.suyuan
  suyuan trace dump leaked.txt --encoding gb18030 --delimiter '----' --no-header --column 2=phone
  suyuan trace dump leaked.csv --engine spark://master:7077 --engine-folder /shared/scratch
"""


def run(
    file: FileArgument,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    no_header: NoHeaderOption = False,
    part: PartOption = None,
    unreadable: UnreadableOption = None,
    customers: Annotated[
        Path | None,
        typer.Option(
            "--customers", metavar="FILE", help="Overlay: your customers' file, to match rows without an identifier."
        ),
    ] = None,
    exact_only: Annotated[
        bool, typer.Option("--exact-only", help="Link by identifiers alone, without the fuzzy matcher.")
    ] = False,
    unseal_at_most: Annotated[
        int | None,
        typer.Option(
            "--unseal-at-most",
            metavar="N",
            min=0,
            help="How many persons' records may be unsealed to match rows without an identifier; 100,000 unless told.",
        ),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(
            "--known-at",
            metavar="TIME",
            help="When the dump was known to be out, such as 2026-11-20T14:05+08:00: later releases are no suspects.",
        ),
    ] = None,
    marks_only: Annotated[
        bool, typer.Option("--marks-only", help="Do not ask who had looked these persons up (access sets, grade B).")
    ] = False,
    afresh: Annotated[
        bool,
        typer.Option("--afresh", help="Remove what interrupted traces have left, and begin anew, instead of resuming."),
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="OUT", help="Write a report for people: OUT.html or OUT.pdf.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="OUT", help="Write the evidence, for suyuan verify.")
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="ENGINE",
            help="Who reads and links the dump: embedded (this process), local[N] or spark://HOST:PORT.",
        ),
    ] = EMBEDDED,
    engine_folder: Annotated[
        Path | None,
        typer.Option("--engine-folder", metavar="DIR", help="A folder that this machine and every Spark worker share."),
    ] = None,
    lang: LangOption = Lang.EN,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Trace a leaked file to the copy it came from, or say that the source is unknown.

    Rows are linked to persons, then dump, links, suspects and line are fixed in the ledger, and only then are marks read.
    A name is given where the evidence reaches the line; everything else is a lead, or unknown. A mark names a copy: an
    account or a partner, never a hand. Beside marks, and never added to them, it says who had looked these persons up.
    A trace that was interrupted is taken up where it was when the same file is traced again.
    """
    from suyuan import app
    from suyuan.flows.candidates import UNSEALED_AT_MOST

    folder = store_at(store)
    require_new(report, bundle, unreadable)
    require_report(report, lang=lang.value)
    known = None if known_at is None else time_given(known_at, option="--known-at")
    with app.open_store(folder) as opened, bars() as bar:
        matcher = None if exact_only else _matcher(opened.policy)
        table = None
        if customers is not None:
            from suyuan.adapters.files import read_table

            table = read_table(customers)
        with as_file(file) as path, _engine(engine, folder=engine_folder) as spark, opened.door() as door:
            unfinished = opened.unfinished(say=say, afresh=afresh)
            flow = opened.leak_response(door, matcher=matcher, unfinished=unfinished)
            traced = flow.trace(
                path,
                columns=columns_of(column or [], policy=opened.policy),
                given=given_of(encoding, delimiter=delimiter, no_header=no_header, part=part),
                unreadable=unreadable,
                customers=table,
                beside=None if marks_only else opened.access_sets().beside,
                progress=bar,
                engine=spark,
                unseal_at_most=UNSEALED_AT_MOST if unseal_at_most is None else unseal_at_most,
                known_at=known,
            )
            evidence = flow.bundle(traced) if bundle is not None and traced.attribution.named else None
            parts = opened.paper_parts()
            beside = None if report is None else parts.beside(traced)
            timeline = None
            if as_json:
                timeline = parts.timeline(traced) if beside is None else beside.timeline
    _write_files(traced, evidence=evidence, report=report, beside=beside, bundle=bundle, lang=lang)
    _show(traced, timeline=timeline, lang=lang)
    unfinished.finish()


def _show(traced: "Traced", *, timeline: "Timeline | None", lang: Lang) -> None:
    """Print the answer: as JSON where its timeline is at hand, else for people. What was not read is told in any case."""
    from suyuan.trace.report import as_json as document
    from suyuan.trace.report import render_terminal

    for note in traced.attribution.dump.notes:
        say(note)
    if timeline is not None:
        print_json(document(traced.attribution, timeline=timeline))
        return
    from rich.console import Console

    render_terminal(traced.attribution, console=Console(), lang=lang.value)
    if traced.attribution.sets is not None:
        from suyuan.cli.trace_sets import told

        for line in told(traced.attribution.sets, lang=lang.value):
            result(line)


def _write_files(
    traced: "Traced",
    *,
    evidence: bytes | None,
    report: Path | None,
    beside: "Beside | None",
    bundle: Path | None,
    lang: Lang,
) -> None:
    """Write the evidence, then the report that names it."""
    from suyuan.app import SystemClock

    if bundle is not None and evidence is not None:
        write_new(bundle, data=evidence)
        say(f"evidence in {bundle}; anyone can check it: suyuan verify {bundle}")
    elif bundle is not None:
        say("no account and no partner is named: there is no evidence to write")
    if report is not None:
        name = None if bundle is None or evidence is None else bundle.name
        now = SystemClock().now()
        page = page_of(traced, report=report, beside=beside, bundle_name=name, lang=lang.value, at=now)
        write_new(report, data=page)
        say(f"report in {report}")


@contextmanager
def _engine(name: str, *, folder: Path | None) -> "Iterator[SparkEngine | None]":
    """Give the engine that was named; None for this process itself."""
    if name == EMBEDDED:
        yield None
        return
    from suyuan.adapters.spark.engine import SparkEngine
    from suyuan.adapters.spark.master import Master

    with SparkEngine(Master.parse(name), folder=folder) as engine:
        yield engine
        if not engine.is_used:
            say("Spark was not asked: the dump cannot be split, or an interrupted trace had read it already")


def _matcher(policy: "Policy") -> "FuzzyMatcher":
    from suyuan.adapters.splink.matcher import SplinkMatcher

    return SplinkMatcher(kinds={field.name: field.kind for field in policy.fields.values()})
