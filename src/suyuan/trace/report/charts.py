"""The pictures of a report, as inline SVG with real text: no script, no font file, nothing loaded."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from suyuan.errors import UnavailableError
from suyuan.terms import Bits, Recipient
from suyuan.trace.naming.attribution import DumpFacts, Finding
from suyuan.trace.report.figures import Count, bits_down, bits_up, columns_of, shortened
from suyuan.trace.report.messages import Catalogue
from suyuan.trace.report.summary import NO_VALUES, total_of

if TYPE_CHECKING:
    import altair as alt

WIDTH: Final = 400
"""Of the drawing without its labels, in pixels: a page's text width on A4, and no smaller text on a phone."""

ZOOM: Final = 1.12
"""How far a picture may grow, so that the letters of all pictures have one size."""

NUMBER_SHARE: Final = 0.2
"""Of the picture's width: what the number at the end of a bar may take."""

STEP: Final = 24
BAR: Final = 15
FONT: Final = 13
LABEL_COLUMNS: Final = 26
COLUMN_PIXELS: Final = 7.4
"""A half-width column at FONT; Chinese characters take two, whichever font the reader has."""

INK: Final = "#1d2733"
STRONG: Final = "#23456e"
MIDDLE: Final = "#7f9bbb"
PALE: Final = "#c3ccd6"
FAINT: Final = "#e6eaee"
WARM: Final = "#b3541e"
AMBER: Final = "#dd9460"
"""Dark, middle and light stay apart in print without colour."""

BARS: Final = 20
"""At most, in a picture of recipients: it stands on one page. Tables have all that are named."""

EDGE: Final = 1e6
"""Bits beyond which a bar is not drawn longer."""

ROOT: Final = re.compile(r"^<svg [^>]*viewBox=\"(?P<box>\S+ \S+ (?P<width>\S+) [^\"]+)\"[^>]*>")


def draw_bits(findings: Sequence[Finding], *, catalogue: Catalogue, title: str) -> Markup:
    """Draw each suspect's bits as a bar against the line at which it would be named.

    Args:
        findings: at least one, in the order of the bars. title: read out in place of the picture.
    """
    import altair as alt

    lowest = min(0.0, *(drawable(finding.bits) for finding in findings))
    highest = max(drawable(bits) for finding in findings for bits in (finding.bits, finding.line))
    labels = labels_of(findings, catalogue=catalogue)
    rows = [
        {
            "who": label,
            "bits": drawable(finding.bits),
            "end": end_of(finding, highest=highest),
            "line": drawable(finding.line),
            "named": finding.named,
            "text": catalogue.text("chart.named" if finding.named else "chart.plain", bits=bits_down(finding.bits)),
        }
        for label, finding in zip(labels, findings, strict=True)
    ]
    scale = alt.Scale(domain=[lowest * 1.1, highest * 1.25], nice=False)
    who = names_axis(labels)
    base = alt.Chart(alt.InlineData(values=rows))
    bars = base.mark_bar(size=BAR).encode(
        y=who,
        x=alt.X("bits:Q", scale=scale, axis=value_axis(catalogue.text("chart.bits"))),
        color=alt.condition("datum.named", alt.value(STRONG), alt.value(PALE)),
    )
    zero = base.mark_rule(color=INK, strokeWidth=1).encode(x=alt.datum(0))
    text = base.mark_text(align="left", dx=6, color=INK).encode(y=who, x="end:Q", text="text:N")
    lines = line_marks(findings, base=base, who=who, catalogue=catalogue)
    return inline_svg(alt.layer(bars, zero, *lines, text), rows=len(rows), title=title)


def end_of(finding: Finding, *, highest: float) -> float:
    """Give where a bar's number stands: at its end, or behind the naming line where it would stand across it."""
    end, line = max(drawable(finding.bits), 0.0), drawable(finding.line)
    return line if end < line and line - end < NUMBER_SHARE * highest else end


def line_marks(
    findings: Sequence[Finding], *, base: "alt.Chart", who: "alt.Y", catalogue: Catalogue
) -> list["alt.Chart"]:
    """Give the naming line: one rule where all suspects share it, else a tick on each bar; its label above."""
    import altair as alt

    lines = sorted(finding.line for finding in findings)
    low, high = bits_up(lines[0]), bits_up(lines[-1])
    at = alt.datum(drawable(lines[-1]))
    if low == high:
        mark = base.mark_rule(color=WARM, strokeWidth=2, strokeDash=[6, 3]).encode(x=at)
        text = catalogue.text("chart.line", line=high)
    else:
        mark = base.mark_tick(color=WARM, thickness=3, size=STEP - 4).encode(y=who, x="line:Q")
        text = catalogue.text("chart.lines", low=low, high=high)
    label = (
        alt.Chart(alt.InlineData(values=[{"text": text}]))
        .mark_text(align="left", baseline="bottom", dx=-3, color=WARM, fontWeight="bold")
        .encode(x=at, y=alt.value(-5), text="text:N")
    )
    return [mark, label]


