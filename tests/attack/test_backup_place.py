"""Attacks by one who can write where the archives of the data lie, and not where those of the keys do."""

import hashlib
import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.courier import courier

from suyuan.adapters.files.archive import MANIFEST
from suyuan.app.backing_up import back_up
from suyuan.app.restoring import restore
from suyuan.crypto import canonical
from suyuan.errors import SuyuanError, VerificationError

Members = dict[str, bytes]


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, Path]:
    with courier(tmp_path, people=5):
        pass
    for name in ("backup", "vault"):
        (tmp_path / name).mkdir()
    data, keys = tmp_path / "backup" / "one.data", tmp_path / "vault" / "one.keys"
    back_up(tmp_path / "store", data=data, keys=keys)
    return data, keys


def read(archive: Path) -> Members:
    with tarfile.open(archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def write(archive: Path, members: Members, **facts: canonical.Json) -> None:
    """Write an archive as suyuan does, with a manifest that fits its members."""
    said = {**canonical.decode_object(members[MANIFEST]), **facts}
    listed = {
        name: {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        for name, body in members.items()
        if name != MANIFEST
    }
    archive.unlink()
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, body in {**members, MANIFEST: canonical.encode({**said, "members": listed})}.items():
            header = tarfile.TarInfo(name)
            header.size = len(body)
            tar.addfile(header, io.BytesIO(body))


ALTERED: Mapping[str, Callable[[Members], Members]] = {
    "settings": lambda m: {**m, "suyuan.toml": m["suyuan.toml"] + b'\n[serve]\nlisten = "0.0.0.0:80"\n'},
    "policy": lambda m: {**m, "policy/grants.toml": b""},
    "a new file": lambda m: {**m, "policy/site.so": b"\x7fELF"},
    "the data": lambda m: {**m, "data.db": m["data.db"][:-1] + b"\x00\x01"},
}


@pytest.mark.parametrize("what", sorted(ALTERED))
def test_an_archive_that_was_altered_where_it_lay_is_not_restored(saved: tuple[Path, Path], what: str) -> None:
    data, keys = saved
    into = data.parent / "back"
    write(data, ALTERED[what](read(data)))
    with pytest.raises(VerificationError) as error:
        restore(into, data=data, keys=keys)
    assert error.value.code == "backup.archive"
    assert not list(into.iterdir() if into.is_dir() else ())


@pytest.mark.parametrize(
    "name", ["../out", "policy/../../out", "/tmp/out", "policy/./../../out", "ledger/../../out", "policy//../../out"]
)
def test_no_member_leaves_the_folder(saved: tuple[Path, Path], name: str) -> None:
    """Even one whose other archive says the same: the thief has both places."""
    data, keys = saved
    write(data, {**read(data), name: b"outside"}, id="another")
    with pytest.raises(SuyuanError) as error:
        restore(data.parent / "back", data=data, keys=keys)
    assert error.value.code == "backup.archive"
    assert not list(data.parent.parent.rglob("out"))
    assert not Path("/tmp/out").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_a_member_is_a_plain_file(saved: tuple[Path, Path], kind: bytes) -> None:
    data, keys = saved
    members = read(data)
    write(data, {**members, "policy/link": b""}, id="another")
    with tarfile.open(data, "a", format=tarfile.PAX_FORMAT) as tar:
        header = tarfile.TarInfo("policy/link")
        header.type, header.linkname = kind, "/etc/passwd"
        tar.addfile(header)
    with pytest.raises(SuyuanError) as error:
        restore(data.parent / "back", data=data, keys=keys)
    assert error.value.code == "backup.archive"
