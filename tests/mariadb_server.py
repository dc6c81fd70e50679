"""A MariaDB server of the tests' own: made from nothing, reached through a socket only they can open, and gone after."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pymysql
from tests.scratch import short_folder

ROOT: Final = Path(__file__).resolve().parent.parent
OWNER: Final = "suyuan"
"""The account that may do everything; the socket's folder is what keeps others out, so it has no password."""

_START_SECONDS = 60.0
_UNPRIVILEGED = "nobody"
_INSTALLERS = ("mariadb-install-db", "mysql_install_db")
_SERVERS = ("mariadbd", "/usr/sbin/mariadbd", "/usr/libexec/mariadbd")


class MariaDbServer:
    """One server in a folder of its own. It does not run as root; a root starts it as `nobody`.

    Args:
        folder: an empty folder with a short path, which every user may pass through.
    """

    def __init__(self, folder: Path) -> None:
        self._home = folder / "db"
        self._data = self._home / "data"
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_UNPRIVILEGED)
            os.chown(self._home, owner.pw_uid, owner.pw_gid)
        done = subprocess.run(
            self._as_unprivileged(
                _program(*_INSTALLERS), "--no-defaults", f"--datadir={self._data}", "--auth-root-authentication-method=normal",
                "--skip-test-db", "--skip-name-resolve",
            ),
            cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout}{done.stderr}")

    @property
    def socket(self) -> Path:
        """Where the server listens."""
        return self._home / "socket"

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return (self._home / "log").read_text(encoding="utf-8", errors="replace")

    def start(self, *options: str) -> None:
        """Start the server and wait until it answers."""
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._as_unprivileged(
                    _program(*_SERVERS), "--no-defaults", f"--datadir={self._data}", f"--socket={self.socket}",
                    f"--pid-file={self._home / 'pid'}", "--skip-networking", "--innodb-buffer-pool-size=64M",
                    "--character-set-server=utf8mb4", *options,
                ),
                cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait()
        self.run(f"CREATE USER IF NOT EXISTS {OWNER}@localhost", user="root")
        self.run(f"GRANT ALL PRIVILEGES ON *.* TO {OWNER}@localhost WITH GRANT OPTION", user="root")

    def _wait(self) -> None:
        """Wait until the socket takes connections; the driver leaves one open that was refused."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                if probe.connect_ex(str(self.socket)) == 0:
                    return
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"the MariaDB server does not start:\n{self.log[-2000:]}")
            time.sleep(0.05)

    def discard(self) -> None:
        """End the server at once: what is on its disk is about to be removed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(timeout=_START_SECONDS)
            self._process = None

    def run(self, *statements: str, database: str | None = None, user: str = OWNER) -> None:
        """Run statements, as the account that may do everything."""
        with pymysql.connect(
            unix_socket=str(self.socket), user=user, database=database, autocommit=True, charset="utf8mb4"
        ) as connection, connection.cursor() as cursor:  # fmt: skip
            for statement in statements:
                cursor.execute(statement)

    def url(self, database: str, *, user: str = OWNER) -> str:
        """Give the address of a database, as `policy/sources.toml` has it."""
        return f"mysql://{user}@localhost/{database}?unix_socket={quote(str(self.socket), safe='')}"

    def new_database(self) -> str:
        """Make an empty database; give its name."""
        name = f"shop_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def _as_unprivileged(self, program: str, *arguments: object) -> list[str]:
        """Give a command that runs as no root, and that ends when this process does."""
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise RuntimeError("setpriv is missing; hint: on Debian: apt-get install util-linux")
        rights = ["--reuid", _UNPRIVILEGED, "--regid", str(pwd.getpwnam(_UNPRIVILEGED).pw_gid), "--clear-groups"]
        return [
            setpriv, *(rights if os.geteuid() == 0 else ()), "--pdeathsig", "KILL", "--", program, *map(str, arguments)
        ]  # fmt: skip


def _program(*names: str) -> str:
    """Give the first program that is here, after installing the Debian package where none is.

    Raises: RuntimeError: it is not there and cannot be installed.
    """
    for attempt in range(2):
        found = next((path for path in map(shutil.which, names) if path), None)
        if found is not None:
            return found
        if attempt == 0:
            subprocess.run([sys.executable, ROOT / "tools/system", "mariadb-server"], check=False, capture_output=True)
    raise RuntimeError(f"MariaDB is needed by this test and is not here: {names[0]}")


@contextmanager
def running_mariadb(*options: str) -> Iterator[MariaDbServer]:
    """Give a started server in a temporary folder; ended and removed at the end."""
    # A socket's path holds 107 bytes at most, and a test's own folder is closed to other users.
    folder = short_folder("suyuan-my-")
    try:
        server = MariaDbServer(folder)
        try:
            server.start(*options)
            yield server
        finally:
            server.discard()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
