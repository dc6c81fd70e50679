"""Which findings a report shows, and which it sums up."""

from dataclasses import dataclass

from suyuan.terms import Bits
from suyuan.trace.naming.attribution import Attribution, ChannelFinding, Finding

NO_LETTER = "\N{EN DASH}"
"""In a table, the grade of one that is not named."""

OMISSION = "omission"
ORDER = "row_order"
PLANTED = "planted"
SHARED_DECOY = "shared_decoy"
NO_VALUES = frozenset({OMISSION, ORDER, PLANTED, SHARED_DECOY})
"""Channels that are no field, since their marks stand in no value: a whole row, or an identifier that is the platform's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One attribution, sorted for reading.

    Args:
        named: at grade A, strongest first. listed: for the table, the named and the strongest others.
        rest: how many are not listed, and the bits of the strongest of them.
        neither: not named, and shown every linked person: never to be concluded against.
        excluded: not the only source (grade X) because persons were not shown to it, fewest missing persons first; a named one may be among them.
        reaching: for the picture of reach, the named and those that reach furthest.
    """

    named: tuple[Finding, ...]
    listed: tuple[Finding, ...]
    rest: tuple[Finding, ...]
    neither: tuple[Finding, ...]
    excluded: tuple[Finding, ...]
    reaching: tuple[Finding, ...]

    @property
    def strongest(self) -> Finding | None:
        """The suspect with the most bits, named or not."""
        return self.listed[0] if self.listed else None

    @property
    def rest_bits(self) -> Bits:
        """The bits of the strongest that is not listed. Only asked where `rest` has any."""
        return max(finding.bits for finding in self.rest)


def summarise(attribution: Attribution, *, rows: int) -> Summary:
    """Choose what is shown: all who are named, and the strongest others up to `rows` lines."""
    ranked = tuple(sorted(attribution.findings, key=lambda finding: -float(finding.bits)))
    named = tuple(finding for finding in ranked if finding.named)
    others = tuple(finding for finding in ranked if not finding.named)
    room = max(0, rows - len(named))
    has_links = attribution.dump.persons > 0
    sole = attribution.sole_sources
    by_reach = sorted(others, key=lambda finding: -finding.persons)
    return Summary(
        named=named,
        listed=named + others[:room],
        rest=others[room:],
        neither=tuple(finding for finding in others if has_links and finding.recipient in sole),
        excluded=tuple(sorted((f for f in ranked if not f.held_all), key=lambda f: f.not_held + f.left_out)),
        reaching=tuple(sorted(named + tuple(by_reach[:room]), key=lambda finding: -finding.persons)),
    )


def spent_copies(attribution: Attribution) -> int:
    """Give how many copies of one recipient had their marks read by an earlier trace, of the one with the most."""
    return max((finding.used for finding in attribution.findings), default=0)


def letter_of(finding: Finding) -> str:
    """Give the grade's letter for a table: only A. C beside an exclusion would read as a lead and as none."""
    return finding.grade.value if finding.named else NO_LETTER


def marks_of(finding: Finding) -> tuple[int, int, int]:
    """Give how many marks in the values agree, differ and are erased.

    Omission is not among them: every person in the dump was shown, so that nearly all would seem to agree.
    """
    marks = [channel for channel in finding.channels if channel.name not in NO_VALUES]
    return sum(c.agree for c in marks), sum(c.differ for c in marks), sum(c.erased for c in marks)


def expected_of(finding: Finding) -> int:
    """Give how many of the marks in the values would agree by chance alone, to the nearest whole."""
    return round(sum(c.expected for c in finding.channels if c.name not in NO_VALUES))


def total_of(channel: ChannelFinding) -> int:
    """Give how many marks or identifiers a channel had."""
    return channel.agree + channel.differ + channel.erased
