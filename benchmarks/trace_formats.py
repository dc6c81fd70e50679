"""Read and link a dump as SQL, COPY, JSON Lines and packed, beside DuckDB's bare read of the same rows as CSV.

    PYTHONPATH=src python benchmarks/trace_formats.py [ROWS]

Every format is read in a process of its own, with nothing kept in case of an interruption; then once more keeping it and killed
when about three quarters were kept, and taken up. Printed are rows per CPU second of all threads, a few seconds of starting included,
and the ratio to the bare read. JSON Lines are also read with the kernel for plain lines left out. Needs 1.5 KB of disk a row.
"""

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from measured import machine
from trace_scale import Seals

from suyuan.adapters.files.history import UnfinishedFiles
from suyuan.crypto.token import Tokenizer
from suyuan.terms import Digest, FieldName, KindName
from suyuan.trace.formats import flat_lines
from suyuan.trace.ingest import ingest
from suyuan.trace.link import link
from suyuan.trace.matching.index import PersonIndex
from suyuan.trace.ports import Numbers, Tokens
from suyuan.trace.resuming.rows import RowKeeper
from suyuan.trace.resuming.unfinished import Unfinished

FIELDS: Final = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
    FieldName("address"): KindName.POSTAL_ADDRESS,
}
COLUMNS: Final = ("name", "phone", "email", "address", "level")
TABLE: Final = ", ".join(f"`{column}`" for column in COLUMNS)
PERSONS: Final = 200_000
ROWS: Final = 800_000
TOKENIZERS: Final = {kind: Tokenizer(b"k" * 32, kind=kind) for kind in FIELDS.values()}
SCAN: Final = """
import duckdb, resource, sys
with duckdb.connect() as connection:
    connection.execute("SET enable_progress_bar = false")
    columns = ", ".join(f"sum(length(column{i}))" for i in range(5))
    connection.execute(f"SELECT {columns} FROM read_csv(?, all_varchar = true, header = false)", [sys.argv[1]]).fetchall()
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
"""


class Killed(BaseException):
    """This process would be no more."""


class People:
    """Invented persons by number and mailbox; with a number of lives, looked up in so many stretches and then no more."""

    def __init__(self, *, lives: int = 1 << 40) -> None:
        number = pl.int_range(PERSONS, eager=True).cast(pl.String)
        columns = {
            KindName.PHONE: "+861390" + number.str.zfill(7),
            KindName.EMAIL: "somebody" + number + "@example.com",
        }
        self.indexes = {
            kind: PersonIndex.of(TOKENIZERS[kind].column(column).to_numpy(), persons=np.arange(PERSONS))
            for kind, column in columns.items()
        }
        self.lives = lives
        self.asked = 0

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        self.asked += len(tokens)
        if self.asked > self.lives:
            raise Killed
        return self.indexes[kind].find(tokens)

    def token_owners(self, kind: KindName) -> tuple[Tokens, Numbers]:
        return self.indexes[kind].entries

    def owners_digest(self, kind: KindName) -> Digest:
        return self.indexes[kind].digest


def rows_of(count: int) -> Iterator[tuple[str, ...]]:
    """Give rows of whom half are strangers."""
    names = "张伟 李娜 王芳 赵强 刘洋 欧阳静".split()
    for row in range(count):
        person = row * 7919 % (2 * PERSONS)
        address = f"上海市浦东新区张江路{row % 997}号{row % 89}室"
        yield names[row % 6], f"1390{person:07}", f"somebody{person}@example.com", address, str(row % 7)


