"""The ledger's public files over HTTP: exactly those, nothing beside them, and nothing that is not published."""

import re
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import BoundedSemaphore, Timer
from typing import Any, Final
from urllib.parse import urlsplit

from suyuan.errors import SuyuanError
from suyuan.ledger.ports import TileFiles

CONNECTIONS: Final = 64
"""How many are answered at a time; whoever comes then waits for `ROOM_SECONDS`, and is sent away."""

ROOM_SECONDS: Final = 1.0

SECONDS: Final = 15.0
"""How long a connection may be silent."""

REQUEST_SECONDS: Final = 60.0
"""How long one request may take in all, silent or not, until its answer has been taken away."""

_Given = socket | tuple[bytes, socket]

_NUMBER: Final = r"(?:0|[1-9][0-9]{0,15})"
_TILE: Final = r"tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/){0,6}[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?"
_TEXT: Final = "text/plain; charset=utf-8"
_BINARY: Final = "application/octet-stream"
_FRESH: Final = "no-cache"
_FOR_EVER: Final = "public, max-age=31536000, immutable"

_SERVED: Final = (
    (re.compile(r"checkpoint|witnessed|log\.vkey"), _TEXT, _FRESH),
    (re.compile(rf"shards/{_NUMBER}/(?:checkpoint|log\.vkey)"), _TEXT, _FRESH),
    (re.compile(rf"(?:(?:batch|seal)/{_NUMBER}/)?{_TILE}"), _BINARY, _FOR_EVER),
    (re.compile(rf"timestamp/{_NUMBER}\.tsr"), "application/timestamp-reply", _FOR_EVER),
)
"""What is served, as which type, and how long it may be kept. Tiles never change; checkpoints do."""


def served_as(path: str) -> tuple[str, str] | None:
    """Give content type and cache rule of a path below the prefix; None: nothing of that name is ever published."""
    return next(((kind, cache) for pattern, kind, cache in _SERVED if pattern.fullmatch(path)), None)


class StaticServer(ThreadingHTTPServer):
    """Serves a ledger's public files until it is shut down."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, files: TileFiles, *, host: str, port: int, told: Callable[[str], None]) -> None:
        """Bind, and take `told` to be told one line for each request.

        Raises: OSError: the address cannot be used.
        """
        self.files = files
        self.told = told
        self.room = BoundedSemaphore(CONNECTIONS)
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """Where it serves."""
        host, port = self.server_address[0], self.server_address[1]
        text = host.decode() if isinstance(host, bytes | bytearray) else str(host)
        return f"http://[{text}]:{port}" if ":" in text else f"http://{text}:{port}"

    def process_request(self, request: _Given, client_address: Any) -> None:  # As `socketserver` has it.
        """Take a connection when there is room: no thread is made for those who wait."""
        if self.room.acquire(timeout=ROOM_SECONDS):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: _Given, client_address: Any) -> None:  # As `socketserver` has it.
        """Answer a connection, and give its room away."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks off is nobody's error."""


class _Handler(BaseHTTPRequestHandler):
    server: StaticServer
    protocol_version = "HTTP/1.1"
    server_version = "suyuan"
    sys_version = ""
    timeout = SECONDS

    def handle_one_request(self) -> None:
        """Answer a request. One byte from time to time does not keep it from ending."""
        end = Timer(REQUEST_SECONDS, _end, (self.connection,))
        end.daemon = True
        end.start()
        try:
            super().handle_one_request()
        finally:
            end.cancel()

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        path = urlsplit(self.path).path.removeprefix("/")
        said = served_as(path)
        try:
            data = None if said is None else self.server.files.read(path)
        except SuyuanError:
            self._send(
                HTTPStatus.SERVICE_UNAVAILABLE, b"unavailable\n", kind=_TEXT, cache="no-store", with_body=with_body
            )
            return
        if said is None or data is None:
            self._send(HTTPStatus.NOT_FOUND, b"not found\n", kind=_TEXT, cache="no-store", with_body=with_body)
            return
        self._send(HTTPStatus.OK, data, kind=said[0], cache=said[1], with_body=with_body)

    def _send(self, status: HTTPStatus, data: bytes, *, kind: str, cache: str, with_body: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", cache)
        self.send_header("X-Content-Type-Options", "nosniff")
        # The log is public: whoever checks it in a browser may.
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        if with_body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        self.server.told(format % args)


def _end(connection: socket) -> None:
    with suppress(OSError):
        connection.shutdown(SHUT_RDWR)
