"""What one worker does with one split: read it, look its identifiers up, and say how its rows stand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Final

import numpy as np
import polars as pl

from suyuan.errors import RefusedError
from suyuan.terms import Digest, KindName
from suyuan.trace.doubts.straying import Doubts, Seen
from suyuan.trace.dump import ROW, Body
from suyuan.trace.engines.job import Job, job_of, shard_of, shards_of
from suyuan.trace.engines.splits import Split, SplitSource
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.cells import Declined, Shape, cut
from suyuan.trace.files.delimited import Utf8Lines, read_bulk, read_slowly
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.gaps import Remembered
from suyuan.trace.formats.jsonl import read_jsonl
from suyuan.trace.link import LINK_SCHEMA, standings_of_batches
from suyuan.trace.matching.road import ByteRoad
from suyuan.trace.matching.standing import Standings
from suyuan.trace.ports import Numbers, PeopleIndex, Tokens

READ: Final = "read"
OPEN: Final = "open"
"""The split ends within a quoted cell: it must be read together with the next one."""
ODD: Final = "odd"
"""The split cannot be read by itself; the whole dump is then read in one piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One split as a task: where the job lies, the key that opens it, and whether the split is the first or the last."""

    job: str
    key: bytes = field(repr=False)
    number: int
    split: Split
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What was found in a split; rows count from 0 for its first.

    `table` is the link table (`link.LINK_SCHEMA`, `narrowed`) and `standing` one byte for each row, as `matching.standing` says.
    `odd` are the rows that could not be read: number, reason, and text where it is wanted. What the rows are doubted for is
    judged over all portions: `bits` say by field which rows show it (`gaps.Remembered`), `seen` what else was seen of it
    (`straying.Doubts`), `late` which keys were met that the sample had not.
    """

    number: int
    verdict: str
    rows: int = 0
    unreadable: int = 0
    damaged_lines: int = 0
    digest: Digest | None = None
    table: bytes = field(default=b"", repr=False)
    standing: bytes = field(default=b"", repr=False)
    odd: tuple[tuple[int, str, str], ...] = field(default=(), repr=False)
    bits: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    late: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Tokens of one look-up of a split that belong to one shard: they stood at `places` of it."""

    number: int
    call: int
    kind: KindName
    places: Numbers
    tokens: Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The persons found of what was asked: at `places` of a look-up."""

    call: int
    places: Numbers
    persons: Numbers


class Noted(Aside):
    """Keeps the unreadable rows of a split in memory."""

    __slots__ = ("_keeps_text", "rows")

    def __init__(self, *, keeps_text: bool) -> None:
        super().__init__()
        self._keeps_text = keeps_text
        self.rows: list[tuple[int, str, str]] = []

    def put(self, row: int, *, reason: str, text: str) -> None:
        """Take a row."""
        self.rows.append((row, reason, text if self._keeps_text else ""))

    def restart(self) -> None:
        """Forget all."""
        self.rows.clear()


class Recorder:
    """Answers no look-up and keeps what was asked, so that another process can answer it."""

    def __init__(self) -> None:
        self.calls: list[tuple[KindName, Tokens]] = []

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        """See `ports.PeopleIndex`."""
        self.calls.append((kind, tokens.copy()))
        return np.full(len(tokens), -1, dtype=np.int64)


class Player:
    """Answers look-ups in the order in which a `Recorder` took them."""

    def __init__(self, answers: Iterable[Told]) -> None:
        self._answers: defaultdict[int, list[Told]] = defaultdict(list)
        self._call = 0
        for answer in answers:
            self._answers[answer.call].append(answer)

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        """See `ports.PeopleIndex`."""
        found = np.full(len(tokens), -1, dtype=np.int64)
        for answer in self._answers.pop(self._call, ()):
            found[answer.places] = answer.persons
        self._call += 1
        return found


def link_split(task: Task) -> Portion:
    """Read a split and link its rows, with the whole index at hand."""
    job = job_of(task.job, task.key)
    return read_split(task, job=job, people=job.people)


def ask_split(task: Task) -> Iterator[tuple[int, Asked]]:
    """Read a split and give its look-ups by shard; each split gives one that is empty, so that it is not lost."""
    job, recorder = job_of(task.job, task.key), Recorder()
    read_split(task, job=job, people=recorder)
    nothing = np.empty(0, dtype=np.int64)
    empty = Asked(number=task.number, call=-1, kind=KindName.TEXT, places=nothing, tokens=nothing.view(np.uint64))
    yield task.number % job.shards, empty
    for call, (kind, tokens) in enumerate(recorder.calls):
        shards = shards_of(tokens, shards=job.shards)
        order = np.argsort(shards, kind="stable")
        ends = np.searchsorted(shards[order], np.arange(job.shards + 1))
        for shard in np.flatnonzero(np.diff(ends)).tolist():
            places = order[ends[shard] : ends[shard + 1]]
            yield shard, Asked(number=task.number, call=call, kind=kind, places=places, tokens=tokens[places])


