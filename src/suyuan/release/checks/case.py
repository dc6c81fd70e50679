"""Step 4: a case links this account to this person now."""

import numpy as np
import numpy.typing as npt

from suyuan.errors import RefusedError
from suyuan.release.checks.asked import Asked, Many, open_link
from suyuan.release.request import OneRequest, SuppliedRequest


def require_case(asked: Asked) -> None:
    """The named case links this account to this person, and is open now."""
    request = asked.request
    if not isinstance(request, OneRequest | SuppliedRequest) or not asked.purpose.needs_case:
        return
    if request.case is None:
        raise RefusedError(
            f"purpose {request.purpose} needs a case", code="release.case", hint="name the case you work on"
        )
    if isinstance(request, SuppliedRequest):
        return
    if open_link(asked) is not None:
        return
    if any(link.account == request.account and link.person == request.person for link in asked.cases):
        raise RefusedError(f"case {request.case} is not open now", code="release.case_closed")
    raise RefusedError(
        f"case {request.case} does not link account {request.account} to this person",
        code="release.case",
        hint="ask for the case to be assigned to you",
    )


def is_hidden(asked: Asked) -> bool:
    """Say whether nothing may be told of the one person asked for: the purpose needs a case, and none reaches her now.

    Her consent, her objection or a legal hold would tell that the store knows her.
    """
    request, purpose = asked.request, asked.policy.purposes.get(asked.request.purpose)
    if not isinstance(request, OneRequest) or purpose is None or not purpose.needs_case:
        return False
    return open_link(asked) is None


def unlinked(many: Many) -> npt.NDArray[np.bool_]:
    """Whom no open case links to the account."""
    if many.linked is None:
        return np.zeros(len(many.persons), dtype=np.bool_)
    return ~many.linked
