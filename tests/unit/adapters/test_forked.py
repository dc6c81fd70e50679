import os
import signal
import socket
import time
from collections.abc import Iterator

import pytest
from tests.children import children

from suyuan.adapters import forked
from suyuan.adapters.forked import Forked, processors

pytestmark = pytest.mark.skipif(processors() < 1 or not hasattr(os, "fork"), reason="this system copies no process")


def test_the_result_comes_back_whole() -> None:
    secret = os.urandom(32)
    work = Forked(lambda: iter([secret, secret[::-1], b"end"]), size_bytes=67)
    assert work.result() == secret + secret[::-1] + b"end"


def test_two_run_side_by_side_and_are_waited_for_in_any_order() -> None:
    def slow(text: bytes) -> Iterator[bytes]:
        time.sleep(0.05)
        yield text

    first, second = (Forked(lambda text=text: slow(text), size_bytes=3) for text in (b"one", b"two"))  # type: ignore[misc]
    assert (second.result(), first.result()) == (b"two", b"one")


@pytest.mark.parametrize("end", ["raises", "stops early", "is killed", "leaves", "gives too much"])
def test_a_copy_that_does_not_come_to_its_end_gives_nothing(end: str) -> None:
    def work() -> Iterator[bytes]:
        yield b"half"
        if end == "raises":
            raise RuntimeError("a secret")
        if end == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if end == "leaves":
            os._exit(0)
        if end == "gives too much":
            yield b"more than half"

    assert Forked(work, size_bytes=8).result() is None


def test_a_copy_that_stands_still_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> Iterator[bytes]:
        yield b"half"
        time.sleep(60)

    monkeypatch.setattr(forked, "_STANDSTILL_SECONDS", 0.1)
    assert Forked(work, size_bytes=8).result() is None


def test_a_copy_can_be_stopped_and_is_gone() -> None:
    def work() -> Iterator[bytes]:
        time.sleep(60)
        yield b"never"

    before = children()
    running = Forked(work, size_bytes=5)
    assert len(children() - before) == 1
    running.stop()
    running.stop()
    assert not children() - before


def test_no_connection_of_this_process_lives_on_in_a_copy() -> None:
    here, there = socket.socketpair()

    def work() -> Iterator[bytes]:
        time.sleep(60)
        yield b"never"

    running = Forked(work, size_bytes=5)
    try:
        deadline = time.monotonic() + 20
        while (links := len(os.listdir(f"/proc/{running._process}/fd"))) > 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert links <= 3
        here.close()
        there.settimeout(20)
        assert there.recv(1) == b"", "the other end sees at once that this process is gone"
    finally:
        running.stop()
        there.close()
