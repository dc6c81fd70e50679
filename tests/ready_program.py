"""`suyuan` as a program of its own that has its modules read already: forked from a process that read them once.

Reading the modules is most of what a short verb costs, and the tests run hundreds. What is forked has its own standard
streams, folder, environment and end, and nothing has been opened or started in it before. How `suyuan` starts from nothing
is tested by those that run `python -m suyuan`.
"""

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from tests.cheap_passphrase import stretch_little
from tests.scratch import short_folder
from tests.verbs_once import build_once

ROOT: Final = Path(__file__).resolve().parent.parent
CLIENT: Final = Path(__file__).with_name("ready_client.py")

_STARTED: Final[list[subprocess.Popen[bytes]]] = []
"""Held, because the end of its standard input is what ends it."""


@cache
def ready_command() -> Path:
    """Give a command that runs as `suyuan` does; what it is forked from starts now and ends with this process."""
    folder = short_folder("suyuan-ready-")
    address, command = folder / "ready", folder / "suyuan"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{CLIENT}" "{address}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, str(address)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    if process.stdout.readline() != b"ready\n":
        raise RuntimeError("the process that programs are forked from did not start")
    _STARTED.append(process)
    return command


def _serve(address: str) -> None:
    """Fork a program for each that asks; return in the forked one, ready to be `suyuan`."""
    _read_modules()
    stretch_little()
    build_once()
    # What was read stays shared memory: a collection in a forked program would copy all of it.
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(address)
        listener.listen(64)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        print("ready", flush=True)
        while True:
            # Whoever started this has ended when standard input has.
            found, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in found:
                shutil.rmtree(Path(address).parent, ignore_errors=True)
                os._exit(0)
            asked, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _answer(asked)
                return
            asked.close()


def _read_modules() -> None:
    import suyuan

    for module in pkgutil.walk_packages(suyuan.__path__, "suyuan.", onerror=lambda _: None):
        if module.name == "suyuan.__main__":
            continue
        # What cannot be read is told by the program that needs it.
        with suppress(Exception):
            importlib.import_module(module.name)
    # The allocators of Polars and Arrow have threads of their own, and start them again after a fork.
    if threading.active_count() != 1:
        raise RuntimeError("reading the modules started a thread, which no forked program would have")


def _answer(asked: socket.socket) -> None:
    """Fork the program, and tell how it ended; return in the program."""
    request, streams = _receive(asked)
    program = os.fork()
    if program == 0:
        asked.close()
        _become(request, streams)
        return
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(program)
    found, _, _ = select.select([ended, asked], [], [])
    if asked in found:
        os.kill(program, signal.SIGTERM)  # Who asked has gone, as when a time limit ended it.
    code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    try:
        asked.sendall(struct.pack("!i", code))
    finally:
        os._exit(0)


def _receive(asked: socket.socket) -> tuple[dict[str, object], list[int]]:
    first, streams, _, _ = socket.recv_fds(asked, 1 << 16, 3)
    data = first
    while not data.endswith(b"\n"):
        data += asked.recv(1 << 16)
    return json.loads(data), streams


def _become(request: dict[str, object], streams: list[int]) -> None:
    """Take over the streams, folder, environment and arguments of who asked."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    environment, arguments = request["environment"], request["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(str(request["folder"]))
    os.umask(int(str(request["umask"])))
    sys.argv = [str(ROOT / "src/suyuan/__main__.py"), *arguments]
    # As a program's own are: the old ones have read nothing and hold nothing back.
    text = {"encoding": "utf-8", "errors": "surrogateescape"}
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), **text)
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), **text)
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(2, "w", closefd=False)), "utf-8", "backslashreplace", line_buffering=True
    )


def _end() -> None:
    """Run the program and end as an interpreter does, less the taking apart of every module that was read."""
    from suyuan.cli import main

    code: object = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code & 0xFF if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    _serve(sys.argv[1])
    _end()
