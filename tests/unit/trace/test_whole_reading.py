"""A dump that was read in one go, and what a matcher found, are taken up as they were; of another file nothing is."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.split_world import FIELDS, TOKENIZERS, People, ugly_rows
from tests.unit.trace.test_stretches import Seals

from suyuan.adapters.files.history import UnfinishedFiles
from suyuan.trace.dump import Dump
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.dialect import Given
from suyuan.trace.ingest import ingest
from suyuan.trace.link import Links, link
from suyuan.trace.resuming.matched import KeptMatcher
from suyuan.trace.resuming.unfinished import Unfinished
from suyuan.trace.resuming.whole import WholeReading

COLUMNS = {index: (field, kind) for index, (field, kind) in enumerate(FIELDS.items())}


class Kept:
    """A folder where work is kept, and its readings of one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "dump.sql"
        self.people = People()
        self.told: list[str] = []
        self.unfinished = Unfinished(
            UnfinishedFiles(folder), seals=Seals(), owners=self.people, version="1", say=self.told.append
        )

    def reading(self, *, given: Given | None = None) -> WholeReading:
        return WholeReading(
            self.path, unfinished=self.unfinished, fields=FIELDS, columns=COLUMNS, given=given, least_rows=100
        )

    def read(self) -> tuple[Dump, Links, Aside]:
        aside = Aside()
        dump = ingest(self.path, fields=FIELDS, columns=COLUMNS, aside=aside)
        return dump, link(dump, people=self.people, tokenizers=TOKENIZERS), aside


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    found = Kept(tmp_path)
    rows = [line.split(",") for line in ugly_rows(500, seed=4, quotes=False)]
    values = ",\n".join("(" + ",".join(f"'{cell}'" for cell in row) + ")" for row in rows)
    found.path.write_text(f"INSERT INTO t (name, phone, email, customer) VALUES\n{values};\n")
    return found


def test_what_was_read_is_taken_up(kept: Kept) -> None:
    dump, links, aside = kept.read()
    assert dump.unreadable
    kept.reading().keep(dump, links, aside=aside)
    again = Aside()
    taken = kept.reading().taken(again)
    assert taken is not None
    found, linked = taken
    assert_frame_equal(found.table(), dump.table())
    assert_frame_equal(linked.table, links.table)
    assert (linked.standing == links.standing).all()
    assert (linked.read, linked.unreadable, again.counts) == (links.read, links.unreadable, aside.counts)
    same = ("sha256", "size_bytes", "dialect", "columns", "unreadable", "damaged_lines", "notes", "reasons")
    assert all(getattr(found, name) == getattr(dump, name) for name in same)
    assert kept.told == [f"{dump.rows} rows were read and linked already"]
    assert all("张伟".encode() not in path.read_bytes() for path in kept.folder.glob("unfinished/*/*"))


def test_of_anything_else_nothing_is_taken(kept: Kept) -> None:
    dump, links, aside = kept.read()
    assert kept.reading().taken(Aside()) is None
    kept.reading().keep(dump, links, aside=aside)
    assert kept.reading(given=Given(header=False)).taken(Aside()) is None
    writing = Aside(kept.folder / "unreadable.csv")
    assert kept.reading().taken(writing) is None, "their text is not kept"
    writing.close()
    parts = sorted(kept.folder.glob("unfinished/*/*"))
    whole = parts[1].read_bytes()
    parts[1].write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert kept.reading().taken(Aside()) is None
    parts[1].write_bytes(whole)
    assert kept.reading().taken(Aside()) is not None
    text = kept.path.read_text()
    kept.path.write_text(text.replace("张伟", "张韦", 1))
    assert kept.reading().taken(Aside()) is None
    kept.path.write_text(text + "\n")
    assert kept.reading().taken(Aside()) is None
    kept.unfinished.finish()
    assert not list(kept.folder.glob("unfinished/*"))


def test_few_rows_are_not_kept(kept: Kept) -> None:
    dump, links, aside = kept.read()
    WholeReading(kept.path, unfinished=kept.unfinished, fields=FIELDS, columns=COLUMNS, given=None).keep(
        dump, links, aside=aside
    )
    assert not list(kept.folder.glob("unfinished/*"))


def test_a_matcher_is_asked_once_for_the_same(kept: Kept) -> None:
    class Counting:
        asked = 0

        def match(self, residual: pl.DataFrame, *, people: pl.DataFrame) -> pl.DataFrame:
            self.asked += 1
            return residual.select("row", people["person"].head(1), probability=pl.lit(1 / 3))

    matcher = Counting()
    one = KeptMatcher(matcher, unfinished=kept.unfinished)
    row = pl.DataFrame({"row": [7], "name": ["张伟"]}, schema_overrides={"row": pl.UInt64})
    people = pl.DataFrame({"person": [3], "name": ["张伟"]})
    found = one.match(row, people=people)
    assert_frame_equal(one.match(row, people=people), found)
    assert matcher.asked == 1
    one.match(row.with_columns(name=pl.lit("李娜")), people=people)
    one.match(row, people=people.with_columns(person=pl.lit(4)))
    assert matcher.asked == 3
