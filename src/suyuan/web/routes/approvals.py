"""`/release/approvals`: one person asks, another says yes or no to exactly this request."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter

from suyuan.legible import require_id
from suyuan.release.approvals import Approver
from suyuan.release.listing import list_digest
from suyuan.release.ports import Approval
from suyuan.release.request import BulkRequest
from suyuan.terms import ApprovalId, PurposeName
from suyuan.web.caller import Caller
from suyuan.web.groups import Ask, person_of, request_of
from suyuan.web.handing import listed
from suyuan.web.problems import RequestError
from suyuan.web.rights import Right
from suyuan.web.routes.release import ask_of, demand_request, file_request, page_request, question_of
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Asked, Service, caller_of
from suyuan.web.shapes import STORABLE, ApprovalBody, Approvals, ApprovalState
from suyuan.web.waiting import Opened

Name = Annotated[str, PathParameter(min_length=1, max_length=256, pattern=STORABLE)]


def routes(service: Service) -> list[HTTPRouteHandler]:
    """Give the routes of approvals."""
    site = service.site

    @post(
        "/release/approvals", opt={"right": Right.ASK_APPROVAL}, status_code=201, responses=REFUSALS, tags=["approvals"]
    )
    async def ask(data: JSONBody[ApprovalBody], request: Asked) -> ApprovalState:
        """Ask a second person whether a release may happen; the answer serves exactly this request, once."""
        caller = caller_of(request)
        if any(form is not None for form in (data.page, data.file, data.demand)):
            _require_one_form(data)
            return _state(await site.run(lambda opened: _ask_many(opened, data, caller=caller)))
        asked = ask_of(data, request)
        if data.question is not None:
            asked = replace(asked, question=question_of(data.question))
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
    asked = request_of(ask, person=person_of(opened, ask=ask))
    return opened.store.approvals.ask(asked, digest=opened.door.approval_digest(asked), reason=reason)


def _ask_many(opened: Opened, data: ApprovalBody, *, caller: Caller) -> Approval:
    """Put the question of a page, a file or a demand: it is about the persons who are on it now."""
    purpose = opened.store.policy.purpose(PurposeName(require_id(data.purpose, what="purpose")))
    approvals = opened.store.approvals
    if data.page is not None:
        page = page_request(data.page, purpose=purpose.name, caller=caller)
        return approvals.ask(page, digest=list_digest(opened.door, request=page), reason=data.reason)
    # Whoever may not make files is not told which keys are somebody's.
    if data.file is not None:
        caller.require(Right.EXPORT)
        file: BulkRequest = file_request(data.file, purpose=purpose.name, caller=caller)
        keys, drop = data.file.keys, data.file.drop
    else:
        assert data.demand is not None
        caller.require(Right.AUTHORITY)
        file = demand_request(data.demand, purpose=purpose.name, caller=caller)
        keys, drop = data.demand.keys, data.demand.drop
    fields = tuple(name for name in purpose.fields if name not in drop)
    persons = opened.store.people.all_persons() if keys is None else listed(opened, request=file, keys=keys)
    digest = opened.door.approval_digest(file, fields=fields, persons=persons)
    return approvals.ask(file, digest=digest, reason=data.reason)


def _require_one_form(data: ApprovalBody) -> None:
    """Require that a question about many is about a page, a file or a demand, and names nobody beside it."""
    given = {"key": data.key, "field": data.field, "value": data.value, "case": data.case, "question": data.question}
    also = tuple(name for name, value in given.items() if value is not None)
    forms = {"page": data.page, "file": data.file, "demand": data.demand}
    several = tuple(name for name, form in forms.items() if form is not None)
    if also or len(several) > 1:
        raise RequestError(
            "ask about one person, a page, a file, or a demand",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="serve.body",
            fields=also or several,
        )


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
