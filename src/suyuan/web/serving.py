"""The server as a process: it listens, answers until it is told to stop, and ends in order."""

import asyncio
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server as Granian
from prometheus_client import start_http_server

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.app import LEDGER, SystemClock, SystemEntropy, open_store
from suyuan.app.kernels import load_kernels
from suyuan.config import read_settings
from suyuan.errors import RefusedError, UnavailableError
from suyuan.web.assembly import Server, assemble
from suyuan.web.logs import Log

BACKLOG: Final = 1024
"""Connections that are held at a time; whoever comes then waits to be let in."""

_SWITCH_SECONDS: Final = 0.001
"""How long a thread may compute before another gets its turn: the door's thread must not keep requests from being read."""

_STEP_SECONDS: Final = 0.02
_LOCAL: Final = ("localhost",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where and how a server listens.

    Args:
        certificate, key: PEM files for TLS; without them it speaks plain HTTP.
        behind_proxy: something in front of it speaks TLS to callers.
    """

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False


def require_safe(listening: Listening) -> None:
    """Require that nobody's values go over a network in the clear.

    Raises: RefusedError `serve.plain`: another address than this machine's own, without TLS and without a proxy that
        speaks it; `serve.certificate`: a certificate without its key, or a file that cannot be read.
    """
    if (listening.certificate is None) != (listening.key is None):
        raise RefusedError("a certificate and its key are given together", code="serve.certificate")
    for path in (listening.certificate, listening.key):
        if path is not None and not path.is_file():
            raise RefusedError(f"{path} is no file that can be read", code="serve.certificate")
    if listening.certificate is None and not listening.behind_proxy and not _is_local(listening.host):
        raise RefusedError(
            f"{listening.host} can be reached by others, and there is no TLS",
            code="serve.plain",
            hint="give --tls-cert and --tls-key, or --behind-proxy where a proxy speaks TLS to callers",
        )


def _is_local(host: str) -> bool:
    if host in _LOCAL:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def serve(folder: Path, *, listening: Listening, told: Callable[[str], None]) -> None:
    """Serve a store until SIGTERM or SIGINT: then take no more, answer what is under way, settle, publish and close.

    Args:
        told: is told the address once requests are answered.
    Raises: RefusedError: as `require_safe`; the settings are not right. UnavailableError: the store cannot be opened,
        or the address is taken.
    """
    require_safe(listening)
    sys.setswitchinterval(_SWITCH_SECONDS)
    # Beside the opening, so that nobody waits for it: until it is done, lists are hashed row by row. Not left alone at the
    # end: a compiler that is still at work would be torn down under its hands.
    threading.Thread(target=load_kernels, name="suyuan-kernels").start()
    port = _free_port(listening)
    asyncio.run(_serve(folder, listening=listening, port=port, told=told))


async def _serve(folder: Path, *, listening: Listening, port: int, told: Callable[[str], None]) -> None:
    settings = read_settings(folder).serve
    log = Log()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tls = listening.certificate is not None
    async with assemble(
        partial(open_store, folder, warn=lambda line: log.trouble("serve.warning", fault=line)),
        settings=settings,
        files=TileDirectory(folder / LEDGER),
        clock=SystemClock(),
        entropy=SystemEntropy(),
        log=log,
        tls=tls,
    ) as server:
        stop_metrics = _give_metrics(server, at=settings.metrics)
        granian = _granian(server, listening=listening, port=port)
        listens = asyncio.create_task(granian.serve())
        await asyncio.sleep(_STEP_SECONDS)
        told(f"{'https' if tls else 'http'}://{_shown(listening.host)}:{port}")
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((stopped, listens), return_when=asyncio.FIRST_COMPLETED)
        log.note("serve.stopping", count=server.face.under_way)
        await _drain(server, seconds=settings.drain_seconds)
        granian.stop()  # type: ignore[no-untyped-call]  # granian types no result.
        await asyncio.wait((listens,), timeout=settings.drain_seconds)
        stopped.cancel()
        stop_metrics()
    log.note("serve.stopped")


def _give_metrics(server: Server, *, at: str) -> Callable[[], None]:
    """Give the counters at an address of their own; give what ends that.

    Raises: UnavailableError `serve.listen`.
    """
    if not at:
        return lambda: None
    address, _, port = at.rpartition(":")
    try:
        httpd, thread = start_http_server(
            int(port), addr=address.strip("[]"), registry=server.service.measures.registry
        )
    except OSError as error:
        raise UnavailableError(
            f"cannot give metrics at {at}: {error.strerror}",
            code="serve.listen",
            hint="choose another `metrics` in [serve]",
        ) from error

    def stop() -> None:
        httpd.shutdown()
        httpd.server_close()
        thread.join()

    return stop


async def _drain(server: Server, *, seconds: float) -> None:
    """Send away who comes now, and wait for those who are being answered."""
    server.face.draining = True
    steps = int(seconds / _STEP_SECONDS)
    while server.face.under_way and steps:
        await asyncio.sleep(_STEP_SECONDS)
        steps -= 1


def _granian(server: Server, *, listening: Listening, port: int) -> Granian:
    # Its own lines would stand beside ours in another form; what fails is raised.
    logging.getLogger("_granian").setLevel(logging.ERROR)
    return Granian(
        server.face,
        address=listening.host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, keep_alive=True, max_buffer_size=65_536),
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
        ssl_cert=listening.certificate,
        ssl_key=listening.key,
    )


def _free_port(listening: Listening) -> int:
    """Give the port to listen at, and find out whether it can be had before the store is opened.

    Raises: UnavailableError `serve.listen`.
    """
    try:
        family = socket.getaddrinfo(listening.host, listening.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(family[4])
            return int(probe.getsockname()[1])
    except OSError as error:
        raise UnavailableError(
            f"cannot listen at {listening.host} port {listening.port}: {error.strerror}",
            code="serve.listen",
            hint="choose another --port, or a --host that is an address of this machine",
        ) from error


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
