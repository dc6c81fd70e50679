"""Where a Spark is, and whether this machine can use it: told before anything is started."""

import importlib.util
import os
import re
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from suyuan.errors import RefusedError, UnavailableError

STANDALONE: Final = re.compile(r"spark://(?P<hosts>[A-Za-z0-9_.:-]+(?:,[A-Za-z0-9_.:-]+)*)")
LOCAL: Final = re.compile(r"local\[[1-9][0-9]{0,3}\]")
CONNECT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A Spark master: `spark://HOST:PORT`, several of them separated by commas, or `local[N]`, N processes of this machine."""

    url: str

    @classmethod
    def parse(cls, url: str) -> "Master":
        """Read what the user wrote.

        Raises: RefusedError: `trace.engine-name`.
        """
        if LOCAL.fullmatch(url) or (STANDALONE.fullmatch(url) and all(port for _, port in _hosts(url))):
            return cls(url=url)
        raise RefusedError(
            "the engine is none that suyuan knows",
            code="trace.engine-name",
            hint="write embedded, local[N] or spark://HOST:PORT",
        )

    @property
    def is_local(self) -> bool:
        """Whether its processes are this machine's own."""
        return self.url.startswith("local")

    @property
    def is_loopback(self) -> bool:
        """Whether it listens on this machine for this machine alone."""
        return not self.is_local and all(host in {"127.0.0.1", "localhost"} for host, _ in _hosts(self.url))

    def require(self) -> None:
        """Require that pyspark and Java are here, and that a master answers.

        Raises: UnavailableError: `trace.engine-missing`, `trace.engine-java`, `trace.engine-unreachable`.
        """
        if not all(importlib.util.find_spec(name) for name in ("pyspark", "py4j")):
            raise UnavailableError(
                "pyspark is not installed, which this engine needs",
                code="trace.engine-missing",
                hint="pip install 'suyuan[spark]', here and on every worker",
            )
        if java() is None:
            raise UnavailableError(
                "there is no Java here, which Spark needs",
                code="trace.engine-java",
                hint="install Java 17 or newer (on Debian: apt-get install default-jre-headless), or set JAVA_HOME",
            )
        if not self.is_local and not any(_answers(host, port=port) for host, port in _hosts(self.url)):
            raise UnavailableError(
                "no Spark master answers at this address",
                code="trace.engine-unreachable",
                hint="is it running, and is this the address that its page shows after spark://?",
            )


def java() -> Path | None:
    """Give the Java that Spark would start, or None."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java") if not home else str(Path(home) / "bin/java")
    return Path(found) if found and os.access(found, os.X_OK) else None


def _hosts(url: str) -> list[tuple[str, int]]:
    found = []
    for one in url.removeprefix("spark://").split(","):
        host, _, port = one.rpartition(":")
        found.append((host, int(port) if port.isdecimal() and host and int(port) < 1 << 16 else 0))
    return found


def _answers(host: str, *, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
