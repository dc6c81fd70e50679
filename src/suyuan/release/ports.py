"""What `release` needs from outside: where a bulk release's rows come from and go, approvals, and the watch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.collect.ports import ConsentScope
from suyuan.hold.ports import Numbers, SealedRecord
from suyuan.terms import AccountId, ApprovalId, FieldName, PersonNumber, PurposeName, Recipient

GIVEN = ":given"
"""What follows a field's name in the column of its text as given."""

Unseal = Callable[[SealedRecord], Mapping[FieldName, str]]
"""Opens one record of a release whose receipt was checked; empty for a person who was left out by key."""


class RowSource(Protocol):
    """The rows of a bulk release, by position 0..rows-1.

    Columns of `values`: for field f, `f` with the canonical value (null where absent or not of its kind)
    and `f:given` with the text as it stands in the source; every other column as it is.
    """

    @property
    def overlay(self) -> bool:
        """Whether the caller supplied the values, so that nothing is unsealed."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """The output's columns, in order."""
        ...

    @property
    def fields(self) -> Mapping[str, FieldPolicy]:
        """The registered field of each column that has one."""
        ...

    @property
    def persons(self) -> Numbers:
        """The person of each row."""
        ...

    @property
    def ties(self) -> Numbers | None:
        """The tie that each row belongs to, where the caller says that within one the order says nothing; else None."""
        ...

    def only(self, keep: npt.NDArray[np.bool_]) -> "RowSource":
        """Give the rows that are to be kept, as a source of their own."""
        ...

    def nonces(self, *, pool: int, ordinals: Sequence[int]) -> Sequence[int]:
        """Give the nonce of each row's table salts; row i consumes row key `ordinals[i]` of the pool."""
        ...

    def commitments(
        self, fields: Sequence[FieldName], *, start: int, stop: int, nonces: Sequence[int]
    ) -> Mapping[FieldName, Sequence[bytes]]:
        """Give the commitments to the form tables of each field in rows start..stop-1."""
        ...

    def values(self, *, start: int, stop: int, unseal: Unseal) -> pl.DataFrame:
        """Give rows start..stop-1; sealed records are opened with what the door hands over."""
        ...


class Sink(Protocol):
    """Where a bulk release is written: nothing is to be seen there until `finish`."""

    def write(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""
        ...

    def finish(self) -> bytes:
        """Hand over what was written, whole and durable; give its SHA-256."""
        ...

    def abandon(self) -> None:
        """Remove what was written; doing so twice does nothing."""
        ...


class Progress(Protocol):
    """Tells a person how far long work has come."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Say that `done` of `total` rows of a step are finished."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A second person's word on one exact request.

    Args:
        request: the digest of account, purpose, act, persons and fields; it serves no other request.
        asked_by: who asks. reason: why, in the asker's words; names no person.
        expires: from when on it serves no longer, given or not.
        approved_by, approved_at: who gave the word, and when; None as long as nobody did.
        declined: whether the word was no.
        used_at: when it was used up; an approval serves once, and `request` is zeros from then on.
    """

    id: ApprovalId
    request: bytes
    asked_by: AccountId
    purpose: PurposeName
    reason: str
    asked_at: datetime
    expires: datetime
    approved_by: AccountId | None = None
    approved_at: datetime | None = None
    declined: bool = False
    used_at: datetime | None = None


class ApprovalStore(Protocol):
    """Approvals asked, given and used; durable when a call returns."""

    def add_approval(self, approval: Approval) -> None:
        """Store a new question. Raises: RefusedError `release.approval`: the id is taken."""
        ...

    def approval(self, id: ApprovalId) -> Approval | None:
        """Give an approval in whatever state."""
        ...

    def approve(self, id: ApprovalId, *, by: AccountId, at: datetime, declined: bool = False) -> bool:
        """Give the word; False where there is no such question or the word was given already. The first word stays."""
        ...

    def use_approval(self, id: ApprovalId, *, at: datetime) -> bool:
        """Use an approval up; True for exactly one caller ever, and only where the word was yes."""
        ...

    def pending_approvals(self, *, now: datetime, count: int) -> Sequence[Approval]:
        """Give at most `count` questions without a word that have not expired, oldest first."""
        ...


class Verdict(StrEnum):
    """What the watch says of a request before it is let out."""

    ALLOW = "allow"
    DENY = "deny"


class Watch(Protocol):
    """Says in the door whether an account is taking too much."""

    def verdict(self, *, recipient: Recipient, purpose: PurposeName, persons: int, now: datetime) -> Verdict:
        """Give the verdict on a request about `persons` persons."""
        ...


class Unwatched:
    """The watch of a site that has none: everything passes."""

    def verdict(self, *, recipient: Recipient, purpose: PurposeName, persons: int, now: datetime) -> Verdict:
        """Allow."""
        return Verdict.ALLOW


class ConsentWords(Protocol):
    """What persons have said, under the terms that are asked now: a word on other terms is no consent."""

    def consenting(
        self, persons: Numbers, *, purpose: PurposeName, scope: ConsentScope, recipient: str
    ) -> npt.NDArray[np.bool_]:
        """Tell for each person whether her last word is yes."""
        ...

    def by_guardian(self, person: PersonNumber, *, purpose: PurposeName) -> bool:
        """Tell whether the last word for a purpose is a guardian's yes."""
        ...
