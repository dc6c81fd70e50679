"""Trace a 200,000-row dump against 200,000 persons, beside DuckDB's bare scan of the same CSV in the same run.

    PYTHONPATH=src python benchmarks/trace.py [rows]

Two partners received a marked export of everybody; the dump is the first one's file, shuffled, all columns but the
customer number. The trace is whole: read, recognise columns, link by phone and e-mail, open the trace in the ledger,
read every mark, weigh both partners, publish. The bare scan reads every column as text.
"""

import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl
from measured import COLUMNS, Used, command, machine, make_store, measured, people

from suyuan.app import open_store
from suyuan.trace.naming.tracer import Traced

LEAKED = COLUMNS[1:]


def bare_scan(path: Path) -> None:
    """Read every column of the CSV as text."""
    columns = ", ".join(f'sum(length("{name}"))' for name in LEAKED)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SELECT {columns} FROM read_csv(?, all_varchar = true)", [str(path)]).fetchall()


def make_dump(folder: Path, *, rows: int) -> tuple[Path, Path]:
    """Export everybody to two partners; give the store and the first partner's file as it leaked."""
    store, source = make_store(folder), folder / "people.csv"
    people(rows).write_csv(source)
    for partner in ("acme", "bolt"):
        out = folder / f"{partner}.csv"
        to = ("--to", partner, "--purpose", "fulfilment", "--contract", "C-1", "-o", str(out), "--store", str(store))
        command(("-P", "-m", "suyuan", "release", "export", str(source), *to))
    dump = folder / "dump.csv"
    leaked = pl.read_csv(folder / "acme.csv", infer_schema=False).select(LEAKED)
    leaked.sample(fraction=1.0, shuffle=True, seed=4).write_csv(dump)
    return store, dump


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    phases: list[tuple[str, float, float]] = []
    answers: list[Traced] = []

    def note(step: str, done: int, total: int) -> None:
        phases.append((step, time.process_time(), time.perf_counter()))

    with tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as folder:
        store_folder, dump = make_dump(Path(folder), rows=rows)
        size = dump.stat().st_size
        scans: list[Used] = [measured(lambda: bare_scan(dump)) for _ in range(3)]
        with open_store(store_folder) as store, store.door() as door:
            response = store.leak_response(door, matcher=None)
            whole = measured(lambda: answers.append(response.trace(dump, progress=note)))
        scans += [measured(lambda: bare_scan(dump)) for _ in range(3)]
    bare = min(scans, key=lambda used: used.cpu)
    attribution = answers[0].attribution
    print(machine())
    print(f"{rows:,} rows, {size / 1e6:.0f} MB, {attribution.dump.matched:,} linked; named: "
          + (", ".join(str(finding.recipient) for finding in attribution.named) or "nobody"))  # fmt: skip
    print(f"{'bare scan (DuckDB)':24} {bare}")
    print(f"{'whole trace':24} {whole}   {whole.cpu / bare.cpu:.1f} x CPU  {whole.wall / bare.wall:.1f} x wall")
    for (step, cpu, wall), (_, later_cpu, later_wall) in pairwise(phases):
        print(f"  {step:22} CPU s {later_cpu - cpu:8.2f}  wall s {later_wall - wall:8.2f}")


if __name__ == "__main__":
    main()
