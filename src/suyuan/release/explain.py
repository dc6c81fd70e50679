"""Why something would be let out or refused: the door's own checks, each asked and told, with nothing let out.

Nothing is ledgered either: no value is opened, and what is told is what the policy and the store's own facts say to whoever
holds the keys of the store. Budgets and the watch are not asked, because asking them counts.
"""

from dataclasses import dataclass
from typing import Literal

from suyuan.errors import RefusedError
from suyuan.release.acts import Shown
from suyuan.release.checks.asked import Asked
from suyuan.release.checks.case import require_case
from suyuan.release.checks.order import CHECKS, PERSONAL
from suyuan.release.grants import Grant
from suyuan.terms import FieldName

Outcome = Literal["yes", "no", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One check and what came of it.

    Args:
        step: the room it stands in: purpose, ground, necessity, case, sensitivity, contract, site.
        check: its name.
        outcome: `skipped` where it is about a person and none was named.
        said: the refusal's sentence; empty otherwise.
    """

    step: str
    check: str
    outcome: Outcome
    code: str = ""
    said: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The whole answer.

    Args:
        steps: every check in the door's order; the first `no` is the one with which the door would refuse.
        shown: what would be shown, and how; empty where it would be refused.
        grant: the grant by which.
    """

    steps: tuple[Step, ...]
    shown: tuple[tuple[FieldName, Shown], ...] = ()
    grant: Grant | None = None

    @property
    def refusal(self) -> Step | None:
        """The step that would refuse; None where it would be let out."""
        return next((step for step in self.steps if step.outcome == "no"), None)


def explain(asked: Asked, *, person: bool, case: bool = False) -> Explained:
    """Ask every check and tell what it says.

    Args:
        person: whether the request names a person: checks about her are skipped otherwise.
        case: whether it names a case; its check is skipped where neither is named.
    """
    steps: list[Step] = []
    for check in CHECKS:
        step = check.__module__.rpartition(".")[2]
        name = check.__name__
        if not person and (check in PERSONAL or (check is require_case and not case)):
            steps.append(Step(step=step, check=name, outcome="skipped"))
            continue
        try:
            check(asked)
        except RefusedError as e:
            steps.append(Step(step=step, check=name, outcome="no", code=e.code, said=str(e), hint=e.hint))
            if e.code == "release.purpose":
                break  # Without a purpose the others have nothing to ask about.
        else:
            steps.append(Step(step=step, check=name, outcome="yes"))
    explained = Explained(steps=tuple(steps))
    if explained.refusal is not None:
        return explained
    return Explained(steps=explained.steps, shown=tuple(asked.shown.items()), grant=asked.decision.grant)
