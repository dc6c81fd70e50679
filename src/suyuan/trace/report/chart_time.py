"""The picture of releases over time: when copies were handed out, and which of them have the values of the file."""

from math import ceil
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from suyuan.trace.naming.timeline import Timeline
from suyuan.trace.report.charts import FAINT, FONT, INK, PALE, STRONG, WARM, inline_svg, names_axis, shortest
from suyuan.trace.report.messages import Catalogue

if TYPE_CHECKING:
    import altair as alt

DAY: Final = "%Y-%m-%d"
SMALL, LARGE = 40, 150
"""The least and the largest area of a mark."""

DAY_MS: Final = 86_400_000
TICKS: Final = 5
ROOM: Final = 0.05
"""Of the whole time: what stays free on either side."""


def draw_timeline(timeline: Timeline, *, catalogue: Catalogue, title: str) -> Markup:
    """Draw each recipient's releases as marks on its own line; dark, white and grey, so that colour is not needed.

    Args:
        timeline: with at least one track.
    """
    import altair as alt

    labels = shortest([track.recipient for track in timeline.tracks], catalogue=catalogue)
    names = {key: catalogue.text(f"chart.{key}") for key in ("same", "other", "unknown")}
    opened = timeline.opened_at.timestamp() * 1000
    at = alt.XDatum(opened, type="temporal")
    rows = [
        {"who": label, "at": span.begin.timestamp() * 1000, "piece": names[key], "copies": int(getattr(span, key))}
        for label, track in zip(labels, timeline.tracks, strict=True)
        for span in track.spans
        for key in ("unknown", "other", "same")
        if getattr(span, key)
    ]
    begins = [span.begin.timestamp() * 1000 for track in timeline.tracks for span in track.spans]
    first, last = days_shown(begins, opened=opened)
    shown = {str(row["piece"]) for row in rows}
    used = {key: name for key, name in names.items() if name in shown}
    base = alt.Chart(alt.InlineData(values=rows))
    who = names_axis(labels)
    marks = base.mark_point(filled=True, stroke=INK, strokeWidth=1, opacity=1).encode(
        y=who,
        yOffset=alt.YOffset("piece:N", scale=alt.Scale(domain=list(used.values()))),
        x=alt.X(
            "at:T", scale=alt.Scale(type="utc", domain=[first, last], nice=False), axis=days_axis(first, last=last)
        ),
        size=alt.Size("copies:Q", scale=alt.Scale(type="sqrt", range=[SMALL, LARGE]), legend=None),
        shape=alt.Shape("piece:N", scale=of_each(used, same="circle", other="square", unknown="triangle-up")),
        fill=alt.Fill("piece:N", scale=of_each(used, same=STRONG, other="#ffffff", unknown=FAINT), legend=legend()),
    )
    rule = base.mark_rule(color=WARM, strokeWidth=2, strokeDash=[6, 3]).encode(x=at)
    day = catalogue.text("chart.opened", day=timeline.opened_at.strftime(DAY))
    said = alt.Chart(alt.InlineData(values=[{"text": day}])).mark_text(
        align="right", baseline="bottom", dx=3, color=WARM, fontWeight="bold", fontSize=FONT
    )
    return inline_svg(
        alt.layer(rule, marks, said.encode(x=at, y=alt.value(-5), text="text:N")),
        rows=ceil(len(labels) * (1 + 0.4 * (len(used) - 1))),
        title=title,
    )


def days_shown(begins: list[float], *, opened: float) -> tuple[float, float]:
    """Give the time that is drawn, in milliseconds: from before the first release to after the opening, two days at least."""
    first = min([*begins, opened])
    room = max(ROOM * (opened - first), DAY_MS)
    return first - room, opened + room


def days_axis(first: float, *, last: float) -> "alt.Axis":
    """Give the axis of days: whole days, a few of them."""
    import altair as alt

    step = max(1, ceil((last - first) / DAY_MS / TICKS)) * DAY_MS
    values = list(range(ceil(first / DAY_MS) * DAY_MS, int(last) + 1, step))
    return alt.Axis(title=None, format=DAY, values=values, gridColor=FAINT, domainColor=PALE, tickColor=PALE)


def of_each(used: dict[str, str], **values: str) -> "alt.Scale":
    """Give a scale from the pieces that there are to what shows them."""
    import altair as alt

    return alt.Scale(domain=list(used.values()), range=[values[key] for key in used])


def legend() -> "alt.Legend":
    """Give the legend, above the picture and its naming of the opening."""
    import altair as alt

    return alt.Legend(orient="bottom", title=None, labelLimit=0, columns=1, symbolSize=90, symbolStrokeColor=INK)
