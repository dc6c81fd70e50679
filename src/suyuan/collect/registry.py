"""What collect must know of the policy: purposes, contracts and who the platform is, whichever room read them.

The very same objects decide what is taken in, what is published as the rules, and under which terms a consent stands.
"""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from suyuan.collect.field import FieldPolicy
from suyuan.collect.notice import Notice
from suyuan.collect.platform import Platform
from suyuan.errors import RefusedError
from suyuan.terms import AppType, ContractId, FieldName, Ground, PartnerId, PurposeName


class Purpose(Protocol):
    """Why information is taken in and let out; a purpose of `policy/purposes.toml`."""

    @property
    def name(self) -> PurposeName:
        """Its key."""
        ...

    @property
    def ground(self) -> Ground:
        """The legal ground."""
        ...

    @property
    def citation(self) -> str:
        """The article, where the ground is another law's."""
        ...

    @property
    def title(self) -> Mapping[str, str]:
        """What people call it, by language."""
        ...

    @property
    def active(self) -> bool:
        """Whether anything is done for it."""
        ...

    @property
    def method(self) -> str:
        """How information is used for it."""
        ...

    @property
    def basic(self) -> bool:
        """Whether it is part of the app's basic function."""
        ...

    @property
    def app_type(self) -> AppType:
        """Of which type of app it is the basic function."""
        ...

    @property
    def collects(self) -> frozenset[FieldName]:
        """What may be taken in for it."""
        ...

    @property
    def fields(self) -> Mapping[FieldName, object]:
        """What may be let out for it."""
        ...

    @property
    def retention_days(self) -> int | None:
        """How long after the last collection it holds."""
        ...

    @property
    def notice(self) -> str:
        """The notice that tells people of it."""
        ...

    @property
    def automated(self) -> bool:
        """Whether decisions are made by machine on it."""
        ...

    @property
    def publishes(self) -> bool:
        """Whether it makes information public."""
        ...


class Contract(Protocol):
    """An agreement under which a partner receives; a contract of `policy/contracts.toml`."""

    @property
    def id(self) -> ContractId:
        """Its key."""
        ...

    @property
    def partner(self) -> PartnerId:
        """Who receives."""
        ...

    @property
    def purposes(self) -> frozenset[PurposeName]:
        """For what."""
        ...

    @property
    def fields(self) -> frozenset[FieldName] | None:
        """Which of the purpose's fields; None: all of them."""
        ...

    @property
    def region(self) -> str:
        """Where the data go."""
        ...

    @property
    def expires(self) -> date | None:
        """The last day of the contract."""
        ...

    def in_force(self, on: date) -> bool:
        """Say whether the contract holds on a day."""
        ...


class Registry(Protocol):
    """The policy, as far as it concerns what is taken in."""

    @property
    def fields(self) -> Mapping[FieldName, FieldPolicy]:
        """The register of fields."""
        ...

    @property
    def purposes(self) -> Mapping[PurposeName, Purpose]:
        """The register of purposes."""
        ...

    @property
    def contracts(self) -> Mapping[ContractId, Contract]:
        """The contracts with partners."""
        ...

    @property
    def platform(self) -> Platform:
        """Who the platform is."""
        ...

    @property
    def notices(self) -> Mapping[str, Notice]:
        """The notices by name."""
        ...


def purpose_of(name: str, *, registry: Registry) -> Purpose:
    """Give a purpose of the registry.

    Raises: RefusedError `collect.purpose`: there is none of this name, or it is not active.
    """
    found = registry.purposes.get(PurposeName(name))
    if found is None or not found.active:
        state = "is not active" if found is not None else "is not in policy/purposes.toml"
        raise RefusedError(
            f"purpose {found.name} {state}" if found is not None else f"there is no such purpose: it {state}",
            code="collect.purpose",
            hint="use one of: " + ", ".join(sorted(p.name for p in registry.purposes.values() if p.active)),
        )
    return found


def concerned(purpose: Purpose) -> frozenset[FieldName]:
    """Give the fields that a purpose takes in or lets out: all that a person is told of."""
    return purpose.collects | frozenset(purpose.fields)


def sensitive_of(purpose: Purpose, *, fields: Mapping[FieldName, FieldPolicy]) -> frozenset[FieldName]:
    """Give those of a purpose's fields that are sensitive."""
    return frozenset(name for name in concerned(purpose) if name in fields and fields[name].sensitive)


def title_of(purpose: Purpose, *, lang: str) -> str:
    """Give what people call a purpose in a language; its name where nobody said."""
    return purpose.title.get(lang) or str(purpose.name)
