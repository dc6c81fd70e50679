"""The policy: which fields there are, what each purpose may let out and in which form, and contracts' marks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.mark.pool import Pool
from suyuan.terms import ContractId, FieldName, PartnerId, PurposeName


class Showing(StrEnum):
    """How a purpose may see a field."""

    CLEAR = "clear"
    MASKED = "masked"


class Act(StrEnum):
    """The acts of release that a purpose can allow."""

    LOOKUP = "lookup"
    EXPORT = "export"
    INVESTIGATE = "investigate"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposePolicy:
    """Why information may be let out, and how much of it.

    Args:
        ground: the legal basis, in the words of the register (`contract`, `consent`, `legal_duty`...).
        acts: what it allows: look-up, export, investigation.
        fields: what may be seen and how; nothing else leaves for this purpose.
        needs_case: whether the asking account must hold an open case on the person.
    """

    name: PurposeName
    ground: str
    acts: frozenset[Act]
    fields: Mapping[FieldName, Showing]
    needs_case: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPolicy:
    """What a contract with a partner allows and which marks its exports carry beyond the forms.

    Args:
        omitted_per_65536: rows left out by key, of 65,536; 0 where completeness is owed.
        decoys: invented persons added to each export.
        aliases: field -> pool from which the partner's own relay identifier is drawn.
    """

    id: ContractId
    partner: PartnerId
    purposes: frozenset[PurposeName]
    omitted_per_65536: int = 0
    decoys: int = 0
    aliases: Mapping[FieldName, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole policy of a site, as read from `policy/` and ledgered by its hash."""

    fields: Mapping[FieldName, FieldPolicy]
    purposes: Mapping[PurposeName, PurposePolicy]
    contracts: Mapping[ContractId, ContractPolicy]
    decoy_pools: tuple[Pool, ...]
    alias_pools: Mapping[str, Pool]

    def purpose(self, name: PurposeName) -> PurposePolicy:
        """Give a purpose. Raises: RefusedError `release.purpose`: the site does not have it."""
        found = self.purposes.get(name)
        if found is None:
            raise RefusedError(
                f"purpose {name} is not in policy/purposes.toml",
                code="release.purpose",
                hint="use one of: " + ", ".join(sorted(self.purposes)),
            )
        return found

    def key_field(self) -> FieldPolicy | None:
        """Give the field that is the site's own name for a person, if it has one."""
        return next((f for f in self.fields.values() if f.key), None)

    def require_key_field(self) -> FieldPolicy:
        """Give the field that is the site's own name for a person.

        Raises: RefusedError: `collect.key`, no field is.
        """
        field = self.key_field()
        if field is None:
            raise RefusedError("policy/fields.toml has no field with `key = true`", code="collect.key")
        return field

    def pools(self) -> Mapping[str, Pool]:
        """Give every declared pool by name."""
        return {pool.name: pool for pool in (*self.decoy_pools, *self.alias_pools.values())}

    def omissions(self) -> tuple[int, ...]:
        """Give the omission rates that contracts use."""
        return tuple(sorted({c.omitted_per_65536 for c in self.contracts.values() if c.omitted_per_65536}))
