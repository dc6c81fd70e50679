"""`suyuan init`: whole or not at all, never over something, and safe to repeat."""

import json
import os
import stat
from pathlib import Path

import pytest

from suyuan.app import backends, founding
from suyuan.app.backends import OpenPeople, write_people
from suyuan.config import Settings
from suyuan.errors import UnavailableError


def test_a_new_store(tmp_path: Path, suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    done = suyuan("init", tmp_path / "My Shop", "--json")
    said = json.loads(done.out)
    assert (done.code, said["origin"], said["made"]) == (0, "suyuan.local/my-shop", True)
    passphrase = Path(said["passphrase_file"])
    assert passphrase.parent == tmp_path / ".config/suyuan"
    assert stat.S_IMODE(passphrase.stat().st_mode) == 0o600
    store = tmp_path / "My Shop"
    assert sorted(p.name for p in store.iterdir() if not p.name.startswith("store.")) == [
        "data.db", "keys.db", "ledger", "ledger.db", "policy", "suyuan.toml",
    ]  # fmt: skip
    assert passphrase.read_text().strip() not in "".join(p.read_text() for p in store.glob("**/*.toml"))


def test_a_store_that_is_current_is_left_alone(here: Path, suyuan) -> None:
    before = {p: p.read_bytes() for p in here.rglob("*") if p.is_file() and p.suffix != ".lock"}
    done = suyuan("init", here / "store")
    assert (done.code, "up to date" in done.out) == (0, True)
    assert {p: p.read_bytes() for p in before} == before


def test_a_folder_that_is_not_empty_is_fine(tmp_path: Path, suyuan) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert suyuan("init", tmp_path, "--passphrase-file", tmp_path.parent / f"{tmp_path.name}.pass").code == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("part", ["policy", "data.db", "keys.db", "ledger.db", "ledger"])
def test_nothing_of_another_is_overwritten(tmp_path: Path, suyuan, part: str) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / part).write_text("not ours")
    done = suyuan("init", folder, "--passphrase-file", tmp_path / "pass")
    assert (done.code, sorted(p.name for p in folder.iterdir())) == (3, [part])
    assert not (tmp_path / "pass").exists()


@pytest.mark.parametrize("step", range(7))
def test_a_failure_leaves_nothing(tmp_path: Path, suyuan, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    real, calls = os.rename, []

    def failing(source: object, target: object) -> None:
        calls.append(source)
        if len(calls) > step:
            raise OSError(28, "No space left on device")
        real(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(founding.os, "rename", failing)
    done = suyuan("init", tmp_path / "a/b", "--passphrase-file", tmp_path / "pass")
    if step < 6:
        assert (done.code, list(tmp_path.iterdir())) == (5, [])
        assert "disk is full" in done.err
    else:
        assert done.code == 0


def test_the_passphrase_stays_outside(tmp_path: Path, suyuan) -> None:
    done = suyuan("init", tmp_path / "store", "--passphrase-file", tmp_path / "store/pass")
    assert (done.code, list(tmp_path.iterdir())) == (3, [])
    (tmp_path / "pass").write_text("another's")
    done = suyuan("init", tmp_path / "store", "--passphrase-file", tmp_path / "pass")
    assert (done.code, (tmp_path / "pass").read_text()) == (3, "another's")
    assert not (tmp_path / "store").exists()


def test_another_passphrase_in_the_environment(tmp_path: Path, suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_PASSPHRASE_FILE", str(tmp_path / "one"))
    assert suyuan("init", tmp_path / "store", "--passphrase-file", tmp_path / "two").code == 3
    assert list(tmp_path.iterdir()) == []
    assert suyuan("init", tmp_path / "store").code == 0
    assert (tmp_path / "one").exists()


def test_every_setting_stands_in_the_template(here: Path) -> None:
    text = (here / "store/suyuan.toml").read_text()
    settings = ("version", "origin", "passphrase_file", "alpha", "lock_wait_seconds", "row_keys_per_pool")
    for setting in (*settings, "database", "schema", "start_without_witness", "timestamp_url", "timestamp_roots"):
        assert f"{setting} = " in text


def test_an_older_store_is_upgraded(here: Path, suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The upgrade itself is tested beside the stores; here: what it keeps is told."""
    kept = here / "store/data.db.v0.bak"

    def upgrading(settings: Settings) -> OpenPeople:
        kept.write_bytes(b"as it was")
        return write_people(settings)

    monkeypatch.setattr(backends, "write_people", upgrading)
    done = suyuan("init", here / "store")
    assert (done.code, kept.name in done.out) == (0, True)


def test_a_damaged_store_is_told(here: Path, suyuan) -> None:
    (here / "store/keys.db").unlink()
    done = suyuan("init", here / "store")
    assert (done.code, "keys.db" in done.err) == (UnavailableError.exit_code, True)
