"""What a trace concludes: figures per suspect, who is named, who is excluded, and where the answer is unknown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from suyuan.terms import Bits, FieldName, KindName, LeafIndex, Probability, Recipient
from suyuan.trace.dump import Missed


class Grade(StrEnum):
    """How strong a finding is; docs/explanation/evidence.md says what each proves."""

    A = "A"
    """Design-based: the platform's own randomness names the copy; the bound is a theorem."""
    B = "B"
    """Model-based: access sets, framing-robust, under stated assumptions and with a tipping point."""
    C = "C"
    """A lead: reach, access sets below the line, reports. Names nobody."""
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
        tail: -log2 of a bound on the chance that an innocent scores as high, given the dump; beside the bits, never added.
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
    tail: float = 0.0

    @property
    def named(self) -> bool:
        """Whether the evidence reached the naming line."""
        return self.grade is Grade.A

    @property
    def held_all(self) -> bool:
        """Whether it was shown every linked person."""
        return self.not_held == 0 and self.left_out == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpFacts:
    """The dump as it was read. matched + strangers + unreadable = rows read.

    `planted` of the strangers hold an identifier that the platform itself controls: rows of decoys, not of somebody else's persons.
    `known` linked rows were written just so in earlier dumps, whose openings are the entries `known_from`: a known
    leak that is sold again, whole or in part, and brings no fresh evidence. `notes` say what of the file was not read,
    `missed` (among them) which identifiers of its text.
    """

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
    planted: int = 0
    known: int = 0
    known_from: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAccount:
    """What access sets say of one recipient that stands out; never added to the bits of marks.

    Args:
        grade: B where it is named, else C. standing: named, group, explained or lead.
        hits: linked persons whom it had looked up; expected: how many by chance in its strata.
        log10_p: of the chance by its strata; worst: without any rival's help and at the rule's Gamma.
        gamma: the tipping point (Rosenbaum): how many times more likely its persons could have been to leak for another reason.
        rivals: whom that was held against. group: its group's number, if it is in one.
        legacy: how many of the hits rest on a log of before suyuan alone, which nobody can prove whole.
        contradicting: linked persons whom it had not looked up when the dump was opened.
    """

    recipient: Recipient
    grade: Grade
    standing: str
    hits: int
    expected: float
    log10_p: float
    worst: float
    gamma: float
    rivals: tuple[Recipient, ...]
    group: int | None
    legacy: int
    contradicting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Persons whom a recipient cannot have leaked as the dump shows them: it is excluded as the sole source (grade X).

    Args:
        superseded: with a value that was replaced before it first looked her up. later: with one written after it last did.
        never_held: with a field that none of its look-ups showed.
    """

    recipient: Recipient
    superseded: int
    later: int
    never_held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsFound:
    """What access sets say of a dump, in a budget of their own.

    Args:
        note: the ledger entry that fixed strata, sets and rule before the outcome was read.
        alpha: the lifelong budget of access sets; line: log10 of what each recipient's chance must not exceed in this dump.
        gamma: the bias that a finding must withstand. persons: linked persons; population: everybody in the store.
        lookups: pairs of recipient and person, of which `legacy` come from logs of before suyuan alone.
        strata: how many are in use; queues: whether any queue is logged.
        all_access: recipients that are neither named nor excluded. accounts: whoever stands out, strongest first.
        contradictions: by recipient, what excludes it as the sole source.
    """

    note: LeafIndex
    alpha: Probability
    line: float
    gamma: float
    persons: int
    population: int
    recipients: int
    lookups: int
    legacy: int
    strata: int
    queues: bool
    all_access: tuple[Recipient, ...]
    accounts: tuple[SetAccount, ...]
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def named(self) -> tuple[SetAccount, ...]:
        """Whoever is named at grade B: at most one."""
        return tuple(account for account in self.accounts if account.grade is Grade.B)

    @property
    def leads(self) -> tuple[SetAccount, ...]:
        """Whoever stands out, but not enough or not alone, and is not named."""
        return tuple(account for account in self.accounts if account.standing == "lead")

    @property
    def groups(self) -> tuple[tuple[Recipient, ...], ...]:
        """Those that cannot be told apart."""
        numbers = sorted({a.group for a in self.accounts if a.group is not None})
        return tuple(tuple(a.recipient for a in self.accounts if a.group == number) for number in numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Releases of linked persons to one recipient after the dump was known: none of them can be its source (grade X).

    Args:
        persons: linked persons in them. first: when the first was. is_suspect: whether it has earlier copies too.
    """

    recipient: Recipient
    releases: int
    persons: int
    first: datetime
    is_suspect: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The answer of one trace. `named` may be empty: then the source is unknown.

    Args:
        opened: the ledger entry that fixed dump, links, suspects and policy before any mark was read.
        number: this is the platform's `number`-th dump. alpha: the lifelong budget; budget: this dump's part.
        findings: one per suspect, strongest first.
        reach: accounts that have seen at least half of the linked persons: a lead, never a name.
        sets: what access sets say, apart from all the rest; None where they were not asked.
        known_at: when the dump was known to be out, where that was said; later: who had linked persons released after that.
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
    sets: SetsFound | None = None
    known_at: datetime | None = None
    later: tuple[Later, ...] = ()

    @property
    def existed_at(self) -> datetime:
        """The time by which the dump was there: releases and look-ups after it cannot be its source."""
        return self.opened_at if self.known_at is None else self.known_at

    @property
    def excluded_by_time(self) -> tuple[Later, ...]:
        """Recipients whose every copy of linked persons is younger than the dump: they are no suspects."""
        return tuple(one for one in self.later if not one.is_suspect)

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Recipients that cannot have shown some linked person as the file does; empty where access sets were not asked."""
        return () if self.sets is None else self.sets.contradictions

    @property
    def sole_sources(self) -> frozenset[Recipient]:
        """The suspects that could be the only source of the linked rows; grade X excludes the others."""
        held_all = frozenset(finding.recipient for finding in self.findings if finding.held_all)
        return held_all.difference(one.recipient for one in self.contradictions)

    @property
    def named(self) -> tuple[Finding, ...]:
        """The suspects named at grade A, strongest first."""
        return tuple(finding for finding in self.findings if finding.named)
