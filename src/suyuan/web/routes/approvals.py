"""`/release/approvals`: one person asks, another says yes or no to exactly this request."""

from typing import Annotated

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter

from suyuan.legible import require_id
from suyuan.release.approvals import Approver
from suyuan.release.ports import Approval
from suyuan.release.request import LookupRequest
from suyuan.terms import ApprovalId
from suyuan.web.caller import Caller
from suyuan.web.groups import Ask, person_of
from suyuan.web.rights import Right
from suyuan.web.routes.release import ask_of
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Asked, Service, caller_of
from suyuan.web.shapes import STORABLE, ApprovalBody, Approvals, ApprovalState
from suyuan.web.site import Opened

Name = Annotated[str, PathParameter(min_length=1, max_length=256, pattern=STORABLE)]


def routes(service: Service) -> list[HTTPRouteHandler]:
    """Give the routes of approvals."""
    site = service.site

    @post(
        "/release/approvals", opt={"right": Right.ASK_APPROVAL}, status_code=201, responses=REFUSALS, tags=["approvals"]
    )
    async def ask(data: JSONBody[ApprovalBody], request: Asked) -> ApprovalState:
        """Ask a second person whether a look-up may happen; the answer serves exactly this request, once."""
        asked = ask_of(data, request)
        return _state(await service.search(lambda opened: _ask(opened, ask=asked, reason=data.reason)))

    @get("/release/approvals", opt={"right": Right.APPROVE}, responses=REFUSALS, tags=["approvals"])
    async def pending() -> Approvals:
        """List the questions that wait for a word, oldest first."""
        found = await site.run(lambda opened: opened.store.approvals.pending())
        return Approvals(approvals=[_state(one) for one in found])

    @post(
        "/release/approvals/{approval:str}/grant",
        opt={"right": Right.APPROVE},
        status_code=200,
        responses=REFUSALS,
        tags=["approvals"],
    )
    async def grant(approval: Name, request: Asked) -> ApprovalState:
        """Say yes; never to a question of one's own."""
        caller = caller_of(request)
        return _state(await site.run(lambda opened: _give(opened, approval, by=caller, declined=False)))

    @post(
        "/release/approvals/{approval:str}/decline",
        opt={"right": Right.APPROVE},
        status_code=200,
        responses=REFUSALS,
        tags=["approvals"],
    )
    async def decline(approval: Name, request: Asked) -> ApprovalState:
        """Say no."""
        caller = caller_of(request)
        return _state(await site.run(lambda opened: _give(opened, approval, by=caller, declined=True)))

    return [ask, pending, grant, decline]


def _ask(opened: Opened, *, ask: Ask, reason: str) -> Approval:
    asked = LookupRequest(
        account=ask.caller.account,
        purpose=ask.purpose,
        case=ask.case,
        person=person_of(opened, ask=ask),
        roles=ask.caller.roles,
        attributes=ask.caller.attributes,
    )
    return opened.store.approvals.ask(asked, digest=opened.door.approval_digest(asked), reason=reason)


def _give(opened: Opened, approval: str, *, by: Caller, declined: bool) -> Approval:
    approver = Approver(account=by.account, roles=by.roles, attributes=by.attributes)
    name = ApprovalId(require_id(approval, what="approval"))
    return opened.store.approvals.give(name, by=approver, declined=declined)


def _state(approval: Approval) -> ApprovalState:
    return ApprovalState(
        id=approval.id,
        asked_by=approval.asked_by,
        purpose=approval.purpose,
        reason=approval.reason,
        asked_at=approval.asked_at,
        expires=approval.expires,
        state=_word(approval),
    )


def _word(approval: Approval) -> str:
    if approval.approved_at is None:
        return "waiting"
    return "declined" if approval.declined else "approved"
