"""Step 2: the ground still holds for this person: her word, no objection, no hold, not past its time."""

from datetime import datetime, timedelta
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from suyuan.collect.ports import ConsentScope
from suyuan.errors import RefusedError
from suyuan.release.checks.asked import Asked, Many, is_restricted
from suyuan.release.policy import PurposePolicy
from suyuan.terms import Ground


def require_not_held(asked: Asked) -> None:
    """The person is under no legal hold: what is frozen is let out to nobody."""
    if asked.facts is not None and asked.facts.holds:
        raise RefusedError(
            "this person's data are frozen by a legal hold",
            code="release.held",
            hint="whoever set the hold can end it: suyuan hold unfreeze",
        )


def held(many: Many) -> npt.NDArray[np.bool_]:
    """Who is frozen by a legal hold."""
    return many.having(lambda facts: bool(facts.holds))


def require_unrestricted(asked: Asked) -> None:
    """The person has not had this purpose stopped."""
    if asked.facts is not None and is_restricted(asked, facts=asked.facts):
        raise RefusedError(
            f"this person has objected to the use of her data for purpose {asked.request.purpose}",
            code="release.restricted",
            hint="she alone can allow it again: suyuan hold allow",
        )


def restricted(many: Many) -> npt.NDArray[np.bool_]:
    """Who has had this purpose stopped."""
    return many.having(lambda facts: is_restricted(many.asked, facts=facts))


def require_consent(asked: Asked) -> None:
    """Where consent is the ground, the person's last word under the terms of today is yes."""
    if asked.purpose.ground is Ground.CONSENT and ConsentScope.PURPOSE not in asked.words:
        refuse_consent(asked)


def refuse_consent(asked: Asked) -> NoReturn:
    """Say that there is no consent."""
    raise RefusedError(
        f"this person does not consent to purpose {asked.request.purpose} as it is asked today",
        code="release.consent",
        hint="ask her for consent: suyuan collect consent",
    )


def unconsenting(many: Many) -> npt.NDArray[np.bool_]:
    """Who does not consent, where consent is the ground."""
    if many.asked.purpose.ground is not Ground.CONSENT:
        return np.zeros(len(many.persons), dtype=np.bool_)
    return ~many.words[ConsentScope.PURPOSE]


def require_in_time(asked: Asked) -> None:
    """The data were collected no longer ago than the purpose may keep them."""
    if asked.stale:
        raise RefusedError(
            f"this person's data are older than purpose {asked.request.purpose} may keep them",
            code="release.retention",
            hint=f"it keeps them for {asked.purpose.retention_days} days after they were last collected",
        )


def past_time(many: Many) -> npt.NDArray[np.bool_]:
    """Whose data are older than the purpose may keep them."""
    return many.stale


def kept_since(purpose: PurposePolicy, *, now: datetime) -> datetime | None:
    """Give the time before which a purpose's data are too old; None where it does not say."""
    return None if purpose.retention_days is None else now - timedelta(days=purpose.retention_days)
