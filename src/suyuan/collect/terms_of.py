"""The terms of a consent: a digest of all that a person was told, so that another purpose, method or kind asks anew.

What is in it: the purpose with its titles, ground, method, retention and whether machines decide; what of it is consented
to and for whom; every item concerned, with its kind; the processor's name; the notice with its version and texts. What is
not: the contact and the officer, which may change as long as people are told.
"""

from collections.abc import Mapping
from hashlib import sha256

from suyuan.collect.field import FieldPolicy
from suyuan.collect.ports import ConsentScope
from suyuan.collect.registry import Contract, Purpose, Registry, concerned, sensitive_of
from suyuan.crypto import canonical
from suyuan.terms import FieldName

VERSION = 1


def terms_digest(
    purpose: Purpose, *, registry: Registry, scope: ConsentScope = ConsentScope.PURPOSE, recipient: str = ""
) -> bytes:
    """Give the digest of what a consent is, or was, asked for: 32 bytes.

    Args:
        registry: the policy in force.
        scope: what of the purpose.
        recipient: the partner (`provision`) or the region (`cross_border`) that is named; empty: nobody else.
    """
    notice = registry.notices.get(purpose.notice)
    fields = fields_of(purpose, registry=registry, scope=scope, recipient=recipient)
    said = {
        "automated": purpose.automated,
        "fields": [_item(registry.fields.get(name), name=name) for name in sorted(fields)],
        "ground": purpose.ground.value,
        "method": purpose.method,
        "notice": None
        if notice is None
        else {"name": notice.name, "texts": {k: dict(v) for k, v in notice.texts.items()}, "version": notice.version},
        "processor": registry.platform.name,
        "publishes": purpose.publishes,
        "purpose": purpose.name,
        "recipient": recipient,
        "retention_days": purpose.retention_days,
        "scope": scope.value,
        "title": dict(purpose.title),
        "v": VERSION,
    }
    return sha256(b"suyuan/consent-terms/v1\x00" + canonical.encode(said)).digest()


def fields_of(
    purpose: Purpose, *, registry: Registry, scope: ConsentScope = ConsentScope.PURPOSE, recipient: str = ""
) -> frozenset[FieldName]:
    """Give the fields that a consent concerns: of the whole purpose, its sensitive ones, or what its recipients get."""
    match scope:
        case ConsentScope.PURPOSE:
            return concerned(purpose)
        case ConsentScope.SENSITIVE:
            return sensitive_of(purpose, fields=registry.fields)
        case ConsentScope.PUBLICATION:
            return frozenset(purpose.fields)
        case ConsentScope.PROVISION | ConsentScope.CROSS_BORDER:
            found = contracts_with(purpose, registry=registry, scope=scope, recipient=recipient)
            if not found:
                return frozenset(purpose.fields)
            return frozenset[FieldName]().union(*(received(contract, purpose=purpose) for contract in found))


def contracts_with(
    purpose: Purpose, *, registry: Registry, scope: ConsentScope, recipient: str
) -> tuple[Contract, ...]:
    """Give the contracts of a purpose with a named partner, or those that lead to a named region, by id."""
    told = [c for c in registry.contracts.values() if purpose.name in c.purposes]
    by_partner = scope is ConsentScope.PROVISION
    return tuple(sorted((c for c in told if (c.partner if by_partner else c.region) == recipient), key=lambda c: c.id))


def received(contract: Contract, *, purpose: Purpose) -> frozenset[FieldName]:
    """Give which of a purpose's fields a contract lets its partner have."""
    let_out = frozenset(purpose.fields)
    return let_out if contract.fields is None else contract.fields & let_out


def _item(field: FieldPolicy | None, *, name: FieldName) -> Mapping[str, str]:
    if field is None:
        return {"item": "", "kind": "", "name": name, "subject": ""}
    return {"item": field.item, "kind": field.kind.value, "name": name, "subject": field.subject}
