"""What marks cost by themselves: a million rows of a copy marked and written, and a dump weighed against a thousand copies.

    PYTHONPATH=src:. python benchmarks/marking.py

A further recipient of the same people: what their names, numbers and addresses are put together from is known, as after
any export of them. Counted are the row keys, the biases of the persons and the choice of every form, and the three columns
written with them. Not counted are what an export does beside: reading the file, the forms themselves, commitments, labels,
the ledger and the file that is handed over. The floor is Arrow writing the same three columns as CSV; for the choices
alone, and for weighing, it is AES over as many bytes. All in CPU seconds.
"""

import io
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.csv
from benchmarks.coalitions import GRID, LINE, ONES, RECIPIENTS, Leak
from benchmarks.measured import machine

from suyuan.app.kernels import load_kernels
from suyuan.crypto.draws import numbered_draws
from suyuan.crypto.keystream import lane_bytes, lane_keys
from suyuan.kinds import KINDS
from suyuan.mark.law import bias_classes
from suyuan.mark.score import tally_bits
from suyuan.release.marking import choose_forms, show_recipes
from suyuan.simulation import invent_people
from suyuan.terms import KindName

COPY_ROWS = 1_000_000
BAR_SECONDS = 1.0
INVENTED = 50_000
"""People who are invented; a million rows have each of them twenty times."""

FIELDS = {"name": KindName.PERSON_NAME, "phone": KindName.PHONE, "address": KindName.POSTAL_ADDRESS}
DUMP_ROWS = 100_000
RADICES = np.array([2, 3, 2, 2], dtype=np.uint8)


def known_forms() -> dict[str, tuple[pl.Series, npt.NDArray[np.uint8]]]:
    """Give the recipes and radices of a million rows, by field."""
    people, times = invent_people(INVENTED, seed=1), COPY_ROWS // INVENTED
    found = {}
    for name, kind in FIELDS.items():
        forms = KINDS[kind].forms_column(KINDS[kind].canonical_column(people[name]))
        found[name] = (pl.concat([forms.recipes] * times, rechunk=True), np.tile(forms.radices, (times, 1)))
    return found


def write_copy(known: dict[str, tuple[pl.Series, npt.NDArray[np.uint8]]], *, seed: bytes) -> pl.DataFrame:
    """Mark and write every row of one copy: row keys in the order of the manifest, biases of persons, forms."""
    keys = lane_keys(seed, first=0, count=COPY_ROWS, lanes=len(known))
    shown = {}
    for lane, (name, (recipes, radices)) in enumerate(known.items()):
        biases = bias_classes(numbered_draws(bytes([lane]) * 32, numbers=np.arange(COPY_ROWS)))
        written = show_recipes(recipes, radices=radices, lane_keys=keys[:, lane], biases=biases)
        if written is None:
            raise SystemExit(f"{name}: a value has no recipe")
        shown[name] = written
    return pl.DataFrame(shown)


def cpu_of(work: Callable[[], object], *, times: int) -> float:
    """Give the CPU seconds of the fastest of some turns."""
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def mark_copy(seed: bytes, *, family: bytes) -> np.ndarray:
    """Choose the marks of one field of four slots for every row of a copy: keys, biases, choices."""
    keys = lane_keys(seed, first=0, count=COPY_ROWS, lanes=1)[:, 0]
    biases = bias_classes(numbered_draws(family, numbers=np.arange(COPY_ROWS)))
    return choose_forms(keys, radices=np.broadcast_to(RADICES, (COPY_ROWS, 4)), biases=biases)


def weigh_dump() -> int:
    """Read the keys of every recipient for a dump's rows, choose their marks, count, weigh; give how many are named."""
    classes = bias_classes(numbered_draws(b"f" * 32, numbers=np.arange(DUMP_ROWS)))
    ends = ((1 - ONES[classes]) * 65_536).round().astype(np.uint16)
    marks = np.empty((RECIPIENTS, DUMP_ROWS), dtype=np.bool_)
    for recipient in range(RECIPIENTS):
        stream = lane_bytes(recipient.to_bytes(32, "big"), first=0, count=DUMP_ROWS, lanes=1)
        marks[recipient] = np.frombuffer(stream, dtype=">u2")[::16] >= ends
    leak = Leak(classes=classes, shown=marks[7], marks=marks, colluders=0)
    named = 0
    for start in range(0, RECIPIENTS, 50):
        part = Leak(classes=classes, shown=leak.shown, marks=marks[start : start + 50], colluders=0)
        named += int((tally_bits(part.tally(), grid=GRID) >= LINE).sum())
    return named


def main() -> None:
    """Print all three, each with its floor."""
    print(machine())
    if load_kernels():
        known = known_forms()
        table = write_copy(known, seed=b"s" * 32).to_arrow()
        copy = cpu_of(lambda: write_copy(known, seed=b"s" * 32), times=3)
        floor = cpu_of(lambda: pyarrow.csv.write_csv(table, io.BytesIO()), times=3)
        print(
            f"three fields of {COPY_ROWS} rows marked and written: {copy:.2f} s of CPU a copy, {copy / floor:.1f} times "
            f"Arrow's writing of the same columns ({floor:.2f} s); bar {BAR_SECONDS:.0f} s"
        )
    else:
        print("three fields marked and written: not measured, Numba is not installed")
    start = time.process_time()
    mark_copy(b"s" * 32, family=b"f" * 32)
    copy = time.process_time() - start
    start = time.process_time()
    lane_bytes(b"s" * 32, first=0, count=COPY_ROWS, lanes=1)
    floor = time.process_time() - start
    print(f"marks of a field of four slots, {COPY_ROWS} rows: {copy:.2f} s of CPU; AES of as many keys {floor:.2f} s")
    start = time.process_time()
    named = weigh_dump()
    dump = time.process_time() - start
    floor *= RECIPIENTS * DUMP_ROWS / COPY_ROWS
    print(
        f"{DUMP_ROWS} rows, one bit a row, against {RECIPIENTS} recipients: {dump:.2f} s of CPU, {named} named; "
        f"AES of as many keys {floor:.2f} s"
    )


if __name__ == "__main__":
    main()
