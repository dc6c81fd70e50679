"""Members of archives that are packed themselves, as nightly exports are put together."""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest
from tests.leaked_people import FIELDS, humans
from tests.ugly_files import zipped

from suyuan.errors import RefusedError
from suyuan.trace.dump import Dump
from suyuan.trace.files import containers
from suyuan.trace.ingest import ingest

WHO = humans(40)
HALVES = [
    "姓名,手机,地址\n" + "".join(f"{p.name},{p.phone},{p.address}\n" for p in some) for some in (WHO[:20], WHO[20:])
]


def tarred(members: dict[str, bytes], *, mode: Literal["w", "w:gz"]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def read(tmp_path: Path, content: bytes) -> Dump:
    path = tmp_path / "dump"
    path.write_bytes(content)
    return ingest(path, fields=FIELDS)


def test_packed_members_are_read(tmp_path: Path) -> None:
    first, second = HALVES[0].encode(), HALVES[1].encode("gb18030")
    members = {"a.csv.gz": gzip.compress(first), "b.csv.zst": pa.compress(second, codec="zstd", asbytes=True)}
    for content in (zipped(members), tarred(members, mode="w"), tarred(members, mode="w:gz")):
        dump = read(tmp_path, content)
        assert dump.table()["phone"].to_list() == [p.phone for p in WHO]
        assert dump.table()["address"].to_list() == [p.address for p in WHO]
        assert dump.unreadable == 0


def test_an_archive_of_several_files_within_one_is_refused(tmp_path: Path) -> None:
    inner = tarred({"a.csv": HALVES[0].encode()}, mode="w:gz")
    with pytest.raises(RefusedError) as refused:
        read(tmp_path, zipped({"in.tar.gz": inner, "b.csv": HALVES[1].encode()}))
    assert refused.value.code == "trace.nested-archive"


def test_a_packed_member_that_breaks_off_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(HALVES[0].encode())
    with pytest.raises(RefusedError) as refused:
        read(tmp_path, zipped({"a.csv.gz": whole[: len(whole) // 2]}))
    assert refused.value.code == "trace.archive"


def test_two_packings_count_as_one_for_what_they_may_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "FREE_BYTES", 1 << 18)
    # Each is within the ratio; both together are not.
    block = (HALVES[0] + HALVES[0].splitlines(keepends=True)[1] * 1_200).encode()
    packed = gzip.compress(block) * 60
    assert len(block) * 60 < 100 * len(packed)
    with pytest.raises(RefusedError) as refused:
        read(tmp_path, zipped({"a.csv.gz": packed}))
    assert refused.value.code == "trace.bomb"
