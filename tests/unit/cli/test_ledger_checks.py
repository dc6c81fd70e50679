"""`ledger fsck`, `rebuild` and `seal`, as a person uses them; and what they refuse."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from tests.command_line import require_one_clear_line

LOOKUP = ("release", "lookup", "KZ-7700771", "--account", "clerk-07", "--purpose", "delivery", "--case", "P-1")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address(here: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=here / "store/ledger"))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def flip(path: Path, *, at: int = 40) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def change(store: Path, statement: str) -> None:
    with closing(sqlite3.connect(store / "ledger.db")) as ledger:
        for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            ledger.execute(f"DROP TRIGGER {name}")
        ledger.execute(statement)
        ledger.commit()


def test_a_sound_ledger_is_told_so_from_its_files_alone(here: Path, suyuan, address: str) -> None:
    assert suyuan(*LOOKUP).code == 0
    data = json.loads(suyuan("ledger", "fsck", "--json").out)
    assert (data["verified"], data["unpublished"], data["store"]) == (True, 0, data["size"])
    assert data["entries"]["release"] == 1
    told = suyuan("ledger", "fsck").out
    assert "the ledger verifies" in told
    assert "key not authenticated" in told
    assert "the store has the same entries, and finds them as they are" in told
    published, vkey = here / "published", here / "store/ledger/log.vkey"
    shutil.copytree(here / "store/ledger", published)
    shutil.rmtree(here / "store")
    for place in (published, address):
        if place == address:
            shutil.copytree(published, here / "store/ledger")
        alone = json.loads(suyuan("ledger", "fsck", place, "--vkey", published / "log.vkey", "--json").out)
        assert (alone["size"], alone["root"], alone["store"]) == (data["size"], data["root"], None)
        assert alone["key"]["authenticated_by"] == "vkey"
        assert "the store" not in suyuan("ledger", "fsck", place).out.replace("the store itself", "")
    (here / "policy").write_text(f"log {vkey.read_text().strip()}\nquorum none\n")
    (published / "log.vkey").unlink()
    by = json.loads(suyuan("ledger", "fsck", published, "--policy", here / "policy", "--json").out)
    assert by["key"]["authenticated_by"] == "policy"
    require_one_clear_line(suyuan("ledger", "fsck", published), code=4)


def test_what_does_not_hold_in_the_files_is_named(here: Path, suyuan, address: str) -> None:
    assert suyuan(*LOOKUP).code == 0
    other = here / "other.vkey"
    other.write_text("log.example/other+45de8fb8+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs")
    for arguments, code in (
        ((here / "nowhere",), 3),
        ((here,), 4),
        (("http://127.0.0.1:9/",), 5),
        ((address + "/nothing",), 4),
        ((address, "--vkey", other), 3),
    ):
        require_one_clear_line(suyuan("ledger", "fsck", *arguments), code=code)
    tile = max((here / "store/ledger/tile/entries").rglob("*"), key=lambda p: p.stat().st_size if p.is_file() else 0)
    flip(tile)
    for arguments in ((), (here / "store/ledger",), (address,)):
        require_one_clear_line(suyuan("ledger", "fsck", *arguments), code=4)
    done = suyuan("ledger", "rebuild")
    assert "the store's tables were right" in done.out
    assert suyuan("ledger", "fsck").code == 0
    stray = here / "store/ledger/tile/0/x"
    stray.write_text("x")
    require_one_clear_line(suyuan("ledger", "fsck"), code=4)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pools SET next = next - 1 WHERE next > 0",
        "DELETE FROM named WHERE op = 'law'",
        "UPDATE latest SET seq = 0 WHERE op = 'seal'",
        "UPDATE registered SET live = 0",
        "DELETE FROM registered",
    ],
)
def test_tables_that_are_wrong_are_found_and_rebuilt(here: Path, suyuan, statement: str) -> None:
    assert suyuan(*LOOKUP).code == 0
    before = json.loads(suyuan("ledger", "fsck", "--json").out)
    change(here / "store", statement)
    require_one_clear_line(suyuan("ledger", "fsck"), code=4)
    assert json.loads(suyuan("ledger", "rebuild", "--json").out) == {
        "entries": before["size"], "published": before["size"], "tables_changed": True,
    }  # fmt: skip
    assert json.loads(suyuan("ledger", "fsck", "--json").out) == before
    assert suyuan(*LOOKUP).code == 0
    assert suyuan("ledger", "fsck").code == 0


def test_files_are_not_rebuilt_from_entries_that_are_not_those_published(here: Path, suyuan) -> None:
    assert suyuan(*LOOKUP).code == 0
    store = here / "store"
    kept = {path: path.read_bytes() for path in (store / "ledger").rglob("*") if path.is_file()}
    change(store, "UPDATE entries SET leaf = (SELECT leaf FROM entries WHERE seq = 1) WHERE seq = 0")
    require_one_clear_line(suyuan("ledger", "rebuild"), code=4)
    assert kept == {path: path.read_bytes() for path in (store / "ledger").rglob("*") if path.is_file()}


def test_lost_files_come_back_as_they_were(here: Path, suyuan) -> None:
    assert suyuan(*LOOKUP).code == 0
    ledger = here / "store/ledger"
    shutil.copytree(ledger, here / "kept")
    shutil.rmtree(ledger / "tile")
    require_one_clear_line(suyuan("ledger", "fsck"), code=4)
    assert suyuan("ledger", "rebuild").code == 0
    assert suyuan("ledger", "fsck").code == 0
    for path in (ledger / "tile").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (here / "kept" / path.relative_to(ledger)).read_bytes()


def test_a_seal_is_made_when_it_is_asked_for(here: Path, suyuan) -> None:
    assert suyuan(*LOOKUP).code == 0
    first = json.loads(suyuan("ledger", "seal", "--json").out)
    assert (first["closing"], first["entry"] is not None, first["labels"] > 0) == (False, True, True)
    assert suyuan("ledger", "seal").out == "nothing stands unsealed\n"
    closed = json.loads(suyuan("ledger", "seal", "--close", "--json").out)
    assert (closed["entry"], closed["epoch"]) == (first["entry"] + 1, first["epoch"] + 1)
    assert suyuan("ledger", "seal", "--close").out == "nothing stands unsealed\n"
    assert suyuan(*LOOKUP).code == 0
    shown = suyuan("ledger", "show", "--last", "99").out
    assert f"ends epoch {first['epoch']}" in shown
    assert "persons' labels from epoch 1" in shown
    told = suyuan("ledger", "seal").out
    assert f"epoch {closed['epoch']} is in force" in told
    assert suyuan("ledger", "fsck").code == 0


def test_publication_seals_by_the_settings(here: Path, suyuan) -> None:
    def seals() -> int:
        return int(json.loads(suyuan("ledger", "fsck", "--json").out)["entries"].get("seal", 0))

    assert suyuan(*LOOKUP).code == 0
    before = seals()
    settings = here / "store/suyuan.toml"
    settings.write_text(settings.read_text().replace("[ledger]", "[ledger]\nseal_entries = 1"))
    assert suyuan(*LOOKUP).code == 0
    assert seals() == before + 1
    settings.write_text(settings.read_text().replace("seal_entries = 1", "seal_entries = 0"))
    done = suyuan(*LOOKUP)
    require_one_clear_line(done, code=3)
    assert "seal_entries" in done.err
