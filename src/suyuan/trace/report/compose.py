"""The report of one trace, section by section; docs/reference/report.md has the same list."""

import shlex
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from markupsafe import Markup

from suyuan.terms import Recipient
from suyuan.trace.naming.attribution import Attribution
from suyuan.trace.report import sections_beside, story, story_beside
from suyuan.trace.report.beside import Beside
from suyuan.trace.report.cells import channel_row, excluded_row, suspect_row
from suyuan.trace.report.charts import (
    BARS,
    draw_bits,
    draw_channels,
    draw_reach,
    draw_rows,
    draw_sources,
)
from suyuan.trace.report.document import file_name
from suyuan.trace.report.figures import Count, bits_down
from suyuan.trace.report.messages import Catalogue, Language
from suyuan.trace.report.paper import Block, Items, Pairs, Paper, Para, Section, Steps
from suyuan.trace.report.summary import marks_of, summarise, total_of
from suyuan.trace.report.writer import Writer, plain

SUSPECTS = 12
"""Lines in the table and the pictures of suspects, unless more are named."""

EXCLUDED = 8
"""Lines in the table of the excluded."""

NAMES = 60
"""Names in the list of those that can be neither named nor excluded; the JSON has all."""

PICTURED = 3
"""Recipients whose channels are drawn; those of the others stand in numbers only."""

REACHING = 8
"""Recipients in the picture of reach, unless more are named."""

TRACKS = 8
"""Recipients in the picture of releases over time."""


def compose(
    attribution: Attribution,
    *,
    beside: Beside,
    catalogue: Catalogue,
    bundle_name: str | None,
    written_at: datetime,
) -> Paper:
    """Write the report of one trace, as blocks.

    Whatever comes from outside (ids, file names, fields) is escaped, and characters that could mislead a reader are
    spelled out. No text from inside the dump is shown, not even a column's name.

    Args:
        bundle_name: the file name of the evidence bundle, or None if none was written.
        written_at: aware.
    """
    writer = Report(
        attribution=attribution,
        beside=beside,
        catalogue=catalogue,
        summary=summarise(attribution, rows=SUSPECTS),
        bundle=None if bundle_name is None else file_name(bundle_name),
        written_at=written_at,
    )
    return writer.paper()


def shown_over_time(attribution: Attribution) -> tuple[Recipient, ...]:
    """Give whose releases a report shows over time: the named of either grade, then the strongest others."""
    by_sets = () if attribution.sets is None else attribution.sets.named
    named = [finding.recipient for finding in attribution.named] + [account.recipient for account in by_sets]
    others = [finding.recipient for finding in summarise(attribution, rows=SUSPECTS).listed]
    return tuple(dict.fromkeys(named + others))[:TRACKS]


