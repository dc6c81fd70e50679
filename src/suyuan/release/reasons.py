"""What a release says of its reasons: the payload its entry commits to, and the `why` of its plan."""

from collections.abc import Sequence
from typing import Final

from suyuan.crypto import canonical
from suyuan.release.checks.asked import Asked, open_link
from suyuan.release.plan import Why
from suyuan.release.request import (
    AnswerRequest,
    AuthorityRequest,
    ExportRequest,
    InvestigationRequest,
    OneRequest,
    SuppliedRequest,
)
from suyuan.terms import FieldName

VERSION: Final = 1


def payload_of(
    asked: Asked, *, marked: Sequence[FieldName], law: str, policy: str, fields: Sequence[FieldName] | None = None
) -> bytes:
    """Give what an entry commits to: who asked for what, why and by which reason. No value is in it.

    Args:
        law, policy: the digests in force, as base64.
        fields: those that a file has of what may be shown; None: all.
    """
    request = asked.request
    document: dict[str, object] = {
        "act": request.act.value,
        "fields": {name: how.showing.value for name, how in asked.shown.items() if fields is None or name in fields},
        "ground": asked.purpose.ground.value,
        "law": law,
        "marked": list(marked),
        "policy": policy,
        "purpose": request.purpose,
        "recipient": {"id": request.recipient.id, "kind": request.recipient.kind.value},
        "v": VERSION,
    }
    if isinstance(request, OneRequest | SuppliedRequest):
        document["case"] = request.case
    if isinstance(request, AnswerRequest):
        document["compare"] = request.question.compare.value
    if isinstance(request, ExportRequest):
        document["contract"] = request.contract
    if isinstance(request, AuthorityRequest):
        document["order"] = {
            "document": request.document,
            "permission": request.permission,
            "region": request.region,
        }
    if asked.approval is not None:
        document["approval"] = asked.approval.id
    return canonical.encode_plain(document)


def why_of(asked: Asked, *, tokens: bytes = b"") -> Why:
    """Give by what right a release was planned; no person, and no case by its name."""
    request = asked.request
    return Why(
        roles=() if isinstance(request, InvestigationRequest) else tuple(sorted(request.roles)),
        fields={name: str(how) for name, how in asked.shown.items()},
        grant=None if asked.decision.grant is None else asked.decision.grant.number,
        case=case_of(asked),
        approval=None if asked.approval is None else asked.approval.id,
        contract=request.contract if isinstance(request, ExportRequest) else "",
        tokens=tokens,
    )


def case_of(asked: Asked) -> dict[str, str]:
    """Give queue and region of the case by which one person is asked for; the case itself is not named."""
    link = open_link(asked)
    if link is None:
        return {}
    return {name: value for name, value in (("queue", link.queue), ("region", link.region)) if value}
