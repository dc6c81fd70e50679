"""Durable releases a second over HTTP at 1, 8 and 32 callers, beside bare commits of PostgreSQL in the same run.

    PYTHONPATH=src:. python benchmarks/over_http.py [seconds for each figure]

`suyuan serve` is one process. wrk, a load generator in C, looks up people of a thousand cases by an API key over
loopback; every answer is a release that was checked, ledgered durably and marked. The floor: pgbench on the same server,
by as many clients, each one a bare commit of one row of the bytes that a release adds to the ledger. Lists of 200 rows are asked for one after the other.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from measured import listing, machine
from tests.courier import POLICY
from tests.postgres_server import PostgresServer, running_server
from tests.web.process import Running, serving
from tests.web.site import Planted, plant

from suyuan.app import create_store

CALLERS = (1, 8, 32)
PEOPLE = 2_000
LISTED = 200
FREE = "\n[serve]\nrequests_per_second = 1e6\nburst = 1000000\naddress_requests_per_second = 1e6\naddress_burst = 1000000\n"


def bench_policy() -> dict[str, str]:
    """The courier's policy; a clerk may list people as well."""
    return {**POLICY, "purposes.toml": listing(POLICY["purposes.toml"])}


def stores(folder: Path, server: PostgresServer) -> Iterator[tuple[str, Planted]]:
    """A store on each database."""
    for name in ("PostgreSQL", "SQLite"):
        path, secret = folder / name / "store", folder / name / "pass"
        path.parent.mkdir()
        text = f'version = 1\norigin = "log.example/http"\npassphrase_file = "{secret}"\n'
        if name == "PostgreSQL":
            url = server.new_database()
            text += f'[ledger]\ndatabase = "{url}"\n[data]\ndatabase = "{url}"\n'
        create_store(path, settings_text=text + FREE, policy_texts=bench_policy(), passphrase_file=secret)
        yield name, plant(path.parent, people=PEOPLE, store=path)


def wrk_script(planted: Planted, folder: Path) -> Path:
    """What wrk sends: look-ups by case, in turn."""
    cases = ",".join(f'"{planted.case("clerk-1", at)}"' for at in range(PEOPLE // 2))
    script = folder / "wrk.lua"
    script.write_text(
        f"""local cases = {{{cases}}}
local i = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {planted.keys["clerk-1"]}"
request = function()
  i = i + 1
  return wrk.format(nil, "/release/lookup", nil, '{{"purpose":"delivery","case":"' .. cases[(i % #cases) + 1] .. '"}}')
end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""
    )
    return script


def drive(url: str, script: Path, *, callers: int, seconds: int) -> tuple[float, float, float]:
    """Releases a second, and the median and 99th percentile of their latency in ms."""
    command = ["wrk", "-t1", f"-c{callers}", f"-d{seconds}s", "-s", str(script), url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    assert found is not None, said
    requests, micros, errors, median, high = map(int, found.groups())
    assert not errors, said
    return requests / (micros / 1e6), median / 1e3, high / 1e3


def bare_commits(server: PostgresServer, *, callers: int, seconds: int, size: int) -> float:
    """Commits a second of one row of as many bytes as a release adds, by so many clients."""
    folder = Path(tempfile.mkdtemp(prefix="suyuan-bare-"))
    (folder / "bare.sql").write_text(f"INSERT INTO bare(body) VALUES (decode(repeat('ab', {size}), 'hex'));\n")
    url = server.url("postgres")
    subprocess.run(
        ["psql", "-q", url, "-c", "DROP TABLE IF EXISTS bare; CREATE TABLE bare(id bigserial PRIMARY KEY, body bytea)"],
        check=True,
    )
    [program] = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))[-1:]
    done = subprocess.run(
        [program, "-n", "-c", str(callers), "-j", "1", "-T", str(seconds), "-f", folder / "bare.sql", "-M", "prepared", url],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1])


def cpu_of(process: int) -> float:
    """CPU seconds of a process so far, all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def list_rows(running: Running, planted: Planted, *, seconds: int) -> float:
    """Rows of lists a CPU second of the server."""
    headers = {"authorization": f"Bearer {planted.keys['clerk-1']}"}
    rows, before, end = 0, cpu_of(running.process.pid), time.monotonic() + seconds
    with httpx.Client(base_url=running.url, headers=headers, timeout=60) as client:
        after = ""
        while time.monotonic() < end:
            page = client.post("/release/list", json={"purpose": "delivery", "count": LISTED, "after": after})
            assert page.status_code == 200, page.text
            rows, after = rows + len(page.json()["rows"]), page.json()["next"]
    return rows / (cpu_of(running.process.pid) - before)


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    print(machine())
    with running_server() as server, tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as place:
        for name, planted in stores(Path(place), server):
            script = wrk_script(planted, planted.folder.parent)
            with serving(planted.folder) as running:
                drive(running.url, script, callers=8, seconds=2)
                for callers in CALLERS:
                    bare = bare_commits(server, callers=callers, seconds=max(2, seconds // 2), size=2_000)
                    before = cpu_of(running.process.pid)
                    rate, median, high = drive(running.url, script, callers=callers, seconds=seconds)
                    cpu = (cpu_of(running.process.pid) - before) / (rate * seconds) * 1e3
                    print(
                        f"{name:<10} {callers:>2} callers  {rate:7,.0f} releases/s  p50 {median:6.1f} ms  p99 {high:6.1f} ms"
                        f"  CPU ms {cpu:.2f} each  bare PostgreSQL commits/s {bare:7,.0f}  ({rate / bare:.2f} x)",
                        flush=True,
                    )
                print(
                    f"{name:<10} lists of {LISTED} rows  {list_rows(running, planted, seconds=seconds):,.0f} rows/CPU-s"
                )
                assert running.stop() == 0


if __name__ == "__main__":
    main()
