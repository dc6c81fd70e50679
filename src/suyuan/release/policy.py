"""The policy: which fields there are, what each purpose may let out and in which form, and contracts' marks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from suyuan.collect.field import FieldPolicy
from suyuan.collect.notice import Notice
from suyuan.collect.platform import Platform
from suyuan.errors import RefusedError
from suyuan.mark.pool import Pool
from suyuan.release.acts import DEFAULT_PROFILE, Shown
from suyuan.release.acts import Act as Act
from suyuan.release.acts import ApprovalRule as ApprovalRule
from suyuan.release.acts import Showing as Showing
from suyuan.release.grants import Grants, RolePolicy, SiteConditions
from suyuan.release.masks import BUILT_IN, MaskProfile
from suyuan.terms import AppType, ContractId, FieldName, Ground, PartnerId, PurposeName, RoleName

NO_APP = AppType("")
"""The type of app of a purpose that is no app's basic function."""

HOME = "CN"
"""The region that is not across a border."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposePolicy:
    """Why information may be let out, and how much of it.

    Args:
        ground: the legal basis.
        acts: what it allows: look-up, list, export, answer...
        fields: what may be seen and how; nothing else leaves for this purpose.
        needs_case: whether the asking account must hold an open case on the person.
        profiles: the mask profile of a masked field, where it is not the kind's own mask.
        citation: the article of law, where the ground is another law's.
        title: what people call it, by language.
        active: whether anything is let out for it.
        method: how the information is used, in the words of the notice.
        basic: whether it is part of the app's basic function, and `app_type` of which type of app.
        collects: what may be taken in for it.
        retention_days: how long after the last collection it holds; None: not said.
        notice: the notice that tells people of it.
        approval: when a second person must say yes.
        assessment: the impact assessment that covers it.
        regions: where its data may go.
        automated: whether decisions are made by machine on it.
        publishes: whether it makes information public.
        lacks: what its notice does not tell; a purpose that people were not told of is not active.
    """

    name: PurposeName
    ground: Ground
    acts: frozenset[Act]
    fields: Mapping[FieldName, Showing]
    needs_case: bool = True
    profiles: Mapping[FieldName, str] = field(default_factory=dict)
    citation: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    active: bool = True
    method: str = ""
    basic: bool = False
    app_type: AppType = NO_APP
    collects: frozenset[FieldName] = frozenset()
    retention_days: int | None = None
    notice: str = ""
    approval: ApprovalRule = ApprovalRule.NEVER
    assessment: str = ""
    regions: frozenset[str] = frozenset({HOME})
    automated: bool = False
    publishes: bool = False
    lacks: tuple[str, ...] = ()

    def shown(self, name: FieldName) -> Shown:
        """Give how a field of the purpose is shown: in clear, or masked by which profile."""
        return Shown(self.fields[name], self.profiles.get(name, DEFAULT_PROFILE))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPolicy:
    """What a contract with a partner allows and which marks its exports carry beyond the forms.

    Args:
        omitted_per_65536: rows left out by key, of 65,536; 0 where completeness is owed.
        decoys: invented persons added to each export, of this copy alone.
        shared_decoys: invented persons of the export family, each in this copy or left out of it by key.
        aliases: field -> pool from which the partner's own relay identifier is drawn.
        fields: which of the purpose's fields it may receive; None: all of them.
        starts, expires: the first and the last day of the contract, both included; None: not said.
        region: where the data go.
        row_cap: the most rows of one file; None: not said.
        rows_per_day: the most rows of one day; None: not said.
        assessment: the impact assessment that covers it.
    """

    id: ContractId
    partner: PartnerId
    purposes: frozenset[PurposeName]
    omitted_per_65536: int = 0
    decoys: int = 0
    shared_decoys: int = 0
    aliases: Mapping[FieldName, str] = field(default_factory=dict)
    fields: frozenset[FieldName] | None = None
    starts: date | None = None
    expires: date | None = None
    region: str = HOME
    row_cap: int | None = None
    rows_per_day: int | None = None
    assessment: str = ""

    def in_force(self, on: date) -> bool:
        """Say whether the contract holds on a day."""
        return (self.starts is None or self.starts <= on) and (self.expires is None or on <= self.expires)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole policy of a site, as read from `policy/` and ledgered by its hash."""

    fields: Mapping[FieldName, FieldPolicy]
    purposes: Mapping[PurposeName, PurposePolicy]
    contracts: Mapping[ContractId, ContractPolicy]
    decoy_pools: tuple[Pool, ...]
    alias_pools: Mapping[str, Pool]
    shared_pools: tuple[Pool, ...] = ()
    platform: Platform = field(default_factory=Platform)
    roles: Mapping[RoleName, RolePolicy] = field(default_factory=dict)
    grants: Grants = field(default_factory=Grants)
    masks: Mapping[str, MaskProfile] = field(default_factory=lambda: BUILT_IN)
    site: SiteConditions | None = None
    notices: Mapping[str, Notice] = field(default_factory=dict)

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
        return {pool.name: pool for pool in (*self.decoy_pools, *self.alias_pools.values(), *self.shared_pools)}

    def omissions(self) -> tuple[int, ...]:
        """Give the omission rates that contracts use."""
        return tuple(sorted({c.omitted_per_65536 for c in self.contracts.values() if c.omitted_per_65536}))
