"""A PostgreSQL server of the tests' own: made from nothing, reached through a socket only they can open, and gone after.

It keeps the defaults that a ledger needs (`fsync`, `synchronous_commit`), so what is killed here is killed as in life.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql
from tests.scratch import short_folder

ROOT: Final = Path(__file__).resolve().parent.parent
OWNER: Final = "suyuan"
"""The superuser of the server; the socket's folder is what keeps others out, so it has no password."""

_STILL_HELD = "pre-existing shared memory block"
_START_SECONDS = 60.0
_UNPRIVILEGED = "nobody"
_HBA = f"local all {OWNER} trust\nlocal all all scram-sha-256\n"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


class PostgresServer:
    """One cluster in a folder of its own: started, stopped, killed and started again.

    PostgreSQL does not run as root; a root starts it as `nobody`.

    Args:
        folder: an empty folder with a short path, which every user may pass through.
    """

    def __init__(self, folder: Path) -> None:
        self._binaries = binaries()
        self._home = folder / "pg"
        self._data = self._home / "data"
        self._numbers = count(1)
        self._made: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_UNPRIVILEGED)
            os.chown(self._home, owner.pw_uid, owner.pw_gid)
        self._run(
            "initdb", "--pgdata", self._data, "--username", OWNER, "--auth", "trust", "--encoding", "UTF8",
            "--locale", "C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        (self._data / "pg_hba.conf").write_text(_HBA, encoding="ascii")

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return (self._home / "log").read_text(encoding="utf-8", errors="replace")

    def start(self, **settings: str) -> None:
        """Start the server and wait until it answers; `settings` are those of this one run."""
        given = {"unix_socket_directories": str(self._home), **_SETTINGS, **settings}
        options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        self._launch(options)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                is_late = time.monotonic() > deadline
                is_over = self._process is not None and self._process.poll() is not None
                if is_over and not is_late and _STILL_HELD in self.log[-500:]:
                    # The children of a server that was killed take a moment longer to go.
                    time.sleep(0.2)
                    self._launch(options)
                elif is_over or is_late:
                    raise RuntimeError(f"the PostgreSQL server does not start:\n{self.log[-2000:]}") from None
                time.sleep(0.05)

    def _launch(self, options: Sequence[str]) -> None:
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._as_unprivileged("postgres", "-D", self._data, *options),
                cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        """Stop the server in order; stopping a stopped one does nothing."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill the server as a power cut would end it: nothing is flushed, nobody is told."""
        self._end(signal.SIGKILL)

    def discard(self) -> None:
        """End the server at once: it tidies up nothing on the disk, which is about to be removed."""
        self._end(signal.SIGQUIT)

    def url(self, database: str, *, user: str = OWNER) -> str:
        """Give the connection string of a database."""
        return f"postgresql://{user}@/{database}?host={quote(str(self._home), safe='')}"

    @property
    def socket_folder(self) -> Path:
        """Where the server's socket is: libpq's `PGHOST`."""
        return self._home

    def new_database(self, name: str | None = None) -> str:
        """Make an empty database, in the place of one of that name; give its connection string."""
        name = name or f"ledger_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            self._drop_left(connection)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self._made[name] = _test_file()
        return self.url(name)

    def _drop_left(self, connection: psycopg.Connection) -> None:
        """Drop what the tests of another file made and have left: each database is some 8 MB of the run's memory."""
        for name in [name for name, file in self._made.items() if file != _test_file()]:
            del self._made[name]
            # One that is still open goes with the server.
            with suppress(psycopg.errors.ObjectInUse):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))

    def new_schema(self) -> str:
        """Give the name of a schema that is not there yet: much cheaper than a database of its own."""
        return f"schema_{next(self._numbers)}"

    def _end(self, by: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(timeout=_START_SECONDS)
            self._process = None

    def _as_unprivileged(self, program: str, *arguments: object) -> list[str]:
        """Give a command that runs as no root, and that ends when this process does."""
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise RuntimeError("setpriv is missing; hint: on Debian: apt-get install util-linux")
        rights = ["--reuid", _UNPRIVILEGED, "--regid", str(pwd.getpwnam(_UNPRIVILEGED).pw_gid), "--clear-groups"]
        return [
            setpriv, *(rights if os.geteuid() == 0 else ()), "--pdeathsig", "QUIT", "--",
            str(self._binaries / program), *map(str, arguments),
        ]  # fmt: skip

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            self._as_unprivileged(program, *arguments), cwd="/", capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")


def _test_file() -> str:
    """Give the file of the test that runs; whatever is outside of pytest is one."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").split("::")[0]


def binaries() -> Path:
    """Give the folder of PostgreSQL's programs, after installing the Debian package where there is none.

    Raises: RuntimeError: it is not there and cannot be installed; says what to do.
    """
    found = _binaries()
    if found is None:
        done = subprocess.run(
            [sys.executable, ROOT / "tools/system", "postgresql"], capture_output=True, text=True, check=False
        )
        found = _binaries()
        if done.returncode or found is None:
            raise RuntimeError(f"PostgreSQL is needed by this test and is not here:\n{done.stderr}")
    return found


def _binaries() -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    if debian:
        return debian[-1].parent
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def running_server(**settings: str) -> Iterator[PostgresServer]:
    """Give a started server in a temporary folder; stopped and removed at the end.

    Args:
        settings: PostgreSQL's own, such as `wal_level`.
    """
    # A socket's path holds 107 bytes at most, and a test's own folder is closed to other users.
    folder = short_folder("suyuan-pg-")
    try:
        server = PostgresServer(folder)
        try:
            server.start(**settings)
            yield server
        finally:
            server.discard()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
