"""`/collect`: cases that a platform pushes, submissions, and what people say to purposes."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl
from litestar import Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from suyuan.collect.ports import ConsentScope
from suyuan.collect.ports import ConsentState as Stance
from suyuan.collect.rules import Language, published_rules
from suyuan.collect.rules_text import as_data
from suyuan.collect.submission import Submission
from suyuan.collect.word import Word
from suyuan.errors import RefusedError
from suyuan.flows.told import Said, Told
from suyuan.hold.ports import CaseLink
from suyuan.kinds import KINDS
from suyuan.legible import require_id
from suyuan.terms import AccountId, CaseId, PersonId, PersonNumber, PurposeName
from suyuan.web.face import header
from suyuan.web.finding import person_by_key
from suyuan.web.problems import wants_chinese
from suyuan.web.rights import Right
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Asked, Service
from suyuan.web.shapes import (
    CaseBody,
    CasesBody,
    ConsentBody,
    ConsentHistory,
    ConsentReceipt,
    ConsentState,
    Count,
    MayAsk,
    PersonKeyBody,
    SubmissionBody,
    Submitted,
    WithdrawBody,
)
from suyuan.web.waiting import Opened


def routes(service: Service) -> list[HTTPRouteHandler]:
    """Give the routes of taking in."""
    site = service.site

    @put(
        "/collect/cases",
        opt={"right": Right.CASES},
        responses=REFUSALS,
        request_max_body_size=service.settings.rows_bytes,
        tags=["collect"],
    )
    async def cases(data: JSONBody[CasesBody]) -> Count:
        """Store or update cases, all or none: which account works on which person, from when until when."""
        return Count(stored=await site.run(lambda opened: _store(opened, data.cases)))

    @post("/collect/submissions", opt={"right": Right.SUBMIT}, status_code=201, responses=REFUSALS, tags=["collect"])
    async def submit(data: JSONBody[SubmissionBody]) -> Submitted:
        """Take in one submission, whole or not at all; a field that none of its purposes may have is refused by name."""
        return await site.run(lambda opened: _submit(opened, data))

    @post("/collect/consents", opt={"right": Right.CONSENT}, status_code=201, responses=REFUSALS, tags=["collect"])
    async def consent(data: JSONBody[ConsentBody]) -> ConsentReceipt:
        """Take a person's yes or no to one purpose; ledgered first, and answered with a signed receipt for her."""
        state = Stance.GIVEN if data.given else Stance.REFUSED
        return await site.run(lambda opened: _say(opened, data, state=state))

    @post(
        "/collect/consents/withdraw",
        opt={"right": Right.CONSENT},
        status_code=200,
        responses=REFUSALS,
        tags=["collect"],
    )
    async def withdraw(data: JSONBody[WithdrawBody]) -> ConsentReceipt:
        """Take back a person's yes; the next release on it is refused."""
        return await site.run(lambda opened: _say(opened, data, state=Stance.WITHDRAWN))

    @post(
        "/collect/consents/may-ask",
        opt={"right": Right.CONSENT},
        status_code=200,
        responses=REFUSALS,
        tags=["collect"],
    )
    async def may_ask(data: JSONBody[WithdrawBody]) -> MayAsk:
        """Say whether a person may be asked for a consent now, before anything is shown to her: not for a time after a no."""

        def work(opened: Opened) -> MayAsk:
            opened.store.consents.require_may_ask(_word(opened, data, state=Stance.GIVEN))
            return MayAsk(may_ask=True)

        return await site.run(work)

    @post(
        "/collect/consents/history", opt={"right": Right.CONSENT}, status_code=200, responses=REFUSALS, tags=["collect"]
    )
    async def history(data: JSONBody[PersonKeyBody]) -> ConsentHistory:
        """Give everything a person has said. Her key is in the body: addresses are written into logs on the way."""

        def work(opened: Opened) -> Sequence[Told]:
            return opened.store.consents.of(person_by_key(opened, key=data.person))

        return ConsentHistory(consents=[_state(one) for one in await site.run(work)])

    @get("/collect/rules", opt={"public": True}, responses=REFUSALS, tags=["collect"], security=[])
    async def rules(request: Asked) -> Response[dict[str, object]]:
        """Give the published rules, made from the very policy that decides; in Chinese or English by Accept-Language."""
        chinese = wants_chinese(header(request.scope, b"accept-language"))
        found = await site.run(lambda opened: _rules(opened, lang="zh" if chinese else "en"))
        headers = {"cache-control": "public, max-age=300", "vary": "accept-language"}
        return Response(found, media_type="application/json", headers=headers)

    return [cases, submit, consent, withdraw, may_ask, history, rules]


