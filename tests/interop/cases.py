"""What foreign tools are asked to judge: the log as it is, and the log with one byte changed.

A case names a kind of check, the file whose byte `at` becomes `byte` (`at` < 0: nothing changes), and the entry whose
way to the root leads through that byte, so that a tool which reads only the hashes of one proof must see it.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.interop.log_under_test import EXTRA, OLD_SIZE, PROVEN, SIZE

LOG = "true/ledger"
CHECKPOINT = f"{LOG}/checkpoint"
FLIPS = (0x01, 0x20)
"""Changes made to every byte, beside one that is drawn: the smallest one, and the other case of a letter."""

SAMPLE = 200
TILES = {
    f"{LOG}/tile/0/100": SAMPLE,
    f"{LOG}/tile/1/000": SAMPLE,
    f"{LOG}/tile/0/273.p/112": SAMPLE // 2,
    f"{LOG}/tile/1/001.p/17": SAMPLE // 2,
    f"{LOG}/tile/2/000.p/1": 32,
}
BUNDLES = {f"{LOG}/tile/entries/100": SAMPLE, f"{LOG}/tile/entries/273.p/112": SAMPLE // 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    kind: str
    file: str
    at: int = -1
    byte: int = 0
    entry: int = 0
    leaf: str = ""

    def told(self) -> dict[str, object]:
        """Give the case as the tools read it."""
        return {
            "Kind": self.kind, "File": self.file, "At": self.at, "Byte": self.byte, "Entry": self.entry,
            "Leaf": self.leaf,
        }  # fmt: skip


def true_cases(*, tiles: bool) -> list[Case]:
    """Everything a tool can check of the log as it is; every one must be accepted."""
    cases = [Case(kind="checkpoint", file=CHECKPOINT)]
    cases += [Case(kind="proof", file=f"proof/{index}", leaf=f"leaf/{index}") for index in PROVEN]
    if tiles:
        cases += [Case(kind="tile", file="", entry=index) for index in PROVEN]
        cases += [Case(kind="audit", file=""), Case(kind="consistency", file="consistency")]
    return cases


def text_cases(folder: Path, *, witnesses: bool, every_value: bool) -> Iterator[Case]:
    """Change every byte of the checkpoint, of a proof, and of the leaf it proves.

    Args:
        witnesses: whether the tool knows the witnesses' keys; to one that does not, their lines are unknown.
        every_value: all 255 other values of each byte of the checkpoint and of the proof's own lines, not three.
    """
    checkpoint = (folder / CHECKPOINT).read_bytes()
    proof, leaf = (folder / f"proof/{EXTRA}").read_bytes(), f"leaf/{EXTRA}"
    start = len(proof) - len(checkpoint)
    assert proof[start:] == checkpoint
    signed = range(len(checkpoint) if witnesses else end_of_log_line(checkpoint))
    for at, byte in changes(checkpoint, places=signed, every_value=every_value):
        yield Case(kind="checkpoint", file=CHECKPOINT, at=at, byte=byte)
    extra = range(proof.index(b"extra "), proof.index(b"\nindex "))
    lines = [at for at in range(start) if at not in extra]
    for at, byte in (
        *changes(proof, places=lines, every_value=every_value),
        *changes(proof, places=range(start, start + len(signed)), every_value=False),
    ):
        yield Case(kind="proof", file=f"proof/{EXTRA}", leaf=leaf, at=at, byte=byte)
    whole = (folder / leaf).read_bytes()
    for at, byte in changes(whole, places=range(len(whole)), every_value=False):
        yield Case(kind="leaf", file=leaf, leaf=leaf, at=at, byte=byte)


def tile_cases(folder: Path, *, every_byte: bool) -> Iterator[Case]:
    """Change bytes of tiles of every level, of entry bundles, and of the consistency proof.

    Args:
        every_byte: all of them, not a sample; of entry bundles, which are long, ten times the sample.
    """
    for name, count in TILES.items():
        data = (folder / name).read_bytes()
        for at in drawn(len(data), count=len(data) if every_byte else count, seed=name):
            entry = entry_beside(name, slot=at // 32, slots=len(data) // 32)
            yield Case(kind="tile", file=name, at=at, byte=other(data, at=at), entry=entry)
    for name, count in BUNDLES.items():
        data = (folder / name).read_bytes()
        owners = entries_of(data)
        first = int(name.removeprefix(f"{LOG}/tile/entries/").split(".")[0]) * 256
        for at in drawn(len(data), count=10 * count if every_byte else count, seed=name):
            yield Case(kind="tile", file=name, at=at, byte=other(data, at=at), entry=first + owners[at])
    data = (folder / "consistency").read_bytes()
    for at in range(len(data)):
        yield Case(kind="consistency", file="consistency", at=at, byte=other(data, at=at))


def end_of_log_line(checkpoint: bytes) -> int:
    """Give where the log's own signature line ends; what follows are the witnesses'."""
    return checkpoint.index(b"\n", checkpoint.index("\n\n— ".encode()) + 2) + 1


def changes(data: bytes, *, places: Iterable[int], every_value: bool) -> Iterator[tuple[int, int]]:
    """Give places with other values of their bytes."""
    for at in places:
        values = set(range(256)) if every_value else {data[at] ^ flip for flip in FLIPS} | {other(data, at=at)}
        yield from ((at, value) for value in sorted(values - {data[at]}))


def other(data: bytes, *, at: int) -> int:
    """Draw another value of a byte; the same one in every run."""
    return data[at] ^ random.Random(f"{at} {len(data)}").randrange(1, 256)


def drawn(size: int, *, count: int, seed: str) -> list[int]:
    """Draw places in a file; the same ones in every run."""
    return sorted(random.Random(seed).sample(range(size), min(count, size)))


def entry_beside(name: str, *, slot: int, slots: int) -> int:
    """Give an entry whose inclusion proof holds the hash in this slot of a tile: one under the slot beside it."""
    if slots == 1:
        return SIZE - 1
    level, index = name.removeprefix(f"{LOG}/tile/").split(".")[0].split("/")
    beside = slot + 1 if slot + 1 < slots else slot - 1
    return (int(index) * 256 + beside) * 256 ** int(level)


def entries_of(bundle: bytes) -> list[int]:
    """Give, for every byte of an entry bundle, the number of the entry that it belongs to."""
    owners: list[int] = []
    number = 0
    while len(owners) < len(bundle):
        held = 2 + int.from_bytes(bundle[len(owners) : len(owners) + 2], "big")
        owners += [number] * held
        number += 1
    return owners


__all__ = ["CHECKPOINT", "EXTRA", "LOG", "OLD_SIZE", "Case", "text_cases", "tile_cases", "true_cases"]
