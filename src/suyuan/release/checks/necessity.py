"""Step 3: necessity: a role may do this, and every field is one that the purpose, and the grant, may have."""

from suyuan.errors import RefusedError
from suyuan.release.checks.asked import Asked
from suyuan.release.request import AnswerRequest


def require_fields(asked: Asked) -> None:
    """Every field asked for is one that the purpose may have."""
    allowed = asked.purpose.fields
    beyond = [name for name in asked.fields if name not in allowed]
    if beyond:
        answering = isinstance(asked.request, AnswerRequest)
        raise RefusedError(
            f"purpose {asked.request.purpose} may not have: {', '.join(beyond)}",
            code="release.fields",
            hint="ask about a field that it has"
            if answering
            else "leave them out (--drop COLUMN), or let the owner of policy/purposes.toml add them",
        )


def require_grant(asked: Asked) -> None:
    """Where the site has grants, one of the account's roles has one for this."""
    refusal = asked.decision.refusal
    if refusal is not None:
        raise refusal
