"""What the entries of the ledger say: one type for each op, and no personal value in any of them.

Bodies are what callers append; the ledger adds version, epoch and time.
"""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from suyuan.terms import LeafIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySpan:
    """The run of row keys that a release consumes: `count` ordinals of a pool from `first` on."""

    pool: LeafIndex
    first: int
    count: int

    @property
    def end(self) -> int:
        """The first ordinal after the run."""
        return self.first + self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class LawEntry:
    """Fixes a law document (kinds, radices, weights) before the first release under it."""

    op: ClassVar[str] = "law"
    law: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEntry:
    """Fixes the policy files in force from here on."""

    op: ClassVar[str] = "policy"
    policy: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientEntry:
    """Ties a recipient's label to a salted commitment of who it is; the opening is a side."""

    op: ClassVar[str] = "recipient"
    commitment: bytes
    label: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysEntry:
    """Commits to a pool of row keys, drawn before any release uses one; the pool's id is this entry's index."""

    op: ClassVar[str] = "keys"
    rows: int
    root: bytes
    lanes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry:
    """The plan of a release of one person."""

    op: ClassVar[str] = "release"
    commitment: bytes
    keys: KeySpan
    label: bytes
    manifest: bytes
    law: bytes
    recipient: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry:
    """The plan of a bulk release: the root of the sorted table (label, commitment) of its persons."""

    op: ClassVar[str] = "batch"
    commitment: bytes
    keys: KeySpan
    manifest: bytes
    rows: int
    law: bytes
    recipient: bytes
    table: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeEntry:
    """How a release ended; a release without one counts as released."""

    op: ClassVar[str] = "outcome"
    commitment: bytes
    release: LeafIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseEntry:
    """A request that the door refused; the person's label when one person was asked for."""

    op: ClassVar[str] = "refuse"
    commitment: bytes
    recipient: bytes
    label: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOpenEntry:
    """Fixes a dump, its link table, suspects and policy before any mark is read; `number` counts openings from 1."""

    op: ClassVar[str] = "trace-open"
    commitment: bytes
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealEntry:
    """Seals the entries [first, end): the root of the index of every label in them; a closing one ends the epoch.

    `end` is this entry's own index; `labels` counts the index's leaves. `origin` is the log's first name, on which
    labels hang, and `turns` counts the registry, close and open entries before: no account can hide one of them. Seals
    of older versions have neither.
    """

    op: ClassVar[str] = "seal"
    first: int
    end: int
    labels: int
    root: bytes
    closing: bool
    origin: str | None = None
    turns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryEntry:
    """Names the VRF key under which persons are enrolled from here on; `first_epoch` begins its era 1."""

    op: ClassVar[str] = "registry"
    first_epoch: int
    vrf_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolEntry:
    """Enrols one person: the registry label, and the commitment to the keys of all her labels."""

    op: ClassVar[str] = "enrol"
    keys: bytes
    label: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolBatchEntry:
    """Enrols many persons: the root of the sorted table (registry label, commitment to her keys)."""

    op: ClassVar[str] = "enrol-batch"
    rows: int
    table: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceNoteEntry:
    """What a trace stands on beside marks, fixed before it is used: a history brought in, a report, a question to access sets."""

    op: ClassVar[str] = "trace-note"
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyEntry:
    """Decoys of an export family were drawn, or what is written of them: before the first copy that they may be in."""

    op: ClassVar[str] = "family"
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseEntry:
    """A person was erased: her registry label, or a person label of one who was never enrolled."""

    op: ClassVar[str] = "erase"
    label: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry:
    """An account of releases was drawn for a label; the commitment opens to who asked and for what span."""

    op: ClassVar[str] = "account"
    commitment: bytes
    label: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEntry:
    """A person gave, refused or withdrew one consent; the commitment opens to her receipt, by her own key alone."""

    op: ClassVar[str] = "consent"
    commitment: bytes
    label: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseEntry:
    """The last entry of a shard: the key and the origin under which the log goes on."""

    op: ClassVar[str] = "close"
    key: bytes
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEntry:
    """The first entry of a shard: the key and origin before it, and the last checkpoint signed under them."""

    op: ClassVar[str] = "open"
    key: bytes
    size: int
    origin: str
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueEntry:
    """An entry of an op that this version does not know; kept and proved all the same."""

    op: str
    leaf: bytes


Body: TypeAlias = (
    LawEntry
    | PolicyEntry
    | RecipientEntry
    | KeysEntry
    | ReleaseEntry
    | BatchEntry
    | OutcomeEntry
    | RefuseEntry
    | TraceOpenEntry
    | TraceNoteEntry
    | FamilyEntry
    | SealEntry
    | RegistryEntry
    | EnrolEntry
    | EnrolBatchEntry
    | EraseEntry
    | AccountEntry
    | ConsentEntry
    | CloseEntry
    | OpenEntry
)
