"""The rule by which access sets are judged: fixed in the policy, and so in the ledger, before a dump is seen."""

from dataclasses import dataclass
from math import log

from suyuan.crypto.canonical import Json
from suyuan.mark.bound import budget_of_dump
from suyuan.terms import Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRule:
    """`policy/trace.toml`, the table `[sets]`.

    Args:
        alpha: the chance that an innocent is ever named by access sets, if the assumptions hold; apart from that of marks.
        gamma: the hidden bias that a finding must withstand (Rosenbaum's Gamma).
        all_access: an account that would have this share of the dump by chance alone is neither named nor excluded.
        stand_out: how rarely any innocent shows among what a suspect never saw; whoever shows there makes a group of it.
        rivals: how many accounts, singly and in pairs, an accused is held against.
        reports_alpha: the chance that an account which has nothing to do with victims' reports ever becomes their lead.
        regions, queues: whether the region of the case, and the queues it lay in, are strata.
    """

    alpha: Probability = Probability(1e-6)
    gamma: float = 8.0
    all_access: float = 0.5
    stand_out: Probability = Probability(1e-3)
    rivals: int = 8
    regions: bool = True
    queues: bool = True
    reports_alpha: Probability = Probability(1e-6)

    def line(self, *, number: int, accounts: int) -> float:
        """Give the logarithm that a bound must not exceed: the budget of the `number`-th question, by the accounts it is asked of."""
        return log(float(budget_of_dump(self.alpha, number=number)) / max(1, accounts))

    def document(self) -> dict[str, Json]:
        """Give the rule as plain data, for the ledger and for reports."""
        return {
            "alpha": repr(float(self.alpha)),
            "gamma": repr(self.gamma),
            "all_access": repr(self.all_access),
            "stand_out": repr(float(self.stand_out)),
            "rivals": self.rivals,
            "regions": self.regions,
            "queues": self.queues,
            "reports_alpha": repr(float(self.reports_alpha)),
        }
