"""What a server does beside its answers: row keys ahead, counters of budgets and of whose time is over, their own port."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests.web.process import serving
from tests.web.site import FAST, Planted, Served, plant, served

from suyuan.config import read_settings
from suyuan.errors import RefusedError
from suyuan.web import site as site_module

TRIES = 200


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("beside"), people=6)


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(TRIES):
        if await what():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came")


def test_row_keys_are_drawn_before_a_look_up_needs_them(planted: Planted) -> None:
    async def story(site: Served) -> None:
        async def left() -> int:
            return await site.server.site.run(lambda opened: opened.door.row_keys.left)

        async def enough() -> bool:
            return await left() > 15

        assert await left() == 0
        assert (await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0))).status_code == 200
        # Nobody asks any more, and the second pool comes all the same.
        await until(enough)

    async def run() -> None:
        async with served(planted) as site:
            await story(site)

    asyncio.run(run())


def test_a_server_stops_while_row_keys_are_drawn(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "KEYS_AHEAD", 1_000_000)

    async def run() -> None:
        async with served(planted) as site:
            case = planted.case("clerk-1", 0)
            answers = await asyncio.gather(*(site.lookup(purpose="delivery", case=case) for _ in range(40)))
            assert {answer.status_code for answer in answers} == {200}

    asyncio.run(run())
    asyncio.run(run())


def test_counters_tell_of_budgets_and_of_whose_time_is_over(planted: Planted) -> None:
    async def run() -> None:
        async with served(planted, settings=replace(FAST, publish_seconds=0.1)) as site:
            for at in range(3):
                await site.lookup(purpose="delivery", case=planted.case("clerk-1", at))

            async def counted() -> bool:
                text = (await site.call("GET", "/metrics", by="prom")).text
                used = re.search(r'suyuan_budget_used_ratio\{purpose="delivery"\} (\S+)', text)
                return used is not None and float(used[1]) == pytest.approx(0.003)

            await until(counted)
            text = (await site.call("GET", "/metrics", by="prom")).text
            assert "suyuan_retention_due_persons 0.0" in text
            assert "clerk-1" not in text

    asyncio.run(run())


def test_counters_have_a_port_of_their_own(tmp_path: Path) -> None:
    store = plant(tmp_path, people=2).folder
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{probe.getsockname()[1]}"
    settings = store / "suyuan.toml"
    settings.write_text(settings.read_text() + f'\n[serve]\nmetrics = "{at}"\n')
    with serving(store) as running:
        assert "suyuan_ready 1.0" in httpx.get(f"http://{at}/metrics").text
        assert httpx.get(f"{running.url}/metrics").status_code == 401
        assert running.stop() == 0


@pytest.mark.parametrize("wrong", ["9464", "localhost:9464", "127.0.0.1:0", "127.0.0.1:x", "127.0.0.1:70000"])
def test_an_address_of_counters_is_an_address_and_a_port(tmp_path: Path, wrong: str) -> None:
    store = plant(tmp_path, people=2).folder
    settings = store / "suyuan.toml"
    settings.write_text(settings.read_text() + f'\n[serve]\nmetrics = "{wrong}"\n')
    with pytest.raises(RefusedError, match="metrics"):
        read_settings(store)
