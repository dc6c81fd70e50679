import contextlib
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from suyuan.adapters.http.asking import ask
from suyuan.adapters.http.tile_files import HttpTileFiles
from suyuan.errors import RefusedError, UnavailableError


class Answers(BaseHTTPRequestHandler):
    """Answers by the path that is asked for."""

    def do_GET(self) -> None:
        status = {"/log/checkpoint": 200, "/log/large": 200, "/log/broken": 500, "/log/moved": 302}.get(self.path, 404)
        self.send_response(status)
        body = b"x" * (17 << 20) if self.path == "/log/large" else b"note"
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/log/checkpoint")
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/log"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_its_absence_and_anything_else_are_told_apart(address: str) -> None:
    for base in (address, address + "/"):
        files = HttpTileFiles(base)
        assert (files.read("checkpoint"), files.read("tile/0/000")) == (b"note", None)
    for path in ("broken", "moved", "large"):
        with pytest.raises(UnavailableError, match=path):
            files.read(path)
    with pytest.raises(UnavailableError, match="checkpoint"):
        HttpTileFiles("http://127.0.0.1:9").read("checkpoint")


def test_nothing_is_written_over_the_network() -> None:
    files = HttpTileFiles("https://log.example.org")
    for act in (lambda: files.write([]), lambda: files.commit("a", data=b""), lambda: files.drop(["a"])):
        with pytest.raises(RefusedError, match="read only"):
            act()
    for address in ("file:///etc", "ftp://log.example.org", "log.example.org"):
        with pytest.raises(RefusedError, match="http"):
            HttpTileFiles(address)


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("begin", "drip"),
    [
        (HEAD + b"X-A: ", b"a"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b"a"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["header", "body", "chunk", "continue"],
)
def test_whoever_answers_byte_by_byte_is_not_waited_for(begin: bytes, drip: bytes) -> None:
    stop = Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(4096)
                connection.sendall(begin)
                while not stop.wait(0.02):
                    connection.sendall(drip)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        began = time.monotonic()
        try:
            with pytest.raises(UnavailableError, match="did not answer in time"):
                ask(f"http://127.0.0.1:{listening.getsockname()[1]}/", limit_bytes=1 << 20, seconds=0.3)
            assert time.monotonic() - began < 5
        finally:
            stop.set()
            thread.join()
