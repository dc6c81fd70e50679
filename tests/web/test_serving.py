"""The server as a process: told to stop, killed, without its database, reached in ways it must not be."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.command_line import run_program
from tests.courier import POLICY
from tests.postgres_server import PostgresServer, running_server
from tests.web.process import Running, serving
from tests.web.site import Planted, plant

from suyuan.app import open_log
from suyuan.ledger.entry import ReleaseEntry
from suyuan.ledger.verify import verify_log
from suyuan.release import sides

CALLERS = 6
FREE = "\n[serve]\nrequests_per_second = 1e6\nburst = 1000000\naddress_requests_per_second = 1e6\naddress_burst = 1000000\n"
MOST_SECONDS = 60.0


def let_many(store: Path) -> None:
    settings = store / "suyuan.toml"
    settings.write_text(settings.read_text() + FREE)


@dataclass
class Callers:
    """Threads that look up without pause; `entries` are of what was shown to them."""

    url: str
    planted: Planted
    entries: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def call(self, number: int) -> None:
        key = self.planted.keys["clerk-1"]
        at = number
        while not self.over.is_set():
            body = {"purpose": "delivery", "case": self.planted.case("clerk-1", at % 6)}
            at += 1
            try:
                answer = httpx.post(
                    f"{self.url}/release/lookup", json=body, headers={"authorization": f"Bearer {key}"}, timeout=30
                )
            except httpx.HTTPError:
                time.sleep(0.02)
                continue
            self.statuses.append(answer.status_code)
            if answer.status_code == 200:
                self.entries.append(answer.json()["entry"])
            else:
                time.sleep(0.02)

    def wait_for(self, answers: int) -> None:
        deadline = time.monotonic() + MOST_SECONDS
        while len(self.entries) < answers:
            assert time.monotonic() < deadline, f"only {len(self.entries)} answers; {set(self.statuses)}"
            time.sleep(0.02)


@contextmanager
def calling(running: Running, planted: Planted) -> Iterator[Callers]:
    callers = Callers(running.url, planted)
    threads = [threading.Thread(target=callers.call, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        callers.over.set()
        for thread in threads:
            thread.join()


def require_ledgered(store: Path, entries: list[int]) -> None:
    """Everything that was shown has a release of its own in a ledger that verifies."""
    assert len(set(entries)) == len(entries)
    with open_log(store) as (log, files, key):
        verify_log(log, keys=(key,), files=files)
        for entry in entries:
            assert isinstance(log.entry(entry).body, ReleaseEntry)
            assert log.side(entry, name=sides.PLAN_SIDE) is not None


def test_sigterm_answers_who_is_being_answered_and_ends_in_order(tmp_path: Path) -> None:
    planted = plant(tmp_path)
    let_many(planted.folder)
    with serving(planted.folder) as running, calling(running, planted) as callers:
        callers.wait_for(30)
        assert running.stop() == 0, running.log.read_text()
        callers.over.set()
    require_ledgered(planted.folder, callers.entries)
    assert set(callers.statuses) <= {200, 503}
    with open_log(planted.folder) as (log, files, _):
        checkpoint = files.read("checkpoint")
        assert checkpoint is not None
        assert int(checkpoint.splitlines()[1]) == log.size, "the last entries are published"
    assert '"event":"serve.stopped"' in running.log.read_text()


def test_a_killed_server_has_shown_nothing_without_an_entry(tmp_path: Path) -> None:
    planted = plant(tmp_path)
    let_many(planted.folder)
    entries: list[int] = []
    for _ in range(2):
        with serving(planted.folder) as running, calling(running, planted) as callers:
            callers.wait_for(20)
            running.stop(signal.SIGKILL)
            callers.over.set()
        entries += callers.entries
    require_ledgered(planted.folder, entries)


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


def test_a_database_that_restarts_under_load_loses_nothing(own_postgres: PostgresServer, tmp_path: Path) -> None:
    url = own_postgres.new_database()
    made = run_program(
        "init", tmp_path / "store", "--ledger", url, "--passphrase-file", tmp_path / "pass", folder=tmp_path
    )
    assert made.code == 0, made.err
    for name, text in POLICY.items():
        (tmp_path / "store" / "policy" / name).write_text(text, encoding="utf-8")
    planted = plant(tmp_path, store=tmp_path / "store")
    let_many(planted.folder)
    with serving(planted.folder) as running, calling(running, planted) as callers:
        callers.wait_for(20)
        for end in (own_postgres.kill, own_postgres.stop):
            end()
            running.wait_ready(ready=False)
            assert httpx.get(f"{running.url}/health", timeout=5).status_code == 200
            own_postgres.start()
            running.wait_ready()
            callers.wait_for(len(callers.entries) + 20)
        assert running.stop() == 0
        callers.over.set()
    require_ledgered(planted.folder, callers.entries)
    assert set(callers.statuses) <= {200, 503}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--host", "0.0.0.0"), 3, "there is no TLS"),
        (("--host", "198.51.100.1", "--behind-proxy"), 5, "cannot listen"),
        (("--tls-cert", "nowhere.pem"), 3, "given together"),
        (("--tls-cert", "nowhere.pem", "--tls-key", "nowhere.key"), 3, "no file that can be read"),
    ],
)
def test_it_does_not_listen_where_values_could_be_read(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    planted = plant(tmp_path, people=2)
    done = run_program("serve", "--store", planted.folder, "--port", "0", *arguments, folder=tmp_path)
    assert done.code == code
    assert said in done.err


def test_a_store_that_cannot_be_opened_is_one_clear_line(tmp_path: Path) -> None:
    planted = plant(tmp_path, people=2)
    (tmp_path / "store.passphrase").chmod(0o644)
    done = run_program("serve", "--store", planted.folder, "--port", "0", folder=tmp_path)
    assert done.code == 3
    assert "can be read by others" in done.err
