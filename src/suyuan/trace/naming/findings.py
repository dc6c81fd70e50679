"""From observations to findings: bits by suspect and channel, and what speaks against."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.evidence.opening import TraceOpen
from suyuan.mark.bound import budget_of_dump, naming_line
from suyuan.mark.law import OMISSION, ORDER, SHARED_DECOY
from suyuan.mark.score import Grid, Observations, bits_of_logs, combine_bits, planted_bits, strategy_logs, tally
from suyuan.mark.table import ERASED
from suyuan.mark.tail import tail_bits
from suyuan.mark.tally import Floats
from suyuan.terms import Bits, Probability, Recipient
from suyuan.trace.dump import Dump
from suyuan.trace.link import BY_EVERYTHING, Links
from suyuan.trace.naming.attribution import ChannelFinding, DumpFacts, Finding, Grade
from suyuan.trace.naming.copies import Copies, Whole
from suyuan.trace.naming.hits import PLANTED, Hits
from suyuan.trace.naming.known import Known
from suyuan.trace.naming.reading import FieldReading, Pairs
from suyuan.trace.naming.threads import each, meanwhile

LEAD_SHARE = 0.5

MOST_TAILS = 10
"""The strongest suspects, whose exact tail is stated beside the bits."""


def facts_of(dump: Dump, *, links: Links, linked: pl.Series, planted: pl.Series, name: str, known: Known) -> DumpFacts:
    """Give what an answer says of its dump.

    Args:
        linked: the rows that are linked. planted: those in which an identifier of a pool stands.
    """
    return DumpFacts(
        name=name,
        sha256=dump.sha256,
        size_bytes=dump.size_bytes,
        rows=dump.read,
        matched=links.linked,
        fuzzy=links.table.filter(pl.col("field").cast(pl.String) == BY_EVERYTHING).height,
        contradicting=links.contradicting.len(),
        strangers=links.strangers,
        unreadable=dump.unreadable,
        persons=links.persons,
        planted=int((~planted.is_in(linked.cast(pl.UInt64).implode())).sum()),
        known=known.rows,
        known_from=known.openings,
        columns=tuple((c.name, c.field, c.kind) for c in dump.columns if c.field is not None and c.kind is not None),
        notes=dump.notes,
        missed=dump.missed,
    )


def findings_of(
    fixed: TraceOpen,
    *,
    copies: Copies,
    seen: Observations,
    grid: Grid,
    hits: Hits,
    pairs: Pairs,
    readings: Sequence[FieldReading],
    left_out: npt.NDArray[np.bool_],
    persons: int,
    used: frozenset[tuple[int, int, str]],
) -> tuple[Finding, ...]:
    """Give every suspect's finding, strongest first; the line is the one the opening fixed.

    Args:
        left_out: of every copy, whether its key left it out. persons: linked persons. used: spent marks.
    """
    suspects = len(copies.suspects)
    if not suspects:
        return ()
    with meanwhile(lambda: tally(seen), values=len(seen.pair)) as tallied:
        shown = _shown(seen, pairs=pairs, copies=copies, readings=readings)
        counts = _counts(copies, pairs=pairs, hits=hits, left_out=left_out, used=used)
        counted = tallied()
    logs = strategy_logs(counted, grid=grid)
    planted = planted_bits(hits=hits.value, suspect=hits.suspect, suspects=suspects)
    bits = combine_bits(rows=bits_of_logs(logs), planted=planted)
    strong = [int(place) for place in np.argsort(-bits)[:MOST_TAILS] if bits[place] > 0]
    tail_of = partial(tail_bits, counted, grid=grid, logs=logs)
    tails = dict(zip(strong, each(lambda place: tail_of(suspect=place), strong, values=len(seen.pair)), strict=True))
    channels = _channels(seen, shown=shown, logs=logs, grid=grid)
    findings = []
    for place, (recipient, label) in enumerate(zip(copies.suspects, copies.labels, strict=True)):
        line, held, missing = line_of(fixed, suspect=place), int(counts.held[place]), int(counts.missing[place])
        struck, given = int(counts.struck[place]), int(counts.given[place])
        findings.append(
            Finding(
                recipient=recipient,
                label=label,
                weight=weight_of(fixed, suspect=place),
                line=line,
                bits=Bits(float(bits[place])),
                grade=_grade(float(bits[place]), line=line, held=held, persons=persons),
                channels=(*channels[place], _planted(float(planted[place]), given=given, struck=struck)),
                persons=held,
                rows=int(counts.rows[place]),
                copies=int(counts.copies[place]),
                not_held=persons - held - missing,
                left_out=missing,
                hits=struck,
                planted=given,
                used=int(counts.spent[place]),
                tail=tails.get(place, 0.0),
            )
        )
    return tuple(sorted(findings, key=lambda finding: (-float(finding.bits), str(finding.recipient))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """What is counted of every suspect, shape (suspects,): persons held and left out, linked rows, copies, those with a
    spent mark, identifiers planted and found.
    """

    held: Whole
    missing: Whole
    rows: Whole
    copies: Whole
    spent: Whole
    given: Whole
    struck: Whole


def _counts(
    copies: Copies,
    *,
    pairs: Pairs,
    hits: Hits,
    left_out: npt.NDArray[np.bool_],
    used: frozenset[tuple[int, int, str]],
) -> _Counts:
    suspects = len(copies.suspects)
    return _Counts(
        held=persons_of_each(copies, which=~left_out),
        missing=persons_of_each(copies, which=left_out, but=~left_out),
        rows=_distinct(copies.suspect[pairs.copy], item=pairs.link, suspects=suspects),
        copies=np.bincount(copies.suspect, minlength=suspects),
        spent=_spent_of(copies, used=used),
        given=np.bincount(hits.suspect, minlength=suspects),
        struck=np.bincount(hits.suspect[hits.value > 0], minlength=suspects),
    )


def line_of(fixed: TraceOpen, *, suspect: int) -> Bits:
    """Give the naming line of one suspect."""
    budget = budget_of_dump(Probability(fixed.alpha[0] / fixed.alpha[1]), number=fixed.number)
    return naming_line(budget, weight=weight_of(fixed, suspect=suspect))


def weight_of(fixed: TraceOpen, *, suspect: int) -> Probability:
    """Give the part of the budget that one suspect has."""
    top, bottom = fixed.suspects[suspect].weight
    return Probability(top / bottom)


def reach_of(findings: Sequence[Finding], *, persons: int) -> tuple[Recipient, ...]:
    """Give the recipients that were shown at least half of the linked persons: a lead, never a name."""
    shown = [
        (-finding.persons, str(finding.recipient), finding.recipient)
        for finding in findings
        if persons and finding.persons >= LEAD_SHARE * persons
    ]
    return tuple(recipient for _, _, recipient in sorted(shown))


def persons_of_each(copies: Copies, *, which: npt.NDArray[np.bool_], but: npt.NDArray[np.bool_] | None = None) -> Whole:
    """Give how many persons each suspect has a copy of among `which`, those left out of whom it has one among `but`."""
    suspects = len(copies.suspects)
    if not which.any():
        return np.zeros(suspects, dtype=np.int64)
    found = _distinct(copies.suspect[which], item=copies.person[which], suspects=suspects)
    if but is None:
        return found
    either = which | but
    return _distinct(copies.suspect[either], item=copies.person[either], suspects=suspects) - _distinct(
        copies.suspect[but], item=copies.person[but], suspects=suspects
    )


def _distinct(suspect: Whole, *, item: Whole, suspects: int) -> Whole:
    """Give how many different items stand beside each suspect."""
    width = int(item.max(initial=0)) + 1
    # Sorted: `np.unique` without counts hashes, at ten times the cost.
    pairs = np.sort(suspect * width + item)
    return np.bincount(pairs[np.diff(pairs, prepend=-1) != 0] // width, minlength=suspects)


def _planted(bits: float, *, given: int, struck: int) -> ChannelFinding:
    """Give the channel of planted identifiers: what is not in the dump says nothing, and so never differs."""
    return ChannelFinding(name=PLANTED, bits=Bits(bits), agree=struck, differ=0, erased=given - struck)


def _grade(bits: float, *, line: Bits, held: int, persons: int) -> Grade:
    if bits >= float(line) and math.isfinite(bits):
        return Grade.A
    return Grade.C if persons and held >= LEAD_SHARE * persons else Grade.N


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What one channel shows of every suspect, shape (suspects,)."""

    agree: Whole
    differ: Whole
    erased: Whole
    expected: Floats


