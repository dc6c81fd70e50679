"""What a caller of the HTTP interface may do: rights, and which roles have them. Nothing is allowed that is not named."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from suyuan.terms import RoleName


class Right(StrEnum):
    """A right that routes ask for. What may be seen is decided later, by the door."""

    LOOKUP = "release.lookup"
    LIST = "release.list"
    ANSWER = "release.answer"
    FIND = "release.find"
    EXPORT = "release.export"
    AUTHORITY = "release.authority"
    SUPPLY = "release.supply"
    ASK_APPROVAL = "release.ask"
    APPROVE = "release.approve"
    CASES = "collect.cases"
    SUBMIT = "collect.submit"
    CONSENT = "collect.consent"
    RESTRICT = "hold.restrict"
    ACCOUNT = "ledger.account"
    ADMINISTER = "release.accounts"
    METRICS = "serve.metrics"


STANDARD: Final[Mapping[RoleName, frozenset[Right]]] = MappingProxyType(
    {
        RoleName("staff"): frozenset({Right.LOOKUP, Right.LIST, Right.ANSWER, Right.FIND, Right.ASK_APPROVAL}),
        RoleName("approver"): frozenset({Right.APPROVE}),
        RoleName("service"): frozenset({Right.SUPPLY, Right.CASES, Right.SUBMIT, Right.CONSENT, Right.RESTRICT}),
        RoleName("exporter"): frozenset({Right.EXPORT}),
        RoleName("legal"): frozenset({Right.AUTHORITY, Right.ASK_APPROVAL}),
        RoleName("privacy"): frozenset({Right.ACCOUNT, Right.CONSENT, Right.RESTRICT}),
        RoleName("administrator"): frozenset({Right.ADMINISTER}),
        RoleName("monitor"): frozenset({Right.METRICS}),
    }
)
"""What roles may do where the settings have no table `[serve.rights]`. Nobody who administers accounts sees anybody."""


def rights_of(roles: Iterable[RoleName], *, table: Mapping[RoleName, frozenset[Right]]) -> frozenset[Right]:
    """Give the rights of some roles; a role that the table does not name has none."""
    return frozenset().union(*(table.get(role, frozenset()) for role in roles))
