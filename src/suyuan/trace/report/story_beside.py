"""The sentences about grades, about the time of releases, and about what stands beside marks: access sets and reports."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import floor

from suyuan.terms import Recipient
from suyuan.trace.naming.attribution import Attribution, Contradiction, SetAccount, SetsFound
from suyuan.trace.naming.dating import Dating
from suyuan.trace.naming.timeline import Timeline, Track
from suyuan.trace.report.beside import Leader, ReportsFound
from suyuan.trace.report.figures import Count, bits_down, bits_up, one_in
from suyuan.trace.report.messages import Catalogue
from suyuan.trace.report.story import Lines, chance_of, moment
from suyuan.trace.report.summary import NO_LETTER, Summary

NAMES = 20
"""Names in a sentence; the JSON has all."""

GROUPS = 4
ALIASES = 12


def names_of(recipients: Sequence[Recipient], *, catalogue: Catalogue) -> str:
    """Give `account a, account b and 3 more`."""
    return catalogue.listed([catalogue.recipient(recipient) for recipient in recipients], at_most=NAMES)


def grades(
    attribution: Attribution,
    *,
    summary: Summary,
    reports: ReportsFound | None,
    sections: dict[str, int],
    catalogue: Catalogue,
) -> Lines:
    """Give for each grade that anybody has what it means."""
    lines: Lines = []
    if summary.named:
        named = names_of([finding.recipient for finding in summary.named], catalogue=catalogue)
        lines.append(catalogue.markup("grade.a", names=named, section=sections["proves"]))
    else:
        lines.append(catalogue.markup("grade.none"))
    sets = attribution.sets
    if sets is not None and sets.named:
        by_sets = names_of([account.recipient for account in sets.named], catalogue=catalogue)
        lines.append(catalogue.markup("grade.b", names=by_sets, section=sections["sets"]))
    leads = leads_of(sets, reports=reports)
    if leads:
        lines.append(catalogue.markup("grade.c", names=names_of(leads, catalogue=catalogue)))
    excluded = {finding.recipient for finding in summary.excluded}
    excluded |= {one.recipient for one in attribution.contradictions}
    if excluded:
        lines.append(catalogue.markup("grade.x", n=Count(len(excluded))))
    return lines


def leads_of(sets: SetsFound | None, *, reports: ReportsFound | None) -> list[Recipient]:
    """Give whom access sets or victims' reports make a lead of, each once."""
    found = [account.recipient for account in sets.leads] if sets else []
    if reports is not None and reports.lead is not None:
        found.append(reports.lead)
    return list(dict.fromkeys(found))


def beside_answer(
    sets: SetsFound | None, *, reports: ReportsFound | None, sections: dict[str, int], catalogue: Catalogue
) -> Lines:
    """Give what stands under the answer, of evidence that is no mark."""
    lines: Lines = []
    if sets is not None:
        lines += [
            catalogue.markup("answer.sets_named", name=catalogue.recipient(account.recipient), section=sections["sets"])
            for account in sets.named
        ]
        for group in sets.groups[:GROUPS]:
            named = names_of(group, catalogue=catalogue)
            lines.append(
                catalogue.markup("answer.sets_group", n=Count(len(group)), names=named, section=sections["sets"])
            )
    if reports is not None and reports.lead is not None:
        name = catalogue.recipient(reports.lead)
        lines.append(catalogue.markup("answer.reports_lead", name=name, section=sections["reports"]))
    return lines


def sets_against(sets: SetsFound, *, catalogue: Catalogue) -> Lines:
    """Give what speaks against whom access sets name, and who is neither named nor excluded by them."""
    lines = [
        catalogue.markup(
            "against.contradicts", name=catalogue.recipient(account.recipient), n=Count(account.contradicting)
        )
        for account in sets.named
        if account.contradicting
    ]
    lines += [
        catalogue.markup("against.groups", names=names_of(group, catalogue=catalogue)) for group in sets.groups[:GROUPS]
    ]
    if sets.all_access and sets.accounts:
        named = names_of(sets.all_access, catalogue=catalogue)
        lines.append(catalogue.markup("against.all_access", n=Count(len(sets.all_access)), names=named))
    legacy = sum(account.legacy for account in sets.accounts)
    if legacy:
        lines.append(catalogue.markup("against.legacy", n=Count(legacy)))
    return lines


