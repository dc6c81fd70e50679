"""Dumps that are read row by row, killed anywhere: what was read is taken up, and the answer is the same to the last bit."""

import gzip
import json
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.split_world import FIELDS, TOKENIZERS, People, ugly_rows
from tests.ugly_files import workbook, zipped
from tests.unit.trace.test_stretches import Killed, Mortal, NoRoom, Seals

from suyuan.adapters.files.history import UnfinishedFiles
from suyuan.errors import RefusedError
from suyuan.terms import KindName
from suyuan.trace.dump import Dump
from suyuan.trace.files import delimited
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.source import MemberSource, Source
from suyuan.trace.formats import grid, json_stream, jsonl, sql_blocks, sql_dump
from suyuan.trace.ingest import ingest
from suyuan.trace.intake import tabulate
from suyuan.trace.link import Links, link
from suyuan.trace.resuming.rows import RowKeeper
from suyuan.trace.resuming.unfinished import Unfinished
from suyuan.trace.resuming.whole import options

ROWS = 320
BLOCK = 2_000
COLUMNS = {str(name): (name, kind) for name, kind in FIELDS.items()}
TITLE = list(FIELDS)


def cells(rows: int = ROWS) -> list[list[str]]:
    """Rows of four cells; some have fewer."""
    return [line.split(",") for line in ugly_rows(rows, seed=5, quotes=False)]


def whole_cells() -> list[list[str]]:
    return [(row + [""] * 4)[:4] for row in cells()]


def sql() -> str:
    """Statements of many rows, one of another table between them, a broken one, and a body of stored code."""
    rows = ["(" + ",".join("NULL" if cell == "NULL" else f"'{cell}'" for cell in row) + ")" for row in cells()]
    head = "INSERT INTO `t` (`name`,`phone`,`email`,`customer`) VALUES "
    other = "INSERT INTO other (a, b) VALUES " + ",".join(f"('x{n}', {n})" for n in range(300)) + ";\n"
    code = "DELIMITER ;;\nINSERT INTO `t` VALUES ('code',1,1,1);;\n" + "-- filler\n" * 200 + "DELIMITER ;\n"
    broken = head + "\n" + rows[0] + ",\n('张伟', 14000000001, (broken,\n" + rows[1] + ";\n"
    return (
        "-- MySQL dump\n" + head + ",\n".join(rows[:150]) + ";\n" + other + code + broken
        + head + ", ".join(rows[150:250]) + " ON DUPLICATE KEY UPDATE a=1;\n" + head + ",".join(rows[250:]) + ";\n"
    )  # fmt: skip


def copy() -> str:
    rows = ["\t".join("\\N" if cell == "NULL" else cell for cell in row) for row in cells()]
    head = "COPY public.t (name, phone, email, customer) FROM stdin;\n"
    other = "COPY public.other (a) FROM stdin;\n" + "1\n" * 400 + "\\.\n"
    text = "--\n-- PostgreSQL database dump\n--\n"
    return text + head + "\n".join(rows[:150]) + "\n\\.\n" + other + head + "\n".join(rows[150:]) + "\n\\.\n"


def objects() -> list[dict[str, str]]:
    return [dict(zip(FIELDS, row, strict=False)) for row in cells()]


def flat_lines() -> str:
    lines = [json.dumps(one, ensure_ascii=False) for one in objects()]
    lines[77] = lines[77][:-5]
    lines[201] = '{"phone": ["nested"]}'
    lines[250] = json.dumps({**objects()[250], "late": "x"})
    return "\n".join(lines) + "\n"


def nested_lines() -> str:
    lines = [json.dumps({"data": one, "n": n}, ensure_ascii=False) for n, one in enumerate(objects())]
    lines[77] = lines[77][:-5]
    return "\n".join(lines) + "\n"


def array() -> str:
    inner = [json.dumps(one, ensure_ascii=False, indent=1) for one in objects()]
    inner[55] = inner[55].replace("}", "")
    return '{"code": 0, "list": [' + ",\n".join(inner) + '], "total": 9}\n'


def separated() -> str:
    return "\n".join([",".join(TITLE), *(",".join(row) for row in cells())]) + "\n"


def quoted_breaks() -> str:
    rows = [f'"张\n伟{n}",1400000{n % 3000:04},,C-{n}' for n in range(ROWS)]
    rows[9] = '"never closed,14000000009,,'
    return "\n".join(["name,phone,email,customer", *rows]) + "\n"


def titled() -> str:
    """Titles before the header that come again on every page."""
    lines = separated().splitlines()
    page = "客户名单 第 {} 页"
    return "".join(f"{page.format(at // 30)}\n" * (at % 30 == 0) + line + "\n" for at, line in enumerate(lines))


