"""The report of a trace as one HTML file: for a court, on paper, on a telephone; it loads nothing and runs nothing."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from suyuan.legible import printable
from suyuan.trace.attribution import Attribution, ChannelFinding, Finding
from suyuan.trace.report import story
from suyuan.trace.report.charts import channel_name, draw_bits, draw_channels, draw_reach, draw_rows
from suyuan.trace.report.document import file_name
from suyuan.trace.report.figures import Count, bits_down, bits_up, percent
from suyuan.trace.report.messages import Catalogue, Language
from suyuan.trace.report.summary import PLANTED, Summary, letter_of, summarise, total_of

SUSPECTS = 12
"""Lines in the table and the pictures of suspects, unless more are named."""

EXCLUDED = 8
"""Lines in the table of the excluded."""

NAMES = 60
"""Names in the list of those that can be neither named nor excluded; the JSON has all."""

PICTURED = 3
"""Recipients whose channels are drawn; those of the others stand in numbers only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """The channels of one recipient: a picture, if it has one, and a table."""

    caption: Markup
    picture: Markup | None
    table_caption: Markup
    rows: tuple[tuple[bool, tuple[str, ...]], ...]


def render_html(
    attribution: Attribution,
    *,
    lang: Language | str = Language.EN,
    bundle_name: str | None,
    written_at: datetime,
) -> str:
    """Write the report of one trace.

    Whatever comes from outside (ids, file names, fields) is escaped, and characters that could mislead a reader are
    spelled out. No text from inside the dump is shown, not even a column's name.

    Args:
        bundle_name: the file name of the evidence bundle, or None if none was written.
        written_at: aware.
    Returns: a whole HTML document.
    Test: tests/unit/trace/report/test_html.py.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("suyuan.trace", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    language = Language(lang)
    catalogue = Catalogue.load(language)
    summary = summarise(attribution, rows=SUSPECTS)
    page = environment.get_template("report.html.jinja")
    return page.render(
        language="zh-CN" if language is Language.ZH else language.value,
        t=catalogue.markup,
        written=story.moment(written_at),
        opened_at=story.moment(attribution.opened_at),
        entry=Count(attribution.opened),
        origin=printable(attribution.origin),
        **file_and_bundle(attribution, bundle_name=bundle_name),
        **sentences(attribution, summary=summary, catalogue=catalogue),
        **tables(attribution, summary=summary, catalogue=catalogue),
        **pictures(attribution, summary=summary, catalogue=catalogue),
    )


def file_and_bundle(attribution: Attribution, *, bundle_name: str | None) -> dict[str, object]:
    """Give names, hash and the commands that check the report."""
    name = file_name(attribution.dump.name)
    bundle = None if bundle_name is None else file_name(bundle_name)
    return {
        "file": name,
        "sha256": attribution.dump.sha256.hex(),
        "size": Count(attribution.dump.size_bytes),
        "bundle": bundle,
        "hash_command": f"sha256sum {as_argument(name)}",
        "verify_command": f"suyuan verify {as_argument(bundle or '')} --dump {as_argument(name)}",
    }


def as_argument(name: str) -> str:
    """Quote a file name for a shell; one that begins with a dash must not be read as an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def sentences(attribution: Attribution, *, summary: Summary, catalogue: Catalogue) -> dict[str, object]:
    """Give every section that is made of sentences."""
    dump = attribution.dump
    does, does_not = story.proved(attribution, catalogue=catalogue)
    neither = [catalogue.recipient(finding.recipient) for finding in summary.neither]
    return {
        "is_named": bool(summary.named),
        "has_links": dump.persons > 0,
        "headline": story.headline(summary, catalogue=catalogue),
        "reasons": story.reasons(summary, suspects=len(attribution.findings), catalogue=catalogue)
        + story.spent(attribution, catalogue=catalogue),
        "names": [catalogue.recipient(finding.recipient) for finding in summary.named],
        "found": [story.found(f, attribution=attribution, catalogue=catalogue) for f in summary.named],
        "does": does,
        "does_not": does_not,
        "against": story.against(summary, dump=dump, catalogue=catalogue),
        "neither_count": Count(len(neither)),
        "neither": catalogue.listed(neither, at_most=NAMES) if neither else "",
        "reach_count": Count(len(attribution.reach)),
        "suspects_count": Count(len(attribution.findings)),
        "file_sum": {
            "rows": Count(dump.rows),
            "matched": Count(dump.matched),
            "persons": Count(dump.persons),
            "strangers": Count(dump.strangers),
            "unreadable": Count(dump.unreadable),
        },
        "columns": story.columns(dump, catalogue=catalogue),
        "budget": story.budget(attribution, summary=summary, catalogue=catalogue),
    }


