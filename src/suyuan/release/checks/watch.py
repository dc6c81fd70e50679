"""Step 9, after the budgets: the watch has nothing against it."""

from suyuan.errors import RefusedError
from suyuan.release.checks.asked import Asked
from suyuan.release.ports import Verdict, Watch
from suyuan.release.request import OWN_USES


def require_watch(asked: Asked, *, watch: Watch, persons: int) -> None:
    """The watch allows it; whatever is not a clear yes is a no."""
    if asked.request.recipient in OWN_USES:
        return
    verdict = watch.verdict(
        recipient=asked.request.recipient, purpose=asked.request.purpose, persons=persons, now=asked.now
    )
    if verdict is not Verdict.ALLOW:
        raise RefusedError(
            f"the watch holds {asked.request.recipient} back",
            code="release.watch",
            hint="whoever answers for the watch can say why, and let it go on",
        )
