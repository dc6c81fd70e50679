"""The published rules, and the two lists beside them, made from the registry that enforces them and from nothing else.

What is listed as collected is what `necessity.obstacle` allows, with whatever consent it takes; what is listed as shared is
what contracts let partners have. A field that a purpose declares and may not take is in no list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from suyuan.collect.dictionary import categories, items
from suyuan.collect.field import FieldPolicy
from suyuan.collect.necessity import obstacle
from suyuan.collect.notice import TEXTS, missing_items
from suyuan.collect.platform import Platform
from suyuan.collect.ports import ConsentScope
from suyuan.collect.registry import Contract, Purpose, Registry, title_of
from suyuan.collect.terms_of import received
from suyuan.terms import FieldName, Ground, PurposeName

Language = Literal["en", "zh"]


class Asking(StrEnum):
    """Which consent it takes before a field is taken in."""

    NONE = "none"
    CONSENT = "consent"
    SEPARATE = "separate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One line of the list of what is collected: one field for one purpose."""

    purpose: PurposeName
    purpose_title: str
    field: FieldName
    title: str
    category: str
    sensitive: bool
    asking: Asking
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One line of the list of what is shared: one contract, for one purpose."""

    contract: str
    partner: str
    purpose: PurposeName
    purpose_title: str
    fields: tuple[FieldName, ...]
    titles: tuple[str, ...]
    region: str
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeRule:
    """What people are told of one purpose."""

    name: PurposeName
    title: str
    ground: Ground
    citation: str
    method: str
    retention_days: int | None
    basic: bool
    automated: bool
    publishes: bool
    texts: Mapping[str, str]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules as published: who, the purposes, the list of what is collected, the list of what is shared."""

    lang: Language
    platform: Platform
    purposes: tuple[PurposeRule, ...]
    collected: tuple[Collected, ...]
    shared: tuple[Shared, ...] = field(default=())


def published_rules(registry: Registry, *, lang: Language, on: date) -> Rules:
    """Give the rules in a language, as they are in force on a day."""
    active = sorted((p for p in registry.purposes.values() if p.active), key=lambda p: (not p.basic, p.name))
    return Rules(
        lang=lang,
        platform=registry.platform,
        purposes=tuple(_rule(purpose, registry=registry, lang=lang) for purpose in active),
        collected=tuple(line for purpose in active for line in _collected(purpose, registry=registry, lang=lang)),
        shared=tuple(
            _shared(contract, purpose=purpose, registry=registry, lang=lang)
            for purpose in active
            for contract in sorted(registry.contracts.values(), key=lambda c: c.id)
            if purpose.name in contract.purposes and contract.in_force(on)
        ),
    )


def field_title(policy: FieldPolicy, *, lang: Language) -> str:
    """Give what people call a field: the site's own title, else the dictionary's, else its name."""
    if policy.title.get(lang):
        return policy.title[lang]
    known = items().get(policy.item)
    if known is None:
        return str(policy.name)
    return known.zh if lang == "zh" else known.en


def asking(policy: FieldPolicy, *, purpose: Purpose, registry: Registry) -> Asking | None:
    """Give which consent a purpose needs before it takes a field in; None where it may not take it at all."""

    def allowed(*live: ConsentScope) -> bool:
        return obstacle(policy, purpose=purpose, registry=registry, live=lambda _, scope: scope in live) is None

    if allowed():
        return Asking.NONE
    if allowed(ConsentScope.PURPOSE):
        return Asking.CONSENT
    return Asking.SEPARATE if allowed(ConsentScope.PURPOSE, ConsentScope.SENSITIVE) else None


def _rule(purpose: Purpose, *, registry: Registry, lang: Language) -> PurposeRule:
    notice = registry.notices.get(purpose.notice)
    texts = {} if notice is None else {item: notice.text(item, lang=lang) for item in TEXTS}
    return PurposeRule(
        name=purpose.name,
        title=title_of(purpose, lang=lang),
        ground=purpose.ground,
        citation=purpose.citation,
        method=purpose.method,
        retention_days=purpose.retention_days,
        basic=purpose.basic,
        automated=purpose.automated,
        publishes=purpose.publishes,
        texts={item: text for item, text in texts.items() if text},
        missing=missing_items(notice, platform=registry.platform, purposes=[purpose], fields=registry.fields),
    )


def _collected(purpose: Purpose, *, registry: Registry, lang: Language) -> list[Collected]:
    lines = []
    for name in sorted(purpose.collects):
        policy = registry.fields.get(name)
        how = None if policy is None else asking(policy, purpose=purpose, registry=registry)
        if policy is None or how is None:
            continue
        lines.append(
            Collected(
                purpose=purpose.name,
                purpose_title=title_of(purpose, lang=lang),
                field=name,
                title=field_title(policy, lang=lang),
                category=_category(policy, lang=lang),
                sensitive=policy.sensitive,
                asking=how,
                owner=policy.owner,
            )
        )
    return lines


def _shared(contract: Contract, *, purpose: Purpose, registry: Registry, lang: Language) -> Shared:
    names = tuple(sorted(received(contract, purpose=purpose)))
    return Shared(
        contract=contract.id,
        partner=contract.partner,
        purpose=purpose.name,
        purpose_title=title_of(purpose, lang=lang),
        fields=names,
        titles=tuple(field_title(registry.fields[n], lang=lang) if n in registry.fields else str(n) for n in names),
        region=contract.region,
        until=contract.expires,
    )


def _category(policy: FieldPolicy, *, lang: Language) -> str:
    known = items().get(policy.item)
    if known is None:
        return ""
    english, chinese = categories()[known.category]
    return chinese if lang == "zh" else english
