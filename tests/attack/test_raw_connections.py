"""What no client library sends: bodies that trickle, break off or lie about their length, callers who hang up."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.web.process import Running, serving
from tests.web.site import Planted, plant

from suyuan.app import open_log
from suyuan.errors import SuyuanError
from suyuan.ledger.entry import BatchEntry, OutcomeEntry
from suyuan.web import body

PLANTED = "13911112222"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("raw"), people=4)


@pytest.fixture(scope="module")
def running(planted: Planted) -> Iterator[Running]:
    with serving(planted.folder) as started:
        yield started


def _connect(running: Running) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", int(running.url.rpartition(":")[2])), timeout=10)
    found.settimeout(10)
    return found


def _say(running: Running, text: str) -> bytes:
    """Say something, no more, and give all that is answered."""
    with _connect(running) as there:
        there.sendall(text.encode("latin-1"))
        there.shutdown(socket.SHUT_WR)
        answer = b""
        while part := there.recv(65_536):
            answer += part
    return answer


def _head(planted: Planted, *, path: str = "/release/lookup", by: str = "clerk-1", more: str = "") -> str:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {planted.keys[by]}\r\n"
        f"Content-Type: application/json\r\n{more}\r\n"
    )


def test_what_is_no_request_is_nobodys_fault_but_the_callers(planted: Planted, running: Running) -> None:
    asked = json.dumps({"purpose": "delivery", "case": planted.case("clerk-1", 0)})
    for text in (
        _head(planted, more=f"Content-Length: {len(asked)}\r\nContent-Length: 5\r\n") + asked,
        _head(planted, more="Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")
        + "0\r\n\r\nGET /me HTTP/1.1\r\n\r\n",
        _head(planted, more="Transfer-Encoding: xchunked\r\n") + asked,
        _head(planted, more="Transfer-Encoding: chunked\r\n") + f"ZZ\r\n{PLANTED}\r\n",
        _head(planted, more="Content-Encoding: gzip\r\nContent-Length: 20\r\n") + "\x1f" * 20,
        _head(planted, more="Content-Length: 900\r\n") + f'{{"purpose": "{PLANTED}',
        _head(planted, more="Idempotency-Key: \xe9\x01\r\nContent-Length: 2\r\n") + "{}",
        f"{PLANTED} /{PLANTED} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        f"GET /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \xe9{PLANTED}\r\n\r\n",
        "GET /\x80\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ):
        answer = _say(running, text)
        assert PLANTED.encode() not in answer
        assert answer.count(b"HTTP/1.1 ") <= 1, "nothing behind a body is taken for another request"
        assert not answer or answer[9:12] in (b"400", b"401", b"404", b"408"), answer[:80]
    log = running.log.read_text()
    assert '"status":5' not in log
    assert PLANTED not in log
    assert all(line.startswith("{") for line in log.splitlines())


def test_callers_who_hang_up_leave_nothing_behind(planted: Planted, running: Running) -> None:
    asked = json.dumps({"purpose": "delivery", "case": planted.case("clerk-1", 0)})
    file = json.dumps({"partner": "p", "purpose": "fulfilment", "contract": "C-1"})
    httpx.get(f"{running.url}/health")
    before = len(os.listdir(f"/proc/{running.process.pid}/fd"))
    for at in range(30):
        with _connect(running) as there:
            sent = asked if at % 2 else asked[:10]
            there.sendall((_head(planted, more=f"Content-Length: {len(asked)}\r\n") + sent).encode())
        if at % 10 == 0:
            with _connect(running) as there:
                head = _head(planted, path="/release/export", by="files", more=f"Content-Length: {len(file)}\r\n")
                there.sendall((head + file).encode())
                time.sleep(0.02 * at)
    deadline = time.monotonic() + 20
    while len(os.listdir(f"/proc/{running.process.pid}/fd")) > before + 4 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(os.listdir(f"/proc/{running.process.pid}/fd")) <= before + 4
    shown = httpx.post(
        f"{running.url}/release/lookup",
        headers={"authorization": f"Bearer {planted.keys['clerk-1']}"},
        json=json.loads(asked),
    )
    assert shown.status_code == 200
    assert running.stop() == 0
    log = running.log.read_text()
    assert '"status":5' not in log, "a caller who is gone is no fault of the server's"
    with open_log(planted.folder) as (entries, _, _):
        bodies = [(index, entry.body) for index, entry in entries.entries()]
    ended = {one.release for _, one in bodies if isinstance(one, OutcomeEntry)}
    files = [index for index, one in bodies if isinstance(one, BatchEntry)]
    assert files
    assert set(files) <= ended, "a file that nobody waited for was made, and its entry says so"


def test_a_body_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(body, "SLOWEST_BYTES_PER_SECOND", 100)

    async def story(pause: float, size: int) -> list[int]:
        async def receive() -> dict[str, object]:
            await asyncio.sleep(pause)
            return {"type": "http.request", "body": b"x" * size, "more_body": True}

        taken, given = [], body.Body(receive)
        for _ in range(20):
            taken.append(len((await given())["body"]))
        return taken

    assert asyncio.run(story(0.02, 100)) == [100] * 20, "a long one at a fair pace may take longer than the grace"
    with pytest.raises(SuyuanError) as caught:
        asyncio.run(story(0.02, 1))
    assert caught.value.code == "serve.body"


def test_what_comes_after_a_whole_body_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "GRACE_SECONDS", 0.05)
    messages = iter([{"type": "http.request", "body": b"{}"}, {"type": "http.disconnect"}])

    async def story() -> None:
        async def receive() -> dict[str, object]:
            await asyncio.sleep(0.03)
            return next(messages)

        given = body.Body(receive)
        assert (await given())["body"] == b"{}"
        await asyncio.sleep(0.05)
        assert (await given())["type"] == "http.disconnect"

    asyncio.run(story())
