"""A large dump is read in stretches, and one that was interrupted anywhere is taken up with the same answer."""

import gzip
import lzma
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.split_world import FIELDS, TOKENIZERS, People, ugly_rows
from tests.ugly_files import zstd

from suyuan.adapters.files.history import UnfinishedFiles
from suyuan.crypto.aead import NONCE_BYTES, Sealer
from suyuan.errors import RefusedError, UnavailableError
from suyuan.terms import KindName
from suyuan.trace.dump import Body, DumpColumn
from suyuan.trace.engines.splits import split_file
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.encoding import LineCensus
from suyuan.trace.files.source import Source
from suyuan.trace.link import LINK_SCHEMA
from suyuan.trace.matching.road import ByteRoad
from suyuan.trace.ports import Numbers, Tokens
from suyuan.trace.resuming.stretches import StretchRoad
from suyuan.trace.resuming.unfinished import Unfinished

COLUMNS = tuple(
    DumpColumn(index=index, name=field, field=field, kind=kind, share=1.0)
    for index, (field, kind) in enumerate(FIELDS.items())
)
DIALECT = Dialect(format=DumpFormat.DELIMITED, delimiter=",", quote='"', header=True, width=len(COLUMNS))
STRETCH = 6_500


class Seals:
    """Seals with one key; what is sealed holds no value in the clear."""

    sealer = Sealer(bytes(32))

    def seal_side(self, body: bytes, *, name: str, bound: bytes) -> bytes:
        nonce = random.Random(len(body)).randbytes(NONCE_BYTES)
        return self.sealer.wrap(body, nonce=nonce, associated=name.encode() + bound)

    def open_side(self, sealed: bytes, *, name: str, bound: bytes) -> bytes:
        return self.sealer.unwrap(sealed, associated=name.encode() + bound)


class Killed(BaseException):
    """This process would be no more."""


class Mortal(People):
    """An index that lives for so many look-ups."""

    def __init__(self, *, lives: int = 1 << 40) -> None:
        super().__init__()
        self.lives = lives
        self.asked = 0

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        self.asked += 1
        if self.asked > self.lives:
            raise Killed
        return super().numbers(kind, tokens=tokens)


class NoRoom(UnfinishedFiles):
    """A disk that takes so many parts."""

    room = 2

    def put(self, source: str, number: int, body: bytes) -> None:
        if number >= self.room:
            raise UnavailableError("unfinished/ cannot be written: No space left on device")
        super().put(source, number, body)


