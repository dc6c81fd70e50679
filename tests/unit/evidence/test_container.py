"""The file: any zip tool opens it, there is one way to write it, and every other way is refused by name."""

import io
import warnings
import zipfile
from pathlib import Path

import pytest
from tests.evidence_world import World, honest_world

from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence import read_bundle, verify, write_bundle
from suyuan.evidence.container import MEMBERS, read_container, write_container

CONTENT = {name: name.encode() * 3 for name in MEMBERS}


@pytest.fixture(scope="module")
def world() -> World:
    return honest_world()


def test_any_zip_tool_opens_it() -> None:
    with zipfile.ZipFile(io.BytesIO(write_container(CONTENT))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == CONTENT
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_it_reads_back() -> None:
    assert read_container(write_container(CONTENT)) == CONTENT


def test_a_bundle_is_written_the_same_twice(world: World) -> None:
    assert world.write() == world.write()
    assert read_bundle(world.write()) == world.bundle


@pytest.mark.parametrize("missing", MEMBERS)
def test_a_missing_or_other_member_is_not_written(missing: str) -> None:
    fewer = {name: data for name, data in CONTENT.items() if name != missing}
    for members in (fewer, {**fewer, "other.json": b""}, {**CONTENT, "other.json": b""}):
        with pytest.raises(RefusedError):
            write_container(members)


def zipped(names: list[str], *, compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), CONTENT.get(name, b"x"), compress_type=compression)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (zipped(list(MEMBERS)), "not written as bundles are"),
        (zipped([*MEMBERS, "zzz.json"]), "not written as bundles are"),
        (zipped(list(MEMBERS), compression=zipfile.ZIP_DEFLATED), "compressed"),
        (zipped(list(MEMBERS[:-1])), "trace.json"),
        (zipped(["accused.json", *MEMBERS]), "checkpoint"),
        (zipped(list(reversed(MEMBERS))), "accused.json"),
        (b"", "not a suyuan bundle"),
        (b"<html>", "not a suyuan bundle"),
    ],
)
def test_another_zip_is_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(VerificationError, match=complaint):
        read_container(data)


def test_another_version_is_refused(world: World) -> None:
    def sign(text: str) -> str:
        return world.sign(text.replace("suyuan-bundle/v1", "suyuan-bundle/v2"))

    with pytest.raises(VerificationError, match="not the format suyuan-bundle/v1"):
        write_bundle(world.bundle, sign=sign)


def test_a_second_signature_is_refused(world: World) -> None:
    def sign(text: str) -> str:
        note = world.sign(text)
        return note + note.rpartition("\n\n")[2]

    with pytest.raises(VerificationError, match="one signature"):
        write_bundle(world.bundle, sign=sign)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.suyuan"):
        with pytest.raises(RefusedError):
            verify(path)
