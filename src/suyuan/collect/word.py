"""A person's word on one purpose, and the rules by which it may be asked for and taken.

One word, one purpose, one scope: there is no way to say yes to several at once, and none that begins with a yes.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from suyuan.collect.notice import require_complete
from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.collect.registry import Purpose, Registry, purpose_of
from suyuan.collect.terms_of import contracts_with, fields_of
from suyuan.errors import RefusedError
from suyuan.terms import PersonId, PersonNumber, PurposeName

NAMED = frozenset({ConsentScope.PROVISION, ConsentScope.CROSS_BORDER})
"""Scopes that name somebody: a partner, or a region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a person said.

    Args:
        person: who said it.
        principal: the site's own name for her, which her receipt bears.
        purpose: the one purpose.
        scope: what of it.
        recipient: the partner (`provision`) or region (`cross_border`) that she was told.
        state: what she said.
        at: when; None: now.
        guardian: how the guardian who spoke for her is related to her; empty: she spoke herself.
        channel: where she was asked, such as `app` or `counter`.
        prompted: whether the platform asked; False: she came by herself, which no cool-down forbids.
    """

    person: PersonNumber
    principal: PersonId = field(repr=False)
    purpose: PurposeName
    state: ConsentState
    scope: ConsentScope = ConsentScope.PURPOSE
    recipient: str = ""
    at: datetime | None = None
    guardian: str = field(default="", repr=False)
    channel: str = ""
    prompted: bool = True


def require_askable(word: Word, *, registry: Registry) -> Purpose:
    """Require that a yes to this may be asked for at all: a purpose in force, a scope that means something, a whole notice.

    Raises: RefusedError: `collect.purpose`, `collect.scope`, `collect.recipient`, `collect.notice`.
    """
    purpose = purpose_of(word.purpose, registry=registry)
    _require_scope(word, purpose=purpose, registry=registry)
    notice = registry.notices.get(purpose.notice)
    told = [registry.purposes[name] for name in notice.purposes if name in registry.purposes] if notice else [purpose]
    if notice is not None and purpose.name not in notice.purposes:
        raise RefusedError(
            f"notice {notice.name} does not tell of purpose {purpose.name}",
            code="collect.notice",
            hint="add the purpose to the notice in policy/notices.toml",
        )
    require_complete(notice, platform=registry.platform, purposes=told, fields=registry.fields)
    return purpose


def require_cool(no_at: datetime | None, *, now: datetime, days: int) -> None:
    """Require that nobody is asked again so soon after a no, or after taking back a yes.

    Args:
        no_at: when she last said no to this; None: her last word was no no.
        days: how long she is left alone.

    Raises: RefusedError `collect.cool_down`: naming the day from which on she may be asked.
    Source: Regulations on Network Data Security Management, article 22: no repeated asking after a clear no.
    """
    if no_at is None:
        return
    until = no_at + timedelta(days=days)
    if now < until:
        raise RefusedError(
            f"she said no on {no_at:%Y-%m-%d} and may not be asked again before {until:%Y-%m-%d}",
            code="collect.cool_down",
            hint="wait, or record that she came by herself",
        )


def require_speaker(word: Word, *, child_until: date | None, now: datetime) -> None:
    """Require that a yes is said by whoever may say it: for a child under 14 by a guardian, else by the person herself.

    Args:
        child_until: the first day on which she is no longer under 14; None: not known to be.
    Raises: RefusedError `collect.guardian`.
    Source: PIPL article 31.
    """
    child = child_until is not None and now.date() < child_until
    if child and not word.guardian:
        raise RefusedError(
            "she is under 14: only a guardian's consent counts",
            code="collect.guardian",
            hint="record it with the guardian's relation to her: --guardian mother",
        )
    if word.guardian and child_until is not None and not child:
        raise RefusedError(
            "she is 14 or older and speaks for herself", code="collect.guardian", hint="leave out --guardian"
        )


def _require_scope(word: Word, *, purpose: Purpose, registry: Registry) -> None:
    if word.scope in NAMED:
        if not word.recipient:
            raise RefusedError(
                f"a consent of scope {word.scope.value} names whom it is for",
                code="collect.recipient",
                hint="give the partner, or the region, with --recipient",
            )
        known = contracts_with(purpose, registry=registry, scope=word.scope, recipient=word.recipient)
        if registry.contracts and not known:
            raise RefusedError(
                f"no contract for purpose {purpose.name} leads to this recipient",
                code="collect.recipient",
                hint="write the contract into policy/contracts.toml first: a consent names somebody who is known",
            )
    elif word.recipient:
        raise RefusedError(
            f"a consent of scope {word.scope.value} names no recipient",
            code="collect.recipient",
            hint="leave out --recipient, or use --scope provision",
        )
    if word.scope is ConsentScope.PUBLICATION and not purpose.publishes:
        raise RefusedError(f"purpose {purpose.name} makes nothing public", code="collect.scope")
    if word.scope is ConsentScope.SENSITIVE and not fields_of(purpose, registry=registry, scope=word.scope):
        raise RefusedError(f"purpose {purpose.name} concerns no sensitive field", code="collect.scope")