def draw_reach(findings: Sequence[Finding], *, persons: int, catalogue: Catalogue, title: str) -> Markup:
    """Draw the share of the linked persons that each suspect had been shown.

    Args:
        findings: at least one, in the order of the bars. persons: linked persons, at least one.
    """
    import altair as alt

    labels = labels_of(findings, catalogue=catalogue)
    rows = [
        {
            "who": label,
            "share": finding.persons / persons,
            "named": finding.named,
            "text": catalogue.text("word.of", part=Count(finding.persons), whole=Count(persons)),
        }
        for label, finding in zip(labels, findings, strict=True)
    ]
    who = names_axis(labels)
    scale = alt.Scale(domain=[0, 1.3], nice=False)
    axis = value_axis(catalogue.text("chart.share"), format="%", values=[0, 0.25, 0.5, 0.75, 1])
    base = alt.Chart(alt.InlineData(values=rows))
    bars = base.mark_bar(size=BAR).encode(
        y=who,
        x=alt.X("share:Q", scale=scale, axis=axis),
        color=alt.condition("datum.named", alt.value(STRONG), alt.value(PALE)),
    )
    text = base.mark_text(align="left", dx=6, color=INK).encode(y=who, x="share:Q", text="text:N")
    return inline_svg(alt.layer(bars, text), rows=len(rows), title=title)


def draw_channels(finding: Finding, *, catalogue: Catalogue, title: str) -> Markup:
    """Draw, for each channel of one suspect, which share of its marks agrees, differs and is erased.

    Args:
        finding: with at least one channel that had a mark.
    """
    channels = [channel for channel in finding.channels if total_of(channel)]
    pieces = [catalogue.text(f"chart.{key}") for key in ("agree", "differ", "erased")]
    bars = {
        f"{channel_name(channel.name, catalogue=catalogue)} ({total_of(channel):,})": dict(
            zip(pieces, (channel.agree, channel.differ, channel.erased), strict=True)
        )
        for channel in channels
    }
    colours = dict(zip(pieces, (STRONG, AMBER, FAINT), strict=True))
    return stacked(bars, colours=colours, axis=catalogue.text("chart.marks"), title=title)


def draw_sources(finding: Finding, *, catalogue: Catalogue, title: str) -> Markup:
    """Draw the bits of each channel alone: where one suspect's evidence came from.

    Args:
        finding: with at least one channel that had a mark.
    """
    import altair as alt

    channels = [channel for channel in finding.channels if total_of(channel)]
    names = [channel_name(channel.name, catalogue=catalogue) for channel in channels]
    rows = [
        {"who": name, "bits": drawable(c.bits), "end": max(0.0, drawable(c.bits)), "text": bits_down(c.bits)}
        for name, c in zip(names, channels, strict=True)
    ]
    ends = [drawable(channel.bits) for channel in channels]
    lowest, highest = min(0.0, *ends), max(1.0, *ends)
    scale = alt.Scale(domain=[lowest * 1.1, highest * 1.25], nice=False)
    who = names_axis(names)
    base = alt.Chart(alt.InlineData(values=rows))
    bars = base.mark_bar(size=BAR, color=MIDDLE).encode(
        y=who, x=alt.X("bits:Q", scale=scale, axis=value_axis(catalogue.text("chart.bits")))
    )
    zero = base.mark_rule(color=INK, strokeWidth=1).encode(x=alt.datum(0))
    text = base.mark_text(align="left", dx=6, color=INK).encode(y=who, x="end:Q", text="text:N")
    return inline_svg(alt.layer(bars, zero, text), rows=len(rows), title=title)


