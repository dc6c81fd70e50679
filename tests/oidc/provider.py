"""A real OpenID provider, started by tests on this machine."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.command_line import ROOT

HERE = Path(__file__).resolve().parent
AUDIENCE = "https://door.example/api"


@dataclass(frozen=True)
class Provider:
    """A running provider."""

    issuer: str

    def token(self, client: str = "clerk", *, resource: str = AUDIENCE) -> str:
        """Get an access token as a client gets it: by the client-credentials grant."""
        found = httpx.post(
            f"{self.issuer}/token",
            auth=(client, f"{client}-secret"),
            data={"grant_type": "client_credentials", "resource": resource, "scope": "door"},
        )
        return str(found.raise_for_status().json()["access_token"])


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def modules() -> Path:
    """The folder of the provider's package, built where it is not there yet."""
    done = subprocess.run([sys.executable, str(ROOT / "tools/env"), "oidc"], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


@contextmanager
def provider(port: int, *, seed: str = "1") -> Iterator[Provider]:
    """Start a provider whose keys are named by the seed; another seed at the same port is a rotation."""
    process = subprocess.Popen(
        ["node", str(HERE / "npm/provider.cjs"), str(modules()), str(port), seed],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Provider(issuer=json.loads(process.stdout.readline())["issuer"])
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()
