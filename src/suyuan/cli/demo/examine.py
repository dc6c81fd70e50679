"""One examination: a dump traced on a copy of the store of its own, with evidence and report. Runs in a process apart."""

import shutil
import time
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from suyuan import app
from suyuan.cli.demo.prefix import channels_that_name, rows_to_name
from suyuan.cli.demo.world import StoryClock, processors
from suyuan.ledger.verify import verify_log
from suyuan.terms import Recipient
from suyuan.trace.naming.attribution import Attribution
from suyuan.trace.report import render_html

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A dump to examine. `report` and `bundle`: where to write them, None for not at all; evidence only if one is named."""

    name: str
    store: Path
    dump: Path
    report: Path | None
    bundle: Path | None
    at: datetime
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What came of a job.

    Args:
        channels: the recipients that each channel names alone.
        rows_to_name: rows of the file, from the first on, that name a recipient.
        bundle_bytes: size of the evidence; 0 where none was written.
    """

    name: str
    attribution: Attribution
    channels: Mapping[str, list[Recipient]]
    rows_to_name: Mapping[Recipient, int]
    bundle_bytes: int
    trace_seconds: float
    bundle_seconds: float

    def is_named(self, who: Recipient) -> bool:
        """Whether the trace names a recipient."""
        return any(finding.recipient == who for finding in self.attribution.named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A full replay of the ledger."""

    size: int
    counts: Mapping[str, int]
    root: bytes
    seconds: float


def examine(job: Job) -> Examined:
    """Trace a dump on a fresh copy of the store, write what can be shown of it, and take the copy away."""
    copy = job.store.with_name(f"{job.store.name}-{job.name}")
    shutil.copytree(job.store, copy)
    try:
        with app.open_store(copy, clock=StoryClock(job.at)) as store, store.door() as door:
            flow = store.leak_response(door, matcher=None)
            begun = time.perf_counter()
            traced = flow.trace(job.dump)
            trace_seconds = time.perf_counter() - begun
            begun = time.perf_counter()
            named = traced.attribution.named
            evidence = flow.bundle(traced) if job.bundle is not None and named else b""
            bundle_seconds = time.perf_counter() - begun
            rows = rows_to_name(traced, store=store) if named else {}
            beside = store.paper_parts().beside(traced) if job.report is not None else None
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    if job.bundle is not None and evidence:
        job.bundle.write_bytes(evidence)
    if job.report is not None:
        bundle_name = job.bundle.name if job.bundle is not None and evidence else None
        page = render_html(traced.attribution, lang=job.lang, bundle_name=bundle_name, written_at=job.at, beside=beside)
        job.report.write_text(page, encoding="utf-8")
    return Examined(
        name=job.name,
        attribution=traced.attribution,
        channels=channels_that_name(traced),
        rows_to_name=rows,
        bundle_bytes=len(evidence),
        trace_seconds=trace_seconds,
        bundle_seconds=bundle_seconds,
    )


def audit(folder: Path) -> Audited:
    """Replay the whole ledger of a store, as `suyuan ledger verify` does."""
    begun = time.perf_counter()
    with app.open_log(folder) as (log, files, key):
        verified = verify_log(log, keys=(key,), files=files)
    return Audited(size=verified.size, counts=verified.counts, root=verified.root, seconds=time.perf_counter() - begun)


class Examiners:
    """Processes that examine dumps side by side, or this one where there is only one processor."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) if processors() > 1 else None

    def __enter__(self) -> Self:
        if self._pool is not None:
            # Libraries load in the meantime, while staff still work.
            for _ in range(2):
                self._pool.submit(processors)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def examine(self, job: Job) -> "Future[Examined]":
        """Begin to examine a dump."""
        return self._pool.submit(examine, job) if self._pool is not None else _done(examine(job))

    def audit(self, folder: Path) -> "Future[Audited]":
        """Begin to replay a ledger."""
        return self._pool.submit(audit, folder) if self._pool is not None else _done(audit(folder))


def _done(result: Result) -> "Future[Result]":
    future: Future[Result] = Future()
    future.set_result(result)
    return future
