"""What a trace pays to know who had looked up whom: everybody's labels for each epoch, beside what is kept of earlier traces.

    make bench-sets
    python benchmarks/kept_lookups.py --persons 200000 --epochs 12

The floor is one SHA-256 a person in the same run. Opening a release's plan, which gathering anew pays for each release as well, is not in it.
"""

import argparse
import os
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import polars as pl
from measured import machine, make_store, measured, tell

from suyuan.app import open_store
from suyuan.hold.broker import KeyBroker
from suyuan.hold.linked import LinkedPersons
from suyuan.trace.naming.copies import _Finder
from suyuan.trace.sets.gather import LOOKUPS
from suyuan.trace.sets.kept import _ROWS, _opened, _Part, _sealed

_EACH = 20
_IN_PART = 1 << 19


def invented(who: npt.NDArray[np.uint64], *, accounts: int = 2_000) -> list[_Part]:
    """Give parts of twenty look-ups a person."""
    random = np.random.default_rng(1)
    drawn = who[random.integers(0, len(who), _EACH * len(who))]
    parts, names = [], np.array([f"account-{n:05}" for n in range(accounts)])
    for first in range(0, len(drawn), _IN_PART):
        some = drawn[first : first + _IN_PART]
        rows = pl.DataFrame({
            "release": np.arange(first, first + len(some)), "who": some, "at_ms": 1_700_000_000_000 + 1_000 * np.arange(len(some)),
            "kind": "account", "id": names[random.integers(0, accounts, len(some))], "queue": "", "region": "",
            "fields": "address\0name\0phone",
        })  # fmt: skip
        covers = who if not first else who[:0]
        parts.append(
            _Part(begin=first, end=first + len(some), head="", upto=len(who), covers=covers, rows=rows.cast(_ROWS))
        )
    return parts


def _loaded(sealed: list[bytes], *, broker: KeyBroker, known: pl.DataFrame) -> pl.DataFrame:
    """Open all parts and put persons in the place of pseudonyms, as a trace does."""
    tables = []
    for number, body in enumerate(sealed):
        rows = _opened(body, broker=broker, number=number).rows.join(known, on="who", how="inner")
        tables.append(rows.with_columns(legacy=pl.lit(value=False)).select(LOOKUPS.names()).cast(LOOKUPS))
    return pl.concat(tables)


def main() -> None:
    """Measure both roads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=200_000)
    parser.add_argument("--epochs", type=int, default=12)
    given = parser.parse_args()
    count = given.persons
    print(machine())
    secrets = [os.urandom(32) for _ in range(count)]
    floor = measured(lambda: [sha256(secret).digest() for secret in secrets])
    held: list[LinkedPersons] = []
    keys = measured(
        lambda: held.append(LinkedPersons(range(count), secrets=secrets, origin="log.example/bench", registry_of=lambda _: 1))
    )  # fmt: skip
    tell("keys of each person, either way", count=count, used=keys, floor=floor)
    finder = _Finder(held[0])
    labels = measured(lambda: [finder.find_one(bytes(32), epoch=epoch) for epoch in range(1, given.epochs + 1)])
    tell(f"labels for {given.epochs} epochs", count=count, used=labels, floor=floor)
    made: list[dict[int, bytes]] = []
    names = measured(lambda: made.append(held[0].opening_keys(bytes(32))))
    tell("pseudonyms", count=count, used=names, floor=floor)
    who = np.frombuffer(b"".join(key[:8] for key in made[0].values()), dtype=">u8").astype(np.uint64)
    known = pl.DataFrame({"person": np.arange(count), "who": who})
    rows: list[pl.DataFrame] = []
    with TemporaryDirectory() as folder, open_store(make_store(Path(folder))) as store:
        sealed = [_sealed(part, broker=store.broker, number=n) for n, part in enumerate(invented(who))]
        opened = measured(lambda: rows.append(_loaded(sealed, broker=store.broker, known=known)))
    size = sum(len(body) for body in sealed)
    tell(f"{rows[0].height:,} look-ups opened", count=rows[0].height, used=opened, floor=floor)
    print(f"on disk {size / 1e6:.0f} MB, {size / rows[0].height:.1f} bytes a look-up")
    anew, since = keys.cpu + labels.cpu, keys.cpu + names.cpu + opened.cpu
    print(f"anew {anew:.1f} CPU s and every release's plan; from what is kept {since:.1f} CPU s and one epoch's labels")


if __name__ == "__main__":
    main()
