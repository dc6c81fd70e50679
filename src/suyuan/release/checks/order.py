"""The order of the checks; budgets and the watch follow in the door itself, because they remember.

Each function has its place once. A bulk release asks the same functions about the request as a whole, and the masks
about its persons; `MASKS` is in the same order.
"""

from collections.abc import Sequence
from typing import Final

from suyuan.release.checks.asked import Check, Mask
from suyuan.release.checks.authority import require_order
from suyuan.release.checks.case import require_case, unlinked
from suyuan.release.checks.contract import require_contract, require_in_force, require_region, require_row_cap
from suyuan.release.checks.ground import (
    held,
    past_time,
    require_consent,
    require_in_time,
    require_not_held,
    require_unrestricted,
    restricted,
    unconsenting,
)
from suyuan.release.checks.necessity import require_fields, require_grant
from suyuan.release.checks.purpose import require_act, require_purpose
from suyuan.release.checks.sensitivity import (
    require_approval,
    require_guardian,
    require_separate_consent,
    unapproved_minors,
    unguarded,
    without_separate_consent,
)
from suyuan.release.checks.site import require_site

GROUND: Final[Sequence[Check]] = (require_consent, require_unrestricted, require_in_time, require_not_held)

PERSONAL: Final[Sequence[Check]] = (*GROUND, require_separate_consent, require_guardian)
"""Checks that ask about one person: a bulk release asks their masks instead."""

CHECKS: Final[Sequence[Check]] = (
    require_purpose,
    require_act,
    *GROUND,
    require_fields,
    require_grant,
    require_case,
    require_separate_consent,
    require_approval,
    require_guardian,
    require_contract,
    require_in_force,
    require_region,
    require_row_cap,
    require_order,
    require_site,
)
"""Purpose, ground, necessity, case, sensitivity, contract, site."""

BULK: Final[Sequence[Check]] = tuple(check for check in CHECKS if check not in PERSONAL)

MASKS: Final[Sequence[tuple[str, Mask]]] = (
    ("release.consent", unconsenting),
    ("release.restricted", restricted),
    ("release.retention", past_time),
    ("release.held", held),
    ("release.case", unlinked),
    ("release.separate_consent", without_separate_consent),
    ("release.approval", unapproved_minors),
    ("release.guardian", unguarded),
)
