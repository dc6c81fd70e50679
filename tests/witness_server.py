"""A small real witness over HTTP that keeps its state on disk, and can be told to lie in every way we could think of.

Honest, it follows c2sp.org/tlog-witness: it cosigns only what continues what it cosigned before.
"""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from suyuan.crypto.merkle import verify_consistency
from suyuan.crypto.sign import VerifyKey
from suyuan.errors import VerificationError
from suyuan.ledger.checkpoint import open_checkpoint

COSIGNATURE = b"\x04"


@dataclass
class Witness:
    """One witness. `lie` names how it lies: see `_answer`, `_view` and `_sign`; empty, it is honest."""

    name: str
    state: Path
    logs: list[VerifyKey] = field(default_factory=list)
    lie: str = ""
    clock: float | None = None
    asked: list[str] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(sha256(self.name.encode()).digest())

    @property
    def vkey(self) -> str:
        key = COSIGNATURE + self.private.public_key().public_bytes_raw()
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(key).decode()}"

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + COSIGNATURE + self.private.public_key().public_bytes_raw()).digest()[
            :4
        ]

    def policy_line(self, short: str) -> str:
        return f"witness {short} {self.vkey} {self.url}\n"

    # ---- the protocol --------------------------------------------------------------------------------

    def add(self, body: bytes) -> tuple[int, bytes]:
        head, _, note = body.decode().partition("\n\n")
        old_line, *proof = head.split("\n")
        old = int(old_line.removeprefix("old "))
        origin = note.partition("\n")[0]
        keys = [key for key in self.logs if key.name == origin]
        if not keys:
            return 404, b"unknown log\n"
        try:
            new = open_checkpoint(note, keys=keys)
        except VerificationError:
            return 403, b"not signed by the log\n"
        with self.lock:
            seen = self._seen().get(origin, {"size": 0, "root": "", "note": ""})
            if self.lie == "forgets":
                seen = {"size": 0, "root": "", "note": ""}
            if self.lie == "conflict for ever":
                return 409, f"{seen['size'] + len(self.asked) % 2}\n".encode()
            if self.lie == "far ahead":
                return 409, b"123456789\n"
            if self.lie == "garbled conflict":
                return 409, b"-3\n"
            if old != seen["size"]:
                return 409, f"{seen['size']}\n".encode()
            if old > new.size:
                return 400, b"old is larger\n"
            try:
                if old == new.size:
                    if old and seen["root"] != new.root.hex():
                        return 422, b"another root\n"
                elif old:
                    verify_consistency(
                        old_size=old, old_root=bytes.fromhex(seen["root"]), new_size=new.size, new_root=new.root,
                        proof=tuple(base64.b64decode(line) for line in proof),
                    )  # fmt: skip
                elif proof:
                    return 422, b"a proof of nothing\n"
            except VerificationError:
                return 422, b"not a continuation\n"
            line = self.sign(new.note)
            states = self._seen() | {
                origin: {"size": new.size, "root": new.root.hex(), "note": new.note + self.sign(new.note, lie="")}
            }
            self.state.write_text(json.dumps(states))
        return 200, line.encode()

    def sign(self, note: str, *, lie: str | None = None) -> str:
        """Give the cosignature line over a note's text; some lies are told here."""
        text = note.partition("\n\n")[0] + "\n"
        at = int(self.clock if self.clock is not None else time.time())
        private, name, key_id = self.private, self.name, self.key_id
        lie = self.lie if lie is None else lie
        match lie:
            case "another checkpoint":
                lines = text.split("\n")
                text = "\n".join([lines[0], str(int(lines[1]) + 1), *lines[2:]])
            case "another key":
                private = Ed25519PrivateKey.from_private_bytes(b"\x66" * 32)
            case "another id":
                key_id = b"\x00\x01\x02\x03"
            case "another name":
                name = "somebody.example/else"
            case "long ago":
                at -= 86_400 * 365
            case "far from now":
                at += 86_400 * 365 * 50
            case "time zero":
                at = 0
            case _:
                pass
        signature = private.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        if lie == "flipped bit":
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        body = base64.b64encode(key_id + at.to_bytes(8, "big") + signature).decode()
        return f"— {name} {body}\n"

    def view(self, path: str) -> tuple[int, bytes]:
        for origin, seen in self._seen().items():
            if path == f"/{sha256(origin.encode()).hexdigest()}/checkpoint":
                return 200, seen["note"].encode()
        return 404, b"nothing\n"

    def _seen(self) -> dict[str, dict[str, Any]]:
        return json.loads(self.state.read_text()) if self.state.exists() else {}


BROKEN = {
    "error": (500, b"out of order\n"),
    "unavailable": (503, b"later\n"),
    "not found": (404, b"unknown log\n"),
    "forbidden": (403, b"unknown key\n"),
    "bad proof": (422, b"bad proof\n"),
    "bad request": (400, b"what?\n"),
    "empty": (200, b""),
    "no signature": (200, b"thank you\n"),
    "binary": (200, b"\xff\xfe\x00"),
    "huge": (200, "— w AAAA\n".encode() * 200_000),
    "html": (200, b"<html>sign in</html>\n"),
}


def _handler(witness: Witness) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            witness.asked.append(body.decode())
            self._send(*(BROKEN.get(witness.lie) or witness.add(body)))

        def do_GET(self) -> None:
            self._send(*(BROKEN.get(witness.lie) or witness.view(self.path)))

        def _send(self, status: int, body: bytes) -> None:
            if witness.lie == "hangs":
                time.sleep(30)
            if witness.lie == "breaks off":
                self.connection.close()
                return
            if witness.lie == "redirects":
                self.send_response(302)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(status)
            self.send_header("Content-Type", "text/x.tlog.size" if status == 409 else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                if witness.lie == "drips":
                    for at in range(len(body)):
                        self.wfile.write(body[at : at + 1])
                        self.wfile.flush()
                        time.sleep(0.5)
                else:
                    self.wfile.write(body)
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def serving(witness: Witness) -> Iterator[Witness]:
    """Serve a witness on a local port of its own."""
    with _Quiet(("127.0.0.1", 0), _handler(witness)) as server:
        witness.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield witness
        finally:
            server.shutdown()
            thread.join()
