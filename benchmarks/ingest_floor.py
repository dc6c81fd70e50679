"""Ingest, canonicalise and link 200,000 rows against 200,000 persons, beside DuckDB's bare scan of the same CSV.

    PYTHONPATH=src python benchmarks/ingest_floor.py [rows]

Prints CPU seconds (user + system, all threads) of three interleaved runs and the ratio of their medians. The bare
scan touches every column (`sum(length(c))` of each) with all columns as text.
"""

import csv
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from suyuan.crypto.token import Tokenizer
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest
from suyuan.trace.link import link, tokens_of
from suyuan.trace.ports import Numbers, Tokens

RUNS = 3
FIELDS = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
    FieldName("address"): KindName.POSTAL_ADDRESS,
    FieldName("customer"): KindName.IDENTIFIER,
}
STRONG = (KindName.IDENTIFIER, KindName.PHONE, KindName.EMAIL)
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"


class SortedIndex:
    """The persons' tokens, sorted; a token of several persons is nobody's."""

    def __init__(self, people: pl.DataFrame) -> None:
        self.sides: dict[KindName, tuple[Tokens, Numbers]] = {}
        for name, kind in FIELDS.items():
            if kind not in STRONG:
                continue
            _, tokens = tokens_of(people[name], kind=kind, tokenizer=Tokenizer(b"k" * 32, kind=kind))
            order = np.argsort(tokens, kind="stable")
            self.sides[kind] = (tokens[order], order.astype(np.int64))

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        known, persons = self.sides[kind]
        # Sorted probes walk the index in order: several times cheaper than random ones.
        order = np.argsort(tokens)
        places = np.empty(len(tokens), dtype=np.int64)
        places[order] = np.minimum(np.searchsorted(known, tokens[order]), len(known) - 1)
        return np.where(known[places] == tokens, persons[places], -1)


def people_of(count: int) -> pl.DataFrame:
    """Give invented persons; phones from a block that no carrier has."""
    draw = np.random.default_rng(7)
    sur, first, second = (
        draw.integers(0, len(SURNAMES), count),
        draw.integers(0, 20, count),
        draw.integers(0, 20, count),
    )
    number = np.arange(count)
    return pl.DataFrame(
        {
            "name": [SURNAMES[a] + GIVEN[b] + GIVEN[c] for a, b, c in zip(sur, first, second, strict=True)],
            "phone": [f"138{i:08}" for i in number],
            "email": [f"user{i}@example.com" for i in number],
            "address": [f"北京市朝阳区建国路{i % 900 + 1}号{i % 30 + 1}单元{i % 1700 + 101}室" for i in number],
            "customer": [f"C-{i:07}" for i in number],
        }
    )


def write_dump(path: Path, *, people: pl.DataFrame) -> int:
    """Write as many rows as there are persons: 70 in 100 of ours, in dirty spellings, the rest strangers."""
    draw = np.random.default_rng(8)
    rows = people.sample(fraction=1.0, with_replacement=True, seed=3).rows()
    ours = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["姓名", "手机号", "邮箱", "地址", "客户编号"])
        for chance, (name, phone, email, address, customer) in zip(draw.random(len(rows)), rows, strict=True):
            if chance > 0.7:
                writer.writerow([name, "139" + phone[3:], "x" + email, address, ""])
                continue
            ours += 1
            spelled = (
                f"+86 {phone}" if chance < 0.1 else f"{phone[:3]}-{phone[3:7]}-{phone[7:]}" if chance < 0.2 else phone
            )
            writer.writerow(
                [name, spelled, email.upper() if chance < 0.3 else email, address, customer if chance < 0.5 else ""]
            )
    return ours


def cpu_seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Give the CPU and wall seconds of a piece of work."""
    before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - wall


def bare_scan(path: Path) -> None:
    """Read every column of the CSV as text in DuckDB."""
    import duckdb

    columns = ", ".join(f'sum(length("{name}"))' for name in ("姓名", "手机号", "邮箱", "地址", "客户编号"))
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SELECT {columns} FROM read_csv(?, all_varchar = true)", [str(path)]).fetchall()


def canonicalise_weak(dump: Dump) -> None:
    """Canonicalise the columns that no exact link needs."""
    for rows in dump.batches:
        for name, kind in dump.kinds.items():
            if kind not in STRONG:
                KINDS[kind].canonical_column(rows[name])


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    people = people_of(rows)
    index = SortedIndex(people)
    tokenizers = {kind: Tokenizer(b"k" * 32, kind=kind) for kind in STRONG}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump.csv"
        ours = write_dump(path, people=people)
        steps: dict[str, list[tuple[float, float]]] = {"bare scan": [], "ingest": [], "link": [], "other columns": []}
        for _ in range(RUNS):
            steps["bare scan"].append(cpu_seconds(lambda: bare_scan(path)))
            steps["ingest"].append(cpu_seconds(lambda: ingest(path, fields=FIELDS)))
            dump = ingest(path, fields=FIELDS)
            steps["link"].append(cpu_seconds(partial(link, dump, people=index, tokenizers=tokenizers)))
            steps["other columns"].append(cpu_seconds(partial(canonicalise_weak, dump)))
        links = link(dump, people=index, tokenizers=tokenizers)
        size = path.stat().st_size
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(
        f"{rows:,} rows, {size / 1e6:.1f} MB; linked {links.linked:,} of {ours:,} that are ours, {links.persons:,} persons"
    )
    median = {name: statistics.median(cpu for cpu, _ in runs) for name, runs in steps.items()}
    for name, runs in steps.items():
        print(f"{name:14} CPU s {median[name]:.3f}  wall s {statistics.median(wall for _, wall in runs):.3f}")
    ours_cpu = median["ingest"] + median["link"]
    print(f"ingest + canonicalise + exact link: {ours_cpu / median['bare scan']:.2f} x the bare scan's CPU")
    print(
        f"with every other column canonicalised too: {(ours_cpu + median['other columns']) / median['bare scan']:.2f} x"
    )


if __name__ == "__main__":
    main()
