"""What the ledger is measured against: OpenSSL in a C loop, and bare batched commits of the same rows."""

import gc
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

C_LOOP = Path(__file__).with_name("c") / "leaf_node.c"
Rows = Sequence[tuple[int, int, bytes, bytes]]
"""Index, time, leaf, private side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """The compiled C loop."""

    program: Path

    def rate(self, entries: int, *, leaf_bytes: int) -> float:
        """Give entries a CPU second: a leaf hash and a node hash each."""
        done = subprocess.run([self.program, str(entries), str(leaf_bytes)], capture_output=True, text=True, check=True)
        return float(done.stdout.split()[0])


def compile_loop(folder: Path) -> Loop:
    """Compile the C loop against the OpenSSL of this machine."""
    compiler = shutil.which("gcc")
    if compiler is None:
        raise SystemExit("the C loop needs gcc and OpenSSL's headers; hint: apt-get install gcc libssl-dev")
    program = folder / "leaf_node"
    subprocess.run([compiler, "-O2", "-o", program, C_LOOP, "-lcrypto"], check=True)
    return Loop(program=program)


def openssl() -> str:
    """Give the version of OpenSSL that the C loop is linked with, as the command of that name says it."""
    if shutil.which("openssl") is None:
        return "OpenSSL of this machine"
    return " ".join(
        subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout.split()[:2]
    )


class BareSqlite:
    """Two tables like the ledger's and nothing else; WAL, synchronous=FULL, one commit a batch."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE entries (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, leaf BLOB NOT NULL) STRICT",
            "CREATE TABLE sides (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
        ):
            self._connection.execute(statement)

    def commit(self, rows: Rows) -> None:
        """Insert a batch by `executemany` and commit it."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", [row[:3] for row in rows])
        self._connection.executemany("INSERT INTO sides VALUES (?, ?)", [(row[0], row[3]) for row in rows if row[3]])
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class BarePostgres:
    """The same two tables on a server, each batch by COPY and one commit, `synchronous_commit` on."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)
        self._connection.execute("SET synchronous_commit = on")
        self._connection.execute(
            "CREATE TABLE entries (seq bigint PRIMARY KEY, at_ms bigint NOT NULL, leaf bytea NOT NULL)"
        )
        self._connection.execute("CREATE TABLE sides (seq bigint PRIMARY KEY, body bytea NOT NULL)")
        self._connection.commit()

    def commit(self, rows: Rows) -> None:
        """Copy a batch in and commit it."""
        cursor = self._connection.cursor()
        with cursor.copy("COPY entries FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "int8", "bytea"])
            for row in rows:
                copy.write_row(row[:3])
        with cursor.copy("COPY sides FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "bytea"])
            for row in rows:
                if row[3]:
                    copy.write_row((row[0], row[3]))
        self._connection.commit()

    def close(self) -> None:
        """End the session."""
        self._connection.close()


class ServerCpu:
    """CPU seconds of a PostgreSQL server: its first process and every process that one has started."""

    def __init__(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            assert row is not None
            self._first = _stat(int(row[0]))[1]
        self._ticks = os.sysconf("SC_CLK_TCK")

    def __call__(self) -> float:
        """Give the seconds so far."""
        total = sum(_stat(self._first)[11:15])
        for each in Path("/proc").iterdir():
            if each.name.isdigit():
                try:
                    fields = _stat(int(each.name))
                except (FileNotFoundError, ProcessLookupError):
                    continue
                if fields[1] == self._first:
                    total += sum(fields[11:13])
        return total / self._ticks


def _stat(process: int) -> list[int]:
    """Give the numbers of /proc/PID/stat after the command's name; [1] is the parent, [11:15] the times."""
    text = Path(f"/proc/{process}/stat").read_text()
    return [0, *(int(field) for field in text.rpartition(") ")[2].split()[1:])]


def commit_seconds(commit: Callable[[Rows], None], *, batches: Sequence[Rows]) -> tuple[float, float]:
    """Commit batches; give CPU seconds of this process and seconds on the wall."""
    gc.collect()
    gc.freeze()
    cpu, wall = time.process_time(), time.perf_counter()
    for rows in batches:
        commit(rows)
    return time.process_time() - cpu, time.perf_counter() - wall
