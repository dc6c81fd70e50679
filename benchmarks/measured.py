"""What the benchmarks share: a store with invented people, CPU and memory of a piece of work, the machine."""

import os
import platform
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from suyuan.app import Store, create_store
from suyuan.collect.admit import admit
from suyuan.hold.ports import CaseLink
from suyuan.release.request import LookupRequest
from suyuan.simulation import invent_people
from suyuan.terms import AccountId, CaseId, PersonNumber, PurposeName

COLUMNS = ("customer", "name", "phone", "email", "address")
FIELDS = """
[customer]
kind = "identifier"
key = true
[name]
kind = "person_name"
[phone]
kind = "phone"
[email]
kind = "email"
[address]
kind = "postal_address"
"""
PURPOSES = """
[delivery]
ground = "contract"
acts = ["lookup"]
fields = { name = "clear", phone = "clear", address = "clear" }
[fulfilment]
ground = "contract"
acts = ["export"]
needs_case = false
fields = { customer = "clear", name = "clear", phone = "clear", email = "clear", address = "clear" }
"""
POLICY = {"fields.toml": FIELDS, "purposes.toml": PURPOSES, "contracts.toml": "", "pools.toml": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a piece of work took: CPU of all threads, time on the wall, and the process's peak of memory."""

    cpu: float
    wall: float
    peak_bytes: int = 0

    def __str__(self) -> str:
        peak = f"  peak {self.peak_bytes / 1e9:.2f} GB" if self.peak_bytes else ""
        return f"CPU s {self.cpu:8.2f}  wall s {self.wall:8.2f}{peak}"


def measured(work: Callable[[], object]) -> Used:
    """Run a piece of work in this process."""
    before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Used(cpu=cpu, wall=time.perf_counter() - wall)


def command(arguments: Sequence[str]) -> Used:
    """Run one command to its end; what it says on standard error is shown only when it fails."""
    wall = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)}: failed\n{said.decode()}")
    return Used(cpu=used.ru_utime + used.ru_stime, wall=time.perf_counter() - wall, peak_bytes=used.ru_maxrss * 1024)


def make_store(folder: Path) -> Path:
    """Make an empty store and give its folder."""
    store, secret = folder / "store", folder / "store.passphrase"
    settings = f'version = 1\norigin = "log.example/bench"\npassphrase_file = "{secret}"\n'
    create_store(store, settings_text=settings, policy_texts=POLICY, passphrase_file=secret)
    return store


def people(rows: int) -> pl.DataFrame:
    """Give invented people, one in five of them Western."""
    return invent_people(rows, seed=1).select(COLUMNS)


def stocked(store: Store, *, count: int, accounts: int) -> list[LookupRequest]:
    """Import people, give every account its own cases, and give one look-up for each person."""
    admitted, _ = admit(people(count), fields=store.policy.fields)
    list(store.vault.store(admitted))
    opened = datetime(2020, 1, 1, tzinfo=UTC)
    asked = [
        LookupRequest(
            account=AccountId(f"account-{i % accounts}"),
            purpose=PurposeName("delivery"),
            case=CaseId(f"case-{i:06}"),
            person=PersonNumber(person),
        )
        for i, person in enumerate(store.people.all_persons().tolist())
    ]
    store.vault.add_cases(
        tuple(
            CaseLink(case=r.case or CaseId(""), account=r.account, person=r.person, opened=opened, closed=None)
            for r in asked
        )
    )
    return asked


@contextmanager
def bare_sqlite(folder: Path, *, size_bytes: int) -> Iterator[Callable[[int], None]]:
    """Give what makes so many durable commits of one row each, with nothing else around them."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for statement in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "CREATE TABLE entries (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    ):
        connection.execute(statement)
    body = os.urandom(size_bytes)

    def commits(count: int) -> None:
        for _ in range(count):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO entries (body) VALUES (?)", (body,))
            connection.execute("COMMIT")

    yield commits
    connection.close()


def listing(purposes: str) -> str:
    """Give the purposes with the first look-ups allowed to list as well."""
    return purposes.replace('acts = ["lookup"]', 'acts = ["lookup", "list"]', 1)


def tell(what: str, *, count: int, used: Used, floor: Used | None = None) -> None:
    """Print a rate, and beside it the CPU as a multiple of the floor's."""
    ratio = "" if floor is None else f"   {used.cpu / floor.cpu:5.2f} x the floor's CPU"
    print(f"{what:34} {count / used.cpu:10,.0f} a CPU-second {count / used.wall:10,.0f} a second{ratio}")


def machine() -> str:
    """Say on what this was measured."""
    return f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
