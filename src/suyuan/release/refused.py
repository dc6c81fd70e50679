"""What is kept of a refused request beside what its entry commits to: enough to decide it again by another policy."""

from suyuan.crypto import canonical
from suyuan.release.checks.asked import Asked
from suyuan.release.reasons import case_of
from suyuan.release.request import (
    AuthorityRequest,
    ExportRequest,
    InvestigationRequest,
    PersonRequest,
    Request,
)


def asked_side(request: Request | PersonRequest, *, asked: Asked | None) -> bytes:
    """Give who asked in which roles, by a case of which queue and region, and under which contract. No person is in it.

    Args:
        asked: the facts that were gathered; None where it was refused before.
    """
    exporting = isinstance(request, AuthorityRequest | ExportRequest)
    return canonical.encode_plain(
        {
            "account": "" if exporting else request.recipient.id,
            "case": {} if asked is None else case_of(asked),
            "contract": request.contract if isinstance(request, ExportRequest) else "",
            "partner": request.recipient.id if exporting else "",
            "roles": []
            if isinstance(request, InvestigationRequest | PersonRequest)
            else [str(role) for role in sorted(request.roles)],
            "v": 1,
        }
    )
