"""What an engine made of splits is kept: after an interruption only the others are worked on, with the same answer."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.split_world import OneByOne, People, read_both, ugly_rows
from tests.unit.trace.test_stretches import Seals

from suyuan.adapters.files.history import UnfinishedFiles
from suyuan.trace.resuming.engine import KeptEngine
from suyuan.trace.resuming.unfinished import Unfinished


class Mortal(OneByOne):
    """An engine that dies after so many splits."""

    def __init__(self, *, lives: int = 1000) -> None:
        super().__init__()
        self.lives = lives
        self.worked = 0

    def each(self, work: Callable[[Any], Any], pieces: Sequence[Any]) -> Iterator[Any]:
        for made in super().each(work, pieces):
            self.worked += 1
            if self.worked > self.lives:
                raise KeyboardInterrupt
            yield made


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_only_splits_that_were_not_done_are_worked_on(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"dump{suffix}"
    comma = "," if suffix == ".csv" else "----"
    head = comma.join(("name", "phone", "email", "customer"))
    path.write_text("\n".join([head, *ugly_rows(3_000, seed=5, comma=comma, quotes=False)]) + "\n")

    def read(engine: Mortal) -> None:
        unfinished = Unfinished(UnfinishedFiles(tmp_path), seals=Seals(), owners=People(), version="1", say=told.append)
        both = read_both(path, engine=KeptEngine(engine, unfinished=unfinished), least_bytes=0, split_bytes=20_000)
        both.require_equal()
        assert both.counted is not None
        counts.append(both.counted.splits)

    told: list[str] = []
    counts: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        read(Mortal(lives=3))
    again = Mortal()
    read(again)
    assert again.worked == counts[0] - 3
    assert told == [f"3 of {counts[0]} splits were read and linked already"]
    # Another file of the same size: its first split is read anew, the others are what they were.
    content = path.read_bytes()
    place = content.index(b"somebody")
    path.write_bytes(content[:place] + b"S" + content[place + 1 :])
    other = Mortal()
    read(other)
    assert other.worked == 1
