"""What collect needs from outside: a store of the words that persons gave, refused and took back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

import numpy as np
import numpy.typing as npt

from suyuan.crypto import canonical
from suyuan.terms import PersonNumber, PurposeName

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
    """One word of one person on one purpose, as it lies in the store.

    Nothing in it leads to the ledger without her own key: where her entry stands, and when she spoke, are sealed. Whoever
    has an old copy of the store, and every key but hers, does not learn which entries, and so which releases, are hers.

    Args:
        id: names it, 16 random bytes; also in its receipt.
        person: whose word it is.
        purpose: the one purpose it concerns.
        scope: what of it.
        recipient: the partner it names (`provision`) or the region (`cross_border`); empty: nobody else.
        state: what was said.
        terms: the digest of what was asked, as `terms_of.terms_digest` gives it.
        guardian: a guardian spoke for a child.
        receipt: which ledger entry records it and when it was said, sealed under the person's key and everything else that
            stands here: a row that was altered, or is another's, does not open. Opaque to the store.
        place: its place among her words: 0, 1, 2 ...
    """

    id: bytes
    person: PersonNumber
    purpose: PurposeName
    scope: ConsentScope
    recipient: str
    state: ConsentState
    terms: bytes
    guardian: bool
    receipt: bytes
    place: int

    def digest(self) -> bytes:
        """Give what the receipt is sealed under beside the person's key: everything that the row says, and its place."""
        said = {
            "guardian": self.guardian,
            "id": canonical.to_base64(self.id),
            "person": int(self.person),
            "place": self.place,
            "purpose": self.purpose,
            "recipient": self.recipient,
            "scope": self.scope.value,
            "state": self.state.value,
            "terms": canonical.to_base64(self.terms),
        }
        return sha256(b"suyuan/consent-row/v1\x00" + canonical.encode(said)).digest()


class ConsentStore(Protocol):
    """Keeps every word, in each person's own order; the last one on a (person, purpose, scope, recipient) counts.

    The order of words of different persons is not kept, so that it can be matched with no other order. Erasing a person
    removes hers.
    """

    def add_consents(self, consents: Sequence[Consent], *, followed: int) -> None:
        """Keep these, durably, all or none, and with them that the ledger was followed up to this entry."""
        ...

    def consents(self, person: PersonNumber) -> tuple[Consent, ...]:
        """Give a person's whole history, oldest first."""
        ...

    def last_words(
        self, persons: npt.NDArray[np.int64], *, purpose: PurposeName, scope: ConsentScope, recipient: str
    ) -> Sequence[Consent]:
        """Give the last word of each person on this, of those who said any."""
        ...

    def last_consent(
        self, person: PersonNumber, *, purpose: PurposeName, scope: ConsentScope, recipient: str
    ) -> Consent | None:
        """Give a person's last word on this, None where she said none."""
        ...

    def last_places(self, persons: npt.NDArray[np.int64]) -> Mapping[int, int]:
        """Give the place of the last word of each person, of those who said any."""
        ...

    def consents_followed(self) -> int:
        """Give the ledger entry up to which its consents are kept, -1 where none was; it does not go back by an erasure."""
        ...
