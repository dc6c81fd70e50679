"""Import with sealing and indexes into PostgreSQL, through the command line, beside a bare COPY of the same file.

    make bench-postgres            # 300,000 rows; `python benchmarks/postgres.py --rows 50000` for fewer

The bar: 300,000 rows in less than 60 s, ledger and people in one database, keys in keys.db, every commit durable. The
floor is PostgreSQL's own COPY of the same columns in clear, with a primary key, in the same run. Loops that are compiled
once for a user of a machine, and kept, are compiled before; that time is told apart.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from benchmarks.measured import machine  # noqa: E402
from tests.postgres_server import running_server  # noqa: E402

from suyuan.simulation import invent_people  # noqa: E402

BAR_SECONDS = 60.0
BAR_ROWS = 300_000
SEARCH = {"phone": 'search = ["last4"]', "name": 'search = ["surname"]'}


def run(*arguments: object, folder: Path) -> tuple[dict[str, object], float, float]:
    """Run a verb as a program of its own; give its JSON, its wall time and its CPU time."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "suyuan", *map(str, arguments), "--json"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "HOME": str(folder)}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(done.stdout), wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compile_loops(folder: Path) -> float:
    """Have the loops compiled that an import keeps in the user's cache; give the CPU seconds."""
    code = "from suyuan.crypto import side_by_side, vrf_lanes; vrf_lanes.load() and side_by_side.load() and side_by_side.hash_joined(bytes(64), size=32)"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "HOME": str(folder)}
    subprocess.run([sys.executable, "-P", "-c", code], env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def server_cpu(url: str) -> float:
    """Give the CPU seconds that the server's processes have used until now, those that have ended among them."""
    ticks = os.sysconf("SC_CLK_TCK")
    with psycopg.connect(url) as connection:
        server = int(_fields(Path(f"/proc/{connection.info.backend_pid}"))[1])
    found = sum(map(int, _fields(Path(f"/proc/{server}"))[11:15]))
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):
                fields = _fields(process)
                found += sum(map(int, fields[11:13])) if int(fields[1]) == server else 0
    return found / ticks


def _fields(process: Path) -> list[str]:
    return (process / "stat").read_text("ascii", errors="replace").rpartition(")")[2].split()


def searchable(store: Path) -> None:
    """Declare the partial blind indexes in the store's policy, so that filling them is in what is measured."""
    path = store / "policy/fields.toml"
    text = path.read_text("utf-8")
    for field, line in SEARCH.items():
        text = text.replace(f"[{field}]\n", f"[{field}]\n{line}\n", 1)
    path.write_text(text, "utf-8")


def bare_copy(url: str, path: Path, *, columns: list[str]) -> float:
    """Give the seconds in which PostgreSQL alone takes the file in, in clear, under a primary key."""
    with psycopg.connect(url, autocommit=True) as connection:
        listed = ", ".join(f"{name} text" for name in columns)
        connection.execute(f"CREATE TABLE bare ({listed}, PRIMARY KEY ({columns[0]}))".encode())
        begun = time.perf_counter()
        with connection.cursor().copy(b"COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy, path.open("rb") as file:
            while piece := file.read(1 << 20):
                copy.write(piece)
        return time.perf_counter() - begun


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=BAR_ROWS)
    rows = parser.parse_args().rows
    print(machine())
    with tempfile.TemporaryDirectory(prefix="suyuan-bench-") as made, running_server() as server:
        folder = Path(made)
        people = invent_people(rows, seed=3).drop("updated")
        path = folder / "customers.csv"
        people.write_csv(path)
        url = server.new_database()
        floor = bare_copy(server.new_database(), path, columns=people.columns)
        run("init", "store", "--passphrase-file", "passphrase", "--postgres", url, folder=folder)
        searchable(folder / "store")
        compiling, served = compile_loops(folder), server_cpu(url)
        done, wall, cpu = run("collect", "import", path, "--store", "store", folder=folder)
        served = server_cpu(url) - served
        again, again_wall, _ = run("collect", "import", path, "--store", "store", folder=folder)
        assert (done["added"], again["unchanged"]) == (rows, rows)
        with psycopg.connect(url) as connection:
            [(size,)] = connection.execute("SELECT pg_database_size(current_database())").fetchall()
    print(
        f"import of {rows:,} rows, sealed, five indexes: {wall:.1f} s wall, {cpu:.1f} s CPU of suyuan ({rows / wall:,.0f}/s)"
    )
    print(
        f"  with the server's {served:.1f} s, over the processors here: {(cpu + served) / len(os.sched_getaffinity(0)):.1f} s;"
        f" a row: {cpu / rows * 1e6:.0f} and {served / rows * 1e6:.0f} us; load now {os.getloadavg()[0]:.1f}"
    )
    print(f"  loops compiled once for a user of this machine, before: {compiling:.1f} s CPU")
    print(f"  bare COPY in clear: {floor:.2f} s; ratio {wall / floor:.1f}")
    print(f"  the same file again, nothing changed: {again_wall:.1f} s")
    print(f"  database afterwards: {size / rows:,.0f} bytes a person")
    bar = BAR_SECONDS * rows / BAR_ROWS
    print(f"  bar: {bar:.0f} s: {'met' if wall < bar else 'NOT met'}")


if __name__ == "__main__":
    main()
