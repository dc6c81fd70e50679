"""Spark as an engine: pieces of work as tasks of an application that is started for one trace and ends with it.

Tasks are plain functions over plain objects (RDDs): there is no query, so no plan, no column and no constant of one that
Spark could show. What Spark carries is named in docs/how-to/trace-on-spark.md.
"""

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from suyuan import __version__
from suyuan.adapters.spark.master import Master
from suyuan.adapters.spark.work import Failed, answered, asked, guarded, settled, version_of
from suyuan.errors import RefusedError, UnavailableError
from suyuan.trace.files.spool import sweep

if TYPE_CHECKING:
    from pyspark import SparkContext

Given = TypeVar("Given")
Made = TypeVar("Made")

WAVE_PIECES: Final = 64
"""Pieces whose results the driver's Java holds at once, or one for every slot where those are more: what bounds its memory."""

WORKERS_SECONDS: Final = 60.0
PREFIX: Final = "suyuan-spark-"

SETTINGS: Final = {
    "spark.app.name": "suyuan",
    # Its page would show where the dump lies, to whoever reaches the port.
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # What goes to a worker's disk, shuffles and results among it, is sealed under a key of this application.
    "spark.io.encryption.enabled": "true",
    "spark.driver.maxResultSize": "0",
}


class SparkEngine:
    """One application on a Spark master, and its private folder. Closing ends both.

    `told` is called after every wave of pieces with how many are done.
    """

    def __init__(
        self,
        master: Master,
        *,
        folder: Path | None = None,
        wave_pieces: int | None = None,
        told: Callable[[int], None] | None = None,
    ) -> None:
        """Require what is needed, and make the folder; Spark itself is started by the first piece of work.

        Args:
            folder: where the private folder is made; on a cluster, on a disk that all share.
        Raises: UnavailableError: `trace.engine-*`.
        """
        master.require()
        self._master = master
        self._wave_pieces = wave_pieces
        self._told = told
        self._context: SparkContext | None = None
        try:
            where = None if folder is None else folder.resolve()
            ours = f"{PREFIX}{platform.node()}-"
            sweep(where, prefix=ours)
            self._folder = Path(tempfile.mkdtemp(prefix=f"{ours}{os.getpid()}-", dir=where))
        except OSError as error:
            raise UnavailableError(
                f"the folder of this run cannot be made (system error {error.errno})",
                code="trace.engine-folder",
                hint="name a folder with --engine-folder that can be written to",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """See `ports.Engine`."""
        return self._folder

    @property
    def is_used(self) -> bool:
        """Whether Spark was started, because there was work for it."""
        return self._context is not None

    @property
    def slots(self) -> int:
        """See `ports.Engine`."""
        return max(1, int(self._running().defaultParallelism))

    def each(self, work: Callable[[Given], Made], pieces: Sequence[Given]) -> Iterator[Made]:
        """See `ports.Engine`."""
        return self._waves(
            pieces, lambda wave: self._running().parallelize(wave, len(wave)).map(guarded(work)).collect()
        )

    def exchange(
        self,
        ask: Callable[[Given], Iterable[tuple[int, Any]]],
        answer: Callable[[Iterable[tuple[int, Any]]], Iterable[tuple[int, Any]]],
        settle: Callable[[Given, Iterable[Any]], Made],
        *,
        pieces: Sequence[Given],
        number_of: Callable[[Given], int],
        shards: int,
    ) -> Iterator[Made]:
        """See `ports.Engine`. Questions and answers go through Spark's shuffle, partitioned by shard and by piece."""

        def wave_of(wave: Sequence[Given]) -> list[Any]:
            numbered = {number_of(piece): piece for piece in wave}
            questions = self._running().parallelize(wave, len(wave)).flatMap(partial(asked, ask))
            answers = questions.partitionBy(shards, int).mapPartitions(partial(answered, answer))
            done = answers.partitionBy(len(wave), int).mapPartitions(partial(settled, settle, numbered))
            found = dict(done.collect())
            failed = [one for one in found.values() if isinstance(one, Failed)]
            return failed[:1] or [found[number] for number in numbered]

        return self._waves(pieces, wave_of)

    def close(self) -> None:
        """End the application and remove the folder; closing twice is well."""
        context, self._context = self._context, None
        try:
            if context is not None:
                stop(context)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _waves(self, pieces: Sequence[Given], work: Callable[[Sequence[Given]], list[Any]]) -> Iterator[Any]:
        size = self._wave_pieces or max(WAVE_PIECES, self.slots)
        for start in range(0, len(pieces), size):
            wave = pieces[start : start + size]
            for one in self._asked(lambda wave=wave: work(wave)):  # type: ignore[misc] # mypy: a lambda's default
                if isinstance(one, Failed):
                    raise one.error()
                yield one
            if self._told is not None:
                self._told(min(start + size, len(pieces)))

    def _asked(self, work: Callable[[], list[Any]]) -> list[Any]:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            return work()
        except (Py4JError, PySparkException, OSError) as error:
            # Not chained: Spark's words may repeat what a task was given.
            raise failure(str(error)) from None

    def _running(self) -> "SparkContext":
        if self._context is None:
            self._context = start(self._master, log=self._folder / "spark.log")
            self._require_workers(self._context)
        return self._context

    def _require_workers(self, context: "SparkContext") -> None:
        deadline = time.monotonic() + WORKERS_SECONDS
        while not self._master.is_local and _executors(context) < 1:
            if time.monotonic() > deadline:
                raise UnavailableError(
                    "the Spark master gives no worker to this trace",
                    code="trace.engine-workers",
                    hint="see on the master's page whether workers are alive, and free",
                )
            time.sleep(0.1)
        versions = set(self._asked(lambda: context.parallelize([0, 1], 2).map(version_of).collect()))
        if versions != {__version__}:
            raise RefusedError(
                "a worker has another version of suyuan",
                code="trace.engine-version",
                hint=f"install suyuan {__version__} on every worker",
            )


def start(master: Master, *, log: Path) -> "SparkContext":
    """Start the driver's Java and an application on the master. What Spark says goes to `log`."""
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf().setMaster(master.url).setAll(list(SETTINGS.items()))
    if master.is_local or master.is_loopback:
        conf.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1")
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as said:
            gateway = launch_gateway(conf, popen_kwargs={"stdout": said, "stderr": said})
        return SparkContext(conf=conf, gateway=gateway)
    except (Py4JError, PySparkException, OSError, RuntimeError) as error:
        raise failure(str(error)) from None


def stop(context: "SparkContext") -> None:
    """End an application and its Java."""
    from pyspark import SparkContext

    gateway = context._gateway
    try:
        context.stop()
    finally:
        if gateway is not None:
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait(timeout=30)
        # A later application starts a Java of its own.
        SparkContext._gateway = SparkContext._jvm = None


def failure(said: str) -> UnavailableError:
    """Give the error of a Spark that failed, by what is known of it; nothing of its words is repeated."""
    if "No module named 'suyuan" in said or "No module named 'polars" in said:
        return UnavailableError(
            "a worker has no suyuan in its Python",
            code="trace.engine-version",
            hint=f"install suyuan {__version__} with the extra trace on every worker, and name their Python in PYSPARK_PYTHON",
        )
    return UnavailableError(
        "Spark could not do the work",
        code="trace.engine",
        hint="its workers' logs say why, by a place in suyuan's code or by Spark's own words; without --engine it is done here",
    )


def _executors(context: "SparkContext") -> int:
    # The driver counts as one.
    return int(context._jsc.sc().getExecutorMemoryStatus().size()) - 1
