"""The vocabulary: the words every stage shares. Read first.

One word per idea. A type lives in the stage that produces it and moves here when three stages need it.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, NoReturn, Protocol

from suyuan.errors import RefusedError

PersonId = NewType("PersonId", str)
"""The site's own name for a person (a customer number). Opaque; never shown to a recipient."""

PersonNumber = NewType("PersonNumber", int)
"""The dense number of a person inside one store, 0, 1, 2 ...; what posting lists hold."""

AccountId = NewType("AccountId", str)
"""A member of staff or a service that asks."""

PartnerId = NewType("PartnerId", str)
"""A recipient outside the platform."""

CaseId = NewType("CaseId", str)
"""The business reason (parcel, ticket, loan) that links an account to a person for a time."""

ContractId = NewType("ContractId", str)
"""The agreement under which a partner receives."""

PurposeName = NewType("PurposeName", str)
"""Why information is let out; a key of `policy/purposes.toml`."""

FieldName = NewType("FieldName", str)
"""One item of a person's record; a key of `policy/fields.toml`."""

RoleName = NewType("RoleName", str)
"""What an account is to the platform (courier, clerk, auditor); a key of `policy/roles.toml`."""

ApprovalId = NewType("ApprovalId", str)
"""The second person's word that a request needs where the policy asks for two."""

ItemName = NewType("ItemName", str)
"""A kind of information in the law's and the standards' sense; a key of the data dictionary (`mobile_number`)."""

AppType = NewType("AppType", str)
"""One of the 39 types of app that have a legal list of necessary information."""

LeafIndex = NewType("LeafIndex", int)
"""The position of an entry in the ledger, 0-based."""

Digest = NewType("Digest", bytes)
"""A SHA-256 value, 32 bytes."""


class KindName(StrEnum):
    """The kinds of personal information that have a room of their own in `kinds/`."""

    PHONE = "phone"
    PERSON_NAME = "person_name"
    POSTAL_ADDRESS = "postal_address"
    RESIDENT_ID = "resident_id"
    EMAIL = "email"
    BANK_CARD = "bank_card"
    PLATE = "plate"
    DATE = "date"
    MOMENT = "moment"
    COORDINATE = "coordinate"
    IDENTIFIER = "identifier"
    TEXT = "text"


class Ground(StrEnum):
    """The legal ground of a purpose.

    Source: Personal Information Protection Law, article 13(1): (1) consent; (2) contract, or human resources
        management under a lawful collective agreement; (3) legal duty; (4) emergency; (5) news; (6) public
        information; (7) other laws.
    """

    CONSENT = "consent"
    CONTRACT = "contract"
    HUMAN_RESOURCES = "human_resources"
    LEGAL_DUTY = "legal_duty"
    EMERGENCY = "emergency"
    NEWS = "news"
    PUBLIC = "public"
    OTHER_LAW = "other_law"

    @property
    def needs_citation(self) -> bool:
        """Whether the ground is another law's, so that the purpose names its article."""
        return self in (Ground.LEGAL_DUTY, Ground.OTHER_LAW)


class RecipientKind(StrEnum):
    """Whether a recipient is an account inside or a partner outside."""

    ACCOUNT = "account"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Recipient:
    """To whom a release goes: the unit that a trace can name."""

    kind: RecipientKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.id}"


class Clear:
    """One readable value of a person. Not a `str`: it prints as `<clear phone>` and will not serialise.

    `reveal()` is the single way to the text; only the door's last steps and the adapters that
    write a file call it.
    """

    __slots__ = ("_text", "kind")

    def __init__(self, text: str, *, kind: KindName) -> None:
        self._text = text
        self.kind = kind

    def reveal(self) -> str:
        """Give the text; the caller answers for where it goes."""
        return self._text

    def __repr__(self) -> str:
        return f"<clear {self.kind.value}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clear) and (self._text, self.kind) == (other._text, other.kind)

    def __hash__(self) -> int:
        return hash((self._text, self.kind))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{self!r} does not serialise")


@dataclass(frozen=True, slots=True)
class Probability:
    """A chance between 0 and 1, both included."""

    value: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.value <= 1.0:
            raise RefusedError("a probability lies between 0 and 1")

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class Bits:
    """Evidence in bits: log2 of an e-value. Positive speaks for, negative against."""

    value: float

    def __post_init__(self) -> None:
        if math.isnan(self.value):
            raise RefusedError("evidence in bits is never NaN")

    def __float__(self) -> float:
        return self.value


class NotObserved:
    """The absence of a reading, as a type. `NOT_OBSERVED` is its only value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "not observed"


NOT_OBSERVED = NotObserved()


class Clock(Protocol):
    """Where the time comes from; the rules never ask the machine."""

    def now(self) -> datetime:
        """Give the present time, aware, in UTC."""
        ...


class Entropy(Protocol):
    """Where fresh randomness comes from."""

    def draw(self, size_bytes: int) -> bytes:
        """Give `size_bytes` uniformly random bytes."""
        ...
