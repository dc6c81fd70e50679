"""A trace at the terminal: the answer, the strongest suspects, and what must be said beside them."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from suyuan.legible import printable
from suyuan.trace.naming.attribution import Attribution, Finding
from suyuan.trace.report.figures import Count, bits_down, bits_up, one_in
from suyuan.trace.report.messages import Catalogue, Language
from suyuan.trace.report.summary import NO_LETTER, Summary, letter_of, marks_of, spent_copies, summarise

ROWS = 8
"""Suspects in the table, unless more are named."""

NAMES = 6
"""Names of those that can be neither named nor excluded."""


def render_terminal(attribution: Attribution, *, console: Console, lang: Language | str = Language.EN) -> None:
    """Print verdict, table and caveats. Ids are printed as plain text: no markup, no control characters."""
    catalogue = Catalogue.load(Language(lang))
    summary = summarise(attribution, rows=ROWS)
    for line in verdict(attribution, summary=summary, catalogue=catalogue):
        console.print(line)
    if summary.listed:
        console.print(suspects_table(attribution, summary=summary, catalogue=catalogue))
    for line in caveats(attribution, summary=summary, catalogue=catalogue):
        console.print(line)


def verdict(attribution: Attribution, *, summary: Summary, catalogue: Catalogue) -> list[Text]:
    """Give the answer and where it stands: rows, ledger entry, budget."""
    dump = attribution.dump
    if summary.named:
        names = catalogue.listed([catalogue.recipient(finding.recipient) for finding in summary.named])
        answer = Text(catalogue.text("answer.named", names=names), style="bold")
    else:
        answer = Text(catalogue.text("answer.unknown"), style="bold")
    rows = catalogue.text(
        "file.sum",
        rows=Count(dump.rows),
        matched=Count(dump.matched),
        persons=Count(dump.persons),
        strangers=Count(dump.strangers),
        unreadable=Count(dump.unreadable),
    )
    opened = catalogue.text(
        "terminal.opened",
        origin=printable(attribution.origin),
        entry=Count(attribution.opened),
        number=Count(attribution.number),
        alpha=catalogue.text("word.one_in", n=one_in(attribution.alpha)),
    )
    return [answer, Text(rows), Text(opened, style="dim")]


def suspects_table(attribution: Attribution, *, summary: Summary, catalogue: Catalogue) -> Table:
    """Give the strongest suspects, one a line; below them the naming line, if they share one, and the rest."""
    lines = [bits_up(finding.line) for finding in summary.listed]
    notes = [catalogue.text("chart.line", line=lines[0])] if len(set(lines)) == 1 else []
    if summary.rest:
        rest = catalogue.text("suspects.rest", n=Count(len(summary.rest)), bits=bits_down(summary.rest_bits))
        notes.append(rest)
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        caption=Text("\n".join(notes), style="dim"),
        caption_justify="left",
    )
    columns = [figures(finding, attribution=attribution, catalogue=catalogue) for finding in summary.listed]
    shown = [key for key in columns[0] if is_telling(key, values=[column[key] for column in columns])]
    table.add_column(catalogue.text("column.recipient"), overflow="fold", min_width=12)
    for key in shown:
        table.add_column(catalogue.text(key), justify="right", no_wrap=True)
    for finding, cells in zip(summary.listed, columns, strict=True):
        name = Text(catalogue.recipient(finding.recipient))
        table.add_row(name, *(Text(cells[key]) for key in shown), style="bold" if finding.named else "")
    return table


def is_telling(key: str, *, values: list[str]) -> bool:
    """Say whether a column is worth its room: lines only where they differ, other figures only where there are any."""
    if key == "column.line":
        return len(set(values)) > 1
    return any(value not in ("", "0", NO_LETTER) for value in values)


def figures(finding: Finding, *, attribution: Attribution, catalogue: Catalogue) -> dict[str, str]:
    """Give one suspect's figures, by the key of their column's title."""
    agree, differ, erased = marks_of(finding)
    return {
        "column.grade": letter_of(finding),
        "column.bits": bits_down(finding.bits),
        "column.line": bits_up(finding.line),
        "terminal.shown": f"{finding.persons:,}/{attribution.dump.persons:,}",
        "column.agree": f"{agree:,}",
        "column.differ": f"{differ:,}",
        "terminal.erased": f"{erased:,}",
        "terminal.planted": f"{finding.hits:,}/{finding.planted:,}" if finding.planted else "",
        "terminal.left_out": f"{finding.left_out:,}",
        "terminal.sole": catalogue.text("word.yes" if finding.recipient in attribution.sole_sources else "word.no"),
    }


def caveats(attribution: Attribution, *, summary: Summary, catalogue: Catalogue) -> list[Text]:
    """Give what must be said beside any answer: who is not excluded, who is, and what a mark names."""
    lines = []
    if summary.neither:
        names = [catalogue.recipient(finding.recipient) for finding in summary.neither]
        lines.append(catalogue.text("terminal.neither", names=catalogue.listed(names, at_most=NAMES)))
    elif attribution.dump.persons == 0:
        lines.append(catalogue.text("neither.no_links"))
    if summary.excluded:
        lines.append(catalogue.text("terminal.excluded", n=Count(len(summary.excluded))))
    if attribution.excluded_by_time:
        lines.append(catalogue.text("terminal.later", n=Count(len(attribution.excluded_by_time))))
    if attribution.reach:
        lines.append(catalogue.text("terminal.reach", n=Count(len(attribution.reach))))
    if attribution.dump.planted:
        lines.append(catalogue.text("file.planted", n=Count(attribution.dump.planted)))
    if attribution.dump.known:
        lines.append(catalogue.text("against.known", n=Count(attribution.dump.known)))
    if spent_copies(attribution):
        lines.append(catalogue.text("answer.spent", n=Count(spent_copies(attribution))))
    lines.append(catalogue.text("terminal.copy_not_hand" if summary.named else "terminal.unknown_is_result"))
    return [Text(line, style="dim") for line in lines]
