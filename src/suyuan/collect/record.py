"""Write the record of a consent by the structure of ISO/IEC TS 27560:2023, from the registry that enforces it."""

from datetime import datetime

from suyuan.collect.field import FieldPolicy
from suyuan.collect.ports import ConsentScope
from suyuan.collect.registry import Purpose, Registry, title_of
from suyuan.collect.terms_of import fields_of
from suyuan.collect.word import Word
from suyuan.crypto import canonical
from suyuan.evidence.receipt.record import SCHEMA, write_time
from suyuan.terms import FieldName

_WITHDRAWAL = {
    "en": "At any time and as easily as it was given, in one step, through the same channel or the contact named here.",
    "zh": "可随时撤回，与同意同样便捷：通过原途径或此处所载联系方式，一步完成。",
}
_CONTROLLER = "controller"
_THIRD_PARTY = "recipient"


def write_record(
    word: Word, *, id: bytes, terms: bytes, at: datetime, purpose: Purpose | None, registry: Registry
) -> bytes:
    """Give the canonical bytes of the record of one word.

    Args:
        id: the consent's id, which names record and receipt.
        terms: the digest of what was asked.
        at: when it was said.
        purpose: the purpose; None where the registry has it no more and a consent to it is taken back.
    """
    lang = registry.platform.languages[0] if registry.platform.languages else "zh"
    name = id.hex()
    return canonical.encode(
        {
            "content": {
                "event": [
                    {
                        "entity_id": "guardian" if word.guardian else word.principal,
                        "event_state": word.state.value,
                        "event_time": write_time(at),
                        "event_type": "explicit",
                        "validity_duration": "",
                    }
                ],
                "party_identification": _parties(word, registry=registry),
                "pii_principal_id": word.principal,
                "pii_processing": {
                    "language": lang,
                    "privacy_notice": _notice(purpose, registry=registry),
                    "purposes": [_purpose(word, purpose=purpose, registry=registry, lang=lang)],
                },
                "record_id": name,
                "schema_version": SCHEMA,
            },
            "extension": {
                "channel": word.channel,
                "guardian": word.guardian,
                "recipient": word.recipient,
                "scope": word.scope.value,
                "terms": canonical.to_base64(terms),
            },
            "receipt_id": name,
            "schema_version": SCHEMA,
        }
    )


def _purpose(word: Word, *, purpose: Purpose | None, registry: Registry, lang: str) -> dict[str, object]:
    notice = None if purpose is None else registry.notices.get(purpose.notice)
    fields = (
        frozenset[FieldName]()
        if purpose is None
        else fields_of(purpose, registry=registry, scope=word.scope, recipient=word.recipient)
    )
    days = None if purpose is None else purpose.retention_days
    region = word.recipient if word.scope is ConsentScope.CROSS_BORDER else registry.platform.jurisdiction
    return {
        "collection_method": "",
        "geographic_restrictions": [region] if region else [],
        "impact_assessment": "",
        "jurisdiction": registry.platform.jurisdiction,
        "lawful_basis": "consent",
        "pii_controllers": [_CONTROLLER],
        "pii_information": [_information(name, field=registry.fields.get(name)) for name in sorted(fields)],
        "privacy_rights": "" if notice is None else notice.text("rights", lang=lang),
        "processing_method": "" if purpose is None else purpose.method,
        "purpose": str(word.purpose) if purpose is None else title_of(purpose, lang=lang),
        "purpose_type": word.purpose,
        "recipient_third_parties": [_THIRD_PARTY] if word.scope is ConsentScope.PROVISION else [],
        "retention_period": "" if days is None else f"P{days}D",
        "services": list(registry.platform.app_types),
        "withdrawal_method": _WITHDRAWAL.get(lang, _WITHDRAWAL["en"]),
    }


def _information(name: FieldName, *, field: FieldPolicy | None) -> dict[str, object]:
    return {
        "pii_attribute_id": name,
        "pii_optional": True,
        "pii_type": "" if field is None else field.item or field.kind.value,
        "sensitive_pii_category": field is not None and field.sensitive,
    }


def _parties(word: Word, *, registry: Registry) -> list[dict[str, str]]:
    platform = registry.platform
    parties = [_party(_CONTROLLER, name=platform.name, role="PII controller", contact=platform.contact)]
    if word.scope is ConsentScope.PROVISION:
        parties.append(_party(_THIRD_PARTY, name=word.recipient, role="third party", contact=""))
    return parties


def _party(id: str, *, name: str, role: str, contact: str) -> dict[str, str]:
    return {"party_contact": contact, "party_id": id, "party_name": name, "party_role": role}


def _notice(purpose: Purpose | None, *, registry: Registry) -> str:
    notice = None if purpose is None else registry.notices.get(purpose.notice)
    return "" if notice is None else f"{notice.name} {notice.version}"
