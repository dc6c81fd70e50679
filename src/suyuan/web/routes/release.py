"""`/release`: what is let out, and who may ask."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Final

from litestar import post
from litestar.datastructures import ResponseHeader
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter, JSONBody
from litestar.response import Stream

from suyuan.legible import require_id
from suyuan.release.listing import list_cases
from suyuan.release.question import Compare, Question
from suyuan.release.released import Answered, Released
from suyuan.release.request import AuthorityRequest, ExportRequest, ListRequest, SuppliedRequest
from suyuan.terms import ApprovalId, CaseId, ContractId, FieldName, PartnerId, PurposeName
from suyuan.web.caller import Caller
from suyuan.web.finding import find_cases
from suyuan.web.groups import Ask
from suyuan.web.handing import Handed, hand_over
from suyuan.web.problems import RequestError
from suyuan.web.rights import Right
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Asked, Service, caller_of
from suyuan.web.shapes import (
    AnswerBody,
    AuthorityBody,
    DemandAsked,
    ExportBody,
    FileAsked,
    FindBody,
    Found,
    ListBody,
    Listed,
    LookupBody,
    PageAsked,
    PersonBody,
    QuestionBody,
    Row,
    Said,
    Shown,
    Supplied,
    SupplyBody,
)
from suyuan.web.supplying import supply

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A request repeated under one key is answered again and never released twice.",
        required=False,
    ),
]

_TOLD: Final = [
    ResponseHeader(name=f"Suyuan-{name}", description=said, documentation_only=True)
    for name, said in (
        ("Entry", "The ledger entry of the release."),
        ("Rows", "How many people are in the file."),
        ("Decoys", "How many rows of it are invented."),
        ("Withheld", "How many people were left out by the checks."),
    )
]


def routes(service: Service) -> list[HTTPRouteHandler]:
    """Give the routes of looking up and exporting."""

    @post("/release/lookup", opt={"right": Right.LOOKUP}, status_code=200, responses=REFUSALS, tags=["release"])
    async def lookup(data: JSONBody[LookupBody], request: Asked, idempotency_key: IdempotencyKey = None) -> Shown:
        """Show one person to the caller: checked, ledgered first, minimised to the purpose, masked, marked."""
        ask = ask_of(data, request)

        async def work() -> Shown:
            released = await service.ask(ask)
            assert isinstance(released, Released)
            return Shown(
                entry=released.receipt.index, fields={name: clear.reveal() for name, clear in released.fields.items()}
            )

        return await service.answer_once(request, work, entry_of=lambda shown: shown.entry)

    @post(
        "/release/export",
        opt={"right": Right.EXPORT},
        status_code=200,
        request_max_body_size=service.settings.rows_bytes,
        media_type="text/csv",
        responses=REFUSALS,
        tags=["release"],
        response_headers=_TOLD,
    )
    async def export(data: JSONBody[ExportBody], request: Asked) -> Stream:
        """Make a partner's own copy of a file: the store's people, or the rows given; CSV, marked and ledgered."""
        caller = caller_of(request)
        asked = file_request(data, purpose=data.purpose, caller=caller, approval=data.approval)
        handed = await service.site.run_beside(
            lambda opened: hand_over(opened, request=asked, keys=data.keys, rows=data.rows, drop=data.drop)
        )
        return _csv(handed)

    @post(
        "/release/authority",
        opt={"right": Right.AUTHORITY},
        status_code=200,
        request_max_body_size=service.settings.rows_bytes,
        media_type="text/csv",
        responses=REFUSALS,
        tags=["release"],
        response_headers=_TOLD,
    )
    async def authority(data: JSONBody[AuthorityBody], request: Asked) -> Stream:
        """Hand an authority what its document demands; CSV, marked, ledgered, and only with a second person's word."""
        asked = demand_request(data, purpose=data.purpose, caller=caller_of(request), approval=data.approval)
        return _csv(
            await service.site.run_beside(
                lambda opened: hand_over(opened, request=asked, keys=data.keys, drop=data.drop)
            )
        )

    @post("/release/answer", opt={"right": Right.ANSWER}, status_code=200, responses=REFUSALS, tags=["release"])
    async def answer(data: JSONBody[AnswerBody], request: Asked, idempotency_key: IdempotencyKey = None) -> Said:
        """Say yes or no about one person; the value stays inside the door."""
        ask = replace(ask_of(data, request), question=question_of(data.question))

        async def work() -> Said:
            answered = await service.ask(ask)
            assert isinstance(answered, Answered)
            return Said(entry=answered.receipt.index, answer=answered.answer)

        return await service.answer_once(request, work, entry_of=lambda said: said.entry)

    @post("/release/list", opt={"right": Right.LIST}, status_code=200, responses=REFUSALS, tags=["release"])
    async def list_open(data: JSONBody[ListBody], request: Asked) -> Listed:
        """Show a page of the persons of the caller's open cases; every one of them stands in the ledger."""
        asked = page_request(data, purpose=data.purpose, caller=caller_of(request), approval=data.approval)
        listed = await service.site.run(lambda opened: list_cases(opened.door, request=asked))
        return Listed(
            entry=None if listed.receipt is None else listed.receipt.index,
            rows=[Row(case=case, fields=fields) for case, fields in listed.rows.reveal()],
            next=listed.after,
            withheld=dict(listed.withheld),
        )

    @post("/release/find", opt={"right": Right.FIND}, status_code=200, responses=REFUSALS, tags=["release"])
    async def find(data: JSONBody[FindBody], request: Asked) -> Found:
        """Say which of the caller's own open cases concern the person of a value; nothing else of her."""
        require_id(data.purpose, what="purpose")
        caller = caller_of(request)
        cases = await service.search(
            lambda opened: find_cases(
                opened,
                caller=caller,
                purpose=PurposeName(data.purpose),
                field=FieldName(data.field),
                value=data.value,
                part=data.part or "",
            )
        )
        return Found(cases=list(cases))

    @post(
        "/release",
        opt={"right": Right.SUPPLY},
        status_code=200,
        request_max_body_size=service.settings.rows_bytes,
        responses=REFUSALS,
        tags=["release"],
    )
    async def supply_rows(
        data: JSONBody[SupplyBody], request: Asked, idempotency_key: IdempotencyKey = None
    ) -> Supplied:
        """Mark and ledger rows of the platform's own before they are shown; any language can use the door this way."""
        caller = caller_of(request)
        asked = SuppliedRequest(
            account=caller.account,
            purpose=PurposeName(require_id(data.purpose, what="purpose")),
            case=None if data.case is None else CaseId(require_id(data.case, what="case")),
            roles=caller.roles,
            attributes=caller.attributes,
            approval=None if data.approval is None else ApprovalId(data.approval),
        )

        async def work() -> Supplied:
            return await service.site.run(lambda opened: supply(opened, request=asked, rows=data.rows))

        return await service.answer_once(request, work, entry_of=lambda supplied: supplied.entry)

    return [lookup, list_open, answer, find, supply_rows, export, authority]


