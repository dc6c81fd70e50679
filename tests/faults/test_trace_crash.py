"""kill -9 at many points of a trace: the next run takes up what was done, and its answer is that of one never interrupted."""

import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.courier import Courier, courier
from tests.faults.lives import pass_life, running
from tests.ugly_files import workbook, zipped

from suyuan.app import open_store
from suyuan.ledger.entry import TraceOpenEntry
from suyuan.ledger.verify import verify_log

BY_ROWS = ("dump.sql", "dump.jsonl", "array.json", "dump.sql.gz", "utf-16.csv", "dump.zip", "dump.xlsx")
"""Read row by row, and kept in stretches of rows."""

DUMPS = ("dump.csv", *BY_ROWS)
OPENING = 3
"""The opening of a trace is the third that it appends: keys for what is unsealed to match, and that release, are before it."""


@dataclass
class Bench:
    """The process that gives birth to tracers, and the folder with the store as it was before any trace."""

    folder: Path
    process: "subprocess.Popen[str]"
    lives: int = 0

    def begin(self) -> str:
        """Give the name of a new store that nobody has traced in."""
        self.lives += 1
        name = f"life-{self.lives}"
        shutil.copytree(self.folder / "store", self.folder / name)
        return name

    def live(self, dump: str, *, store: str, kind: str = "never", at: int = 0) -> int:
        """Let one life pass; give how it ended."""
        return pass_life(self.process, dump, kind, at, store)

    def answer(self, store: str) -> dict[str, Any]:
        """Give the answer without what says when it was found."""
        answer: dict[str, Any] = json.loads((self.folder / f"{store}.json").read_text())
        answer.pop("opened")
        answer["sets"].pop("note")
        return answer

    def told(self, store: str) -> list[str]:
        """Give what the lives that ended by themselves told: what they took up, and how many steps they made."""
        return (self.folder / f"{store}.told").read_text().splitlines()


