"""Who calls: an account that was proven, with roles, attributes and rights."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from suyuan.errors import RefusedError
from suyuan.terms import AccountId, RoleName
from suyuan.web.rights import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An account that has proven who it is."""

    account: AccountId
    roles: frozenset[RoleName] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)
    rights: frozenset[Right] = frozenset()

    def require(self, right: Right) -> None:
        """Require a right.

        Raises: RefusedError `serve.right`.
        """
        if right not in self.rights:
            raise RefusedError(
                f"this account has not the right {right.value}",
                code="serve.right",
                hint="ask whoever administers accounts for a role that has it",
            )
