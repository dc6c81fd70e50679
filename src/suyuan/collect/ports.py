"""What collect needs from outside: a store of the words that persons gave, refused and took back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from suyuan.terms import PersonNumber, PurposeName

CONSENT_ID_BYTES = 16
TERMS_BYTES = 32


class ConsentScope(StrEnum):
    """What exactly is consented to; each is asked for, given and withdrawn by itself.

    Source: PIPL articles 13 (purpose), 23 (provision), 25 (publication), 29 (sensitive), 39 (cross-border).
    """

    PURPOSE = "purpose"
    SENSITIVE = "sensitive"
    PROVISION = "provision"
    PUBLICATION = "publication"
    CROSS_BORDER = "cross_border"


class ConsentState(StrEnum):
    """What the person said."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One word of one person on one purpose.

    Args:
        id: names it, 16 random bytes; also in its receipt.
        person: whose word it is.
        purpose: the one purpose it concerns.
        scope: what of it.
        recipient: the partner it names (`provision`) or the region (`cross_border`); empty: nobody else.
        state: what was said.
        terms: the digest of what was asked, as `terms_of.terms_digest` gives it.
        at: when, UTC.
        guardian: a guardian spoke for a child.
        receipt: the signed receipt, sealed under the person's key; opaque to the store.
        entry: the ledger entry that records it.
    """

    id: bytes
    person: PersonNumber
    purpose: PurposeName
    scope: ConsentScope
    recipient: str
    state: ConsentState
    terms: bytes
    at: datetime
    guardian: bool
    receipt: bytes
    entry: int


class ConsentStore(Protocol):
    """Keeps every word, in order; the last one on a (person, purpose, scope, recipient) counts.

    The order of words is the order of their ledger entries. Erasing a person removes hers.
    """

    def add_consents(self, consents: Sequence[Consent]) -> None:
        """Keep these, durably, all or none. One whose `entry` is kept already is left as it is, so that it can be repeated."""
        ...

    def consents(self, person: PersonNumber) -> tuple[Consent, ...]:
        """Give a person's whole history, oldest first."""
        ...

    def consenting(
        self,
        persons: npt.NDArray[np.int64],
        *,
        purpose: PurposeName,
        scope: ConsentScope,
        recipient: str,
        terms: bytes,
    ) -> npt.NDArray[np.bool_]:
        """Tell for each person whether her last word is `given` under exactly these terms."""
        ...

    def last_consent(
        self, person: PersonNumber, *, purpose: PurposeName, scope: ConsentScope, recipient: str
    ) -> Consent | None:
        """Give a person's last word on this, None where she said none."""
        ...

    def last_consent_entry(self) -> int:
        """Give the highest `entry` of all words kept, -1 where none is; what the ledger holds beyond it is still to be kept."""
        ...
