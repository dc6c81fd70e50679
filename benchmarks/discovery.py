"""Megabytes per CPU-second of discovery on mixed text, beside Presidio on the same text in the same run.

The text: 4 MB of log lines, Chinese and English mixed, made from a fixed seed by the builders of the tests; two to three values
a kilobyte are planted where the bar is judged. Both engines of suyuan read all of it. Presidio reads a slice, since it would take minutes: its
`AnalyzerEngine` with a blank spaCy model, and a bare loop over its pattern recognisers. Bar: 15 MB per CPU-second.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measured import machine
from tests.discovery_corpus import marked_lines, strip

from suyuan.discovery import Scanner, engine

SEED = 7
BYTES = 4_000_000
WORDS = "retry shard queue worker flush commit parse render cache upload 同步 队列 重试 完成 接口 超时 节点 缓存 日志 任务 提交 刷新".split()
BAR = 15.0
JUDGED = 2
"""The text that the bar and Presidio are held to: every second line planted, two to three findings a kilobyte."""


def text(*, size: int, planted_every: int) -> str:
    """Give the lines: every `planted_every`-th comes from the templates, the rest is what logs say all day."""
    rng = random.Random(SEED)
    templated = marked_lines(10_000_000, seed=SEED)
    lines, total = [], 0
    while total < size:
        if rng.randrange(planted_every) == 0:
            line = strip(next(templated)).text
        else:
            words = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(8, 24)))
            line = f"2026-11-{rng.randrange(1, 29):02} {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}.{rng.randrange(1000):03} "
            line += f"INFO [{rng.choice(WORDS)}-{rng.randrange(64)}] {words} took={rng.randrange(9999)}ms id={rng.getrandbits(48)}"
        lines.append(line)
        total += len(line.encode()) + 1
    return "\n".join(lines)


def rate(data: bytes, *, name: str) -> tuple[float, int]:
    """Give MB per CPU-second, the best of seven, and the findings."""
    scanner = Scanner(using=engine(name))
    best, found = 0.0, 0
    for _ in range(7):
        begun = time.process_time()
        found = len(scanner.scan(data))
        best = max(best, len(data) / 1e6 / (time.process_time() - begun))
    return best, found


def presidio(python: Path, *, slice_bytes: bytes) -> list[tuple[str, float]]:
    """Run Presidio in its own environment and give (what, MB per CPU-second)."""
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(slice_bytes)
        file.flush()
        script = Path(__file__).with_name("discovery_presidio.py")
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            [python, script, file.name], stdout=subprocess.PIPE, env=environment, text=True, check=True
        )
    return [
        (line.rsplit("\t", 1)[0], float(line.rsplit("\t", 1)[1])) for line in done.stdout.splitlines() if "\t" in line
    ]


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--presidio", type=Path, help="the Python that has Presidio; tools/env presidio gives it")
    given = options.parse_args()
    print(machine())
    print(f"{'text':34}{'MB':>6}{'findings':>10}{'a kB':>6}  {'engine':12}{'MB/CPU-s':>9}")
    rates: dict[str, float] = {}
    for label, every in (
        ("log lines, 1 in 4 planted", 4),
        ("log lines, 1 in 2 planted", 2),
        ("planted lines alone", 1),
    ):
        data = text(size=BYTES, planted_every=every).encode()
        for name in ("re2", "hyperscan"):
            speed, found = rate(data, name=name)
            print(f"{label:34}{len(data) / 1e6:6.1f}{found:10,}{found / len(data) * 1e3:6.1f}  {name:12}{speed:9.1f}")
            if every == JUDGED:
                rates[name] = speed
    if given.presidio:
        data = text(size=BYTES, planted_every=JUDGED).encode()[:100_000].rsplit(b"\n", 1)[0]
        for label, speed in presidio(given.presidio, slice_bytes=data):
            ratio = ", ".join(f"{name} {mine / speed:,.0f} times" for name, mine in rates.items())
            print(f"{label:62}{len(data) / 1e6:6.2f} MB{speed:9.3f}   {ratio}")
    missed = [name for name, speed in rates.items() if speed < BAR]
    print(
        f"bar {BAR} MB per CPU-second: " + ("both engines reach it" if not missed else f"missed by {', '.join(missed)}")
    )


if __name__ == "__main__":
    sys.exit(main())
