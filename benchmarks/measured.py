"""What the benchmarks share: a store with invented people, CPU and memory of a piece of work, the machine."""

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from suyuan.app import create_store
from suyuan.simulation import invent_people

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


def machine() -> str:
    """Say on what this was measured."""
    return f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
