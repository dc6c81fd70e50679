"""The lines of the tables of a report, in the order of their columns."""

from suyuan.trace.naming.attribution import Attribution, ChannelFinding, Finding
from suyuan.trace.report.charts import channel_name
from suyuan.trace.report.figures import Count, bits_down, bits_up, percent
from suyuan.trace.report.messages import Catalogue
from suyuan.trace.report.summary import PLANTED, letter_of

COLUMNS = {
    "channels": ("channel", "bits", "agree", "differ", "erased", "share"),
    "suspects": ("recipient", "grade", "bits", "line", "persons", "rows", "planted", "sole"),
    "excluded": ("recipient", "not_held", "left_out", "reach"),
    "sets": ("recipient", "standing", "hits", "chance_of", "tipping", "legacy"),
    "reports": ("recipient", "victims", "bits", "robust", "more"),
}
"""The heads of each table's columns, by their keys in the catalogue."""


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
        catalogue.text("word.yes" if finding.recipient in attribution.sole_sources else "word.no"),
    )


def excluded_row(finding: Finding, *, attribution: Attribution, catalogue: Catalogue) -> tuple[str, ...]:
    """Give one line of those excluded as the only source."""
    return (
        catalogue.recipient(finding.recipient),
        f"{finding.not_held:,}",
        f"{finding.left_out:,}",
        percent(finding.persons, whole=attribution.dump.persons),
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