def write(folder: Path, *, count: int) -> dict[str, Path]:
    """Write the same rows in every format."""
    paths = {name: folder / f"dump-{place}" for place, name in enumerate(("csv", "sql", "copy", "json lines"))}
    with (
        paths["csv"].open("w") as csv,
        paths["sql"].open("w") as sql,
        paths["copy"].open("w") as copy,
        paths["json lines"].open("w") as lines,
    ):
        copy.write(f"--\n-- PostgreSQL database dump\n--\nCOPY public.t ({', '.join(COLUMNS)}) FROM stdin;\n")
        for place, row in enumerate(rows_of(count)):
            csv.write(",".join(row) + "\n")
            lead = f"INSERT INTO `t` ({TABLE}) VALUES " if place % 500 == 0 else ","
            end = ";\n" if place % 500 == 499 or place == count - 1 else ""
            sql.write(f"{lead}('{row[0]}','{row[1]}','{row[2]}','{row[3]}',{row[4]}){end}")
            copy.write("\t".join(row) + "\n")
            lines.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n")
        copy.write("\\.\n")
    for name in ("sql", "json lines"):
        paths[f"{name}, gzip"] = folder / f"{paths[name].name}.gz"
        paths[f"{name}, gzip"].write_bytes(gzip.compress(paths[name].read_bytes(), 6))
    return paths


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def read(path: Path, *, people: People, keeper: RowKeeper | None = None) -> tuple[int, int]:
    """Read and link a dump; give its rows and how many are linked."""
    dump = ingest(path, fields=FIELDS, keeper=keeper)
    return dump.read, link(dump, people=people, tokenizers=TOKENIZERS, road=keeper).linked


def apart(how: str, path: Path, *, folder: Path, count: int) -> tuple[float, tuple[int, int]]:
    """Read a dump in another process; give its CPU seconds, and its rows and links."""
    given = [sys.executable, __file__, str(count), how, str(path), str(folder)]
    seconds, (rows, linked) = json.loads(subprocess.run(given, capture_output=True, text=True, check=True).stdout)
    return seconds, (rows, linked)


def one(count: int, how: str, path: Path, folder: Path) -> None:
    """Read a dump and say what it took: `bare`, by `lines`, `kept`, or `killed` when three stretches of four were kept."""
    # Two identifiers a row are looked up.
    people = People(lives=count * 3 // 2 if how == "killed" else 1 << 40)
    if how == "lines":
        flat_lines.LEAST_BYTES = 1 << 60  # type: ignore[misc]
    before = cpu()
    keeper = None if how in ("bare", "lines") else kept(path, people=people, folder=folder, stretch_rows=count // 4)
    try:
        found = read(path, people=people, keeper=keeper)
    except Killed:
        found = (0, 0)
    print(json.dumps((cpu() - before, found)))


def kept(path: Path, *, people: People, folder: Path, stretch_rows: int) -> RowKeeper:
    """Give what keeps a dump in stretches."""
    unfinished = Unfinished(UnfinishedFiles(folder), seals=Seals(), owners=people, version="b", say=lambda _: None)
    return RowKeeper(
        path,
        unfinished=unfinished,
        people=people,
        tokenizers=TOKENIZERS,
        of={},
        least_bytes=0,
        stretch_rows=stretch_rows,
    )


def main() -> None:
    """Measure every format."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    if len(sys.argv) > 2:
        one(count, sys.argv[2], *map(Path, sys.argv[3:]))
        return
    print(machine())
    with tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as name:
        folder = Path(name)
        paths = write(folder, count=count)
        scan = subprocess.run([sys.executable, "-c", SCAN, paths["csv"]], capture_output=True, text=True, check=True)
        floor = float(scan.stdout)
        print(f"{count:,} rows; bare read of CSV: {count / floor:,.0f} rows a CPU second")
        linked: set[tuple[int, int]] = set()
        for form, path in paths.items():
            if form == "csv":
                continue
            stores = (folder / f"{path.name}-whole", folder / f"{path.name}-killed")
            seconds, found = apart("bare", path, folder=folder, count=count)
            keeping, kept_found = apart("kept", path, folder=stores[0], count=count)
            apart("killed", path, folder=stores[1], count=count)
            again, taken = apart("kept", path, folder=stores[1], count=count)
            print(
                f"{form:18} {count / seconds:>10,.0f} rows a CPU second, {seconds / floor:5.1f} times the bare read;"
                f" keeping it {keeping / seconds:.2f} times that; taken up at three quarters {again / seconds:.2f}",
                flush=True,
            )
            linked |= {found, kept_found, taken}
        seconds, found = apart("lines", paths["json lines"], folder=folder, count=count)
        print(
            f"{'json lines by line':18} {count / seconds:>10,.0f} rows a CPU second, {seconds / floor:5.1f} times the bare read"
        )
        assert linked == {found}, "every format gives the same rows and links, interrupted or not"
        print(f"rows and linked rows, the same every time: {found[0]:,} and {found[1]:,}")


if __name__ == "__main__":
    main()
