"""What a scan finds: where in a text which personal information stands, and how sure that is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from suyuan.terms import KindName


class What(StrEnum):
    """What a scan can find: the kinds that have a shape, and information that no register keeps a kind for."""

    PHONE = "phone"
    RESIDENT_ID = "resident_id"
    EMAIL = "email"
    BANK_CARD = "bank_card"
    PLATE = "plate"
    POSTAL_ADDRESS = "postal_address"
    PERSON_NAME = "person_name"
    DATE_OF_BIRTH = "date_of_birth"
    IP_ADDRESS = "ip_address"
    LOCATION = "location"
    DEVICE = "device"
    TRAVEL_DOCUMENT = "travel_document"

    @property
    def kind(self) -> KindName | None:
        """The kind that knows its spelling; none for what has no room in `kinds`."""
        return _KINDS.get(self)


_KINDS: Final[Mapping[What, KindName]] = {
    What.PHONE: KindName.PHONE,
    What.RESIDENT_ID: KindName.RESIDENT_ID,
    What.EMAIL: KindName.EMAIL,
    What.BANK_CARD: KindName.BANK_CARD,
    What.PLATE: KindName.PLATE,
    What.POSTAL_ADDRESS: KindName.POSTAL_ADDRESS,
    What.PERSON_NAME: KindName.PERSON_NAME,
    What.DATE_OF_BIRTH: KindName.DATE,
    What.LOCATION: KindName.COORDINATE,
}

CATEGORY: Final[Mapping[What, str]] = {
    What.PHONE: "basic_profile",
    What.RESIDENT_ID: "identity",
    What.EMAIL: "network_identity",
    What.BANK_CARD: "property",
    What.PLATE: "property",
    What.POSTAL_ADDRESS: "basic_profile",
    What.PERSON_NAME: "basic_profile",
    What.DATE_OF_BIRTH: "basic_profile",
    What.IP_ADDRESS: "network_identity",
    What.LOCATION: "location",
    What.DEVICE: "device",
    What.TRAVEL_DOCUMENT: "identity",
}
"""The category of personal information each belongs to. Source: GB/T 35273-2020, annex A, its categories by our keys."""


class Finding(NamedTuple):
    """One stretch of a text: `text[start:end]`, in characters of a `str` and bytes of `bytes`; confidence in 0..1.

    A tuple and no dataclass: a scan makes tens of thousands a second.
    """

    what: What
    start: int
    end: int
    confidence: float


def found_in(text: str, *, what: What, start: int, begin: int, end: int, confidence: float) -> Finding:
    """Give what was found at `text[begin:end]`, in bytes: `text` was decoded from where byte `start` stands."""
    head = len(text[:begin].encode("utf-8", errors="surrogateescape"))
    body = len(text[begin:end].encode("utf-8", errors="surrogateescape"))
    return Finding(what, start + head, start + head + body, confidence)
