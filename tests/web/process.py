"""`suyuan serve` as a process of its own, for tests that stop it, kill it, or take its database away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.command_line import ROOT

START_SECONDS = 60.0


@dataclass
class Running:
    """A server that answers at `url`; its standard error is in `log`."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end, and give its exit code."""
        self.process.send_signal(by)
        return self.process.wait(timeout=START_SECONDS)

    def wait_ready(self, *, ready: bool = True) -> None:
        """Wait until it says that it is ready, or that it is not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if (httpx.get(f"{self.url}/ready", timeout=5).status_code == 200) is ready:
                    return
            except httpx.HTTPError:
                pass
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        raise AssertionError(f"the server does not become ready={ready}:\n{self.log.read_text()[-2000:]}")


@contextmanager
def serving(store: Path, *arguments: str) -> Iterator[Running]:
    """Start a server on a free port and wait until it is ready; killed at the end if it still runs."""
    log = store.parent / "serve.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "suyuan", "serve", "--store", str(store), "--port", "0", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        assert line.startswith("serving "), f"{line}{log.read_text()[-2000:]}"
        running = Running(process=process, url=line.removeprefix("serving ").strip(), log=log)
        running.wait_ready()
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