@pytest.fixture(scope="module")
def bench(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    tmp_path = tmp_path_factory.mktemp("traced")
    with courier(tmp_path, people=60) as here:
        write_dumps(here)
    with running("tracer.py", repository=repository, folder=tmp_path) as process:
        yield Bench(folder=tmp_path, process=process)


def write_dumps(here: Courier) -> None:
    """Leak what one of two accounts was shown, among many strangers; some rows have lost their number."""
    with here.store.door() as door:
        for place, customer in enumerate(here.people["customer"].to_list()[:40]):
            here.look_up(door, account="ann" if place % 4 else "bob", customer=customer)
    shown = here.rows_of("ann").select("name", "phone", "address")
    lost = shown.tail(5).with_columns(phone=pl.lit(""))
    number = pl.int_range(400).cast(pl.String).str.zfill(4)
    strangers = pl.select(
        name=pl.lit("Nobody ") + number, phone=pl.lit("1490000") + number, address=pl.lit("Nowhere ") + number
    )
    leaked = pl.concat([shown.head(12), strangers, shown[12:-5], lost])
    leaked.write_csv(here.folder / "dump.csv")
    quoted = leaked.with_columns(pl.all().str.replace_all("'", "''"))
    rows = ",\n".join("('" + "','".join(row) + "')" for row in quoted.iter_rows())
    sql = f"INSERT INTO t (name, phone, address) VALUES\n{rows};\n"
    objects = [json.dumps(row) for row in leaked.to_dicts()]
    csv = (here.folder / "dump.csv").read_bytes()
    contents = {
        "dump.sql": sql.encode(),
        "dump.jsonl": "\n".join(objects).encode(),
        "array.json": ("[" + ",\n".join(objects) + "]").encode(),
        "dump.sql.gz": gzip.compress(sql.encode()),
        "utf-16.csv": csv.decode().encode("utf-16"),
        "dump.zip": zipped({"dump.csv": csv}),
        "dump.xlsx": workbook({"s": [leaked.columns, *leaked.rows()]}),
    }
    for name, content in contents.items():
        (here.folder / name).write_bytes(content)


def require_resumed(bench: Bench, *, dump: str, lives: list[tuple[str, int]]) -> tuple[int, list[str]]:
    """Kill a trace, begin it again, and require the answer of an uninterrupted one; give the kills, and what was taken up."""
    whole = bench.begin()
    assert bench.live(dump, store=whole) == 0
    answer = bench.answer(whole)
    assert answer["answer"] == "named"
    assert answer["dump"]["fuzzy"]
    assert not list((bench.folder / whole / "unfinished").glob("*"))
    killed, told = 0, []
    for kind, at in lives:
        store = bench.begin()
        code = bench.live(dump, store=store, kind=kind, at=at)
        assert code in (-9, 0)
        killed += code == -9
        assert bench.live(dump, store=store) == 0
        assert bench.answer(store) == answer, (kind, at)
        told += [line for line in bench.told(store) if not line.startswith("steps")]
        assert not list((bench.folder / store / "unfinished").glob("*"))
        with open_store(bench.folder / store) as opened:
            assert len(list(opened.ledger.named(TraceOpenEntry.op))) == 1, (kind, at)
            verify_log(opened.ledger, keys=(opened.ledger.key.verify_key,), files=opened.files)
        shutil.rmtree(bench.folder / store)
    return killed, told


def steps_of(bench: Bench, *, dump: str) -> tuple[int, int, int]:
    """Give how many writes, calls and appended batches an uninterrupted trace makes."""
    store = bench.begin()
    assert bench.live(dump, store=store, kind="count") == 0
    outside, calls, appended = map(int, bench.told(store)[-1].split()[1:])
    return outside, calls, appended


def spread(steps: int, *, count: int) -> list[int]:
    """Give different steps, evenly over all of them."""
    return sorted({1 + place * (steps - 1) // max(1, count - 1) for place in range(count)})


def test_a_killed_trace_is_taken_up(bench: Bench) -> None:
    """Killed between two stretches of the dump, right after the opening, and after the note of access sets."""
    lives = [("part", 2), ("append", OPENING), ("append", OPENING + 1)]
    killed, told = require_resumed(bench, dump="dump.csv", lives=lives)
    assert killed == len(lives)
    assert sum("bytes were read" in line for line in told) == len(lives)
    assert sum("were matched already" in line for line in told) == 2


def test_a_dump_of_another_format_is_kept_once_it_was_read(bench: Bench) -> None:
    killed, told = require_resumed(bench, dump="dump.sql", lives=[("append", OPENING)])
    assert killed == 1
    assert [line.split(" ", 1)[1] for line in told] == [
        "rows were read and linked already",
        "rows without an identifier were matched already",
    ]


@pytest.mark.parametrize(
    "dump", [pytest.param(name, marks=() if name == "dump.jsonl" else pytest.mark.slow) for name in BY_ROWS]
)
def test_a_trace_killed_between_stretches_of_rows_is_taken_up(bench: Bench, dump: str) -> None:
    # Parts 1 to 3 are the first stretches, or what a pass over the whole file found.
    lives = [("part", 3)]
    killed, told = require_resumed(bench, dump=dump, lives=lives)
    assert killed == len(lives)
    assert sum("rows were read and linked already" in line for line in told) == len(lives)


@pytest.mark.slow
@pytest.mark.parametrize("dump", DUMPS)
def test_a_trace_may_be_killed_anywhere(bench: Bench, dump: str) -> None:
    outside, calls, appended = steps_of(bench, dump=dump)
    lives = [
        *(("outside", at) for at in spread(outside, count=24)),
        *(("call", at) for at in spread(calls, count=8)),
        *(("append", at) for at in range(1, appended + 1)),
        *(("time", ms) for ms in (5, 50, 200, 500)),
    ]
    killed, told = require_resumed(bench, dump=dump, lives=lives)
    assert killed > len(lives) // 2
    assert told
