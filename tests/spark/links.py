"""Run in a process that has pyspark: reads dumps on a Spark and here, and says where the answers differ. Prints a word a dump.

python tests/spark/links.py MASTER FOLDER [after the first wave, the file FOLDER/go is waited for]
"""

import sys
import time
from pathlib import Path

from tests.split_world import FIELDS, read_both, ugly_rows

from suyuan.adapters.spark.engine import SparkEngine
from suyuan.adapters.spark.master import Master
from suyuan.trace.files.dialect import DumpFormat

ROWS = 4_000
PATIENCE_SECONDS = 120.0


def main(master: str, folder: Path) -> None:
    quoted = folder / "quoted.csv"
    quoted.write_bytes("\n".join((",".join(FIELDS), *ugly_rows(ROWS, seed=21))).encode("gb18030"))
    dashed = folder / "dashed.txt"
    rows = ugly_rows(ROWS, seed=22, comma="----", quotes=False)
    dashed.write_bytes(b"\n".join(row.encode(("utf-8", "gb18030")[number % 2]) for number, row in enumerate(rows)))
    doubted = folder / "doubted.csv"
    cells = [
        [f"n{n}", f"1400000{n % 3_000:04}", f"somebody{n % 3_000}@example.com", f"C-{n % 3_000}"] for n in range(ROWS)
    ]
    late = [[row[0], "", row[1], row[3]] if 3_100 < n < 3_500 else row for n, row in enumerate(cells)]
    doubted.write_text("\n".join(map(",".join, [list(FIELDS), *late])))
    with SparkEngine(Master.parse(master), wave_pieces=4, told=lambda done: wait(folder, done=done)) as engine:
        print("slots", engine.slots, flush=True)
        # The first is at work when a worker dies; what follows is done by the other.
        for name, path, sizes in (
            ("dashed", dashed, {}),
            ("quoted", quoted, {"least_bytes": 0}),
            ("sharded", quoted, {"whole_tokens": 10, "shard_tokens": 2_000}),
            ("doubted", doubted, {"least_bytes": 0}),
        ):
            both = read_both(path, engine=engine, split_bytes=20_000, **sizes)
            assert both.counted is not None, "the engine was not asked"
            assert both.counted.splits > 6, "all was done in one wave"
            assert (both.counted.shards > 1) == (name == "sharded")
            assert both.there[1].linked > 1_000
            both.require_equal()
            assert (both.there[0].dialect.format is DumpFormat.CONVERTED) == (name == "doubted")
            print(name, both.counted.splits, both.there[1].linked, flush=True)
    print("folder", "left" if engine.folder.exists() else "gone", flush=True)


def wait(folder: Path, *, done: int) -> None:
    """After the first wave, say so and go on when told."""
    if done != 4 or (folder / "waited").exists():
        return
    (folder / "waited").touch()
    print("wave", flush=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (folder / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
