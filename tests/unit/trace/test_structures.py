"""What databases, their terminals and programs write: read right, or refused with a reason that is true."""

import gzip
import zipfile
from pathlib import Path

import pytest
from tests.leaked_judge import judge
from tests.leaked_people import FIELDS, Leak
from tests.structured_files import WHO, document, every_structure, tarball

from suyuan.errors import RefusedError
from suyuan.trace.ingest import ingest


@pytest.mark.parametrize("case", every_structure(), ids=lambda case: case.name)
def test_a_structure_is_read_right(tmp_path: Path, case: Leak) -> None:
    path = tmp_path / "dump"
    path.write_bytes(case.content)
    verdict, why = judge(case, path)
    assert verdict == "right", why


def refusal(path: Path, content: bytes) -> RefusedError:
    path.write_bytes(content)
    with pytest.raises(RefusedError) as refused:
        ingest(path, fields=FIELDS)
    return refused.value


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"CREATE TABLE u (id int);\nINSERT INTO u (id) SELECT id FROM other;\n", "trace.header-only", "no rows"),
        (b"-- x\n" + b"INSERT INTO u VALUES (1, (((((;\n" * 9, "trace.format", "none of them can be read"),
        (b"-- x\nINSERT INTO u VALUES (" + b"(" * 200_000 + b");\n", "trace.format", "none of them can be read"),
        (b"\xd0\xcf\x11\xe0" + bytes(4_096), "trace.binary", "no workbook"),
        (tarball({"a.csv": b"x,y\n" * 400}, mode="w")[:1_300], "trace.archive", "cut off or damaged"),
        (gzip.compress(tarball({"a.csv": bytes(200 << 20)}, mode="w")), "trace.bomb", "times its size"),
    ],
    ids=["a table of another", "broken rows", "brackets within one another", "no workbook", "cut tar", "tar bomb"],
)  # fmt: skip
def test_what_cannot_be_read_has_a_true_reason(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    error = refusal(tmp_path / "dump", content)
    assert error.code == code
    assert words in str(error)
    assert error.hint


def test_a_call_makes_no_text_of_any_size(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    grown = "replace(" * 9 + "'aaaaaaaaaa'" + ",'a','aaaaaaaaaa')" * 9
    rows = "".join(f"INSERT INTO u (name, phone, note) VALUES ('{p.name}', '{p.phone}', {grown});\n" for p in WHO)
    path.write_text("-- x\n" + rows, encoding="utf-8")
    dump = ingest(path, fields=FIELDS)
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO]


def test_a_row_repeated_a_billion_times_is_not_given_so_often(tmp_path: Path) -> None:
    row = '<table:table-row table:number-rows-repeated="99999999"><table:table-cell table:number-columns-repeated="99999999"><text:p>a</text:p></table:table-cell></table:table-row>'
    assert refusal(tmp_path / "dump", document(row)).code in ("trace.format", "trace.no-column", "trace.bomb")


def test_names_of_members_are_shown_as_text(tmp_path: Path) -> None:
    """Programs of Chinese Windows write names in GBK, and no mark that would say so."""
    path = tmp_path / "dump"
    name = "客户/名单.csv".encode("gb18030")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x" * len(name), "".join(f"{p.name},{p.phone}\n" for p in WHO))
        archive.writestr("about.txt", "hello\n")
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name))
    assert ingest(path, fields=FIELDS).notes[0] == "read: 客户/名单.csv"