def labelled() -> str:
    return "".join(f"姓名：{row[0]}\n手机：{row[1]}\n邮箱：{row[2]}\n\n" for row in whole_cells())


def xml() -> str:
    rows = "".join(
        "<r>" + "".join(f"<{key}>{cell}</{key}>" for key, cell in zip(FIELDS, row, strict=True)) + "</r>\n"
        for row in whole_cells()
    )
    return f"<?xml version='1.0'?>\n<all>{rows}</all>\n"


MARKED = {
    "sql": lambda: sql().encode(),
    "copy": lambda: copy().encode(),
    "flat lines": lambda: flat_lines().encode(),
    "nested lines": lambda: nested_lines().encode(),
    "array": lambda: array().encode(),
    "sql in blocks": lambda: sql().encode(),
    "gzip of sql": lambda: gzip.compress(sql().encode()),
    "xz of lines": lambda: lzma.compress(flat_lines().encode()),
    "utf-16": lambda: separated().encode("utf-16"),
    "utf-16 sql": lambda: sql().encode("utf-16"),
    "gb18030 sql": lambda: sql().encode("gb18030"),
    "zip of sql": lambda: zipped({"a.sql": sql().encode(), "b.sql": copy().encode()}),
}
"""Formats whose readers say where they stand; of the others rows are cut once more and passed over."""

CUT_AGAIN = {
    "quotes over lines": lambda: quoted_breaks().encode("utf-16"),
    "titles": lambda: titled().encode(),
    "zip of csv": lambda: zipped({"a.csv": separated().encode(), "b.csv": separated().encode()}),
    "xlsx": lambda: workbook({"s": [TITLE, *whole_cells()]}),
    "labelled": lambda: labelled().encode(),
    "xml": lambda: xml().encode(),
}

FORMATS = {**MARKED, **CUT_AGAIN}


@dataclass
class World:
    """A dump, the folder where work is kept, and what was told."""

    folder: Path
    files: UnfinishedFiles
    content: Callable[[], bytes]
    told: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / "dump"

    def unfinished(self, people: People) -> Unfinished:
        return Unfinished(self.files, seals=Seals(), owners=people, version="1", say=self.told.append)

    def keeper(self, people: People) -> RowKeeper:
        return RowKeeper(
            self.path, unfinished=self.unfinished(people), people=people, tokenizers=TOKENIZERS,
            of=options(FIELDS, columns=None, given=None), least_bytes=0, stretch_rows=40,
        )  # fmt: skip

    def read(self, people: People, *, keeper: RowKeeper | None = None, text: bool = False) -> tuple[Any, ...]:
        """Give all that is read and found of the dump."""
        path = self.folder / "unreadable.csv" if text else None
        aside = Aside(path)
        dump = ingest(self.path, fields=FIELDS, aside=aside, keeper=keeper)
        links = link(dump, people=people, tokenizers=TOKENIZERS, road=keeper)
        aside.close()
        written = "" if path is None else path.read_text()
        if path is not None:
            path.unlink()
        return everything(dump, links, aside=aside, text=written)

    def require_same(self, *, text: bool = False) -> Mortal:
        """Read with and without keeping, and require the same; give the index that was asked."""
        people = Mortal()
        require_equal(self.read(people, keeper=self.keeper(people), text=text), self.read(People(), text=text))
        return people

    def die(self, *, lives: int, text: bool = False) -> None:
        """Begin to read, and be killed at a look-up."""
        people = Mortal(lives=lives)
        with pytest.raises(Killed):
            self.read(people, keeper=self.keeper(people), text=text)
        (self.folder / "unreadable.csv").unlink(missing_ok=True)

    def forget(self) -> None:
        for folder in self.folder.glob("unfinished/*"):
            self.files.drop(folder.name)

    @property
    def parts(self) -> list[Path]:
        return sorted(self.folder.glob("unfinished/*/*"))


def everything(dump: Dump, links: Links, *, aside: Aside, text: str) -> tuple[Any, ...]:
    said = (dump.sha256, dump.size_bytes, dump.dialect, dump.columns, dump.unreadable, dump.damaged_lines, dump.notes)
    counts = (dict(dump.reasons), dict(aside.counts), text, links.read, links.unreadable, links.standing.tobytes())
    return *said, *counts, list(dump.batches), links.table


