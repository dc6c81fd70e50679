"""A process that traces a dump until it is killed. Run by test_trace_crash.py: `python tracer.py FOLDER`.

Each line on stdin is one life, `DUMP KIND N STORE`: it opens the store FOLDER/STORE, traces FOLDER/DUMP, and dies by kill -9
at the N-th step of KIND: `outside`, `call` and `time` as `releaser.py` says; `append`, right after the N-th append to the ledger;
`part`, right after the N-th part of unfinished work is kept; `count` and `never` live on. Whoever lives writes the answer to
FOLDER/STORE.json. Dumps are small, so what is kept of them is small too.
"""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

import polars as pl
from tests.faults.lives import Life, bear

from suyuan import app
from suyuan.adapters.files.history import UnfinishedFiles
from suyuan.flows import leak_response
from suyuan.ledger.log import Ledger
from suyuan.trace.formats import jsonl
from suyuan.trace.intake import tabulate
from suyuan.trace.report import as_json

STRETCH_BYTES = 6_000
STRETCH_ROWS = 100


class ByName:
    """Finds who is alone under a name; rows and persons are few."""

    def match(self, residual: pl.DataFrame, *, people: pl.DataFrame) -> pl.DataFrame:
        """See `ports.FuzzyMatcher`."""
        alone = people.filter(pl.len().over("name") == 1).select("name", "person")
        found = residual.join(alone, on="name", how="inner", maintain_order="left")
        return found.select("row", "person", probability=pl.lit(0.999))


def live(folder: Path, *, dump: str, life: Life, store: str) -> None:
    """Trace, write the answer, and only then let go of what was kept."""
    leak_response.StretchRoad = partial(leak_response.StretchRoad, stretch_bytes=STRETCH_BYTES)  # type: ignore[misc]
    leak_response.WholeReading = partial(leak_response.WholeReading, least_rows=10)  # type: ignore[misc]
    leak_response.RowKeeper = partial(leak_response.RowKeeper, least_bytes=0, stretch_rows=STRETCH_ROWS)  # type: ignore[misc]
    tabulate.CHUNK_ROWS = jsonl.SLOW_BATCH_ROWS = STRETCH_ROWS  # type: ignore[misc]
    done = Counter[str]()

    def mortal(kind: str, *, act: Callable[..., object]) -> Callable[..., object]:
        def acted(*given: object, **named: object) -> object:
            made = act(*given, **named)
            done[kind] += 1
            if (life.kind, life.at) == (kind, done[kind]):
                os.kill(os.getpid(), signal.SIGKILL)
            return made

        return acted

    Ledger.append = mortal("append", act=Ledger.append)  # type: ignore[method-assign]
    UnfinishedFiles.put = mortal("part", act=UnfinishedFiles.put)  # type: ignore[method-assign]
    told: list[str] = []
    with app.open_store(folder / store) as opened, opened.door() as door:
        if life.kind in ("outside", "call", "time", "count"):
            life.watch()
        unfinished = opened.unfinished(say=told.append)
        flow = opened.leak_response(door, matcher=ByName(), unfinished=unfinished)
        traced = flow.trace(folder / dump, beside=opened.access_sets().beside)
        answer = as_json(traced.attribution)
        (folder / f"{store}.json").write_text(json.dumps(answer, default=str))
        unfinished.finish()
        sys.setprofile(None)
    with (folder / f"{store}.told").open("a") as file:
        file.write("".join(f"{line}\n" for line in told))
        file.write(f"steps {life.steps['outside']} {life.steps['call']} {done['append']}\n")


def main() -> None:
    """Live every life of stdin."""
    folder = Path(sys.argv[1])
    # What every life needs is loaded before the first is born.
    for room in ("cutting", "probing", "spelled"):
        import_module(f"suyuan.trace.matching.{room}")

    def one(words: list[str]) -> None:
        dump, kind, at, store = words
        live(folder, dump=dump, life=Life(kind, at=int(at)), store=store)

    bear(one)


if __name__ == "__main__":
    main()