def draw_rows(dump: DumpFacts, *, catalogue: Catalogue, title: str) -> Markup:
    """Draw what became of the rows of the dump, as one bar."""
    counts = {
        ("exact", STRONG): dump.matched - dump.fuzzy,
        ("fuzzy", MIDDLE): dump.fuzzy,
        ("planted", PALE): dump.planted,
        ("strangers", FAINT): dump.strangers - dump.planted,
        ("unreadable", WARM): dump.unreadable,
    }
    pieces, colours = {}, {}
    for (key, colour), count in counts.items():
        if count:
            piece = catalogue.text("chart.piece", name=catalogue.text(f"chart.{key}"), n=Count(count))
            pieces[piece], colours[piece] = count, colour
    return stacked({"": pieces}, colours=colours, axis=catalogue.text("chart.rows"), title=title)


def stacked(bars: Mapping[str, Mapping[str, int]], *, colours: Mapping[str, str], axis: str, title: str) -> Markup:
    """Draw bars of pieces that make up the whole, with their legend above."""
    import altair as alt

    rows = [
        {"bar": bar, "piece": piece, "count": count, "order": order}
        for bar, pieces in bars.items()
        for order, (piece, count) in enumerate(pieces.items())
    ]
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    legend = alt.Legend(orient="top", title=None, symbolType="square", symbolStrokeWidth=0.5, labelLimit=0, columns=4)
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(size=BAR, stroke=INK, strokeWidth=0.5)
        .encode(
            y=names_axis(list(bars), field="bar"),
            x=alt.X("count:Q", stack="normalize", axis=value_axis(axis, format="%")),
            color=alt.Color("piece:N", scale=scale, legend=legend),
            order="order:Q",
        )
    )
    return inline_svg(chart, rows=len(bars), title=title)


def names_axis(labels: Sequence[str], *, field: str = "who") -> "alt.Y":
    """Give the vertical axis: names as they come, with room for the longest whichever font the reader has."""
    import altair as alt

    extent = 10 + COLUMN_PIXELS * max(columns_of(label) for label in labels)
    axis = alt.Axis(labelLimit=0, minExtent=extent, maxExtent=extent, ticks=False, domain=False, labelPadding=8)
    return alt.Y(f"{field}:N", sort=list(labels), title=None, axis=axis)


def value_axis(title: str, *, format: str = ",~f", values: Sequence[float] | None = None) -> "alt.Axis":
    """Give the horizontal axis, with few faint lines."""
    import altair as alt

    axis = alt.Axis(title=title, format=format, tickCount=5, gridColor=FAINT, domainColor=PALE, tickColor=PALE)
    if values is not None:
        axis.values = list(values)
    return axis


def inline_svg(chart: "alt.Chart | alt.LayerChart | alt.FacetChart", *, rows: int, title: str) -> Markup:
    """Turn a chart into SVG to stand inside a page: scaled to it, and read out by its title.

    The converter may load nothing from anywhere (`allowed_base_urls` is empty).
    """
    import vl_convert

    spec = (
        chart.properties(width=WIDTH, height=STEP * rows)
        .configure(font="sans-serif", background="transparent", aria=False, padding=4)
        .configure_axis(labelFontSize=FONT, titleFontSize=FONT, titleFontWeight="normal", labelColor=INK)
        .configure_legend(labelFontSize=FONT, labelColor=INK, padding=0, offset=12)
        .configure_text(fontSize=FONT)
        .configure_view(stroke=None)
        .to_dict()
    )
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" style="max-width:{width:.0f}px" role="img">'
        "<title>{title}</title>"
    )
    found = ROOT.match(svg)
    if found is None:
        raise UnavailableError("the chart converter gave no SVG that could be placed in the report")
    return head.format(box=found["box"], width=ZOOM * float(found["width"]), title=title) + Markup(svg[found.end() :])


def labels_of(findings: Sequence[Finding], *, catalogue: Catalogue) -> list[str]:
    """Give the names of the bars, cut to size."""
    return shortest([finding.recipient for finding in findings], catalogue=catalogue)


def shortest(recipients: Sequence[Recipient], *, catalogue: Catalogue) -> list[str]:
    """Give names cut to size; two that would read alike get their place behind them."""
    labels: list[str] = []
    for place, recipient in enumerate(recipients, start=1):
        label = shortened(catalogue.recipient(recipient), columns=LABEL_COLUMNS)
        labels.append(label if label not in labels else f"{label} ({place})")
    return labels


def channel_name(name: str, *, catalogue: Catalogue) -> str:
    """Give a channel's name: its field's, or our word for those that are no field."""
    return catalogue.text(f"word.{name}") if name in NO_VALUES else catalogue.shown(name)


def drawable(bits: Bits) -> float:
    """Give bits as a length: an infinite one is drawn at the picture's edge."""
    return max(-EDGE, min(EDGE, float(bits)))