def answer_shard(asked: Iterable[tuple[int, Asked]], *, job: str, key: bytes) -> Iterator[tuple[int, Told]]:
    """Answer what was asked of shards, whoever asked it: pairs of shard and question to pairs of split and answer."""
    indexed = job_of(job, key).index
    for shard, one in asked:
        places, persons = one.places[:0], one.places[:0]
        if len(one.tokens) and one.kind in indexed:
            found = shard_of(job, key, kind=one.kind, number=shard).find(one.tokens)
            known = found >= 0
            places, persons = one.places[known], found[known]
        yield one.number, Told(call=one.call, places=places, persons=persons)


def settle_split(task: Task, answers: Iterable[Told]) -> Portion:
    """Read a split again, its look-ups answered."""
    return read_split(task, job=job_of(task.job, task.key), people=Player(answers))


def read_split(task: Task, *, job: Job, people: PeopleIndex) -> Portion:
    """Read a split and link its rows.

    A split begins at a line. That this is the beginning of a record as well holds by induction: the one before it did
    not end within a quoted cell. So what a portion says counts only if all before it were read.
    """
    source = SplitSource(job.path, split=task.split)
    dialect = replace(job.dialect, bom=0, header=job.dialect.header and task.is_first)
    noted = Noted(keeps_text=job.keeps_text)
    try:
        found = _linked(source, dialect=dialect, job=job, people=people, noted=noted)
    except RefusedError as refusal:
        if refusal.code in {"trace.missing", "trace.permission", "trace.directory"}:
            raise unseen() from None
        raise
    if found is None:
        verdict = OPEN if not task.is_last and is_open(source, dialect=dialect) else ODD
        return Portion(number=task.number, verdict=verdict)
    body, standings, doubts = found
    read = body.batches.rows + body.unreadable
    if task.is_first and not task.is_last and dialect.header and not read:
        # Where the header is cannot be told from here.
        return Portion(number=task.number, verdict=ODD)
    return Portion(
        number=task.number,
        verdict=READ,
        rows=body.batches.rows,
        unreadable=body.unreadable,
        damaged_lines=body.damaged_lines,
        digest=source.sha256,
        table=packed(narrowed(standings.table(LINK_SCHEMA))),
        standing=standings.standing(read).tobytes(),
        odd=tuple(noted.rows),
        bits=doubts.gaps.bits() if isinstance(doubts.gaps, Remembered) else {},
        seen=doubts.seen,
        late=tuple(sorted(body.late)),
    )


def _linked(
    source: SplitSource, *, dialect: Dialect, job: Job, people: PeopleIndex, noted: Noted
) -> tuple[Body, Standings, Doubts] | None:
    """Read and link by the road that the job says, and say what of it is doubted; None where the split declines it."""
    gaps = Remembered()
    if job.by_bytes:
        road = ByteRoad(people=people, tokenizers=job.tokenizers, least_bytes=0)
        body = road.read(source, dialect=dialect, columns=job.columns, aside=noted, gaps=gaps)
        standings = None if body is None else road.standings_of(body.batches)
        return None if body is None or standings is None else (body, standings, Doubts({}, gaps=gaps))
    general = _read(source, dialect=dialect, job=job, noted=noted)
    if isinstance(general, Declined):
        return None
    standings = standings_of_batches(general.batches, kinds=job.kinds, people=people, tokenizers=job.tokenizers)
    return general, standings, Doubts(job.kinds, gaps=gaps).take(general.batches)


def _read(source: SplitSource, *, dialect: Dialect, job: Job, noted: Noted) -> Body | Declined:
    if dialect.format is DumpFormat.JSONL:
        keys = {column.name: column.field for column in job.columns if column.field is not None}
        return read_jsonl(source, dialect=dialect, fields=keys, aside=noted, known=job.known)
    lines = Utf8Lines(source, dialect=dialect)
    if len(dialect.delimiter.encode()) == 1:
        return read_bulk(lines, dialect=dialect, fields=job.fields, aside=noted)
    return read_slowly(lines, dialect=dialect, fields=job.fields, aside=noted)


def is_open(source: SplitSource, *, dialect: Dialect) -> bool:
    """Say whether a split that begins at a record ends within a quoted cell, and is plain up to there."""
    if not dialect.quote or len(dialect.delimiter.encode()) != 1:
        return False
    shape = Shape(delimiter=ord(dialect.delimiter), quote=ord(dialect.quote), width=dialect.width, wanted=())
    rest = b""
    for block in Utf8Lines(source, dialect=dialect):
        whole = rest + block
        part = cut(whole, shape=shape, final=False)
        if isinstance(part, Declined):
            return False
        rest = whole[part.consumed :]
    return bool(rest)


def narrowed(links: pl.DataFrame) -> pl.DataFrame:
    """Give a split's links with rows, which count from its first, and persons in 32 bits where they fit."""
    return links.with_columns(pl.col(ROW).cast(pl.UInt32), links["person"].shrink_dtype())


def packed(table: pl.DataFrame) -> bytes:
    """Give a table as Arrow's bytes."""
    out = BytesIO()
    table.write_ipc(out, compression="lz4")
    return out.getvalue()


def unseen() -> RefusedError:
    """Give the refusal of a dump that a worker does not see."""
    return RefusedError(
        "a worker does not see the dump, or may not read it",
        code="trace.engine-file",
        hint="put it where every worker has it at the same path, on a shared disk, and readable by their user",
    )
