"""An engine whose finished splits are kept: a trace that was interrupted has only the others read by the workers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from suyuan.crypto.canonical import Json
from suyuan.trace.engines.job import job_of
from suyuan.trace.engines.portion import READ, Portion, Task, link_split
from suyuan.trace.engines.splits import SplitSource
from suyuan.trace.ports import Answer, Engine, Given, Made, Question
from suyuan.trace.resuming.portions import part_of, portion_of, reading_facts
from suyuan.trace.resuming.unfinished import Unfinished, Work


class KeptEngine:
    """Asks an engine, and keeps what it made of splits. What many processes exchange to look an index up is not kept.

    Test: tests/unit/trace/test_kept_engine.py.
    """

    def __init__(self, engine: Engine, *, unfinished: Unfinished) -> None:
        self._engine = engine
        self._unfinished = unfinished

    @property
    def folder(self) -> Path:
        """See `ports.Engine`."""
        return self._engine.folder

    @property
    def slots(self) -> int:
        """See `ports.Engine`."""
        return self._engine.slots

    def each(self, work: Callable[[Given], Made], pieces: Sequence[Given]) -> Iterator[Made]:
        """See `ports.Engine`."""
        tasks = [piece for piece in pieces if isinstance(piece, Task)]
        if work is not link_split or len(tasks) < len(pieces):
            return self._engine.each(work, pieces)
        return self._portions(tasks)  # type: ignore[return-value]

    def exchange(
        self,
        ask: Callable[[Given], Iterable[tuple[int, Question]]],
        answer: Callable[[Iterable[tuple[int, Question]]], Iterable[tuple[int, Answer]]],
        settle: Callable[[Given, Iterable[Answer]], Made],
        *,
        pieces: Sequence[Given],
        number_of: Callable[[Given], int],
        shards: int,
    ) -> Iterator[Made]:
        """See `ports.Engine`."""
        return self._engine.exchange(ask, answer, settle, pieces=pieces, number_of=number_of, shards=shards)

    def _portions(self, tasks: Sequence[Task]) -> Iterator[Portion]:
        work = self._work(tasks)
        kept = {task.number: found for task in tasks if (found := _kept(work, task)) is not None}
        if kept:
            self._unfinished.tell(f"{len(kept)} of {len(tasks)} splits were read and linked already")
        left = [task for task in tasks if task.number not in kept]
        fresh = self._engine.each(link_split, left) if left else iter(())
        for task in tasks:
            if task.number in kept:
                yield kept[task.number]
                continue
            portion = next(fresh)
            if portion.verdict == READ:
                work.put(task.number, part_of(portion))
            yield portion

    def _work(self, tasks: Sequence[Task]) -> Work:
        job = job_of(tasks[0].job, tasks[0].key)
        facts = reading_facts(
            job.dialect, columns=job.columns, size=tasks[-1].split.end, keeps_text=job.keeps_text,
            index=self._unfinished.index(job.keys),
        )  # fmt: skip
        splits: list[Json] = [[task.split.start, task.split.end] for task in tasks]
        return self._unfinished.work("splits", of={**facts, "by_bytes": job.by_bytes, "splits": splits})


def _kept(work: Work, task: Task) -> Portion | None:
    """Give the portion that was kept of a split, if the split's bytes are the very same."""
    part = work.part(task.number)
    if part is None:
        return None
    portion, source = portion_of(part), SplitSource(job_of(task.job, task.key).path, split=task.split)
    for _ in source.chunks():
        pass
    return portion if source.sha256 == portion.digest else None
