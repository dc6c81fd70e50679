"""What a trace concludes: figures per suspect, who is named, who is excluded, and where the answer is unknown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from suyuan.terms import Bits, FieldName, KindName, LeafIndex, Probability, Recipient


class Grade(StrEnum):
    """How strong a finding is; docs/explanation/evidence.md says what each proves."""

    A = "A"
    """Design-based: the platform's own randomness names the copy; the bound is a theorem."""
    C = "C"
    """A lead: reach alone. Names nobody."""
    N = "N"
    """Nothing that tells this recipient from the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFinding:
    """One channel's part of the evidence against one suspect; figures of channels do not add up to the whole.

    Args:
        name: a field that carries forms, `omission`, or `planted` (decoys and aliases).
        bits: log2 of the e-value of this channel alone.
        agree, differ: slots (or identifiers) that show the suspect's mark, and that show another.
        erased: slots that could have been read and show nothing.
        expected: how many would agree by chance alone: the sum of Q over what was read.
    """

    name: str
    bits: Bits
    agree: int
    differ: int
    erased: int
    expected: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Everything a trace found about one suspect.

    Args:
        weight: its part of the dump's budget. line: the bits at which it is named.
        bits: the evidence in all. named: whether it reached the line.
        persons: linked persons it was ever shown. rows: dump rows of these persons.
        not_held: linked persons it was never shown. left_out: linked persons left out of its exports by key;
            either excludes it as the only source.
        hits: planted identifiers of its copies that stand in the dump; planted: how many it was given.
        used: copies with marks that an earlier opening has read and that count nothing now.
    """

    recipient: Recipient
    label: bytes
    weight: Probability
    line: Bits
    bits: Bits
    grade: Grade
    channels: tuple[ChannelFinding, ...]
    persons: int
    rows: int
    copies: int
    not_held: int
    left_out: int
    hits: int
    planted: int
    used: int

    @property
    def named(self) -> bool:
        """Whether the evidence reached the naming line."""
        return self.grade is Grade.A

    @property
    def sole_source(self) -> bool:
        """Whether it could be the only source of the linked rows; grade X excludes it otherwise."""
        return self.not_held == 0 and self.left_out == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpFacts:
    """The dump as it was read. matched + strangers + unreadable = rows read."""

    name: str
    sha256: bytes
    size_bytes: int
    rows: int
    matched: int
    fuzzy: int
    contradicting: int
    strangers: int
    unreadable: int
    persons: int
    columns: tuple[tuple[str, FieldName, KindName], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The answer of one trace. `named` may be empty: then the source is unknown.

    Args:
        opened: the ledger entry that fixed dump, links, suspects and policy before any mark was read.
        number: this is the platform's `number`-th dump. alpha: the lifelong budget; budget: this dump's part.
        findings: one per suspect, strongest first.
        reach: accounts that have seen at least half of the linked persons: a lead, never a name.
    """

    opened: LeafIndex
    opened_at: datetime
    origin: str
    number: int
    alpha: Probability
    budget: Probability
    dump: DumpFacts
    findings: tuple[Finding, ...]
    reach: tuple[Recipient, ...]

    @property
    def named(self) -> tuple[Finding, ...]:
        """The suspects named at grade A, strongest first."""
        return tuple(finding for finding in self.findings if finding.named)