def as_argument(name: str) -> str:
    """Quote a file name for a shell; one that begins with a dash must not be read as an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


class Report(Writer):
    """Writes one report: each method a section, in the order of `sections`."""

    def paper(self) -> Paper:
        """Give the whole report."""
        sections = self.sections()
        self.numbers = {key: number for number, key in enumerate(sections, start=1)}
        attribution = self.attribution
        foot = self.t("title.foot", sha256=attribution.dump.sha256.hex(), entry=Count(attribution.opened))
        return Paper(
            language="zh-CN" if self.catalogue.language is Language.ZH else self.catalogue.language.value,
            title=self.t("title.document"),
            subtitle=self.t("title.subtitle", origin=self.origin),
            headline=story.headline(self.summary, sets=attribution.sets, catalogue=self.catalogue),
            sha256=attribution.dump.sha256.hex(),
            foot=foot,
            facts=self.facts(),
            sections=tuple(
                Section(key=key, number=self.numbers[key], heading=self.t(f"{key}.heading"), blocks=tuple(write()))
                for key, write in sections.items()
            ),
        )

    def sections(self) -> dict[str, Callable[[], Iterator[Block]]]:
        """Give the sections that this report has, in their order."""
        timeline = self.beside.timeline
        every: dict[str, tuple[bool, Callable[[], Iterator[Block]]]] = {
            "answer": (True, self.answer),
            "question": (True, self.question),
            "found": (True, self.found),
            "suspects": (True, self.suspects),
            "grade": (True, self.grade),
            "proves": (True, self.proves),
            "against": (True, self.against),
            "neither": (True, self.neither),
            "excluded": (True, self.excluded),
            "file": (True, self.file),
            "time": (timeline is not None and bool(timeline.tracks), partial(sections_beside.time, self)),
            "budget": (True, self.budget),
            "check": (True, self.check),
            "sets": (self.attribution.sets is not None, partial(sections_beside.sets, self)),
            "reports": (self.beside.reports is not None, partial(sections_beside.reports, self)),
            "terms": (True, self.terms),
        }
        return {key: write for key, (there, write) in every.items() if there}

    def answer(self) -> Iterator[Block]:
        """The answer, why, and what stands beside it."""
        attribution, summary, catalogue = self.attribution, self.summary, self.catalogue
        headline = story.headline(summary, sets=attribution.sets, catalogue=catalogue)
        yield Para(text=headline, style="headline")
        lines = story.reasons(summary, suspects=len(attribution.findings), sets=attribution.sets, catalogue=catalogue)
        lines += story.spent(attribution, catalogue=catalogue)
        lines += story_beside.beside_answer(
            attribution.sets, reports=self.beside.reports, sections=self.numbers, catalogue=catalogue
        )
        if summary.named or (attribution.sets is not None and attribution.sets.named):
            lines.append(self.t("answer.copy_not_hand"))
        yield from plain(lines)

    def question(self) -> Iterator[Block]:
        """The two propositions, for each named recipient."""
        yield Para(text=self.t("question.intro"))
        first = [
            self.t("question.first_text", name=self.catalogue.recipient(finding.recipient))
            for finding in self.summary.named
        ]
        for text in first or [self.t("question.first_any")]:
            yield self.propositions(text, self.t("question.second_text"))

    def found(self) -> Iterator[Block]:
        """The evidence of each named recipient, and the pictures."""
        summary, catalogue = self.summary, self.catalogue
        for finding in summary.named:
            if len(summary.named) > 1:
                yield Para(text=Markup.escape(catalogue.recipient(finding.recipient)), style="part")
            yield from plain(story.found(finding, attribution=self.attribution, catalogue=catalogue))
        if not summary.named:
            yield Para(text=self.t("found.unknown" if summary.listed else "answer.nobody_examined"))
        if summary.listed:
            caption = self.t("found.figure_bits")
            drawn = draw_bits(summary.listed[:BARS], catalogue=catalogue, title=str(caption.striptags()))
            yield self.figure(drawn, caption)
        yield from self.channels()

    def channels(self) -> Iterator[Block]:
        """The channels of every named recipient; where none is named, of the strongest."""
        summary, catalogue = self.summary, self.catalogue
        key = "found.figure_channels" if summary.named else "found.figure_channels_unnamed"
        any_marks = False
        for place, finding in enumerate(summary.named or summary.listed[:1]):
            if not any(total_of(channel) for channel in finding.channels):
                continue
            any_marks = True
            name = catalogue.recipient(finding.recipient)
            if place < PICTURED:
                sources, marks = self.t("found.figure_sources", name=name), self.t(key, name=name)
                yield self.figure(draw_sources(finding, catalogue=catalogue, title=str(sources.striptags())), sources)
                yield self.figure(draw_channels(finding, catalogue=catalogue, title=str(marks.striptags())), marks)
            rows = tuple((False, channel_row(c, catalogue=catalogue)) for c in finding.channels if total_of(c))
            yield self.sheet("channels", caption=self.t("found.table_channels", name=name), rows=rows)
        if any_marks:
            yield Para(text=self.t("found.by_chance"))

    def suspects(self) -> Iterator[Block]:
        """Everybody who was examined: a table of the strongest, and reach."""
        attribution, summary, catalogue = self.attribution, self.summary, self.catalogue
        if not summary.listed:
            yield Para(text=self.t("answer.nobody_examined"))
            return
        yield Para(text=self.t("suspects.intro", suspects=Count(len(attribution.findings))))
        rows = tuple((f.named, suspect_row(f, attribution=attribution, catalogue=catalogue)) for f in summary.listed)
        yield self.sheet("suspects", caption=self.t("suspects.table"), rows=rows)
        if summary.rest:
            yield Para(text=self.t("suspects.rest", n=Count(len(summary.rest)), bits=bits_down(summary.rest_bits)))
        persons = attribution.dump.persons
        if summary.reaching and persons:
            caption = self.t("suspects.figure_reach")
            drawn = draw_reach(
                summary.reaching[: max(REACHING, len(summary.named))][:BARS],
                persons=persons,
                catalogue=catalogue,
                title=str(caption.striptags()),
            )
            yield self.figure(drawn, caption)
        if attribution.reach:
            yield Para(text=self.t("suspects.reach", n=Count(len(attribution.reach))))

    def grade(self) -> Iterator[Block]:
        """What each grade that was given rests on."""
        yield Para(text=self.t("grade.intro"))
        lines = story_beside.grades(
            self.attribution,
            summary=self.summary,
            reports=self.beside.reports,
            sections=self.numbers,
            catalogue=self.catalogue,
        )
        yield Items(lines=tuple(lines))

    def proves(self) -> Iterator[Block]:
        """What it proves and what it does not."""
        does, does_not = story.proved(self.attribution, sections=self.numbers, catalogue=self.catalogue)
        yield Para(text=self.t("proves.does"), style="part")
        yield Items(lines=tuple(does))
        yield Para(text=self.t("proves.does_not"), style="part")
        yield Items(lines=tuple(does_not))

    def against(self) -> Iterator[Block]:
        """What speaks against."""
        attribution, catalogue = self.attribution, self.catalogue
        yield Para(text=self.t("against.intro" if self.summary.named else "against.intro_unknown"))
        lines = story.against(self.summary, dump=attribution.dump, catalogue=catalogue)
        if attribution.sets is not None:
            lines += story_beside.sets_against(attribution.sets, catalogue=catalogue)
        yield Items(lines=tuple(lines or [self.t("against.nothing")]))

    def neither(self) -> Iterator[Block]:
        """Who is neither named nor excluded."""
        names = [self.catalogue.recipient(finding.recipient) for finding in self.summary.neither]
        if names:
            yield Para(text=self.t("neither.text", n=Count(len(names))))
            yield Para(text=Markup.escape(self.catalogue.listed(names, at_most=NAMES)), style="names")
        else:
            yield Para(text=self.t("neither.nobody" if self.attribution.dump.persons else "neither.no_links"))

    def excluded(self) -> Iterator[Block]:
        """Who is excluded as the only source."""
        out, catalogue = self.summary.excluded, self.catalogue
        yield from plain(story_beside.later_lines(self.attribution, catalogue=catalogue))
        values = story_beside.contradiction_lines(self.attribution.contradictions[:EXCLUDED], catalogue=catalogue)
        if values:
            yield Para(text=self.t("excluded.values") + " " + self.t("excluded.caution"))
            yield Items(lines=tuple(values))
            yield from self.and_more(len(self.attribution.contradictions) - EXCLUDED)
        if not out:
            if not values:
                yield Para(text=self.t("excluded.nobody"))
            return
        yield Para(text=self.t("excluded.text", n=Count(len(out))) + " " + self.t("excluded.caution"))
        rows = tuple(
            (f.named, excluded_row(f, attribution=self.attribution, catalogue=catalogue)) for f in out[:EXCLUDED]
        )
        yield self.sheet("excluded", caption=self.t("excluded.table"), rows=rows)
        yield from self.and_more(len(out) - EXCLUDED)

    def and_more(self, count: int) -> Iterator[Block]:
        """Say how many there are that are not listed, if any are."""
        if count > 0:
            yield Para(text=self.t("word.and_more", n=Count(count)))

    def file(self) -> Iterator[Block]:
        """How the file was read, and what of it was used."""
        dump = self.attribution.dump
        yield Para(
            text=self.t(
                "file.sum",
                rows=Count(dump.rows),
                matched=Count(dump.matched),
                persons=Count(dump.persons),
                strangers=Count(dump.strangers),
                unreadable=Count(dump.unreadable),
            )
        )
        if dump.planted:
            yield Para(text=self.t("file.planted", n=Count(dump.planted)))
        if dump.rows:
            caption = self.t("file.figure")
            drawn = draw_rows(dump, catalogue=self.catalogue, title=str(caption.striptags()))
            yield self.figure(drawn, caption)
        columns = Markup.escape(story.columns(dump, catalogue=self.catalogue))
        yield Para(text=Markup("{}: {}").format(self.t("file.columns"), columns))
        if dump.matched:
            yield Para(text=self.t("file.used"), style="part")
            yield Pairs(pairs=tuple(self.used()), style="budget")

    def used(self) -> Iterator[tuple[Markup, Markup]]:
        """Give the counts of rows and marks that were used, erased, or contradict."""
        dump = self.attribution.dump
        counts = {"linked": dump.matched, "by_similarity": dump.fuzzy, "known": dump.known}
        for key, count in (counts | {"contradicting": dump.contradicting}).items():
            if count or key != "known":
                yield self.t(f"file.{key}"), Markup.escape(f"{count:,}")
        for finding in (self.summary.named or self.summary.listed[:1])[:PICTURED]:
            agree, differ, erased = marks_of(finding)
            name = self.catalogue.recipient(finding.recipient)
            marks = {"read_marks": agree + differ, "erased_marks": erased, "spent": finding.used}
            for key, count in marks.items():
                if count or key != "spent":
                    yield self.t(f"file.{key}", name=name), Markup.escape(f"{count:,}")

    def budget(self) -> Iterator[Block]:
        """How the naming line came about."""
        yield Para(text=self.t("budget.intro"))
        lines = story.budget(self.attribution, summary=self.summary, catalogue=self.catalogue)
        yield Pairs(pairs=tuple((name, Markup.escape(value)) for name, value in lines), style="budget")
        yield Para(text=self.t("budget.note"))

    def check(self) -> Iterator[Block]:
        """How to check the report."""
        sha256, bundle = self.attribution.dump.sha256.hex(), self.bundle
        name = as_argument(self.file_shown)
        yield Para(text=self.t("check.no_bundle" if bundle is None else "check.intro"))
        yield Para(text=self.t("check.own_word"))
        steps: list[tuple[Markup, tuple[str, ...]]] = [(self.t("check.hash"), (sha256, f"sha256sum {name}"))]
        if bundle is not None:
            verify = f"suyuan verify {as_argument(bundle)} --dump {name}"
            steps.append((self.t("check.verify"), (verify,)))
            if self.beside.fingerprint is not None:
                steps.append((self.t("check.fingerprint"), (self.beside.fingerprint,)))
            steps.append((self.t("check.policy"), (f"{verify} --policy POLICY",)))
        entry = Count(self.attribution.opened)
        steps.append((self.t("check.ledger", origin=self.origin, entry=entry), ()))
        if self.attribution.sets is not None:
            steps.append((self.t("check.sets", entry=Count(self.attribution.sets.note)), ()))
        yield Steps(steps=tuple(steps))
        yield Para(text=self.t("check.needs"))
        yield Para(text=self.t("check.no_values"))

    def terms(self) -> Iterator[Block]:
        """The ten words."""
        words = ("copy", "mark", "erased", "planted", "omission", "bits", "line", "access_set", "tipping", "grade")
        yield Pairs(
            pairs=tuple((self.t(f"terms.{word}"), self.t(f"terms.{word}_text")) for word in words), style="terms"
        )