@dataclass
class World:
    """A dump, the folder where work is kept, and what was told."""

    folder: Path
    path: Path
    files: UnfinishedFiles
    told: list[str] = field(default_factory=list)
    version: str = "1"

    def unfinished(self, people: People) -> Unfinished:
        return Unfinished(self.files, seals=Seals(), owners=people, version=self.version, say=self.told.append)

    def road(self, people: People) -> StretchRoad:
        """Give a road that keeps what it does."""
        whole = ByteRoad(people=people, tokenizers=TOKENIZERS, least_bytes=0)
        unfinished = self.unfinished(people)
        return StretchRoad(whole, people=people, tokenizers=TOKENIZERS, unfinished=unfinished, stretch_bytes=STRETCH)

    def require_same(self, people: Mortal | None = None, *, unreadable: bool = False) -> Mortal:
        """Read in stretches and in one go, and require the same; give the index that was asked."""
        people = people or Mortal()
        plain = ByteRoad(people=People(), tokenizers=TOKENIZERS, least_bytes=0)
        found = [self.read(plain, unreadable=unreadable), self.read(self.road(people), unreadable=unreadable)]
        for one, other in zip(*found, strict=True):
            assert one == other if not isinstance(one, pl.DataFrame) else one.equals(other)
        return people

    def read(self, road: ByteRoad | StretchRoad, *, unreadable: bool = False) -> tuple[object, ...]:
        """Give all that is read and found of the dump."""
        path = self.folder / "unreadable.csv" if unreadable else None
        aside, source = Aside(path), Source(self.path)
        source.raw_head()
        body = road.read(source, dialect=DIALECT, columns=COLUMNS, aside=aside)
        aside.close()
        assert body is not None
        rows = body.batches.rows + body.unreadable
        standings = road.standings_of(body.batches)
        assert standings is not None
        assert road.standings_of(body.batches) is None, "what was gathered is given once"
        assert aside.counts == Counter(width=body.unreadable)
        text = "" if path is None else path.read_text()
        if path is not None:
            path.unlink()
        standing = standings.standing(rows).tobytes()
        table = standings.table(LINK_SCHEMA)
        return source.sha256, source.size_bytes, body.batches.rows, rows, pl.concat(body.batches), table, standing, text

    def die(self, *, lives: int) -> None:
        """Begin to read, and be killed."""
        with pytest.raises(Killed):
            self.read(self.road(Mortal(lives=lives)))

    def forget(self) -> None:
        """Remove what was kept."""
        unfinished = self.unfinished(People())
        for folder in {path.parent for path in self.parts}:
            unfinished.drop(folder.name)
        assert self.parts == []

    @property
    def parts(self) -> list[Path]:
        return sorted(self.folder.glob("unfinished/*/*"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    path = tmp_path / "dump.csv"
    path.write_text("\n".join(["name,phone,email,customer", *ugly_rows(1_600, seed=3, quotes=False)]) + "\n")
    return World(folder=tmp_path, path=path, files=UnfinishedFiles(tmp_path))


def test_killed_anywhere_it_goes_on_where_it_was(world: World) -> None:
    whole = world.require_same()
    stretches = len(world.parts)
    assert stretches >= 8
    world.forget()
    kept = []
    for lives in (1, whole.asked // 2, whole.asked - 1):
        world.die(lives=lives)
        kept.append(len(world.parts))
        assert world.require_same().asked == whole.asked - whole.asked * kept[-1] // stretches
        world.forget()
    assert kept[0] == 0
    assert kept[-1] == stretches - 1
    assert len(world.told) == 2, "of the first nothing was kept"
    assert "bytes were read and linked already" in world.told[-1]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstd], ids=["gzip", "xz", "zstd"])
def test_what_is_packed_is_unpacked_again_and_no_more(world: World, pack: Callable[[bytes], bytes]) -> None:
    world.path.write_bytes(pack(world.path.read_bytes()))
    whole = world.require_same()
    stretches = len(world.parts)
    assert stretches >= 8
    world.forget()
    world.die(lives=whole.asked // 2)
    kept = len(world.parts)
    assert 0 < kept < stretches
    assert world.require_same().asked == whole.asked - whole.asked * kept // stretches
    assert world.require_same().asked == 0, "all of it was kept"


def test_rows_that_cannot_be_read_are_kept_too(world: World) -> None:
    world.require_same(unreadable=True)
    people = world.require_same(unreadable=True)
    assert people.asked == 0
    # Without their text they are another piece of work: it was not kept.
    people = world.require_same()
    assert people.asked
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in world.parts)
    assert all(
        b"somebody" not in path.read_bytes() and "张伟".encode() not in path.read_bytes() for path in world.parts
    )


@pytest.mark.parametrize("how", ["altered", "cut", "moved", "gone"])
def test_a_part_that_does_not_verify_is_dropped(world: World, how: str) -> None:
    whole = world.require_same()
    parts = world.parts
    body = bytearray(parts[2].read_bytes())
    body[len(body) // 2] ^= 1
    {
        "altered": lambda: parts[2].write_bytes(body),
        "cut": lambda: parts[2].write_bytes(parts[2].read_bytes()[:100]),
        "moved": lambda: parts[2].write_bytes(parts[1].read_bytes()),
        "gone": parts[2].unlink,
    }[how]()
    people = world.require_same()
    assert 0 < people.asked < whole.asked
    assert world.require_same().asked in (0, whole.asked - whole.asked * 2 // len(parts))


def test_another_file_of_the_same_size_takes_nothing(world: World) -> None:
    whole = world.require_same()
    content = bytearray(world.path.read_bytes())
    place = content.rindex(b"somebody")
    content[place : place + 1] = b"z"
    world.path.write_bytes(content)
    people = world.require_same()
    assert people.asked == whole.asked
    # What follows the same bytes is another piece of work by its size alone.
    with world.path.open("ab") as file:
        file.write("张伟,14000000001,,\n".encode())
    assert world.require_same().asked >= whole.asked


def test_another_index_and_another_version_take_nothing(world: World) -> None:
    whole = world.require_same()
    changed = Mortal()
    tokens, persons = changed.indexes[KindName.PHONE].entries
    changed.indexes[KindName.PHONE] = type(changed.indexes[KindName.PHONE])(
        keys=tokens, persons=np.where(persons == 100, 101, persons)
    )
    world.read(world.road(changed))
    assert changed.asked == whole.asked
    world.version = "2"
    assert world.require_same().asked == whole.asked


def test_a_full_disk_stops_nothing(world: World) -> None:
    world.files = NoRoom(world.folder)
    world.require_same()
    assert len(world.parts) == 2
    assert world.told == ["nothing more is kept in case of an interruption: the store's disk takes no more"]


def test_a_line_break_in_quotes_where_a_stretch_would_begin(world: World) -> None:
    """The whole is then read by the road for whole files."""
    rows = [f'"张\n伟{number}",1400000{number:04},,' for number in range(1_000)]
    world.path.write_text("name,phone,email,customer\n" + "\n".join(rows) + "\n")
    world.require_same()


def test_a_whole_stretch_without_what_all_others_show_is_declined(world: World) -> None:
    """Within that stretch no row lacks what its others show; over the file they do, interrupted or not."""
    rows = [f"张伟,1400000{n % 40:04},somebody{n % 40:02}@example.com,C-{n % 40:02}" for n in range(1_600)]
    world.path.write_text("\n".join(["name,phone,email,customer", *rows]) + "\n")
    data, stretch_bytes = world.path.read_bytes(), world.path.stat().st_size // 6
    lacking = split_file(world.path, first=0, split_bytes=stretch_bytes)[2]
    without = data[lacking.start : lacking.end].replace(b",1400000", b",no-numb")
    world.path.write_bytes(data[: lacking.start] + without + data[lacking.end :])
    whole = ByteRoad(people=People(), tokenizers=TOKENIZERS, least_bytes=0)

    def read(people: People) -> Body | None:
        unfinished = world.unfinished(people)
        road = StretchRoad(
            whole, people=people, tokenizers=TOKENIZERS, unfinished=unfinished, stretch_bytes=stretch_bytes
        )
        return road.read(Source(world.path), dialect=DIALECT, columns=COLUMNS)

    assert whole.read(Source(world.path), dialect=DIALECT, columns=COLUMNS) is None
    assert read(Mortal()) is None
    world.forget()
    with pytest.raises(Killed):
        read(Mortal(lives=4))
    assert len(world.parts) == 1
    assert read(Mortal()) is None
    assert world.told


def test_a_file_that_changes_while_it_is_read_is_refused(world: World) -> None:
    class Growing(Mortal):
        def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
            if not self.asked:
                with world.path.open("ab") as file:
                    file.write("张伟,14000000001,,\n".encode())
            return super().numbers(kind, tokens=tokens)

    with pytest.raises(RefusedError, match="changed"):
        world.require_same(Growing())


def test_lines_that_are_counted_on_the_way_are_counted_over_the_interruption(world: World) -> None:
    world.path.write_bytes(world.path.read_text().encode("gb18030"))
    counts = []
    for road, lives in (
        (ByteRoad(people=People(), tokenizers=TOKENIZERS, least_bytes=0), None),
        (None, 5),
        (None, None),
    ):
        people = Mortal(lives=lives or 1 << 40)
        census = LineCensus()
        how = replace(DIALECT, codecs=("gb18030",))
        reader = road or world.road(people)
        if lives is not None:
            with pytest.raises(Killed):
                reader.read(Source(world.path), dialect=how, columns=COLUMNS, census=census)
            continue
        body = reader.read(Source(world.path), dialect=how, columns=COLUMNS, census=census)
        assert body is not None
        counts.append((asdict(census), body.batches.rows, body.unreadable))
    assert counts[0] == counts[1]
    assert counts[0][0]["chinese"] > 1_000
    assert people.asked
    assert world.told
