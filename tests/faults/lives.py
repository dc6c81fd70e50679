"""Processes that live until they are killed, step by step counted: what `releaser.py` and `tracer.py` share with their tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

OUTSIDE = {"execute", "executemany", "fsync", "replace", "write", "write_table", "close", "seek", "unlink", "syncfs"}
"""Names of the functions of other libraries through which bytes leave this process."""


class Life:
    """Counts steps, and dies at the one it was told."""

    def __init__(self, kind: str, *, at: int) -> None:
        self.kind = kind
        self.at = at
        self.steps = {"outside": 0, "call": 0}

    def watch(self) -> None:
        """Begin to count."""
        if self.kind == "time":
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            signal.setitimer(signal.ITIMER_REAL, self.at / 1000)
        else:
            sys.setprofile(self._step)

    def _step(self, frame: FrameType, event: str, subject: object) -> None:
        if "/suyuan/" not in frame.f_code.co_filename:
            return
        if event == "call":
            self._count("call")
        elif event in ("c_call", "c_return") and getattr(subject, "__name__", "") in OUTSIDE:
            self._count("outside")

    def _count(self, kind: str) -> None:
        self.steps[kind] += 1
        if (self.kind, self.at) == (kind, self.steps[kind]):
            os.kill(os.getpid(), signal.SIGKILL)


def bear(live: Callable[[list[str]], object]) -> None:
    """Give birth to one child per line of stdin, and answer how it ended: 0, or -9 when it was killed.

    Args:
        live: one life, from the words of its line.
    """
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                live(line.split())
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


@contextmanager
def running(script: str, *, repository: Path, folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """Run a script of this folder on a folder of its own."""
    environment = os.environ | {
        "PYTHONPATH": f"{repository / 'src'}{os.pathsep}{repository}",
        "POLARS_MAX_THREADS": "1",
    }
    with subprocess.Popen(
        [sys.executable, str(repository / "tests/faults" / script), str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    ) as process:  # fmt: skip
        yield process
        assert process.stdin is not None
        process.stdin.close()


def pass_life(process: "subprocess.Popen[str]", *words: object) -> int:
    """Let one life pass; give how it ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(" ".join(map(str, words)) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())
