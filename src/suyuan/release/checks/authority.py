"""Step 6 for what an authority demands: a document by number, and for one abroad the permission of the competent one here."""

from suyuan.errors import RefusedError
from suyuan.release.checks.asked import Asked
from suyuan.release.policy import HOME
from suyuan.release.request import AuthorityRequest
from suyuan.terms import Ground

_GROUNDS = (Ground.LEGAL_DUTY, Ground.OTHER_LAW)


def require_order(asked: Asked) -> None:
    """The purpose rests on the law, the document is named, and nothing goes abroad unpermitted.

    Source: Data Security Law articles 35 and 36; PIPL article 41.
    """
    request = asked.request
    if not isinstance(request, AuthorityRequest):
        return
    if asked.purpose.ground not in _GROUNDS:
        raise RefusedError(
            f"purpose {request.purpose} rests on {asked.purpose.ground.value}: an authority is given data by law alone",
            code="release.order",
            hint='give it a purpose of its own, with ground = "legal_duty" and the article as `citation`',
        )
    if not request.document:
        raise RefusedError(
            "an authority is given data on a document alone", code="release.order", hint="name its number"
        )
    if request.region != HOME and not request.permission:
        raise RefusedError(
            f"an authority in region {request.region} is given nothing without the permission of the competent one here",
            code="release.order",
            hint="name the permission's number once it is given",
        )
