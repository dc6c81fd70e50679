"""A timestamp authority of tests: the openssl command behind a local HTTP handler, with a root of its own."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[ tsa ]
default_tsa = it
[ it ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def run(*arguments: object, folder: Path) -> None:
    """Run openssl; it must be installed (Debian: apt-get install openssl)."""
    done = subprocess.run(["openssl", *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@dataclass
class Authority:
    """One authority. `lie` names how it lies: see `answer`."""

    folder: Path
    lie: str = ""
    asked: list[bytes] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    url: str = ""

    @property
    def roots(self) -> Path:
        return self.folder / "root.pem"

    def found(self) -> "Authority":
        """Make the root, the authority's certificate and its configuration."""
        self.folder.mkdir(parents=True, exist_ok=True)
        here = self.folder
        subject = ["-subj", f"/CN={here.name}"]
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key",
            "-out", "root.pem", "-days", 30, *subject, folder=here)  # fmt: skip
        run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "tsa.key",
            "-out", "tsa.csr", "-subj", f"/CN=tsa of {here.name}", folder=here)  # fmt: skip
        (here / "tsa.ext").write_text("extendedKeyUsage = critical, timeStamping\n")
        run("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", 30,
            "-extfile", "tsa.ext", "-out", "tsa.pem", folder=here)  # fmt: skip
        (here / "serial").write_text("01\n")
        (here / "tsa.cnf").write_text(CONFIG.format(folder=here))
        return self

    def answer(self, query: bytes) -> tuple[int, str, bytes]:
        """Give status, type and body."""
        self.asked.append(query)
        kind = "application/timestamp-reply"
        if self.lie == "error":
            return 500, "text/plain", b"out of order"
        if self.lie == "page":
            return 200, "text/html", b"<html>"
        if self.lie == "noise":
            return 200, kind, b"\x30\x03\x01\x02\x03"
        if self.lie == "huge":
            return 200, kind, b"\x30" * (1 << 20)
        if self.lie == "replays" and self.replies:
            return 200, kind, self.replies[0]
        if self.lie == "other data":
            run("ts", "-query", "-digest", "ab" * 32, "-sha256", "-cert", "-out", "other.tsq", folder=self.folder)
            query = (self.folder / "other.tsq").read_bytes()
        name = f"q{len(self.asked)}"
        (self.folder / f"{name}.tsq").write_bytes(query)
        run(
            "ts", "-reply", "-config", "tsa.cnf", "-queryfile", f"{name}.tsq", "-out", f"{name}.tsr", folder=self.folder
        )
        reply = (self.folder / f"{name}.tsr").read_bytes()
        self.replies.append(reply)
        if self.lie == "flipped bit":
            return 200, kind, reply[:-1] + bytes([reply[-1] ^ 1])
        if self.lie == "hangs":
            time.sleep(30)
        return 200, kind, reply


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Serve an authority on a local port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            status, kind, body = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            pass

    with Quiet(("127.0.0.1", 0), Handler) as server:
        authority.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()
