"""The client against a real server process: every method, its errors, and what it sends again."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.web.process import Running, serving
from tests.web.site import Planted, plant
from tests.web.test_serving import let_many

from suyuan.client import Client, Demand, TryAgainError
from suyuan.errors import RefusedError, UnavailableError

PURPOSES = """
[screen]
ground = "contract"
acts = ["supplied", "answer"]
needs_case = false
fields = { customer = "clear", name = "clear", phone = "masked" }
[orders]
ground = "legal_duty"
citation = "Criminal Procedure Law, article 54"
acts = ["authority", "approve"]
needs_case = false
fields = { customer = "clear", name = "clear", phone = "clear" }
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    made = plant(tmp_path_factory.mktemp("client"))
    policy = made.folder / "policy" / "purposes.toml"
    policy.write_text(policy.read_text() + PURPOSES)
    let_many(made.folder)
    return made


@pytest.fixture(scope="module")
def running(planted: Planted) -> Iterator[Running]:
    with serving(planted.folder) as server:
        yield server


def test_every_call_over_the_wire(planted: Planted, running: Running, tmp_path: Path) -> None:
    keys = planted.keys
    with Client(running.url, api_key=keys["clerk-1"]) as clerk, Client(running.url, api_key=keys["shop"]) as shop:
        assert clerk.me().account == "clerk-1"
        shown = clerk.lookup(purpose="delivery", case=planted.case("clerk-1", 0))
        assert set(shown.fields) == {"name", "phone", "address"}
        assert not any(value in repr(shown) for value in shown.fields.values())
        by_phone = clerk.lookup(
            purpose="delivery", case=planted.case("clerk-1", 0), by=("phone", planted.people[0]["phone"])
        )
        assert by_phone.entry > shown.entry
        asked = clerk.answer(purpose="screen", field="name", equal=planted.people[0]["name"], key=planted.customers[0])
        assert asked.answer is True
        found = clerk.find(purpose="delivery", field="phone", value=planted.people[1]["phone"])
        assert found == (planted.case("clerk-1", 1),)
        marked = shop.release_rows([{"customer": "N-1", "name": "王小明", "phone": "13911112222"}], purpose="screen")
        assert marked.rows[0]["customer"] == "N-1"
        stored = shop.put_cases(
            [{"case": "new", "account": "clerk-1", "person": planted.customers[9], "opened": "2026-01-01T00:00:00Z"}]
        )
        assert stored == 1
        assert clerk.lookup(purpose="delivery", case="new").entry > by_phone.entry
        question = clerk.ask_approval(purpose="delivery", case="new", reason="customer called back")
    with Client(running.url, api_key=keys["boss"]) as boss:
        assert [one.id for one in boss.approvals()] == [question.id]
        assert boss.approve(question.id).state == "approved"
    with Client(running.url, api_key=keys["files"]) as files:
        out = tmp_path / "out.csv"
        made = files.export(out, partner="p", purpose="fulfilment", contract="C-1", drop=("email",))
        assert made.size_bytes == out.stat().st_size
        assert out.stat().st_mode & 0o077 == 0
        assert len(out.read_text().splitlines()) == 1 + made.rows
        with pytest.raises(RefusedError) as there:
            files.export(out, partner="p", purpose="fulfilment", contract="C-1")
        assert there.value.code == "file.exists"


def test_a_demand_goes_over_the_wire_on_a_second_persons_word(
    planted: Planted, running: Running, tmp_path: Path
) -> None:
    keys, out = planted.keys, tmp_path / "police.csv"
    demand = Demand(authority="hz-police", document="2026-117", keys=planted.customers[:2], drop=("phone",))
    assert planted.customers[0] not in repr(demand)
    with Client(running.url, api_key=keys["counsel"]) as counsel, Client(running.url, api_key=keys["boss"]) as boss:
        with pytest.raises(RefusedError) as unasked:
            counsel.authority(out, demand, purpose="orders")
        assert unasked.value.code == "release.approval"
        assert not out.exists()
        question = counsel.ask_approval(purpose="orders", reason="fraud file 117", demand=demand)
        assert boss.approve(question.id).state == "approved"
        made = counsel.authority(out, demand, purpose="orders", approval=question.id)
    assert (made.rows, made.decoys, made.withheld) == (2, 0, 0)
    header, *rows = out.read_text().splitlines()
    assert header == "customer,name"
    assert {row.split(",")[0] for row in rows} == set(planted.customers[:2])


def test_refusals_carry_code_and_hint(planted: Planted, running: Running, tmp_path: Path) -> None:
    with Client(running.url, api_key=planted.keys["clerk-1"]) as clerk:
        with pytest.raises(RefusedError) as refused:
            clerk.lookup(purpose="delivery", case=planted.case("clerk-2", 7))
        assert refused.value.code == "release.case"
        assert refused.value.hint
        with pytest.raises(RefusedError) as out:
            clerk.export(tmp_path / "o.csv", partner="p", purpose="fulfilment", contract="C-1")
        assert out.value.code == "serve.right"
        assert not (tmp_path / "o.csv").exists()
        with pytest.raises(RefusedError) as named:
            clerk.approve("../accounts")
        assert named.value.code == "id.text"
    with Client(running.url, api_key="sy_wrong") as nobody, pytest.raises(RefusedError) as unknown:
        nobody.me()
    assert unknown.value.code == "serve.unauthenticated"
    with pytest.raises(RefusedError):
        Client(running.url)


def test_a_lost_answer_is_asked_for_again_and_released_once(planted: Planted, running: Running) -> None:
    """The network takes the first answer away after the server gave it."""
    sent: list[str] = []

    class Lossy(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            sent.append(request.headers.get("idempotency-key", ""))
            if len(sent) == 1:
                answer.read()
                raise httpx.ReadError("the connection was cut", request=request)
            return answer

    key = planted.keys["clerk-1"]
    with Client(running.url, api_key=key, transport=Lossy(), sleep=lambda _: None) as clerk:
        first = clerk.lookup(purpose="delivery", case=planted.case("clerk-1", 2))
        assert len(sent) == 2
        assert sent[0] == sent[1] != ""
        second = clerk.lookup(purpose="delivery", case=planted.case("clerk-1", 2))
    # Outcome and release of the second stand behind the first: one release each, although three were sent.
    assert second.entry - first.entry <= 2


def test_a_busy_server_is_asked_again_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    busy = httpx.Response(503, headers={"retry-after": "3"}, json={"code": "serve.closed", "detail": "not open"})
    answers = iter(
        [busy, busy, httpx.Response(200, json={"account": "a", "roles": [], "attributes": {}, "rights": []})]
    )
    with Client(
        "http://x", api_key="k", transport=httpx.MockTransport(lambda _: next(answers)), sleep=waits.append
    ) as client:
        assert client.me().account == "a"
    assert waits == [3.0, 3.0]
    always = httpx.MockTransport(lambda _: busy)
    with Client("http://x", token="t", transport=always, sleep=waits.append) as client:
        with pytest.raises(TryAgainError) as again:
            client.lookup(purpose="p")
        assert again.value.seconds == 3.0


def test_what_is_not_keyed_is_sent_once() -> None:
    sent: list[str] = []

    def cut(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        raise httpx.ReadError("cut", request=request)

    with (
        Client("http://x", token="t", transport=httpx.MockTransport(cut), sleep=lambda _: None) as client,
        pytest.raises(UnavailableError) as lost,
    ):
        client.consent("C-1", purpose="marketing", given=True)
    assert lost.value.code == "serve.unreachable"
    assert sent == ["/collect/consents"]
