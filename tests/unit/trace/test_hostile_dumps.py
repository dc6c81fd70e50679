"""Files made to hurt: refused or read in bounded memory, with one clear line, and nothing of them is ever executed.

Each reading runs in a process of its own whose peak of memory is measured against that of reading nothing.
"""

import csv
import gzip
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.leaked_people import FIELDS
from tests.ugly_files import mysql, people, plain, workbook, zipped

from suyuan.errors import RefusedError
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.damage import neutral
from suyuan.trace.ingest import ingest

MEGABYTES_AT_MOST = 450
"""What a hostile file may take beyond an empty interpreter with the libraries loaded."""

READ = """
import json, resource, sys
from pathlib import Path
from suyuan.errors import SuyuanError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.ingest import ingest
fields = {FieldName(name): KindName(kind) for name, kind in json.loads(sys.argv[2]).items()}
def peak():
    # A child begins with its parent's peak, so the kernel's own high-water mark of this program is asked.
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
before = peak()
try:
    dump = ingest(Path(sys.argv[1]), fields=fields)
    said = {"rows": dump.rows, "unreadable": dump.unreadable}
except SuyuanError as error:
    said = {"code": error.code, "line": f"{error}"}
print(json.dumps({**said, "megabytes": (peak() - before) / 1024}))
"""


def reading(path: Path, *, program: str = READ, seconds: int = 300) -> dict[str, object]:
    """Read a file in another process, and give what it said and took."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), json.dumps({k: v.value for k, v in FIELDS.items()})],
        capture_output=True, text=True, timeout=seconds, check=True, env={"PYTHONPATH": "src", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    said: dict[str, object] = json.loads(done.stdout)
    assert isinstance(said["megabytes"], float)
    assert said["megabytes"] < MEGABYTES_AT_MOST, said
    return said


def zeros(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield bytes(1 << 20)


def gzip_bomb(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(plain(people(6_000)).encode())
        for block in zeros(400):
            file.write(block)


def zip_bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("a.csv", "w") as file,
    ):
        file.write(plain(people(6_000)).encode())
        for block in zeros(400):
            file.write(block)


def workbook_bomb(path: Path) -> None:
    path.write_bytes(workbook({"a": [["姓名", "手机号"], ["张伟", "13800000001"]]}))
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/sharedStrings.xml", "w") as file,
    ):
        for block in zeros(400):
            file.write(block)


def deep_json(path: Path) -> None:
    path.write_bytes(b'[{"phone": ' + b"[" * 3_000_000 + b"]" * 10)


def deep_lines(path: Path) -> None:
    good = b'{"name": "\xe5\xbc\xa0\xe4\xbc\x9f", "phone": "13800000001", "x": {"y": 1}}\n'
    path.write_bytes(good * 3 + b'{"a":' * 200_000 + b"1" + b"}" * 200_000 + b"\n" + good)


def wide_csv(path: Path) -> None:
    path.write_bytes(b"13800000001," * 20_000 + b"\n" + (b"," * 1_000_000 + b"\n") * 3)


def long_line(path: Path) -> None:
    """A gigabyte without a line end: sparse, so that nothing is stored."""
    with path.open("wb") as file:
        file.write(plain(people(6_000)).encode())
        file.truncate(1 << 30)


def long_insert(path: Path) -> None:
    """One INSERT of many megabytes in one line, as mysqldump writes it."""
    who = people(50)
    text = mysql(who, rows_each=50)
    first = text[text.index("VALUES ") + 7 : text.rindex(";\nUNLOCK")]
    with path.open("w") as file:
        file.write(text[: text.index("VALUES ") + 7] + first)
        for _ in range(15_000_000 // len(first) // 4):
            file.write("," + first)
        file.write(";\n")


def open_insert(path: Path) -> None:
    path.write_text(mysql(people(3)) + "INSERT INTO `t_user` VALUES (1,'" + "x" * 40_000_000)


def endless_tag(path: Path) -> None:
    path.write_text("<table><tr><td>张伟</td><td>13800000001</td></tr><tr " + "a" * 60_000_000)


CASES = [
    (gzip_bomb, {"code": "trace.bomb"}),
    (zip_bomb, {"code": "trace.bomb"}),
    (workbook_bomb, {"code": "trace.bomb"}),
    (deep_json, {"code": "trace.format"}),
    (deep_lines, {"rows": 4, "unreadable": 1}),
    (wide_csv, {"code": "trace.format"}),
    (long_line, {"rows": 6_000, "unreadable": 1}),
    (long_insert, {"unreadable": 0}),
    (open_insert, {"rows": 3, "unreadable": 1}),
    (endless_tag, {"rows": 1}),
]


@pytest.mark.parametrize(("make", "said"), CASES, ids=[make.__name__ for make, _ in CASES])
def test_memory_stays_bounded(tmp_path: Path, make: Callable[[Path], None], said: dict[str, object]) -> None:
    path = tmp_path / "dump"
    make(path)
    got = reading(path)
    assert {key: got.get(key) for key in said} == said, got


BY_BYTES = """
import resource
import numpy
from suyuan.crypto.token import Tokenizer
from suyuan.trace.matching.road import ByteRoad
class Nobody:
    def numbers(self, kind, *, tokens):
        return numpy.full(len(tokens), -1)
