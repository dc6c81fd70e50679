"""What operators see: lines with allowed keys alone, spans without values, headers that shut browsers out."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.web.site import Planted, Served, plant, served

from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.web import site as site_module
from suyuan.web.logs import Log
from suyuan.web.problems import problem_of, retry_after, status_of
from suyuan.web.sentences import ZH


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("watching"), people=4)


@pytest.fixture(scope="module")
def spans() -> Iterator[InMemorySpanExporter]:
    """A process has one provider of tracers; this is the only test module that sets it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    yield exporter
    provider.shutdown()


def tell(planted: Planted, story: Callable[[Served], Awaitable[None]]) -> None:
    async def run() -> None:
        async with served(planted) as site:
            await story(site)

    asyncio.run(run())


def test_keys_that_are_not_allowed_are_dropped_and_counted() -> None:
    stream = io.StringIO()
    log = Log(stream)
    log.note("serve.request", route="/me", status=200, phone="13911112222", account={"a": 1}, code="x" * 301)
    [line] = stream.getvalue().splitlines()
    written = json.loads(line)
    assert set(written) == {"at", "event", "level", "route", "status"}
    assert log.dropped == 3


def test_spans_carry_no_value(planted: Planted, spans: InMemorySpanExporter) -> None:
    async def story(site: Served) -> None:
        await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0), key=planted.customers[0])
        await site.call("GET", f"/{planted.people[0]['phone']}", by="clerk-1")

    tell(planted, story)
    seen = [dict(span.attributes or {}) for span in spans.get_finished_spans() if span.name == "suyuan.request"]
    assert seen[-2] == {
        "http.request.method": "POST", "http.route": "/release/lookup", "http.response.status_code": 200,
    }  # fmt: skip
    assert seen[-1]["http.response.status_code"] == 404
    assert planted.people[0]["phone"] not in str(seen)


def test_every_answer_shuts_browsers_out(planted: Planted) -> None:
    async def story(site: Served) -> None:
        for method, path in (("GET", "/health"), ("GET", "/nothing"), ("GET", "/schema"), ("POST", "/release/lookup")):
            answer = await site.call(method, path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "script" not in answer.headers["content-security-policy"]
            assert len(answer.headers["x-request-id"]) == 16
            assert "http" not in answer.text.replace("/openapi.json", "") or path != "/schema"
        assert "/release/lookup" in (await site.call("GET", "/schema")).text

    tell(planted, story)


def test_what_a_server_keeps_to_itself_is_not_told() -> None:
    inside = UnavailableError("/srv/shop/data.db: the disk is full", code="store.full", hint="make room in /srv")
    told = problem_of(inside, chinese=False, instance="i")
    assert (told.status, told.code, retry_after(inside)) == (503, "store.full", 5)
    assert "/srv" not in told.detail + told.hint
    wrong = problem_of(VerificationError("entry 7 was altered"), chinese=False, instance="i")
    assert wrong.status == 500
    assert "entry 7" not in wrong.detail
    assert status_of(RefusedError("no", code="release.anything")) == 403


def test_every_code_of_the_door_has_its_sentence_in_chinese() -> None:
    for code in ("release.purpose", "release.case", "release.consent", "release.budget", "release.a_later_one"):
        told = problem_of(RefusedError("no", code=code), chinese=True, instance="i")
        assert any("\u4e00" <= character <= "\u9fff" for character in told.detail), code
    assert all(any("\u4e00" <= character <= "\u9fff" for character in said) for said in ZH.values())


def test_more_than_can_wait_are_sent_away(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "WAITING", 2)

    async def story(site: Served) -> None:
        body = {"purpose": "delivery", "case": planted.case("clerk-1", 0)}
        assert (await site.lookup(**body)).status_code == 200
        answers = await asyncio.gather(*(site.lookup(**body) for _ in range(40)))
        codes = {answer.status_code for answer in answers}
        assert codes == {200, 503}
        busy = next(answer for answer in answers if answer.status_code == 503)
        assert busy.json()["code"] == "serve.busy"
        assert busy.headers["retry-after"] == "1"

    tell(planted, story)
