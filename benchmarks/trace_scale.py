"""Read, canonicalise and match dumps of millions of rows against millions of persons, beside DuckDB's bare scan of them.

    SUYUAN_BENCH_DIR=folder PYTHONPATH=src python benchmarks/trace_scale.py [--people N] [--keys 2|3] [--gbk] [--bare] ROWS...

ROWS and N may be written 20M. Needs a C compiler, 300 bytes of disk a row (15 GB for 50M), and 16 bytes of memory a person and key
while the index is made. Every size: a generated dump with its truth (benchmarks/c/dump.c), then pairs of the bare scan of
all columns (its own process) and the match. What an interrupted trace would take up is kept
beside it for files of 512 MiB and more, as `suyuan trace dump` does, but with --bare. Printed are CPU seconds of all threads, the ratio of the medians, the peak of
memory while matching, exact recall among recoverable persons, false links, and at the end the growth of the CPU time.
"""

import argparse
import hmac
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from measured import machine

from suyuan.adapters.files.history import UnfinishedFiles
from suyuan.crypto.aead import NONCE_BYTES, Sealer
from suyuan.crypto.token import Tokenizer
from suyuan.terms import Digest, FieldName, KindName
from suyuan.trace.ingest import ingest
from suyuan.trace.link import Links, link
from suyuan.trace.matching.index import PersonIndex
from suyuan.trace.matching.road import ByteRoad, PlainRows
from suyuan.trace.ports import Numbers, Tokens
from suyuan.trace.resuming.stretches import StretchRoad
from suyuan.trace.resuming.unfinished import Unfinished

COLUMNS: Final = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("id"): KindName.RESIDENT_ID,
    FieldName("address"): KindName.POSTAL_ADDRESS,
    FieldName("email"): KindName.EMAIL,
}
KEYS: Final = {FieldName("phone"): 1, FieldName("id"): 2, FieldName("email"): 4}
TRUTH: Final = np.dtype([("person", "<u4"), ("whole", "u1")])
STRANGER: Final = 0xFFFFFFFF
PAIRS: Final = 3
EXACT_RECALL: Final = 0.999
RATIO: Final = {False: 2.0, True: 3.0}
"""Times the bare scan at most: of two keys in UTF-8, and of three keys or GBK."""
BYTES_PER_ROW: Final = 300
"""Of disk: the dump, its truth, and for GBK the dump again."""
SCAN: Final = """
import duckdb, resource, sys
columns = ", ".join(f"sum(length(column{i}))" for i in range(5))
with duckdb.connect() as connection:
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SELECT {columns} FROM read_csv(?, all_varchar = true, header = false)", [sys.argv[1]]).fetchall()
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime - float(sys.argv[2]))
"""


class People:
    """The index of so many invented persons."""

    def __init__(self, generator: Path, *, count: int, keys: tuple[FieldName, ...], folder: Path) -> None:
        self.tokenizers = {kind: Tokenizer(b"k" * 32, kind=kind) for kind in COLUMNS.values()}
        self.indexes: dict[KindName, PersonIndex] = {}
        for name in keys:
            kind = COLUMNS[name]
            listed = folder / "people.txt"
            with listed.open("wb") as out:
                subprocess.run([generator, "people", str(count), name], stdout=out, check=True)
            tokens = np.empty(count, dtype=np.uint64)
            at = 0
            for batch in pl.scan_csv(listed, has_header=False, infer_schema=False).collect_batches(
                chunk_size=2_000_000
            ):
                tokens[at : at + batch.height] = self.tokenizers[kind].column(batch.to_series()).to_numpy()
                at += batch.height
            listed.unlink()
            self.indexes[kind] = PersonIndex.of(tokens, persons=np.arange(count), folder=folder)
            assert self.indexes[kind].digest  # Made once for an index, and a part of making it.

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        return self.indexes[kind].find(tokens)

    def token_owners(self, kind: KindName) -> tuple[Tokens, Numbers]:
        return self.indexes[kind].entries

    def owners_digest(self, kind: KindName) -> Digest:
        return self.indexes[kind].digest

    def rest(self) -> None:
        for index in self.indexes.values():
            index.rest()


class Seals:
    """Seals what is kept, as the key broker does."""

    sealer = Sealer(bytes(32))

    def seal_side(self, body: bytes, *, name: str, bound: bytes) -> bytes:
        return self.sealer.wrap(body, nonce=os.urandom(NONCE_BYTES), associated=name.encode() + bound)

    def open_side(self, sealed: bytes, *, name: str, bound: bytes) -> bytes:
        return self.sealer.unwrap(sealed, associated=name.encode() + bound)


