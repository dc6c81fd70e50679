"""The sentences of a report: each list is one section, each item one paragraph or line of it."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from suyuan.legible import printable
from suyuan.terms import Bits, KindName
from suyuan.trace.naming.attribution import Attribution, DumpFacts, Finding, SetsFound
from suyuan.trace.report.figures import Count, bits_down, bits_up, one_in, percent
from suyuan.trace.report.messages import Catalogue
from suyuan.trace.report.summary import (
    OMISSION,
    ORDER,
    SHARED_DECOY,
    Summary,
    expected_of,
    marks_of,
    spent_copies,
    total_of,
)

Lines = list[Markup]

LOG10_2 = math.log10(2)

WHOLE_ROWS: Final = {OMISSION: "found.omission", ORDER: "found.row_order", SHARED_DECOY: "found.shared_decoy"}
"""What is told of channels whose marks are whole rows."""

UNREAD: Final = {
    KindName.PHONE: "unread_phone",
    KindName.RESIDENT_ID: "unread_resident_id",
    KindName.EMAIL: "unread_email",
}
"""What is told of identifiers of the file's text that stand in no column."""

POWERS_FROM = 6.5
"""From here on a chance is told as a power of ten: nobody counts the zeros."""


def headline(summary: Summary, *, sets: SetsFound | None = None, catalogue: Catalogue) -> Markup:
    """Give the answer in one sentence."""
    if summary.named:
        names = catalogue.listed([catalogue.recipient(finding.recipient) for finding in summary.named])
        return catalogue.markup("answer.named", names=names)
    if sets is not None and sets.named:
        names = catalogue.listed([catalogue.recipient(account.recipient) for account in sets.named])
        return catalogue.markup("answer.named_b", names=names)
    return catalogue.markup("answer.unknown")


def reasons(summary: Summary, *, suspects: int, sets: SetsFound | None = None, catalogue: Catalogue) -> Lines:
    """Give why the answer is what it is; that unknown is a result only where nobody is named in any other way."""
    if summary.named:
        return [
            catalogue.markup(
                "answer.why_named",
                name=catalogue.recipient(finding.recipient),
                bits=bits_down(finding.bits),
                line=bits_up(finding.line),
            )
            for finding in summary.named
        ]
    unknown = [] if sets is not None and sets.named else [catalogue.markup("answer.unknown_is_result")]
    if summary.strongest is None:
        return [catalogue.markup("answer.nobody_examined"), *unknown]
    why = catalogue.markup(
        "answer.why_unknown",
        suspects=Count(suspects),
        bits=bits_down(summary.strongest.bits),
        line=bits_up(summary.strongest.line),
    )
    return [why, *unknown]


def spent(attribution: Attribution, *, catalogue: Catalogue) -> Lines:
    """Give that marks count nothing since an earlier trace has read them, if there are any."""
    copies = spent_copies(attribution)
    return [catalogue.markup("answer.spent", n=Count(copies))] if copies else []


def found(finding: Finding, *, attribution: Attribution, catalogue: Catalogue) -> Lines:
    """Give what was found about a named recipient."""
    name = catalogue.recipient(finding.recipient)
    agree, differ, erased = marks_of(finding)
    lines = [
        catalogue.markup(
            "found.value",
            name=name,
            bits=bits_down(finding.bits),
            size=size_in_words(finding.bits, catalogue=catalogue),
            entry=Count(attribution.opened),
        ),
        catalogue.markup("found.chance", chance=chance_of(float(finding.bits) * LOG10_2, catalogue=catalogue)),
        catalogue.markup(
            "found.shown",
            name=name,
            persons=Count(finding.persons),
            all=Count(attribution.dump.persons),
            copies=Count(finding.copies),
            rows=Count(finding.rows),
        ),
    ]
    if agree + differ + erased:
        figures = {"agree": Count(agree), "differ": Count(differ), "erased": Count(erased)}
        lines.append(catalogue.markup("found.marks", read=Count(agree + differ), **figures))
    if expected_of(finding):
        lines.append(catalogue.markup("found.expected", expected=Count(expected_of(finding)), agree=Count(agree)))
    lines += [
        catalogue.markup(
            key,
            all=Count(total_of(channel)),
            agree=Count(channel.agree),
            differ=Count(channel.differ),
            expected=Count(round(channel.expected)),
        )
        for channel in finding.channels
        if total_of(channel) and (key := WHOLE_ROWS.get(channel.name))
    ]
    if finding.tail > 0:
        lines.insert(2, catalogue.markup("found.tail", chance=chance_of(finding.tail * LOG10_2, catalogue=catalogue)))
    if finding.planted:
        planted = catalogue.markup("found.planted", hits=Count(finding.hits), planted=Count(finding.planted))
        lines.append(planted)
    return lines


def chance_of(powers: float, *, catalogue: Catalogue) -> Markup:
    """Give a chance as `1 in n`, n rounded down; a small one as a power of ten.

    Args:
        powers: the logarithm to the base 10 of n.
    """
    if powers == math.inf:
        return catalogue.markup("word.one_in", n="∞")
    if powers < POWERS_FROM:
        return catalogue.markup("word.one_in", n=f"{math.floor(10 ** max(0.0, powers)):,}")
    return catalogue.markup("word.one_in_power", n=f"{math.floor(powers):,}")


