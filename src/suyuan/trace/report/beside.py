"""What a report can show beside an attribution: who signs the ledger, when copies were released, what victims say."""

from dataclasses import dataclass

from suyuan.terms import Bits, LeafIndex, Recipient
from suyuan.trace.naming.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """One of the recipients that victims' reports lead to, nearest first.

    Args:
        hits: victims whom it had looked up before they were called. bits: log2 of its e-value; robust: without any rival's help.
        more: about how many further reports would settle it; None where that cannot be said.
    """

    recipient: Recipient
    hits: int
    bits: Bits
    robust: Bits
    more: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsFound:
    """Where victims' reports lead (grade C), apart from the dump and from every other grade.

    Args:
        reports: how many count; ignored: how many do not. line: the bits that make a lead. lead: who reached it.
        aliases: the report of each alias that was called, and the recipients of the copies in which it was given out.
    """

    reports: int
    ignored: int
    line: Bits
    lead: Recipient | None
    leaders: tuple[Leader, ...]
    all_access: tuple[Recipient, ...]
    aliases: tuple[tuple[LeafIndex, tuple[Recipient, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside the attribution; each part may be missing.

    Args:
        fingerprint: of the key that signs the ledger, 64 hexadecimal digits, as the verifier prints it.
    """

    fingerprint: str | None = None
    timeline: Timeline | None = None
    reports: ReportsFound | None = None