def timeline_lines(timeline: Timeline, *, named: Sequence[Recipient], catalogue: Catalogue) -> Lines:
    """Give what the picture of time shows, in words; of the named only, or of the strongest where nobody is."""
    shown = [track for track in timeline.tracks if track.recipient in named] or list(timeline.tracks[:1])
    lines = [line for track in shown for line in track_lines(track, catalogue=catalogue)]
    begun = [track.first_same for track in timeline.tracks if track.first_same is not None]
    if begun:
        figures = {"first": day(min(begun)), "opened": day(timeline.opened_at)}
        lines.append(catalogue.markup("time.age", **figures))
    if timeline.first_ended is not None and timeline.last_ended is not None:
        first, last = day(timeline.first_ended), day(timeline.last_ended)
        lines.append(catalogue.markup("time.former", n=Count(timeline.former), first=first, last=last))
    return [*lines, *dating_lines(timeline.dating, catalogue=catalogue)]


def dating_lines(dating: Dating | None, *, catalogue: Catalogue) -> Lines:
    """Give when the file can have been copied, by the values in it."""
    if dating is None:
        return []
    since = None if dating.since is None else day(dating.since)
    until = None if dating.until is None else day(dating.until)
    rows = Count(dating.rows)
    if since is not None and until is not None:
        lines = [catalogue.markup("time.between", n=rows, since=since, until=until)]
    elif since is not None:
        lines = [catalogue.markup("time.after", n=rows, since=since)]
    elif until is not None:
        lines = [catalogue.markup("time.before", n=rows, until=until)]
    else:
        return [catalogue.markup("time.never", n=rows)]
    if dating.contradicting:
        lines.append(catalogue.markup("time.contradicting", n=Count(dating.contradicting)))
    return lines


def track_lines(track: Track, *, catalogue: Catalogue) -> Lines:
    """Give one recipient's releases in words."""
    name = catalogue.recipient(track.recipient)
    if track.first_same is not None and track.last_same is not None:
        first, last = day(track.first_same), day(track.last_same)
        once = catalogue.markup("time.same_day", name=name, day=first)
        lines = [once if first == last else catalogue.markup("time.same", name=name, first=first, last=last)]
    else:
        lines = [catalogue.markup("time.no_same", name=name)]
    other = sum(span.other for span in track.spans)
    return [*lines, catalogue.markup("time.other", name=name, n=Count(other))] if other else lines


