"""`suyuan trace dump`: whose copy is this file?"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, Lang, LangOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say
from suyuan.cli.outputs import as_file, require_new, write_new
from suyuan.cli.progress import bars

if TYPE_CHECKING:
    from suyuan.release.policy import Policy
    from suyuan.terms import FieldName, KindName
    from suyuan.trace.dialect import Given
    from suyuan.trace.ports import FuzzyMatcher
    from suyuan.trace.tracer import Traced

EXAMPLE = """
  suyuan trace dump leaked.csv --report leak.html --bundle leak.suyuan
  suyuan trace dump leaked.txt --encoding gb18030 --delimiter '----' --no-header --column 2=phone
"""


def run(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, TSV, JSON Lines or Parquet; - for standard input.")
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="WHICH=FIELD",
            help="Say what a column is, by number from 0 or by name; may be repeated.",
        ),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="NAME", help="Such as utf-8 or gb18030.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="TEXT", help="What separates cells; \\t for a tab.")
    ] = None,
    no_header: Annotated[bool, typer.Option("--no-header", help="The first row is a person.")] = False,
    customers: Annotated[
        Path | None,
        typer.Option(
            "--customers", metavar="FILE", help="Overlay: your customers' file, to match rows without an identifier."
        ),
    ] = None,
    exact_only: Annotated[
        bool, typer.Option("--exact-only", help="Link by identifiers alone, without the fuzzy matcher.")
    ] = False,
    marks_only: Annotated[
        bool, typer.Option("--marks-only", help="Do not ask who had looked these persons up (access sets, grade B).")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="OUT", help="Write a report for people, one HTML file.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="OUT", help="Write the evidence, for suyuan verify.")
    ] = None,
    lang: LangOption = Lang.EN,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Trace a leaked file to the copy it came from, or say that the source is unknown.

    Rows are linked to persons, then dump, links, suspects and line are fixed in the ledger, and only then are marks read.
    A name is given where the evidence reaches the line; everything else is a lead, or unknown. A mark names a copy: an
    account or a partner, never a hand. Beside marks, and never added to them, it says who had looked these persons up.
    """
    from suyuan import app

    folder = store_at(store)
    require_new(report, bundle)
    with app.open_store(folder) as opened, bars() as bar:
        matcher = None if exact_only else _matcher(opened.policy)
        table = None
        if customers is not None:
            from suyuan.adapters.files import read_table

            table = read_table(customers)
        with as_file(file) as path, opened.door() as door:
            flow = opened.leak_response(door, matcher=matcher)
            traced = flow.trace(
                path,
                columns=_columns(column or [], policy=opened.policy),
                given=_given(encoding, delimiter=delimiter, no_header=no_header),
                customers=table,
                progress=bar,
            )
            if not marks_only and traced.attribution.dump.persons:
                traced = replace(
                    traced, attribution=replace(traced.attribution, sets=opened.access_sets().judge(traced))
                )
            evidence = flow.bundle(traced) if bundle is not None and traced.attribution.named else None
    _write_files(traced, evidence=evidence, report=report, bundle=bundle, lang=lang)
    _show(traced, lang=lang, as_json=as_json)


def _show(traced: "Traced", *, lang: Lang, as_json: bool) -> None:
    from suyuan.trace.report import as_json as document
    from suyuan.trace.report import render_terminal

    if as_json:
        print_json(document(traced.attribution))
        return
    from rich.console import Console

    render_terminal(traced.attribution, console=Console(), lang=lang.value)
    if traced.attribution.sets is not None:
        from suyuan.cli.trace_sets import told

        for line in told(traced.attribution.sets, lang=lang.value):
            result(line)


def _write_files(
    traced: "Traced", *, evidence: bytes | None, report: Path | None, bundle: Path | None, lang: Lang
) -> None:
    """Write the evidence, then the report that names it."""
    from suyuan.app import SystemClock
    from suyuan.trace.report import render_html

    if bundle is not None and evidence is not None:
        write_new(bundle, data=evidence)
        say(f"evidence in {bundle}; anyone can check it: suyuan verify {bundle}")
    elif bundle is not None:
        say("no account and no partner is named: there is no evidence to write")
    if report is not None:
        page = render_html(
            traced.attribution,
            lang=lang.value,
            bundle_name=None if bundle is None or evidence is None else bundle.name,
            written_at=SystemClock().now(),
        )
        write_new(report, data=page.encode("utf-8"))
        say(f"report in {report}")


def _matcher(policy: "Policy") -> "FuzzyMatcher":
    from suyuan.adapters.splink.matcher import SplinkMatcher

    return SplinkMatcher(kinds={field.name: field.kind for field in policy.fields.values()})


def _columns(choices: list[str], *, policy: "Policy") -> "dict[int | str, tuple[FieldName, KindName]]":
    """Read the caller's word on columns: `2=phone`, `收件人=name`."""
    from suyuan.errors import RefusedError
    from suyuan.terms import FieldName

    found: dict[int | str, tuple[FieldName, KindName]] = {}
    for choice in choices:
        which, _, name = choice.rpartition("=")
        field = policy.fields.get(FieldName(name))
        if not which:
            raise typer.BadParameter("--column is written WHICH=FIELD, such as 2=phone")
        if field is None:
            raise RefusedError(
                "--column names a field that policy/fields.toml does not have",
                code="trace.column",
                hint=f"fields: {', '.join(policy.fields)}",
            )
        found[int(which) if which.isdecimal() else which] = (field.name, field.kind)
    return found


def _given(encoding: str | None, *, delimiter: str | None, no_header: bool) -> "Given":
    import codecs

    from suyuan.trace.dialect import Given

    names = None
    if encoding is not None:
        try:
            names = (codecs.lookup(encoding).name,)
        except LookupError:
            raise typer.BadParameter("--encoding is none that is known; utf-8, gb18030 and utf-16 are") from None
    return Given(
        codecs=names,
        delimiter=None if delimiter is None else delimiter.replace("\\t", "\t"),
        header=False if no_header else None,
    )