def require_equal(found: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    assert found[:-2] == expected[:-2]
    assert len(found[-2]) == len(expected[-2])
    assert all(one.equals(other) for one, other in zip(found[-2], expected[-2], strict=True))
    assert found[-1].schema == expected[-1].schema
    assert found[-1].equals(expected[-1])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> World:
    """A small dump that is read in small pieces."""
    monkeypatch.setattr(tabulate, "CHUNK_ROWS", 40)
    monkeypatch.setattr(sql_dump, "HEAD_CHARACTERS", 150)
    monkeypatch.setattr(sql_dump, "STATEMENT_CHARACTERS", 1_500)
    monkeypatch.setattr(json_stream, "OBJECT_CHARACTERS", 1_500)
    monkeypatch.setattr(delimited, "SLOW_BATCH_ROWS", 40)
    monkeypatch.setattr(jsonl, "SLOW_BATCH_ROWS", 40)
    if request.param == "sql in blocks":
        monkeypatch.setattr(sql_blocks, "LEAST_BYTES", 0)
        monkeypatch.setattr(sql_blocks, "WORTH_ROWS", 1)
        monkeypatch.setattr(grid, "BLOCK_ROWS", 40)
    for kind in (Source, MemberSource):
        whole = kind._blocks

        def blocks(self: Source, *, whole: Any = whole, **given: Any) -> Iterator[bytes]:
            for block in whole(self, **given):
                yield from (block[at : at + BLOCK] for at in range(0, len(block), BLOCK))

        monkeypatch.setattr(kind, "_blocks", blocks)
    made = World(folder=tmp_path, files=UnfinishedFiles(tmp_path), content=FORMATS[request.param])
    made.path.write_bytes(made.content())
    return made


def few(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("world", names, indirect=True)


CI = ("sql", "sql in blocks", "flat lines", "titles")

every_format = [pytest.param(name, marks=() if name in CI else pytest.mark.slow) for name in FORMATS]


@pytest.mark.parametrize("world", every_format, indirect=True)
def test_killed_in_the_middle_it_goes_on_where_it_was(world: World) -> None:
    people = Mortal()
    whole = world.read(people, keeper=world.keeper(people))
    asked = people.asked
    world.forget()
    world.die(lives=asked * 3 // 5)
    assert world.parts
    again = Mortal()
    require_equal(world.read(again, keeper=world.keeper(again)), whole)
    require_equal(world.read(People()), whole)
    assert 0 < again.asked < asked * 3 // 5
    [told] = world.told
    assert "rows were read and linked already" in told


@pytest.mark.slow
@few(*FORMATS)
@pytest.mark.parametrize("text", [False, True])
def test_it_may_be_killed_at_any_stretch(world: World, text: bool) -> None:
    whole = world.require_same(text=text)
    world.forget()
    for lives in range(0, whole.asked, 7):
        world.die(lives=lives, text=text)
        world.require_same(text=text)
        world.forget()


@pytest.mark.slow
@few(*MARKED)
def test_little_is_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that was entered passes over few rows, and pieces of the text without a look at them."""
    whole = world.require_same()
    world.forget()
    world.die(lives=whole.asked - 2)
    entered: list[int] = []
    for room in (tabulate.Followed, delimited.Utf8Lines):
        begin = room.__init__

        def count(self: Any, *given: Any, begin: Any = begin, **named: Any) -> None:
            entered.append(named["place"].pieces if "place" in named else named.get("skip", 0))
            assert "place" not in named or named["place"].rows < 120
            begin(self, *given, **named)

        monkeypatch.setattr(room, "__init__", count)
    people = Mortal()
    world.read(people, keeper=world.keeper(people))
    assert max(entered) > 3


@few("flat lines")
def test_what_is_kept_is_sealed(world: World) -> None:
    world.require_same(text=True)
    assert world.parts
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in world.parts)
    assert all("张伟".encode() not in path.read_bytes() for path in world.parts)


@few("flat lines")
def test_a_full_disk_stops_nothing(world: World) -> None:
    world.files = NoRoom(world.folder)
    world.require_same()
    assert world.told == ["nothing more is kept in case of an interruption: the store's disk takes no more"]


@few("flat lines")
def test_another_file_takes_nothing(world: World) -> None:
    whole = world.require_same()
    content = world.path.read_bytes()
    world.path.write_bytes(content + b"\n")
    assert world.require_same().asked == whole.asked


@few("flat lines")
def test_a_part_that_does_not_verify_is_read_again(world: World) -> None:
    whole = world.require_same()
    largest = max(world.parts, key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-1] + b"x")
    people = world.require_same()
    assert 0 < people.asked <= whole.asked


@few("flat lines")
def test_a_file_that_changes_under_the_trace_is_refused(world: World) -> None:
    people = Mortal()

    class Later(Mortal):
        def numbers(self, kind: KindName, *, tokens: Any) -> Any:
            world.path.write_bytes(world.content() + b"-- more\n")
            return super().numbers(kind, tokens=tokens)

    with pytest.raises(RefusedError, match="changed"):
        world.read(people, keeper=world.keeper(Later()))
