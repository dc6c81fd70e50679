"""A Spark of the tests' own: a real standalone master and two workers of one core and one gigabyte, ended whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from tests import system_parts

ROOT: Final = Path(__file__).resolve().parent.parent
START_SECONDS: Final = 120.0

QUICK_JAVA: Final = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""What makes a Java start fast; what it runs here is short."""


class SparkCluster:
    """The master's address, and its workers, which can be killed.

    Args:
        spark: the folder that has pyspark.
        folder: an empty one, for what the daemons write; `logs` of it holds everything that anybody of Spark wrote.
    """

    def __init__(self, spark: Path, *, folder: Path) -> None:
        self.logs = folder
        self._spark = spark
        self._processes: list[subprocess.Popen[bytes]] = []
        self.url = f"spark://127.0.0.1:{free_port()}"
        for name in ("conf", "events", "workers"):
            (folder / name).mkdir()
        settings = {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.compress": "false",
            "spark.eventLog.dir": (folder / "events").as_uri(),
            "spark.driver.extraJavaOptions": QUICK_JAVA,
            "spark.executor.extraJavaOptions": QUICK_JAVA,
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        (folder / "conf/spark-defaults.conf").write_text(text, encoding="ascii")
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(spark), str(ROOT / "src"), str(ROOT))),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_CONF_DIR": str(folder / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        self.environment.pop("SPARK_HOME", None)

    def start(self) -> None:
        """Start the master, then the workers, and wait until it has both."""
        host, port = self.url.removeprefix("spark://").split(":")
        self._daemon("master.Master", "--host", host, "--port", port, "--webui-port", "0")
        for number in (1, 2):
            work = self.logs / "workers" / str(number)
            self._daemon(
                "worker.Worker", "--host", host, "--webui-port", "0", "--cores", "1", "--memory", "1g",
                "--work-dir", str(work), self.url,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while self._said().count("Registering worker") < 2:
            if any(one.poll() is not None for one in self._processes) or time.monotonic() > deadline:
                raise RuntimeError(f"Spark does not start:\n{self._said()[-3000:]}")
            time.sleep(0.1)

    def kill_worker(self) -> None:
        """Kill one worker and every process under it, as a machine that fails does."""
        end(self._processes.pop())

    def stop(self) -> None:
        """End what is left."""
        while self._processes:
            end(self._processes.pop())

    def written(self) -> bytes:
        """Give everything that Spark wrote: daemons' and executors' logs, the event log."""
        return b"".join(path.read_bytes() for path in self.logs.rglob("*") if path.is_file())

    def _daemon(self, name: str, *arguments: str) -> None:
        home = self._spark / "pyspark"
        with (self.logs / f"{name}-{len(self._processes)}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    [home / "bin/spark-class", f"org.apache.spark.deploy.{name}", *arguments],
                    env={
                        **self.environment,
                        "SPARK_HOME": str(home),
                        "SPARK_DAEMON_MEMORY": "256m",
                        "SPARK_DAEMON_JAVA_OPTS": QUICK_JAVA,
                    },
                    cwd=self.logs,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def _said(self) -> str:
        return "".join(path.read_text("utf-8", "replace") for path in self.logs.glob("*.log"))


def free_port() -> int:
    """Give a port of the loopback address that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    assert isinstance(port, int)
    return port


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its descendants: executors are of the worker's session, their Pythons of the executors'."""
    sessions = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = dict(tuple(map(int, line.split())) for line in sessions.splitlines())
    family = {process.pid}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    for pid in family:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def spark_folder() -> Path:
    """Give the folder that has pyspark, made on first use; the test fails, with the hint, where it cannot be had."""
    system_parts.require("default-jre-headless")
    done = subprocess.run([sys.executable, ROOT / "tools/env", "spark"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"Spark cannot be had here:\n{done.stderr}")
    return Path(done.stdout.strip())


@contextmanager
def running_cluster(folder: Path) -> Iterator[SparkCluster]:
    """Give a running cluster, and end it."""
    cluster = SparkCluster(spark_folder(), folder=folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
