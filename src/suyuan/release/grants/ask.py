"""What the grants are asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from suyuan.hold.predicate import Attribute
from suyuan.release.acts import Act
from suyuan.terms import FieldName, PurposeName, RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, as the grants see it: no person, no value.

    Args:
        fields: the fields asked for; empty where all that the grants give is meant.
        account: what is known of the account, `id` among it; a list is a tuple, or text with commas.
        case: the columns of the case that links account and person; empty where the request has none.
    """

    roles: frozenset[RoleName]
    purpose: PurposeName
    act: Act
    now: datetime
    fields: tuple[FieldName, ...] = ()
    account: Mapping[str, Attribute] = field(default_factory=dict)
    case: Mapping[str, Attribute] = field(default_factory=dict)