def _rules(opened: Opened, *, lang: Language) -> dict[str, object]:
    on = opened.store.clock.now().date()
    return as_data(published_rules(opened.store.policy, lang=lang, on=on))


def _store(opened: Opened, cases: Sequence[CaseBody]) -> int:
    store = opened.store
    key = store.policy.require_key_field()
    column = KINDS[key.kind].canonical_column(pl.Series([case.person for case in cases], dtype=pl.String))
    persons = store.vault.known_by(key, values=column)
    unknown = np.flatnonzero(persons < 0)
    if len(unknown):
        raise RefusedError(
            f"case {int(unknown[0]) + 1} of the list: nobody in the store is known by this {key.name}",
            code="hold.person",
            hint="import the people first; no case was stored",
        )
    links = tuple(_link(case, person=int(person)) for case, person in zip(cases, persons.tolist(), strict=True))
    store.vault.add_cases(links)
    return len(links)


def _link(case: CaseBody, *, person: int) -> CaseLink:
    opened, closed = _utc(case.opened), None if case.closed is None else _utc(case.closed)
    if closed is not None and closed < opened:
        raise RefusedError("a case is closed before it is opened", code="collect.rows")
    for what, text in (("queue", case.queue), ("region", case.region)):
        if text:
            require_id(text, what=what)
    return CaseLink(
        case=CaseId(require_id(case.case, what="case")),
        account=AccountId(require_id(case.account, what="account")),
        person=PersonNumber(person),
        opened=opened,
        closed=closed,
        queue=case.queue,
        region=case.region,
    )


def _utc(at: datetime) -> datetime:
    """Give a time in UTC, as one without a zone is meant."""
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise RefusedError("a time lies outside the calendar", code="collect.rows") from None


def _submit(opened: Opened, data: SubmissionBody) -> Submitted:
    purposes = tuple(PurposeName(require_id(name, what="purpose")) for name in data.purposes)
    taken = opened.store.intake.submit(Submission(purposes=purposes, values=data.values))
    return Submitted(
        added=taken.added,
        taken={purpose: sorted(fields) for purpose, fields in taken.submitted.taken.items()},
    )


def _say(opened: Opened, data: ConsentBody | WithdrawBody, *, state: Stance) -> ConsentReceipt:
    [said] = opened.store.consents.say((_word(opened, data, state=state),))
    return _receipt(said)


def _word(opened: Opened, data: ConsentBody | WithdrawBody, *, state: Stance) -> Word:
    key = opened.store.policy.require_key_field()
    return Word(
        person=person_by_key(opened, key=data.person),
        principal=PersonId(str(KINDS[key.kind].canonical(data.person))),
        purpose=PurposeName(require_id(data.purpose, what="purpose")),
        state=state,
        scope=_scope(data.scope),
        recipient=require_id(data.recipient, what="recipient") if data.recipient else "",
        guardian=data.guardian if isinstance(data, ConsentBody) else "",
        channel=(data.channel if isinstance(data, ConsentBody) else "") or "http",
        prompted=data.prompted if isinstance(data, ConsentBody) else True,
    )


def _receipt(said: Said) -> ConsentReceipt:
    return ConsentReceipt(entry=said.consent.entry, receipt=said.receipt.decode("utf-8"))


def _scope(text: str) -> ConsentScope:
    try:
        return ConsentScope(text)
    except ValueError:
        known = ", ".join(scope.value for scope in ConsentScope)
        raise RefusedError("there is no such scope", code="collect.scope", hint=f"scopes are: {known}") from None


def _state(consent: Told) -> ConsentState:
    return ConsentState(
        id=consent.id.hex(),
        purpose=consent.purpose,
        scope=consent.scope.value,
        recipient=consent.recipient,
        state=consent.state.value,
        at=consent.at,
        entry=consent.entry,
    )