def size_in_words(bits: Bits, *, catalogue: Catalogue) -> str:
    """Give how long the evidence value is as a decimal number; nothing for a small one."""
    zeros = math.floor(float(bits) * math.log10(2)) if math.isfinite(float(bits)) else 0
    return catalogue.text("found.size", n=Count(zeros)) if zeros >= 3 else ""


def against(summary: Summary, *, dump: DumpFacts, catalogue: Catalogue) -> Lines:
    """Give what speaks against the answer by marks, or limits it: of each named recipient, then of the file."""
    lines = [line for finding in summary.named for line in against_one(finding, catalogue=catalogue)]
    counts = {
        "known": dump.known,
        "strangers": dump.strangers - dump.planted,
        "unreadable": dump.unreadable,
        "contradicting": dump.contradicting,
        "fuzzy": dump.fuzzy,
    }
    for key, count in counts.items():
        if count:
            lines.append(catalogue.markup(f"against.{key}", n=Count(count)))
    for one in dump.missed:
        figures = {"missed": Count(one.missed), "looked": Count(one.looked)}
        lines.append(catalogue.markup(f"against.{UNREAD[one.kind]}", **figures))
    return lines


def against_one(finding: Finding, *, catalogue: Catalogue) -> Lines:
    """Give what speaks against naming one recipient, or against it as the only source."""
    name = catalogue.recipient(finding.recipient)
    agree, differ, erased = marks_of(finding)
    read = agree + differ
    lines = []
    if differ:
        share = percent(differ, whole=read)
        figures = {"differ": Count(differ), "read": Count(read)}
        lines.append(catalogue.markup("against.differ", name=name, share=share, **figures))
    elif read:
        lines.append(catalogue.markup("against.no_differ", name=name, read=Count(read)))
    if erased:
        share = percent(erased, whole=read + erased)
        figures = {"erased": Count(erased), "all": Count(read + erased)}
        lines.append(catalogue.markup("against.erased", name=name, share=share, **figures))
    counts = {
        "not_held": finding.not_held,
        "left_out": finding.left_out,
        "missed": finding.planted - finding.hits,
        "used": finding.used,
    }
    lines += [
        catalogue.markup(f"against.{key}", name=name, n=Count(count)) for key, count in counts.items() if count > 0
    ]
    return lines


def proved(attribution: Attribution, *, sections: Mapping[str, int], catalogue: Catalogue) -> tuple[Lines, Lines]:
    """Give what the report proves and what it does not.

    Args:
        sections: the numbers of the report's sections.
    """
    entry = Count(attribution.opened)
    alpha = catalogue.text("word.one_in", n=one_in(attribution.alpha))
    by_sets = () if attribution.sets is None else attribution.sets.named
    names = catalogue.listed([catalogue.recipient(account.recipient) for account in by_sets]) if by_sets else ""
    not_by_sets = [catalogue.markup("proves.sets", names=names, section=sections["sets"])] if by_sets else []
    if not attribution.named:
        does = [catalogue.markup("proves.unknown_does", entry=entry)]
        keys = ["hand"] * bool(by_sets) + ["unknown_not", "own_word", "guilt"]
        return does, not_by_sets + [catalogue.markup(f"proves.{key}") for key in keys]
    does = [
        catalogue.markup("proves.copy", alpha=alpha),
        catalogue.markup("proves.design"),
        catalogue.markup("proves.fixed", entry=entry),
    ]
    keys = ["hand", "all_copies", "own_word", "platform", "guilt"]
    return does, not_by_sets + [catalogue.markup(f"proves.{key}") for key in keys]


def budget(attribution: Attribution, *, summary: Summary, catalogue: Catalogue) -> list[tuple[Markup, str]]:
    """Give how the naming line came about, from the lifelong chance down to one recipient."""

    def at_most(n: str) -> str:
        return catalogue.text("budget.at_most", chance=catalogue.text("word.one_in", n=n))

    def between(texts: list[str]) -> str:
        low, high = texts[0], texts[-1]
        return low if low == high else catalogue.text("budget.range", low=low, high=high)

    lines = [
        (catalogue.markup("budget.alpha"), at_most(one_in(attribution.alpha))),
        (catalogue.markup("budget.number"), f"{attribution.number:,}"),
        (catalogue.markup("budget.part"), at_most(one_in(attribution.budget))),
    ]
    ranked = sorted(summary.listed + summary.rest, key=lambda finding: float(finding.weight))
    if ranked:
        weights = [catalogue.text("word.one_in", n=one_in(finding.weight)) for finding in ranked]
        needed = [bits_up(finding.line) for finding in reversed(ranked)]
        lines.append((catalogue.markup("budget.weights"), between(weights)))
        lines.append((catalogue.markup("budget.line"), between(needed)))
    return lines


def columns(dump: DumpFacts, *, catalogue: Catalogue) -> str:
    """Give which columns were read as what. A name that stands in the dump is not repeated."""
    read = [
        catalogue.text(
            "file.column_at" if at.isdecimal() else "file.column_named",
            at=int(at) + 1 if at.isdecimal() else 0,
            field=printable(field),
            kind=catalogue.text(f"kind.{kind.value}"),
        )
        for at, field, kind in dump.columns
    ]
    return catalogue.text("word.comma").join(read) if read else catalogue.text("word.none")


def moment(time: datetime) -> str:
    """Give a time to the minute, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
