"""Step 5: what is sensitive has its separate consent, its second person, and for a child her guardian."""

import hmac

import numpy as np
import numpy.typing as npt

from suyuan.collect.ports import ConsentScope
from suyuan.errors import RefusedError
from suyuan.release.acts import ApprovalRule
from suyuan.release.checks.asked import Asked, Many, is_child, is_minor, needs_guardian, sensitive_fields
from suyuan.release.policy import HOME
from suyuan.release.request import OWN_USES, AuthorityRequest, ExportRequest
from suyuan.terms import Ground

_WORDS = {
    ConsentScope.SENSITIVE: "the use of sensitive fields",
    ConsentScope.PROVISION: "being handed to this partner",
    ConsentScope.PUBLICATION: "being published",
    ConsentScope.CROSS_BORDER: "being sent across the border",
}


def scopes_needed(asked: Asked) -> dict[ConsentScope, str]:
    """Give the scopes that a request needs a word for, and the recipient of each.

    Publication needs its own consent whatever the ground is; the others where consent is the ground.

    Source: PIPL articles 13, 23, 25, 29, 39.
    """
    purpose = asked.policy.purposes.get(asked.request.purpose)
    if purpose is None:
        return {}
    found: dict[ConsentScope, str] = {}
    if purpose.ground is Ground.CONSENT:
        found[ConsentScope.PURPOSE] = ""
        if sensitive_fields(asked, clear=False):
            found[ConsentScope.SENSITIVE] = ""
        if isinstance(asked.request, ExportRequest):
            found[ConsentScope.PROVISION] = asked.request.partner
            if asked.contract is not None and asked.contract.region != HOME:
                found[ConsentScope.CROSS_BORDER] = asked.contract.region
    if purpose.publishes:
        found[ConsentScope.PUBLICATION] = ""
    return found


def require_separate_consent(asked: Asked) -> None:
    """Each use that needs a consent of its own has one."""
    for scope in scopes_needed(asked):
        if scope is not ConsentScope.PURPOSE and scope not in asked.words:
            raise RefusedError(
                f"this person has not consented separately to {_WORDS[scope]}",
                code="release.separate_consent",
                hint="it is asked for by itself, beside the purpose: suyuan collect consent",
            )


def without_separate_consent(many: Many) -> npt.NDArray[np.bool_]:
    """Who has not consented to each use that needs a consent of its own."""
    missing = np.zeros(len(many.persons), dtype=np.bool_)
    for scope in scopes_needed(many.asked):
        if scope is not ConsentScope.PURPOSE:
            missing |= ~many.words[scope]
    return missing


def require_approval(asked: Asked) -> None:
    """A second person has said yes to exactly this request, where policy asks for it, and always for a minor.

    An approval that is named without need must be good as well: it is used up.
    """
    if asked.request.recipient in OWN_USES:
        return
    if asked.approval is None:
        if not rule_asks(asked) and not asked.is_minor:
            return
        why = "a person under 18 is shown" if asked.is_minor else "this is shown"
        raise RefusedError(
            f"{why} only with a second person's approval",
            code="release.approval",
            hint="ask for it: suyuan release ask",
        )
    require_good(asked)


def rule_asks(asked: Asked) -> bool:
    """Say whether the purpose or the grant asks for a second person, whoever is asked about."""
    if isinstance(asked.request, AuthorityRequest):
        return True
    rule = max((asked.purpose.approval, asked.decision.approval), key=lambda one: one.strictness)
    if rule is ApprovalRule.SENSITIVE:
        return bool(sensitive_fields(asked, clear=True))
    return rule is ApprovalRule.ALWAYS


def require_good(asked: Asked) -> None:
    """Require that the approval is for this request, given by another, in time, and not used yet."""
    approval = asked.approval
    wrong = ""
    if approval is not None and approval.used_at is not None:
        # What it was for is not kept any more.
        wrong = "was used already"
    elif approval is None or not hmac.compare_digest(approval.request, asked.digest):
        wrong = "is for another request"
    elif approval.declined:
        wrong = "was declined"
    elif approval.approved_by is None:
        wrong = "is not given yet"
    elif approval.approved_by == approval.asked_by:
        wrong = "was given by the one who asked"
    elif asked.now >= approval.expires:
        wrong = "has expired"
    if wrong:
        raise RefusedError(
            f"the approval {wrong}", code="release.approval", hint="ask for a new one: suyuan release ask"
        )


def unapproved_minors(many: Many) -> npt.NDArray[np.bool_]:
    """Minors, where no second person has said yes."""
    if many.approved or many.asked.request.recipient in OWN_USES:
        return np.zeros(len(many.persons), dtype=np.bool_)
    today = many.asked.now.date()
    return many.having(lambda facts: is_minor(facts, on=today))


def require_guardian(asked: Asked) -> None:
    """For a child under 14, the last word is her guardian's yes.

    Source: PIPL article 31.
    """
    if asked.is_child and needs_guardian(asked.purpose.ground) and not asked.guardian:
        raise RefusedError(
            f"this person is under 14, and no guardian consents to purpose {asked.request.purpose}",
            code="release.guardian",
            hint="ask her guardian: suyuan collect consent --guardian",
        )


def unguarded(many: Many) -> npt.NDArray[np.bool_]:
    """Children for whom no guardian consents."""
    if not needs_guardian(many.asked.purpose.ground):
        return np.zeros(len(many.persons), dtype=np.bool_)
    today = many.asked.now.date()
    return many.having(lambda facts: is_child(facts, on=today) and int(facts.person) not in many.guarded)
