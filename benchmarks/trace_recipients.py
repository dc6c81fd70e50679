"""Trace a dump of 100,000 rows against the exports of 1,000 recipients: the whole road, stage by stage.

    make bench-trace
    python benchmarks/trace_recipients.py [--recipients 1000] [--persons 100000] [--rows 1000] [--reuse FOLDER]

Every recipient received a marked export of so many of the persons, drawn at random. The dump shows every person once: the
first recipient's rows as its file has them, the others plain. Reading and linking are printed, but are not the tracer's;
the floor is one SHA-256 of 64 bytes for every copy, in a loop. `--reuse` keeps the store there, and traces a copy of it.
"""

import argparse
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from hashlib import sha256
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
from measured import COLUMNS, Used, machine, make_store, measured, people

from suyuan.adapters.files import open_sink
from suyuan.app import open_store
from suyuan.app.kernels import load_kernels
from suyuan.release.bulk import export
from suyuan.release.request import ExportRequest
from suyuan.release.sources import SuppliedRows
from suyuan.terms import ContractId, PartnerId, PurposeName
from suyuan.trace.naming import tracer
from suyuan.trace.naming.reading import Reader
from suyuan.trace.naming.tracer import Traced

LEAKED = COLUMNS[1:]
STAGES: tuple[tuple[object, str, str], ...] = (
    (tracer, "find_copies", "find the copies"),
    (tracer, "pair", "pair rows and copies"),
    (tracer, "Reader", "open manifest rows"),
    (Reader, "open_fields", "read rows, open tables"),
    (tracer.Tracer, "_open", "fix the opening"),
    (Reader, "read_fields", "read marks"),
    (Reader, "read_omission", "read omissions"),
    (tracer, "observe", "gather observations"),
    (tracer.Tracer, "_attribution", "weigh"),
)


def make_world(folder: Path, *, recipients: int, persons: int, rows: int) -> None:
    """Export to every recipient, and write the dump."""
    store_folder, everybody = make_store(folder), people(persons)
    draws = np.random.default_rng(7)
    with open_store(store_folder) as store, store.door() as door:
        whole = SuppliedRows(everybody, fields=store.policy.fields, broker=store.broker)
        whole.enrol(store.vault, people=store.people, clock=store.clock)
        store.registrar.enrol_pending()
        for number in range(recipients):
            chosen = everybody[np.sort(draws.choice(persons, size=min(rows, persons), replace=False))]
            source = SuppliedRows(chosen, fields=store.policy.fields, broker=store.broker)
            source.enrol(store.vault, people=store.people, clock=store.clock)
            request = ExportRequest(
                partner=PartnerId(f"p-{number:05}"), purpose=PurposeName("fulfilment"), contract=ContractId("C-1")
            )
            out = folder / "copy.csv"
            export(door, request=request, source=source, sink=open_sink(out))
            if not number:
                leaked = pl.read_csv(out, infer_schema=False)
            out.unlink()
    others = everybody.join(leaked, on="customer", how="anti")
    dump = pl.concat([leaked.select(LEAKED), others.select(LEAKED)])
    dump.sample(fraction=1.0, shuffle=True, seed=4).write_csv(folder / "dump.csv")


class Stages:
    """What each stage took, by name; what a stage calls of another counts for the outer one alone."""

    def __init__(self) -> None:
        self.used: dict[str, Used] = {}
        self._inside = False

    def timed(self, work: Callable[..., object], *, name: str) -> Callable[..., object]:
        """Give the same work, its CPU and wall time noted."""

        @wraps(work)
        def noted(*given: object, **named: object) -> object:
            if self._inside:
                return work(*given, **named)
            self._inside, start, wall = True, time.process_time(), time.perf_counter()
            try:
                return work(*given, **named)
            finally:
                self._inside = False
                before = self.used.get(name, Used(cpu=0.0, wall=0.0))
                self.used[name] = Used(
                    cpu=before.cpu + time.process_time() - start, wall=before.wall + time.perf_counter() - wall
                )

        return noted


def trace(folder: Path, *, stages: Stages) -> tuple[Traced, Used]:
    """Trace the dump; give the answer and what the tracer itself took."""
    with ExitStack() as held:
        for owner, attribute, name in STAGES:
            work = getattr(owner, attribute)
            held.enter_context(mock.patch.object(owner, attribute, stages.timed(work, name=name)))
        inner, spent = tracer.Tracer.trace, list[Used]()

        def whole(*given: object, **named: object) -> Traced:
            answers = list[Traced]()
            spent.append(measured(lambda: answers.append(inner(*given, **named))))  # type: ignore[arg-type]
            return answers[0]

        held.enter_context(mock.patch.object(tracer.Tracer, "trace", whole))
        store = held.enter_context(open_store(folder / "store"))
        door = held.enter_context(store.door())
        traced = store.leak_response(door, matcher=None).trace(folder / "dump.csv")
    return traced, spent[0]


def main() -> None:
    """Build the world, trace, and print the stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=1_000)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--reuse", type=Path)
    given = parser.parse_args()
    load_kernels()
    with tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as scratch:
        folder = given.reuse or Path(scratch)
        if not (folder / "dump.csv").exists():
            folder.mkdir(parents=True, exist_ok=True)
            built = measured(
                lambda: make_world(folder, recipients=given.recipients, persons=given.persons, rows=given.rows)
            )
            print(f"built in {built}")
        if given.reuse:
            shutil.copytree(folder, Path(scratch), dirs_exist_ok=True)
            settings = Path(scratch) / "store" / "suyuan.toml"
            settings.write_text(settings.read_text().replace(str(folder), scratch))
            folder = Path(scratch)
        held, stages = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, Stages()
        traced, used = trace(folder, stages=stages)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    copies, block = len(traced.copies.release), bytes(64)
    floor = measured(lambda: [sha256(block).digest() for _ in range(copies)])
    print(machine())
    print(
        f"{traced.attribution.dump.rows:,} rows, {len(traced.copies.suspects):,} recipients, {copies:,} copies; named: "
        + (", ".join(str(finding.recipient) for finding in traced.attribution.named) or "nobody")
    )
    print(
        f"{'the tracer':24} {used}   CPU us a copy {used.cpu / copies * 1e6:6.2f}, {used.cpu / floor.cpu:.1f} x the floor"
    )
    for name, one in stages.used.items():
        print(f"  {name:22} {one}   CPU us a copy {one.cpu / copies * 1e6:6.2f}")
    stated = stages.used.values()
    rest = Used(cpu=used.cpu - sum(one.cpu for one in stated), wall=used.wall - sum(one.wall for one in stated))
    print(f"  {'the rest':22} {rest}")
    print(f"floor {floor}; memory before {held / 1e6:.2f} GB, peak {peak / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
