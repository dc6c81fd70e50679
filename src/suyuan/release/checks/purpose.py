"""Step 1: the purpose is one of the site's, is in use, and allows this act."""

from suyuan.errors import RefusedError
from suyuan.release.checks.asked import Asked


def require_purpose(asked: Asked) -> None:
    """The purpose is one of the site's and in use."""
    purpose = asked.purpose
    if not purpose.active:
        raise RefusedError(
            f"purpose {purpose.name} is not in use",
            code="release.inactive",
            hint=f"people were not told of it; missing: {'; '.join(purpose.lacks)}"
            if purpose.lacks
            else "policy/purposes.toml says `active = false`",
        )


def require_act(asked: Asked) -> None:
    """The purpose allows this act."""
    purpose = asked.purpose
    if asked.request.act not in purpose.acts:
        raise RefusedError(
            f"purpose {purpose.name} does not allow an act of {asked.request.act.value}",
            code="release.act",
            hint=f"it allows: {', '.join(sorted(purpose.acts))}",
        )