def day(moment: datetime) -> str:
    """Give the day of a time, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def sets_named(account: SetAccount, *, sets: SetsFound, catalogue: Catalogue) -> Lines:
    """Give what access sets found about whom they name, and where that would fall."""
    name = catalogue.recipient(account.recipient)
    return [
        catalogue.markup(
            "sets.named",
            name=name,
            hits=Count(account.hits),
            persons=Count(sets.persons),
            expected=f"{account.expected:,.1f}",
            chance=chance_of(-account.log10_p, catalogue=catalogue),
            worst=chance_of(-account.worst, catalogue=catalogue),
            gamma=f"{sets.gamma:g}",
        ),
        catalogue.markup("sets.tipping", name=name, tipping=tipping_of(account), gamma=f"{sets.gamma:g}"),
    ]


def sets_others(sets: SetsFound, *, catalogue: Catalogue) -> Lines:
    """Give groups, leads and those that sets can neither name nor exclude."""
    lines = [
        catalogue.markup("sets.group", names=names_of(group, catalogue=catalogue)) for group in sets.groups[:GROUPS]
    ]
    if sets.leads:
        lines.append(catalogue.markup("sets.lead", n=Count(len(sets.leads))))
    if not sets.accounts:
        lines.append(catalogue.markup("sets.nobody"))
    if sets.all_access:
        lines.append(catalogue.markup("sets.all_access", names=names_of(sets.all_access, catalogue=catalogue)))
    return lines


def sets_rest(sets: SetsFound, *, catalogue: Catalogue) -> Lines:
    """Give what was compared, and what is missing of it."""
    lines = [
        catalogue.markup(
            "sets.population",
            recipients=Count(sets.recipients),
            lookups=Count(sets.lookups),
            population=Count(sets.population),
            strata=Count(sets.strata),
        )
    ]
    if sets.legacy:
        lines.append(catalogue.markup("sets.legacy", n=Count(sets.legacy)))
    if not sets.queues:
        lines.append(catalogue.markup("sets.no_queues"))
    alpha = catalogue.text("word.one_in", n=one_in(sets.alpha))
    lines.append(catalogue.markup("sets.ledger", note=Count(sets.note), alpha=alpha))
    return lines


def set_row(account: SetAccount, *, sets: SetsFound, catalogue: Catalogue) -> tuple[str, ...]:
    """Give one line of the table of access sets, in the order of its columns."""
    return (
        catalogue.recipient(account.recipient),
        catalogue.text(f"standing.{account.standing}"),
        catalogue.text("word.of", part=Count(account.hits), whole=Count(sets.persons)),
        f"{account.expected:,.1f}",
        tipping_of(account),
        f"{account.legacy:,}",
    )


def tipping_of(account: SetAccount) -> str:
    """Give the tipping point, rounded down: never more than the finding withstands."""
    return f"{floor(account.gamma * 10) / 10:,.1f}"


def later_lines(attribution: Attribution, *, catalogue: Catalogue) -> Lines:
    """Give whose copies are younger than the file, where it was said when that was known."""
    if attribution.known_at is None:
        return []
    time = moment(attribution.known_at)
    lines = [catalogue.markup("later.known", time=time)]
    excluded = [one.recipient for one in attribution.excluded_by_time]
    if excluded:
        names = names_of(excluded, catalogue=catalogue)
        lines.append(catalogue.markup("later.excluded", n=Count(len(excluded)), names=names))
    releases = sum(one.releases for one in attribution.later if one.is_suspect)
    if releases:
        lines.append(catalogue.markup("later.releases", n=Count(releases)))
    return lines


def contradiction_lines(contradictions: Sequence[Contradiction], *, catalogue: Catalogue) -> Lines:
    """Give for each recipient why it cannot have shown some linked persons as the file does."""
    lines: Lines = []
    for one in contradictions:
        counts = {
            "excluded.superseded": one.superseded,
            "excluded.later": one.later,
            "excluded.never_held": one.never_held,
        }
        reasons = [catalogue.text(key, n=Count(count)) for key, count in counts.items() if count]
        name = catalogue.recipient(one.recipient)
        lines.append(catalogue.markup("excluded.by_values", name=name, reasons=catalogue.listed(reasons)))
    return lines


def reports_lines(reports: ReportsFound, *, catalogue: Catalogue) -> Lines:
    """Give how many reports count and where they lead."""
    lines = [catalogue.markup("reports.intro", n=Count(reports.reports))]
    if reports.ignored:
        lines.append(catalogue.markup("reports.ignored", n=Count(reports.ignored)))
    line = bits_up(reports.line)
    if reports.lead is None:
        lines.append(catalogue.markup("reports.nobody", line=line))
    else:
        lines.append(catalogue.markup("reports.lead", name=catalogue.recipient(reports.lead), line=line))
    return lines


def reports_rest(reports: ReportsFound, *, catalogue: Catalogue) -> Lines:
    """Give aliases that were called, all-access accounts and the assumption."""
    lines = [
        catalogue.markup("reports.alias", entry=Count(entry), names=names_of(names, catalogue=catalogue))
        if names
        else catalogue.markup("reports.alias_nowhere", entry=Count(entry))
        for entry, names in reports.aliases[:ALIASES]
    ]
    if reports.all_access:
        lines.append(catalogue.markup("reports.all_access", names=names_of(reports.all_access, catalogue=catalogue)))
    return [*lines, catalogue.markup("reports.assumption")]


def leader_row(leader: Leader, *, reports: ReportsFound, catalogue: Catalogue) -> tuple[str, ...]:
    """Give one line of the table of reports, in the order of its columns."""
    return (
        catalogue.recipient(leader.recipient),
        catalogue.text("word.of", part=Count(leader.hits), whole=Count(reports.reports)),
        bits_down(leader.bits),
        bits_down(leader.robust),
        NO_LETTER if leader.more is None else f"{leader.more:,}",
    )
