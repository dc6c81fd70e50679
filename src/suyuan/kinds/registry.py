"""The registry: the one place that knows every kind. Adding a kind is its file and one line here."""

from collections.abc import Mapping
from types import MappingProxyType

from suyuan.kinds.bank_card import BankCard
from suyuan.kinds.coordinate import Coordinate
from suyuan.kinds.date import Date
from suyuan.kinds.email import Email
from suyuan.kinds.identifier import Identifier
from suyuan.kinds.kind import Kind
from suyuan.kinds.moment import Moment
from suyuan.kinds.person_name import PersonName
from suyuan.kinds.phone import Phone
from suyuan.kinds.plate import Plate
from suyuan.kinds.postal_address import PostalAddress
from suyuan.kinds.resident_id import ResidentId
from suyuan.kinds.text import Text
from suyuan.terms import KindName

_ALL: tuple[Kind, ...] = (
    Phone(),
    PersonName(),
    PostalAddress(),
    ResidentId(),
    Email(),
    BankCard(),
    Plate(),
    Date(),
    Moment(),
    Coordinate(),
    Identifier(),
    Text(),
)

KINDS: Mapping[KindName, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})


def kind(name: KindName) -> Kind:
    """Give the kind of that name."""
    return KINDS[name]
