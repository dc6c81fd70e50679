"""Roles: what accounts are to the platform."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from suyuan.errors import RefusedError
from suyuan.hold.predicate import Attribute
from suyuan.terms import RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePolicy:
    """One role.

    Args:
        title: what it is called, by language.
        attributes: what is true of every account of the role unless the account says otherwise.
        inherits: roles whose grants it has too.
    """

    name: RoleName
    title: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    inherits: tuple[RoleName, ...] = ()


def heirs(roles: Iterable[RolePolicy]) -> Mapping[RoleName, frozenset[RoleName]]:
    """Give, for each role, the roles that have its grants: itself and whoever inherits it, however far.

    Raises: RefusedError `config.cycle`: a role inherits itself.
    """
    by_name = {role.name: role for role in roles}
    found: dict[RoleName, set[RoleName]] = {name: set() for name in by_name}
    for name in by_name:
        for ancestor in _ancestors(name, by_name=by_name, above=()):
            found.setdefault(ancestor, set()).add(name)
    return {name: frozenset(names) for name, names in found.items()}


def _ancestors(
    name: RoleName, *, by_name: Mapping[RoleName, RolePolicy], above: tuple[RoleName, ...]
) -> frozenset[RoleName]:
    if name in above:
        raise RefusedError(f"role {name} inherits itself: {' <- '.join((*above, name))}", code="config.cycle")
    found = {name}
    for parent in by_name[name].inherits if name in by_name else ():
        found |= _ancestors(parent, by_name=by_name, above=(*above, name))
    return frozenset(found)
