"""Import and marked export through the command line, beside plain Arrow reading and writing of the same rows.

    PYTHONPATH=src python benchmarks/import_export.py [sealed rows] [overlay rows]

The floor reads the same CSV with pyarrow, every column as text, and writes it again. Then, each one command in a
process of its own: `collect import` and `release export` from the store (sealed), and `release export` of a file
(overlay), first 200,000 rows and then a million. Every output is read back: rows, order, and each canonical value.
"""

import os
import sys
import tempfile
from pathlib import Path

import polars as pl
import pyarrow.csv as pacsv
from measured import COLUMNS, POLICY, Used, command, machine, make_store, measured, people

from suyuan.config import read_policy
from suyuan.kinds import KINDS

EXPORT = ("--to", "acme", "--purpose", "fulfilment", "--contract", "C-1")
STEP = 200_000


def floor(source: Path, *, target: Path) -> Used:
    """Read and write the rows with Arrow alone."""
    import pyarrow as pa

    def work() -> None:
        types = {name: pa.string() for name in COLUMNS}
        table = pacsv.read_csv(source, convert_options=pacsv.ConvertOptions(column_types=types))
        pacsv.write_csv(table, target)

    used = measured(work)
    target.unlink()
    return used


def changed_values(before: Path, *, after: Path, store: Path) -> tuple[int, int, int]:
    """Compare what went in with what came out, in order: values, canonical values changed, texts changed (marked)."""
    policy, _ = read_policy(store)
    given = pl.read_csv(before, infer_schema=False)
    shown = pl.read_csv(after, infer_schema=False)
    assert given.height == shown.height, (given.height, shown.height)
    values = changed = marked = 0
    for field in policy.fields.values():
        kind = KINDS[field.kind]
        for start in range(0, given.height, STEP):
            was, now = (frame[field.name].slice(start, STEP) for frame in (given, shown))
            values += was.len()
            marked += int(was.ne_missing(now).sum())
            changed += int(kind.canonical_column(was).ne_missing(kind.canonical_column(now)).sum())
    return values, changed, marked


def told(name: str, *, used: Used, bare: Used, rows: int) -> None:
    print(
        f"{name:32} {used}   {used.cpu / bare.cpu:6.1f} x CPU  {used.wall / bare.wall:6.1f} x wall"
        f"  {used.cpu / rows * 1e6:6.1f} CPU us a row",
        flush=True,
    )


def run(folder: Path, *, rows: int, sealed: bool) -> None:
    """Measure one size: overlay, and sealed where asked."""
    store, source = make_store(folder), folder / "people.csv"
    people(rows).write_csv(source)
    bare = floor(source, target=folder / "floor.csv")
    print(f"\n{rows:,} rows of {len(COLUMNS)} columns, {source.stat().st_size / 1e6:.0f} MB")
    told("Arrow read and write", used=bare, bare=bare, rows=rows)
    main = ("-P", "-m", "suyuan")
    outputs: list[Path] = []
    if sealed:
        used = command((*main, "collect", "import", str(source), "--store", str(store)))
        told("collect import, sealed", used=used, bare=bare, rows=rows)
        outputs.append(folder / "sealed.csv")
        used = command((*main, "release", "export", *EXPORT, "-o", str(outputs[-1]), "--store", str(store)))
        told("release export, sealed", used=used, bare=bare, rows=rows)
    outputs.append(folder / "overlay.csv")
    used = command((*main, "release", "export", str(source), *EXPORT, "-o", str(outputs[-1]), "--store", str(store)))
    told("release export, overlay" + (", people known" if sealed else ""), used=used, bare=bare, rows=rows)
    for output in outputs:
        values, changed, marked = changed_values(source, after=output, store=store)
        print(
            f"{output.stem}: {values:,} values handed over, {changed} canonical values changed, {marked:,} spelled anew"
        )
        assert changed == 0


def main() -> None:
    assert POLICY["contracts.toml"] == "", "a contract could leave rows out, and then the order says nothing"
    sizes = [int(size) for size in sys.argv[1:]] or [200_000, 1_000_000]
    print(machine())
    for number, rows in enumerate(sizes):
        with tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as folder:
            run(Path(folder), rows=rows, sealed=number == 0)


if __name__ == "__main__":
    main()
