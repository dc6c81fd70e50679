"""Sections on what stands beside marks: releases over time, access sets (grade B), victims' reports (grade C)."""

from collections.abc import Iterator

from suyuan.trace.report import story, story_beside
from suyuan.trace.report.chart_time import draw_timeline
from suyuan.trace.report.figures import Count
from suyuan.trace.report.paper import Block, Items, Para
from suyuan.trace.report.writer import Writer, plain

SETS = 12
"""Lines in the table of access sets."""


def time(writer: Writer) -> Iterator[Block]:
    """When the copies were released, beside the dump's age."""
    timeline, catalogue = writer.beside.timeline, writer.catalogue
    if timeline is None:
        return
    yield Para(text=writer.t("time.intro", opened=story.moment(timeline.opened_at)))
    caption = writer.t("time.figure", days=Count(timeline.days))
    drawn = draw_timeline(timeline, catalogue=catalogue, title=str(caption.striptags()))
    yield writer.figure(drawn, caption)
    found = writer.attribution.sets
    named = [finding.recipient for finding in writer.summary.named]
    named += [account.recipient for account in found.named] if found is not None else []
    yield Items(lines=tuple(story_beside.timeline_lines(timeline, named=named, catalogue=catalogue)))


def sets(writer: Writer) -> Iterator[Block]:
    """Access sets: grade B, its assumptions and tipping point."""
    sets, catalogue = writer.attribution.sets, writer.catalogue
    if sets is None:
        return
    yield Para(text=writer.t("sets.intro", note=Count(sets.note)))
    for account in sets.named:
        name = catalogue.recipient(account.recipient)
        yield writer.propositions(writer.t("sets.first_text", name=name), writer.t("sets.second_text"))
        yield from plain(story_beside.sets_named(account, sets=sets, catalogue=catalogue))
    yield from plain(story_beside.sets_others(sets, catalogue=catalogue))
    if sets.accounts:
        rows = tuple(
            (a in sets.named, story_beside.set_row(a, sets=sets, catalogue=catalogue)) for a in sets.accounts[:SETS]
        )
        yield writer.sheet("sets", caption=writer.t("sets.table"), rows=rows, texts=2)
        yield Para(text=writer.t("sets.assumptions"), style="part")
        yield Items(lines=tuple(writer.t(f"sets.{key}") for key in ("s1", "s2", "s3", "s4")))
    yield from plain(story_beside.sets_rest(sets, catalogue=catalogue))


def reports(writer: Writer) -> Iterator[Block]:
    """Victims' reports: grade C."""
    reports, catalogue = writer.beside.reports, writer.catalogue
    if reports is None:
        return
    yield from plain(story_beside.reports_lines(reports, catalogue=catalogue))
    if reports.leaders:
        rows = tuple(
            (False, story_beside.leader_row(leader, reports=reports, catalogue=catalogue)) for leader in reports.leaders
        )
        yield writer.sheet("reports", caption=writer.t("reports.table"), rows=rows)
    yield from plain(story_beside.reports_rest(reports, catalogue=catalogue))
