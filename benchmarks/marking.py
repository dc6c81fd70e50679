"""What marks cost by themselves: choosing them for a million rows of a copy, and weighing a dump against a thousand copies.

Both in CPU seconds, beside the floor of the same run: AES over as many bytes. Run it: python benchmarks/marking.py
"""

import time

import numpy as np
from benchmarks.coalitions import GRID, LINE, ONES, RECIPIENTS, Leak

from suyuan.crypto.draws import numbered_draws
from suyuan.crypto.keystream import lane_bytes, lane_keys
from suyuan.mark.law import bias_classes
from suyuan.mark.score import tally_bits
from suyuan.release.marking import choose_forms

COPY_ROWS = 1_000_000
DUMP_ROWS = 100_000
RADICES = np.array([2, 3, 2, 2], dtype=np.uint8)


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
    """Print both, with the floor."""
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