def _csv(handed: Handed) -> Stream:
    done = handed.done
    told = {
        "entry": done.receipt.index,
        "rows": done.rows,
        "decoys": done.decoys,
        "withheld": sum(done.withheld.values()),
    }
    headers = {f"suyuan-{name}": str(number) for name, number in told.items()}
    headers["content-disposition"] = 'attachment; filename="release.csv"'
    return Stream(handed.file.chunks(), headers=headers, media_type="text/csv")


def page_request(
    page: ListBody | PageAsked, *, purpose: str, caller: Caller, approval: str | None = None
) -> ListRequest:
    """Give what is asked of the door by a page of the caller's own open cases."""
    return ListRequest(
        account=caller.account,
        purpose=PurposeName(require_id(purpose, what="purpose")),
        after=page.after,
        count=page.count,
        queue=page.queue,
        roles=caller.roles,
        attributes=caller.attributes,
        approval=None if approval is None else ApprovalId(approval),
    )


def file_request(
    file: ExportBody | FileAsked, *, purpose: str, caller: Caller, approval: str | None = None
) -> ExportRequest:
    """Give what is asked of the door by a partner's file."""
    return ExportRequest(
        partner=PartnerId(require_id(file.partner, what="partner")),
        purpose=PurposeName(require_id(purpose, what="purpose")),
        contract=ContractId(require_id(file.contract, what="contract")),
        account=caller.account,
        roles=caller.roles,
        attributes=caller.attributes,
        approval=None if approval is None else ApprovalId(approval),
    )


def demand_request(
    demand: AuthorityBody | DemandAsked, *, purpose: str, caller: Caller, approval: str | None = None
) -> AuthorityRequest:
    """Give what is asked of the door by an authority's demand."""
    return AuthorityRequest(
        authority=PartnerId(require_id(demand.authority, what="authority")),
        purpose=PurposeName(require_id(purpose, what="purpose")),
        document=require_id(demand.document, what="document"),
        region=require_id(demand.region, what="region"),
        permission=require_id(demand.permission, what="permission") if demand.permission else "",
        account=caller.account,
        roles=caller.roles,
        attributes=caller.attributes,
        approval=None if approval is None else ApprovalId(approval),
    )


def question_of(data: QuestionBody) -> Question:
    """Give the question of a body."""
    if (data.equal is None) == (data.at_least is None):
        raise RequestError(
            "a question has either `equal` or `at_least`",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="serve.body",
            fields=("question",),
        )
    if data.equal is not None:
        return Question(field=FieldName(data.field), compare=Compare.EQUAL, value=data.equal)
    return Question(field=FieldName(data.field), compare=Compare.AT_LEAST, value=str(data.at_least))


def ask_of(data: PersonBody, request: Asked) -> Ask:
    """Give what a body asks of the door, for its caller."""
    require_id(data.purpose, what="purpose")
    if data.case is not None:
        require_id(data.case, what="case")
    require_one_way(data)
    return Ask(
        caller=caller_of(request),
        purpose=PurposeName(data.purpose),
        case=None if data.case is None else CaseId(data.case),
        key=data.key if data.key is not None else data.value,
        field=data.field or "",
        approval=None if data.approval is None else ApprovalId(data.approval),
    )


def require_one_way(data: PersonBody) -> None:
    """Require that a person is named in one way: by key, by field and value, or by the case alone."""
    if (data.field is None) != (data.value is None) or (data.key is not None and data.value is not None):
        raise RequestError(
            "name the person by `key`, or by `field` and `value`, or by the case alone",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="serve.body",
            fields=("key", "field", "value"),
        )