def unfinished(people: People, *, folder: Path) -> Unfinished:
    """Give where an interrupted trace leaves what it has done."""
    return Unfinished(UnfinishedFiles(folder), seals=Seals(), owners=people, version="benchmark", say=print)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(work: Callable[[], object]) -> float:
    start = cpu()
    work()
    return cpu() - start


def scan(path: Path) -> float:
    """Give the CPU seconds of the bare scan, the interpreter's start left out."""
    empty = subprocess.run([sys.executable, "-c", "import duckdb, resource\nu = resource.getrusage(0)\nprint(u.ru_utime + u.ru_stime)"],
                           check=True, capture_output=True, text=True)  # fmt: skip
    said = subprocess.run(
        [sys.executable, "-c", SCAN, str(path), empty.stdout.strip()], check=True, capture_output=True, text=True
    )
    return float(said.stdout)


def peak_bytes() -> int:
    """Give the peak of resident memory since the last `forget_peak`."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def match(path: Path, *, people: People, keys: tuple[FieldName, ...], kept: Unfinished | None = None) -> Links:
    """Read, canonicalise and match, as a trace does before it opens anything."""
    plain = ByteRoad(people=people, tokenizers=people.tokenizers, least_bytes=0, rest=people.rest)
    road: ByteRoad | StretchRoad = plain
    if kept is not None:
        road = StretchRoad(plain, people=people, tokenizers=people.tokenizers, unfinished=kept, rest=people.rest)
    fields = {name: kind for name, kind in COLUMNS.items() if name in keys or name not in KEYS}
    columns: dict[int | str, tuple[FieldName, KindName]] = {
        place: (name, kind) for place, (name, kind) in enumerate(COLUMNS.items()) if name in fields
    }
    dump = ingest(path, fields=fields, columns=columns, road=road)
    if not isinstance(dump.batches, PlainRows):
        raise SystemExit("the fast road declined the dump")
    links = link(dump, people=people, tokenizers=people.tokenizers, road=road)
    if kept is not None:
        kept.finish()
    return links


def tell_exactness(links: Links, *, truth: npt.NDArray[np.void], keys: tuple[FieldName, ...]) -> None:
    """Print recall among persons of whom one key is whole in some row, and how many links are wrong."""
    rows, persons = links.table["row"].to_numpy(), links.table["person"].to_numpy()
    false = int((truth["person"][rows] != persons).sum())
    whole = (truth["whole"] & sum(KEYS[name] for name in keys)) > 0
    recoverable = np.unique(truth["person"][whole & (truth["person"] != STRANGER)])
    found = int(np.isin(recoverable, persons).sum())
    print(
        f"  recoverable persons {len(recoverable):,}, found {found:,} = {found / len(recoverable):.5%}; false links {false}"
    )
    held = found >= EXACT_RECALL * len(recoverable) and not false
    print(
        f"  bar: at least {EXACT_RECALL:.1%} of recoverable persons and no false link: {'held' if held else 'MISSED'}"
    )


def tell_tokens() -> None:
    """Print how fast tokens are made, beside a loop of `hmac.digest`."""
    numbers = pl.Series(np.random.default_rng(1).integers(10**10, 2 * 10**10, 2_000_000)).cast(pl.String)
    tokenizer = Tokenizer(b"k" * 32, kind=KindName.PHONE)
    some = [text.encode() for text in numbers.head(200_000).to_list()]
    blocks = np.zeros((numbers.len(), 16), dtype=np.uint8)
    tokenizer.column(numbers)
    column = numbers.len() / min(timed(lambda: tokenizer.column(numbers)) for _ in range(5))
    packed = numbers.len() / min(timed(lambda: tokenizer.of_blocks(blocks)) for _ in range(5))

    def plainly() -> None:
        for value in some:
            hmac.digest(b"k" * 32, value, "sha256")

    loop = len(some) / min(timed(plainly) for _ in range(3))
    print(
        f"keyed tokens a CPU-second: column {column:,.0f}, packed blocks {packed:,.0f}; a loop of hmac.digest {loop:,.0f}"
    )
    print(f"  {column / loop:.0f} x and {packed / loop:.0f} x the loop")


def number(text: str) -> int:
    return int(text[:-1]) * 1_000_000 if text.endswith("M") else int(text)


def run(
    rows: int,
    *,
    generator: Path,
    people: People,
    count: int,
    keys: tuple[FieldName, ...],
    gbk: bool,
    bare: bool,
    folder: Path,
) -> float:
    """Measure one size; give the median of the matches."""
    dump, truth = folder / "dump.csv", folder / "dump.truth"
    needed, free = rows * BYTES_PER_ROW, shutil.disk_usage(folder).free
    if needed > free:
        raise SystemExit(
            f"{rows:,} rows need {needed / 1e9:.0f} GB of disk, and {free / 1e9:.0f} GB are free: set SUYUAN_BENCH_DIR"
        )
    with dump.open("wb") as out:
        subprocess.run([generator, "rows", str(rows), str(count), str(truth)], stdout=out, check=True)
    chinese = folder / "dump.gbk"
    if gbk:
        with dump.open(encoding="utf-8", newline="") as text, chinese.open("w", encoding="gb18030", newline="") as out:
            shutil.copyfileobj(text, out, 1 << 22)
    scans, matches, peaks, walls = [], [], [], []
    for _ in range(PAIRS):
        scans.append(scan(dump))
        forget_peak()
        start, wall = cpu(), time.perf_counter()
        kept = None if bare else unfinished(people, folder=folder)
        links = match(chinese if gbk else dump, people=people, keys=keys, kept=kept)
        matches.append(cpu() - start)
        walls.append(time.perf_counter() - wall)
        peaks.append(peak_bytes())
        linked, keyless, contradicting = links.linked, links.keyless.len(), links.contradicting.len()
        if len(matches) == PAIRS:
            tell_exactness(links, truth=np.fromfile(truth, dtype=TRUTH), keys=keys)
        del links  # The next is measured with none held.
    bare, ours = statistics.median(scans), statistics.median(matches)
    print(f"{rows:,} rows, {dump.stat().st_size / 1e6:,.0f} MB, {'GBK, ' if gbk else ''}{len(keys)} keys: {linked:,} linked, "
          f"{keyless:,} without a key, {contradicting:,} contradicting")  # fmt: skip
    print(f"  bare scan {bare:.2f} CPU s ({', '.join(f'{s:.2f}' for s in scans)});  match {ours:.2f} ({', '.join(f'{m:.2f}' for m in matches)})"
          f";  {ours / bare:.2f} x (bar {RATIO[gbk or len(keys) > 2]} x at 20 M rows and more);  wall {min(walls):.1f} s;  peak {max(peaks) / 1e9:.2f} GB")  # fmt: skip
    for path in (dump, truth, chinese):
        path.unlink(missing_ok=True)
    return ours


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("rows", nargs="*", type=number, default=[1_000_000, 5_000_000])
    given.add_argument("--people", type=number, default=20_000_000)
    given.add_argument("--keys", type=int, choices=(2, 3), default=2)
    given.add_argument("--gbk", action="store_true")
    given.add_argument("--bare", action="store_true")
    asked = given.parse_args()
    keys = tuple(KEYS)[: asked.keys]
    with tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as name:
        folder = Path(name)
        generator = folder / "generator"
        source = Path(__file__).parent / "c" / "dump.c"
        subprocess.run(["cc", "-O2", "-w", "-o", generator, source], check=True)
        print(machine())
        tell_tokens()
        start = cpu()
        people = People(generator, count=asked.people, keys=keys, folder=folder)
        print(f"index of {asked.people:,} persons by {len(keys)} keys: {cpu() - start:.1f} CPU s")
        few = folder / "few.csv"
        with few.open("wb") as out:
            subprocess.run([generator, "rows", "100000", str(asked.people), folder / "few"], stdout=out, check=True)
        match(few, people=people, keys=keys)  # The kernels are compiled.
        took = {
            rows: run(
                rows,
                generator=generator,
                people=people,
                count=asked.people,
                keys=keys,
                gbk=asked.gbk,
                bare=asked.bare,
                folder=folder,
            )
            for rows in asked.rows
        }
    if len(took) > 1:
        sizes, seconds = np.log(list(took)), np.log(list(took.values()))
        print(
            f"growth exponent over {', '.join(f'{rows:,}' for rows in took)} rows: {np.polyfit(sizes, seconds, 1)[0]:.2f}"
        )
    assert math.isfinite(sum(took.values()))


if __name__ == "__main__":
    main()