def _shown(seen: Observations, *, pairs: Pairs, copies: Copies, readings: Sequence[FieldReading]) -> list[_Shown]:
    """Give what each channel shows of every suspect."""
    found: list[_Shown] = []
    # One number for channel and suspect: what is read slot by slot is looked at once for all channels.
    which, shape = seen.channel * np.int64(seen.suspects), (len(seen.channels), seen.suspects)
    which += seen.suspect[seen.pair]
    cells = math.prod(shape)
    expected = np.bincount(which, weights=seen.chance, minlength=cells).astype(np.float64).reshape(shape)
    read = np.bincount(which, minlength=cells).reshape(shape)
    agree = np.bincount(which[seen.match], minlength=cells).reshape(shape)
    for position, channel in enumerate(seen.channels):
        erased = np.zeros(seen.suspects, dtype=np.int64)
        if channel not in (OMISSION, ORDER, SHARED_DECOY):
            opened = readings[position].opened
            gone = ((opened.choices == ERASED) & (opened.radices > 1)).sum(axis=1)
            suspects = copies.suspect[pairs.copy[opened.pair]]
            erased = np.bincount(suspects, weights=gone, minlength=seen.suspects).astype(np.int64)
        found.append(
            _Shown(
                agree=agree[position],
                differ=read[position] - agree[position],
                erased=erased,
                expected=expected[position],
            )
        )
    return found


def _channels(seen: Observations, *, shown: Sequence[_Shown], logs: Floats, grid: Grid) -> list[list[ChannelFinding]]:
    """Give each suspect's figures by channel: the bits of each are those of the grid with that channel alone."""
    found: list[list[ChannelFinding]] = [[] for _ in range(seen.suspects)]
    for channel, one in zip(seen.channels, shown, strict=True):
        alone = np.array([g.live == (channel,) for g in grid.strategies], dtype=np.bool_)
        bits = bits_of_logs(logs[alone])
        for suspect in range(seen.suspects):
            found[suspect].append(
                ChannelFinding(
                    name=channel,
                    bits=Bits(float(bits[suspect])),
                    agree=int(one.agree[suspect]),
                    differ=int(one.differ[suspect]),
                    erased=int(one.erased[suspect]),
                    expected=float(one.expected[suspect]),
                )
            )
    return found


def _spent_of(copies: Copies, *, used: frozenset[tuple[int, int, str]]) -> Whole:
    """Give how many copies of each suspect have at least one mark that an earlier dump showed."""
    spent = {(release, row) for release, row, _ in used}
    keys = zip(copies.release.tolist(), copies.row.tolist(), strict=True) if spent else ()
    places = np.array([i for i, key in enumerate(keys) if key in spent], dtype=np.int64)
    return np.bincount(copies.suspect[places], minlength=len(copies.suspects))
