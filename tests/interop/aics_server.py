"""A real `aics-witness` server: a witness of another author, with a database of its own, reached over HTTP."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NAME = "aics.witness.example/w"
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Where the server answers and under which key it signs."""

    program: str
    config: Path
    url: str
    vkey: str

    def evidence(self) -> list[dict[str, object]]:
        """Give the requests that it refused and keeps, because the log's key had signed them."""
        told = json.loads(run(self.program, "evidence", config=self.config))
        return told["evidence"] if isinstance(told, dict) else told


def run(program: str, *command: str, config: Path) -> str:
    """Run one command of `aics-witness`; give what it printed."""
    words = [program, command[0], "--config", str(config), *command[1:]]
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout


@contextmanager
def running_witness(folder: Path, *, program: str, log: str) -> Iterator[Witness]:
    """Start a witness that knows one log, by its vkey; stopped at the end.

    Args:
        program: the path of `aics-witness`.
    """
    folder.mkdir()
    config = folder / "witness.json"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    vkey = run(program, "init", "--name", NAME, "--listen", f"127.0.0.1:{port}", config=config).strip()
    run(program, "add-log", "--origin", log.partition("+")[0], "--vkey", log, config=config)
    with (folder / "log").open("wb") as said:
        server = subprocess.Popen([program, "serve", "--config", str(config)], stdout=said, stderr=said)
        try:
            deadline = time.monotonic() + _START_SECONDS
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if server.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError((folder / "log").read_text(encoding="utf-8")) from None
                    time.sleep(0.05)
            yield Witness(program=program, config=config, url=f"http://127.0.0.1:{port}", vkey=vkey)
        finally:
            server.terminate()
            server.wait(timeout=30)
