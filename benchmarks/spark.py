"""Ingest and link of one dump by this process and by Spark: rows a second, CPU of all processes, and what starting costs.

    python benchmarks/spark.py [ROWS] [MASTER]

Without MASTER a standalone master with two workers of one core each is started on this machine, and ended. Answers must be
equal. Needs pyspark on PYTHONPATH (`make bench-spark` sees to it).
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from measured import machine
from tests.spark_cluster import running_cluster
from tests.split_world import Fresh

from suyuan.adapters.spark.engine import SparkEngine
from suyuan.adapters.spark.master import Master
from suyuan.crypto.token import Tokenizer
from suyuan.terms import Digest, FieldName, KindName
from suyuan.trace.engines.road import SplitRoad
from suyuan.trace.ingest import ingest
from suyuan.trace.link import link
from suyuan.trace.matching.index import PersonIndex
from suyuan.trace.matching.road import ByteRoad
from suyuan.trace.ports import Numbers, Tokens

FIELDS = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
    FieldName("address"): KindName.POSTAL_ADDRESS,
}
TOKENIZERS = {kind: Tokenizer(bytes(32), kind=kind) for kind in (KindName.PHONE, KindName.EMAIL)}
TICKS = os.sysconf("SC_CLK_TCK")


class People:
    """As many persons as the dump has rows; three rows in ten are one of theirs."""

    def __init__(self, count: int) -> None:
        numbers = pl.select(pl.int_range(count).alias("n"))
        columns = {
            KindName.PHONE: numbers.select(pl.format("+861{}", pl.lit(4_000_000_000) + pl.col("n"))).to_series(),
            KindName.EMAIL: numbers.select(pl.format("somebody.{}@mail.example", "n")).to_series(),
        }
        self.indexes = {
            kind: PersonIndex.of(TOKENIZERS[kind].column(column).to_numpy(), persons=np.arange(count))
            for kind, column in columns.items()
        }

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        return self.indexes[kind].find(tokens)

    def token_owners(self, kind: KindName) -> tuple[Tokens, Numbers]:
        return self.indexes[kind].entries

    def owners_digest(self, kind: KindName) -> Digest:
        return self.indexes[kind].digest


def write_dump(path: Path, *, rows: int) -> None:
    """Write a dump of some 110 bytes a row."""
    draw = np.random.default_rng(5)
    persons = pl.Series("n", np.where(draw.random(rows) < 0.3, draw.integers(0, rows, rows), rows + np.arange(rows)))
    table = pl.DataFrame({"n": persons}).select(
        pl.lit("欧阳静").alias("name"),
        pl.format("1{}", pl.lit(4_000_000_000) + pl.col("n")).alias("phone"),
        pl.format("somebody.{}@mail.example", "n").alias("email"),
        pl.format("陕西省西安市未央区景塘街{}号竹湾家园35幢1单元1208室", "n").alias("address"),
    )
    table.write_csv(path)


@dataclass(slots=True)
class Cost:
    wall: float = 0.0
    cpu: float = 0.0

    def __str__(self) -> str:
        return f"wall s {self.wall:7.2f}  CPU s {self.cpu:7.2f}"


@contextmanager
def cost() -> Iterator[Cost]:
    """Measure wall time and the CPU of this process and of all it has started, that live still."""
    found, wall, cpu = Cost(), time.perf_counter(), family_cpu()
    yield found
    found.wall, found.cpu = time.perf_counter() - wall, family_cpu() - cpu


def family_cpu() -> float:
    """Give the CPU seconds of this process and everything under it."""
    stats: dict[int, tuple[int, int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                cells = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            stats[int(folder.name)] = (int(cells[1]), sum(map(int, cells[11:15])))
    family = {os.getpid()}
    while more := {pid for pid, (parent, _) in stats.items() if parent in family} - family:
        family |= more
    return sum(stats[pid][1] for pid in family if pid in stats) / TICKS


def main(rows: int, master: str | None) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = folder / "dump.csv"
        write_dump(path, rows=rows)
        people = People(rows)
        columns = {index: (field, kind) for index, (field, kind) in enumerate(FIELDS.items())}
        print(machine())
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB; as many persons, two tokens each")
        for turn in ("first", "again"):
            with cost() as here:
                road = ByteRoad(people=people, tokenizers=TOKENIZERS, least_bytes=0)
                dump = ingest(path, fields=FIELDS, columns=columns, road=road)
                links = link(dump, people=people, tokenizers=TOKENIZERS, road=road)
            print(f"embedded, {turn:5}            {here}  {rows / here.wall:12,.0f} rows a second")
        (folder / "spark").mkdir()
        cluster = running_cluster(folder / "spark") if master is None else nullcontext()
        with cluster as running:
            began, cpu = time.perf_counter(), family_cpu()
            with SparkEngine(Master.parse(master or running.url)) as engine:
                slots = engine.slots
                start = Cost(wall=time.perf_counter() - began, cpu=family_cpu() - cpu)
                print(f"Spark, start, {slots} slots       {start}")
                for turn, sizes in (
                    ("first", {}),
                    ("again", {}),
                    ("sharded", {"whole_tokens": rows, "shard_tokens": rows // 2}),
                ):
                    with cost() as there:
                        apart = SplitRoad(
                            engine, owners=people, tokenizers=TOKENIZERS, entropy=Fresh(), least_bytes=0, **sizes
                        )
                        other = ingest(path, fields=FIELDS, columns=columns, road=apart, splitter=apart)
                        found = link(other, people=people, tokenizers=TOKENIZERS, road=apart)
                    assert found.table.equals(links.table), "another answer"
                    assert (found.standing == links.standing).all(), "another answer"
                    print(f"Spark, {turn:7} {apart.counted}  {there}  {rows / there.wall:12,.0f} rows a second")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, sys.argv[2] if len(sys.argv) > 2 else None)
