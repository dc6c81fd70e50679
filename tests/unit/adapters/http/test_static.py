"""The ledger's public files over HTTP: what tlog clients need, and nothing beside it."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.command_line import require_one_clear_line, run_here
from tests.ledger_world import KEY, MemoryStore, batch, release, started

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.http.static import StaticServer, served_as
from suyuan.ledger import publish
from suyuan.ledger.tiles import bundle_path, tile_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A published ledger of 600 entries, with secrets beside it."""
    root = tmp_path / "store" / "ledger"
    root.mkdir(parents=True)
    ledger = started(MemoryStore())
    ledger.append([release(i) for i in range(590)])
    ledger.append([batch(590, count=3)])
    publish(ledger, files=TileDirectory(root), key=KEY)
    (root / "log.vkey").write_text(f"{KEY.verify_key}\n")
    for name in ("secret", "tile/secret", "checkpoint.tmp", "tile/0/001.tmp"):
        (root / name).write_text("secret")
    (root.parent / "keys.db").write_text("secret")
    (root / "timestamp").mkdir()
    (root / "timestamp" / "3.tsr").write_bytes(b"token")
    return root


@pytest.fixture
def server(folder: Path) -> Iterator[StaticServer]:
    with StaticServer(TileDirectory(folder), host="127.0.0.1", port=0, told=lambda _: None) as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield one
        one.shutdown()
        thread.join()


def ask(server: StaticServer, path: str, *, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    # What a client that means harm sends is not tidied by the library.
    connection.putrequest(method, path, skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@pytest.mark.parametrize(
    ("path", "kind", "kept"),
    [
        ("checkpoint", "text/plain; charset=utf-8", "no-cache"),
        ("log.vkey", "text/plain; charset=utf-8", "no-cache"),
        (tile_path(0, index=0), "application/octet-stream", "immutable"),
        (tile_path(0, index=2, width=81), "application/octet-stream", "immutable"),
        (tile_path(1, index=0, width=2), "application/octet-stream", "immutable"),
        (bundle_path(1), "application/octet-stream", "immutable"),
        ("batch/592/tile/0/000.p/3", "application/octet-stream", "immutable"),
        ("timestamp/3.tsr", "application/timestamp-reply", "immutable"),
    ],
)
def test_what_is_published_is_served_as_it_lies_there(
    server: StaticServer, folder: Path, path: str, kind: str, kept: str
) -> None:
    status, headers, body = ask(server, f"/{path}")
    assert (status, body) == (200, (folder / path).read_bytes())
    assert headers["content-type"] == kind
    assert kept in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"
    head, headers, nothing = ask(server, f"/{path}", method="HEAD")
    assert (head, int(headers["content-length"]), nothing) == (200, len(body), b"")


@pytest.mark.parametrize(
    "path",
    [
        "/", "/tile", "/tile/", "/tile/0", "/tile/0/", "/secret", "/tile/secret", "/checkpoint.tmp", "/tile/0/001.tmp",
        "/../keys.db", "/tile/../../keys.db", "/tile/0/../../../keys.db", "//keys.db", "/%2e%2e/keys.db",
        "/tile/%2e%2e/%2e%2e/keys.db", "/..%2fkeys.db", "/checkpoint/", "/checkpoint/../../keys.db", "/./checkpoint",
        "/checkpoint%00", "/tile/0/000.p/0", "/tile/0/00", "/tile/0/1000", "/batch/x/tile/0/000", "/timestamp/-3.tsr",
        "/timestamp/03.tsr", "/shards/0/secret", "/tile/0/009", "/store.lock", "/..\\keys.db", "http:///keys.db",
    ],
)  # fmt: skip
def test_nothing_else_is_served(server: StaticServer, path: str) -> None:
    status, headers, body = ask(server, path)
    assert (status, body) == (404, b"not found\n")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_written(server: StaticServer, method: str) -> None:
    assert ask(server, "/checkpoint", method=method)[0] == 501


def test_a_query_does_not_hide_a_file(server: StaticServer, folder: Path) -> None:
    assert ask(server, "/checkpoint?fresh=1")[2] == (folder / "checkpoint").read_bytes()


def test_numbers_of_a_large_log_are_served() -> None:
    assert served_as(tile_path(0, index=1_234_067)) == (
        "application/octet-stream",
        "public, max-age=31536000, immutable",
    )
    assert served_as(bundle_path(1_234_067, width=9)) is not None
    assert served_as(f"seal/70000/{tile_path(0, index=3)}") is not None
    assert served_as("shards/2/checkpoint") is not None
    assert served_as("tile/0/x1/234") is None


def test_a_disk_that_refuses_is_told_as_such(server: StaticServer, folder: Path) -> None:
    (folder / "checkpoint").unlink()
    (folder / "checkpoint").mkdir()
    status, _, body = ask(server, "/checkpoint")
    assert (status, body) == (503, b"unavailable\n")


def test_an_address_that_is_taken_is_one_line(
    server: StaticServer, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.parent / "suyuan.toml").write_text("version = 1\n")
    port = server.server_address[1]
    done = run_here(capsys, "ledger", "serve", "--port", port, "--store", folder.parent)
    require_one_clear_line(done, code=5)
    assert str(port) in done.err


def test_slow_clients_and_floods_leave_room_for_others(
    server: StaticServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suyuan.adapters.http.static.REQUEST_SECONDS", 0.3)
    monkeypatch.setattr("suyuan.adapters.http.static.ROOM_SECONDS", 0.01)
    server.room = threading.BoundedSemaphore(3)
    threads = threading.active_count()
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"GET /checkpoint HTTP/1.1\r\nX: ")
            while not stop.wait(0.02):
                connection.sendall(b"a")

    port = server.server_address[1]
    slow = [threading.Thread(target=drip, args=(socket.create_connection(("127.0.0.1", port)),)) for _ in range(12)]
    for one in slow:
        one.start()
    # Three of them are answered, each by a thread and its timer; the others are sent away.
    assert threading.active_count() <= threads + len(slow) + 2 * 3
    try:
        for one in slow:
            one.join(10)
        assert not any(one.is_alive() for one in slow)
        assert ask(server, "/checkpoint")[2] == (folder / "checkpoint").read_bytes()
    finally:
        stop.set()