road = ByteRoad(people=Nobody(), tokenizers={KindName.PHONE: Tokenizer(b"k" * 32, kind=KindName.PHONE)})
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
"""


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_line_of_ten_gigabytes_under_a_limit_of_memory(tmp_path: Path, codec: str) -> None:
    """Offered to the fast road, which declines it, and read by the general one; a minute of CPU each."""
    pytest.importorskip("numba")
    path = tmp_path / "dump"
    with path.open("wb") as file:
        file.write("".join(f"{p.name},{p.phone}\n" for p in people(20_000)).encode(codec))
        file.truncate(10 << 30)
    given = READ.replace("fields=fields)", "fields=fields, road=road)").replace("def peak", BY_BYTES + "def peak")
    got = reading(path, program=given, seconds=1_800)
    assert (got["rows"], got["unreadable"]) == (20_000, 1), got
    path.unlink()


def test_a_member_is_never_written_by_its_name(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    names = ("../escaped.csv", "/tmp/suyuan-absolute.csv", "..\\windows.csv")
    path = inside / "dump.zip"
    path.write_bytes(zipped({name: plain(people(9, start=n * 9)).encode() for n, name in enumerate(names)}))
    assert ingest(path, fields=FIELDS).rows == 27
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["dump.zip", "inside"]
    assert not Path("/tmp/suyuan-absolute.csv").exists()


def test_a_workbook_with_entities_from_outside_opens_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("13900000009")
    content = workbook({"a": [["姓名", "手机号"], *[[p.name, p.phone] for p in people(5)]]})
    path = tmp_path / "dump.xlsx"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"].decode()
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    members["xl/worksheets/sheet1.xml"] = (
        sheet.replace("?>", "?>" + entity, 1).replace(people(1)[0].name, "&e;").encode()
    )
    path.write_bytes(zipped(members))
    # The reader knows no entity and refuses the workbook; what matters is that the file it names stays unread.
    with pytest.raises(RefusedError) as refused:
        ingest(path, fields=FIELDS)
    assert refused.value.code == "trace.archive"
    assert "13900000009" not in f"{refused.value}{refused.value.__cause__}"


def test_xml_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY s SYSTEM "file:///etc/passwd">]><r>'
    rows = "".join(f"<p><name>{p.name}</name><phone>{p.phone}</phone><note>&b;&s;</note></p>" for p in people(5))
    path = tmp_path / "dump.xml"
    path.write_text(bomb + rows + "</r>")
    dump = ingest(path, fields=FIELDS)
    assert dump.table()["phone"].to_list() == [p.phone for p in people(5)]


@pytest.mark.parametrize("cell", ["=cmd|'/c calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", " =1", "\r=2"])
def test_a_formula_is_neutralised_wherever_it_is_written_back(tmp_path: Path, cell: str) -> None:
    assert neutral(cell) == "'" + cell
    path = tmp_path / "aside.csv"
    aside = Aside(path)
    aside.put(0, reason="width", text=cell)
    aside.close()
    with path.open(newline="", encoding="utf-8") as file:
        [_, row] = csv.reader(file)
    assert row[2] == "'" + cell
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_formula_cell_is_text(tmp_path: Path) -> None:
    who = people(5)
    path = tmp_path / "dump.xlsx"
    path.write_bytes(
        workbook({"a": [["姓名", "手机号", "备注"], *[[p.name, p.phone, "=cmd|'/c calc'!A0"] for p in who]]})
    )
    assert ingest(path, fields=FIELDS).table()["phone"].to_list() == [p.phone for p in who]
