"""Packed files of which a download has only the beginning."""

import gzip
import json
import lzma
from pathlib import Path

import pyarrow as pa
import pytest
from tests.leaked_people import FIELDS, humans

from suyuan.errors import RefusedError
from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

WHO = humans(3_000)
LINES = [f"{p.name}\t{p.phone}\t{p.resident_id}\t{p.address}\n" for p in WHO]
PACKERS = {"gzip": gzip.compress, "xz": lzma.compress, "zstd": lambda raw: pa.compress(raw, codec="zstd", asbytes=True)}


def read(tmp_path: Path, content: bytes) -> Dump:
    path = tmp_path / "dump"
    path.write_bytes(content)
    return ingest(path, fields=FIELDS)


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_what_stands_before_the_cut_is_read_and_told(tmp_path: Path, packer: str, codec: str) -> None:
    packed = PACKERS[packer]("".join(LINES).encode(codec))
    dump = read(tmp_path, packed[: int(len(packed) * 0.7)])
    assert dump.rows > 300
    assert dump.table()["address"].to_list() == [p.address for p in WHO[: dump.rows]]
    assert dump.unreadable <= 1
    assert dump.notes[0].startswith("the packed file is cut off")


def test_the_row_in_which_it_breaks_off_is_counted_wherever_that_is(tmp_path: Path) -> None:
    whole = "".join(LINES[:60]).encode()
    ends = [len("".join(LINES[:59]).encode()) + at for at in range(0, len(LINES[59].encode()), 7)]
    for end in (*ends, len(whole) - 1):
        # Stored as it stands, so that it is cut just there.
        packed = gzip.compress(whole, compresslevel=0)
        dump = read(tmp_path, packed[: packed.index(whole[:40]) + end])
        assert dump.table()["address"].to_list() == [p.address for p in WHO[:59]]
        assert dict(dump.reasons) == ({} if end == ends[0] else {"cut": 1})


@pytest.mark.parametrize("form", ["sql", "json lines", "json"])
def test_texts_with_a_structure_count_what_breaks_off(tmp_path: Path, form: str) -> None:
    told = [json.dumps({"name": p.name, "phone": p.phone}, ensure_ascii=False) for p in WHO[:200]]
    values = ",\n".join(f"({at},'{p.name}','{p.phone}')" for at, p in enumerate(WHO[:200]))
    text = {"sql": f"INSERT INTO t VALUES {values};\n", "json lines": "\n".join(told), "json": f"[{','.join(told)}\n]"}[
        form
    ]
    packed = gzip.compress(text.encode(), compresslevel=0)
    dump = read(tmp_path, packed[: packed.index(text.encode()[:40]) + len(text.encode()) * 3 // 5])
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO[: dump.rows]]
    assert 100 < dump.rows < 160
    assert dump.unreadable == 1


def test_what_is_whole_is_not_said_to_be_cut(tmp_path: Path) -> None:
    for pack in PACKERS.values():
        dump = read(tmp_path, pack("".join(LINES[:50]).rstrip("\n").encode()))
        assert (dump.rows, dump.unreadable, dump.notes) == (50, 0, ())


def test_what_is_damaged_within_or_has_no_line_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress("".join(LINES).encode()))
    short = gzip.compress("".join(LINES).encode())[:30]
    packed[len(packed) // 2] ^= 0xFF
    packed[-6] ^= 0xFF
    for content in (bytes(packed), short):
        with pytest.raises(RefusedError) as refused:
            read(tmp_path, content)
        assert refused.value.code == "trace.archive"