def tables(attribution: Attribution, *, summary: Summary, catalogue: Catalogue) -> dict[str, object]:
    """Give the rows of the tables of suspects and of the excluded."""
    return {
        "suspects": [(f.named, suspect_row(f, attribution=attribution, catalogue=catalogue)) for f in summary.listed],
        "rest_count": Count(len(summary.rest)),
        "rest_bits": bits_down(summary.rest_bits) if summary.rest else "",
        "excluded_count": Count(len(summary.excluded)),
        "excluded": [
            (f.named, excluded_row(f, attribution=attribution, catalogue=catalogue))
            for f in summary.excluded[:EXCLUDED]
        ],
        "excluded_more": Count(max(0, len(summary.excluded) - EXCLUDED)),
    }


def suspect_row(finding: Finding, *, attribution: Attribution, catalogue: Catalogue) -> tuple[str, ...]:
    """Give one suspect's line, in the order of the table's columns."""
    planted = catalogue.text("word.of", part=Count(finding.hits), whole=Count(finding.planted))
    return (
        catalogue.recipient(finding.recipient),
        letter_of(finding),
        bits_down(finding.bits),
        bits_up(finding.line),
        catalogue.text("word.of", part=Count(finding.persons), whole=Count(attribution.dump.persons)),
        f"{finding.rows:,}",
        planted if finding.planted else "0",
        catalogue.text("word.yes" if finding.sole_source else "word.no"),
    )


def excluded_row(finding: Finding, *, attribution: Attribution, catalogue: Catalogue) -> tuple[str, ...]:
    """Give one line of those excluded as the only source."""
    return (
        catalogue.recipient(finding.recipient),
        f"{finding.not_held:,}",
        f"{finding.left_out:,}",
        percent(finding.persons, whole=attribution.dump.persons),
    )


def pictures(attribution: Attribution, *, summary: Summary, catalogue: Catalogue) -> dict[str, object]:
    """Draw what there is to draw: a picture of nothing is left out."""
    dump = attribution.dump

    def title(key: str) -> str:
        return catalogue.markup(key).striptags()

    return {
        "bits_picture": summary.listed
        and draw_bits(summary.listed, catalogue=catalogue, title=title("found.figure_bits")),
        "reach_picture": summary.reaching
        and dump.persons
        and draw_reach(
            summary.reaching, persons=dump.persons, catalogue=catalogue, title=title("suspects.figure_reach")
        ),
        "rows_picture": dump.rows and draw_rows(dump, catalogue=catalogue, title=title("file.figure")),
        "channels": list(channels(summary, catalogue=catalogue)),
    }


def channels(summary: Summary, *, catalogue: Catalogue) -> Iterator[Channels]:
    """Give the channels of every named recipient; where none is named, of the strongest."""
    shown = summary.named or summary.listed[:1]
    key = "found.figure_channels" if summary.named else "found.figure_channels_unnamed"
    for place, finding in enumerate(shown):
        name = catalogue.recipient(finding.recipient)
        caption = catalogue.markup(key, name=name)
        has_marks = any(total_of(channel) for channel in finding.channels)
        if not has_marks:
            continue
        yield Channels(
            caption=caption,
            picture=draw_channels(finding, catalogue=catalogue, title=str(caption.striptags()))
            if place < PICTURED
            else None,
            table_caption=catalogue.markup("found.table_channels", name=name),
            rows=tuple((False, channel_row(channel, catalogue=catalogue)) for channel in finding.channels),
        )


def channel_row(channel: ChannelFinding, *, catalogue: Catalogue) -> tuple[str, ...]:
    """Give one channel's line, in the order of the table's columns."""
    read = channel.agree + channel.differ
    differs = percent(channel.differ, whole=read) if read and channel.name != PLANTED else ""
    return (
        channel_name(channel.name, catalogue=catalogue),
        bits_down(channel.bits),
        f"{channel.agree:,}",
        f"{channel.differ:,}",
        f"{channel.erased:,}",
        differs,
    )
