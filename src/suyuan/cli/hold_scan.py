"""`suyuan hold scan`: which personal information lies where?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption
from suyuan.cli.output import count, print_columns, print_json, result, say
from suyuan.cli.outputs import require_new, write_new
from suyuan.cli.progress import bars

if TYPE_CHECKING:
    from suyuan.discovery.columns import ColumnFinding
    from suyuan.discovery.ports import ScanSource
    from suyuan.discovery.survey import Survey

EXAMPLE = """
  suyuan hold scan postgresql://reader@db.example.com/shop --draft draft
  suyuan hold scan customers.csv logs/ backup.sql.gz
"""

ROWS = 10_000
TIMEOUT = 600


def run(
    source: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", help="Files, folders, and databases as postgresql:// or mysql:// URLs."),
    ],
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=0, help="Rows of a table to look at, the most; 0 for all.")
    ] = ROWS,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=0, help="The most time for one table; 0 for any.")
    ] = TIMEOUT,
    draft: Annotated[
        Path | None,
        typer.Option(
            "--draft", metavar="DIR", help="Write a draft of fields.toml and sources.toml into this new folder."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Look through files and databases for personal information: kinds, counts, masked samples.

    Nothing is changed where it looks, and no value is printed clear. Tables are judged column by column, by their cells and their
    names; text as running text. What could not be read is named. A database is read in a transaction that may only read; give its
    URL without a password (~/.pgpass, or MySQL's option file).
    """
    from suyuan.adapters.scanning.databases import is_url
    from suyuan.discovery import Scanner
    from suyuan.discovery.survey import Survey

    require_new(draft)
    scanner, survey = Scanner(), Survey()
    with bars() as bar:
        for place in source:
            bar.wait("looking through a database" if is_url(place) else f"looking through {Path(place).name}")
            survey.add(_opened(place, rows=rows, timeout=timeout), rows=rows, scanner=scanner)
    if as_json:
        print_json(_document(survey))
    else:
        _show(survey)
    if draft is not None:
        _write_draft(survey, folder=draft, databases=[place for place in source if is_url(place)])


def _opened(place: str, *, rows: int, timeout: int) -> "ScanSource":
    from suyuan.adapters.scanning.databases import is_url

    if is_url(place):
        from suyuan.adapters.scanning import DatabaseSource

        return DatabaseSource(place, rows=rows, timeout_seconds=timeout)
    from suyuan.adapters.scanning import FileSource

    return FileSource(Path(place))


def _show(survey: "Survey") -> None:
    for part in survey.parts:
        of = f" of about {part.total:,}" if part.total and part.total > part.rows else ""
        noun = "row" if part.columns else "line"
        if not part.findings:
            continue
        result(f"{part.place}: {part.rows:,}{of} {noun}{'s' if part.rows != 1 else ''} looked at")
        print_columns(
            (_row(finding) for finding in part.findings),
            header=("  column", "holds", "cells", "share", "sample", "sure", "by"),
        )
        result("")
    silent = [part.place for part in survey.parts if not part.findings]
    if silent:
        result(
            f"nothing found in {count(len(silent), noun='other part')}: {', '.join(silent[:8])}{' ...' if len(silent) > 8 else ''}"
        )
    for unread in survey.unread:
        say(f"warning: {unread.place}: not looked at: {unread.reason}")
    totals = ", ".join(f"{name} {number:,}" for name, number in survey.totals.items())
    result(f"in all: {totals or 'nothing found'}")


def _row(finding: "ColumnFinding") -> tuple[str, ...]:
    return (
        f"  {finding.column or '(text)'}",
        finding.called,
        f"{finding.cells:,}",
        f"{min(1.0, finding.share):.0%}" if finding.column else "-",
        finding.sample,
        f"{finding.confidence:.2f}",
        finding.by,
    )


def _write_draft(survey: "Survey", *, folder: Path, databases: list[str]) -> None:
    from suyuan.discovery.draft import draft
    from suyuan.errors import RefusedError

    if len(databases) > 1:
        raise RefusedError(
            "a draft is made of one database at a time",
            code="discovery.draft",
            hint="scan each with a --draft of its own",
        )
    made = draft(survey, database=databases[0] if databases else "")
    folder.mkdir(mode=0o700)
    write_new(folder / "fields.toml", data=made.fields.encode("utf-8"))
    if made.sources:
        write_new(folder / "sources.toml", data=made.sources.encode("utf-8"))
    say(f"draft in {folder}; review it, then move its files into the policy folder of a store")


def _document(survey: "Survey") -> dict[str, object]:
    return {
        "parts": [
            {
                "place": part.place, "looked_at": part.rows, "total": part.total, "columns": list(part.columns), "key": part.key or None,
                "findings": [
                    {
                        "column": f.column or None, "found": None if f.what is None else f.what.value, "items": list(f.items),
                        "cells": f.cells, "share": round(f.share, 4), "confidence": f.confidence, "sample": f.sample, "by": f.by,
                    }
                    for f in part.findings
                ],
            }
            for part in survey.parts
        ],
        "unread": [{"place": unread.place, "reason": unread.reason} for unread in survey.unread],
        "totals": survey.totals,
    }  # fmt: skip
