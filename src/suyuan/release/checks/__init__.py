"""The door's checks: one file a step, in the order in which they are asked. The first no ends a request.

What no check promises: that the facts it is given are true. A case that was never real, or a word that nobody gave,
is refused where it is collected, not here.
"""

from suyuan.release.checks.asked import Asked, Check, Many, Mask
from suyuan.release.checks.contract import contract_of
from suyuan.release.checks.order import CHECKS, MASKS

__all__ = ["CHECKS", "MASKS", "Asked", "Check", "Many", "Mask", "contract_of"]
