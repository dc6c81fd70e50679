"""The road of many processes: a dump is read and linked in splits, and what they found is put together in the file's order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from itertools import accumulate
from operator import attrgetter
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.crypto.aead import KEY_BYTES, NONCE_BYTES
from suyuan.crypto.token import Tokenizer
from suyuan.terms import Entropy, KindName
from suyuan.trace.doubts.straying import Doubts, is_told_late
from suyuan.trace.dump import ROW, Body, DumpColumn, fields_of, kinds_of
from suyuan.trace.engines.job import IndexFile, Job, write_index
from suyuan.trace.engines.portion import OPEN, READ, Portion, Task, answer_shard, ask_split, link_split, settle_split
from suyuan.trace.engines.splits import Split, changed, digests_of, record_splits, split_file
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.delimited import read_delimited
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.encoding import LineCensus
from suyuan.trace.files.gaps import gaps_of
from suyuan.trace.files.source import Source
from suyuan.trace.files.spool import Batches
from suyuan.trace.formats.jsonl import KEYS_AT_MOST, read_jsonl
from suyuan.trace.link import strong_fields
from suyuan.trace.matching.blocks import can_cut
from suyuan.trace.matching.reading import can_read
from suyuan.trace.matching.road import LEAST_BYTES, PlainRows, Wanted
from suyuan.trace.ports import Engine, TokenOwners

LEAST_SPLIT_BYTES: Final = 256 << 10
MOST_SPLIT_BYTES: Final = 64 << 20
SPLITS_A_SLOT: Final = 4
"""How often a process takes a split of a file of middle size, so that none waits long for the last."""

WHOLE_TOKENS: Final = 64_000_000
"""Up to so many tokens every process maps the whole index, a gigabyte; beyond, each answers for shards of it."""

SHARD_TOKENS: Final = 16_000_000


class Gathered:
    """How the rows of all splits stand, in the file's order."""

    __slots__ = ("_firsts", "_portions", "_table")

    def __init__(self, portions: Sequence[Portion], *, table: Callable[[Portion], bytes] = attrgetter("table")) -> None:
        """Take the portions, and what gives the table of one where it lies elsewhere."""
        self._portions = portions
        self._table = table
        self._firsts = [0, *accumulate(one.rows + one.unreadable for one in portions)]

    def table(self, schema: pl.Schema) -> pl.DataFrame:
        """Give the linked rows."""
        tables = [
            pl.read_ipc(BytesIO(self._table(one))).with_columns(pl.col(ROW).cast(pl.UInt64) + first).cast(schema)
            for one, first in zip(self._portions, self._firsts, strict=False)
        ]
        return pl.concat(tables) if tables else pl.DataFrame(schema=schema)

    def standing(self, read: int) -> npt.NDArray[np.uint8]:
        """Give one byte for every row."""
        whole = np.frombuffer(b"".join(one.standing for one in self._portions), dtype=np.uint8)
        assert len(whole) == read
        return whole.copy()


class RereadRows(Batches):
    """The rows of a file that others have read: this process reads them at the first time that somebody wants cells."""

    __slots__ = ("_columns", "_dialect", "_expected", "_read", "_source")

    def __init__(self, source: Source, *, dialect: Dialect, columns: tuple[DumpColumn, ...], rows: int) -> None:
        super().__init__()
        self._source = source
        self._dialect = dialect
        self._columns = columns
        self._expected = source.sha256
        self._read: Batches | None = None
        self.rows = rows

    def __iter__(self) -> Iterator[pl.DataFrame]:
        if self._read is None:
            body = read_again(self._source, dialect=self._dialect, columns=self._columns)
            if self._source.sha256 != self._expected or body.batches.rows != self.rows:
                raise changed()
            self._read = body.batches
        yield from self._read


def read_again(source: Source, *, dialect: Dialect, columns: tuple[DumpColumn, ...]) -> Body:
    """Read a text of lines by the general road."""
    if dialect.format is DumpFormat.JSONL:
        return read_jsonl(source, dialect=dialect, fields={c.name: c.field for c in columns if c.field is not None})
    return read_delimited(source, dialect=dialect, fields=fields_of(columns))


@dataclass(slots=True, kw_only=True)
class Counted:
    """How a dump was read by the engine."""

    splits: int = 0
    shards: int = 0


class SplitRoad:
    """Reads and links a dump by an engine, or declines it: then it is read and linked in this process.

    The claim: rows, counts and links are those of one process, on every dump that is not declined.

    Test: tests/properties/test_split_road.py, tests/spark/test_spark.py.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        owners: TokenOwners,
        tokenizers: Mapping[KindName, Tokenizer],
        entropy: Entropy,
        least_bytes: int = LEAST_BYTES,
        split_bytes: int | None = None,
        whole_tokens: int = WHOLE_TOKENS,
        shard_tokens: int = SHARD_TOKENS,
    ) -> None:
        self._engine = engine
        self._owners = owners
        self._tokenizers = tokenizers
        self._entropy = entropy
        self._least_bytes = least_bytes
        self._split_bytes = split_bytes
        self._whole_tokens = whole_tokens
        self._shard_tokens = shard_tokens
        self._index: dict[KindName, IndexFile] = {}
        self._read: tuple[Batches, Gathered] | None = None
        self.counted: Counted | None = None

    def standings_of(self, rows: Batches) -> Gathered | None:
        """Give how the rows of a dump stand, if this road read them; once."""
        if self._read is None or self._read[0] is not rows:
            return None
        gathered, self._read = self._read[1], None
        return gathered

    def counts(self, source: Source) -> bool:
        """Never: no process sees all lines of a dump."""
        return False

    def read(
        self,
        source: Source,
        *,
        dialect: Dialect,
        columns: tuple[DumpColumn, ...],
        aside: Aside | None = None,
        census: LineCensus | None = None,
    ) -> Body | None:
        """Read plain separated text as `matching.road.ByteRoad` does, where that does."""
        is_small = source.path.stat().st_size < self._least_bytes
        if census is not None or is_small or not source.is_plain or not can_cut(dialect):
            return None
        kinds = kinds_of(columns)
        strong = strong_fields(kinds, tokenizers=self._tokenizers)
        if not any(can_read(kinds[name], tokenizer=self._tokenizers[kinds[name]]) for name in strong):
            return None
        found = self._portions(source, dialect=dialect, columns=columns, by_bytes=True, aside=aside or Aside())
        if found is None:
            return None
        if gaps_of((one.rows, one.bits) for one in found).is_moved:
            return None
        rows = plain_rows(source, dialect=dialect, columns=columns, portions=found)
        self._read = (rows, Gathered(found))
        return put_together(rows, portions=found, aside=aside or Aside())

    def read_lines(
        self, source: Source, *, dialect: Dialect, columns: tuple[DumpColumn, ...], aside: Aside | None = None
    ) -> Body | None:
        """Read other text of lines: mixed encodings, separators of several characters, flat JSON Lines.

        None where the rows are doubted: the one process comes to the same doubt, and reads them once more.
        """
        if not source.is_plain or dialect.codecs[0].startswith("utf-16") or not can_split(dialect):
            return None
        found = self._portions(source, dialect=dialect, columns=columns, by_bytes=False, aside=aside or Aside())
        if found is None or sum(one.unreadable for one in found) > sum(one.rows for one in found):
            # Of a file that cannot be read the one process says what is wrong.
            return None
        doubts = Doubts(kinds_of(columns), gaps=gaps_of((one.rows, one.bits) for one in found))
        doubts.join(one.seen for one in found)
        late = {key for one in found for key in one.late}
        if doubts.is_doubted or len(columns) + len(late) >= KEYS_AT_MOST or is_told_late(late, columns=columns):
            return None
        rows = RereadRows(source, dialect=dialect, columns=columns, rows=sum(one.rows for one in found))
        self._read = (rows, Gathered(found))
        whole = put_together(rows, portions=found, aside=aside or Aside())
        return replace(whole, notes=doubts.notes(columns))

    def _portions(
        self,
        source: Source,
        *,
        dialect: Dialect,
        columns: tuple[DumpColumn, ...],
        by_bytes: bool,
        aside: Aside,
    ) -> list[Portion] | None:
        """Give what was found in the splits, in order; None where a split cannot be read by itself."""
        self._read = None
        size = source.path.stat().st_size
        even = size // (SPLITS_A_SLOT * self._engine.slots) + 1
        split_bytes = self._split_bytes or min(max(even, LEAST_SPLIT_BYTES), MOST_SPLIT_BYTES)
        splits = split_file(source.path, first=dialect.bom, split_bytes=split_bytes)
        if not splits:
            return None
        job, key = self._job(source, dialect=dialect, columns=columns, by_bytes=by_bytes, aside=aside)
        path, nonce = self._engine.folder / f"job-{self._entropy.draw(8).hex()}", self._entropy.draw(NONCE_BYTES)
        job.seal(path, key=key, nonce=nonce)
        try:
            done = self._settled(
                splits,
                dialect=dialect,
                path=source.path,
                split_bytes=split_bytes,
                job=(str(path), key),
                shards=job.shards,
            )
        finally:
            path.unlink(missing_ok=True)
        if done is None:
            return None
        if [one.digest for one in done.values()] != digests_of(source, splits=list(done)):
            raise changed()
        self.counted = Counted(splits=len(done), shards=job.shards)
        return list(done.values())

    def _settled(
        self,
        splits: list[Split],
        *,
        dialect: Dialect,
        path: Path,
        split_bytes: int,
        job: tuple[str, bytes],
        shards: int,
    ) -> dict[Split, Portion] | None:
        """Run the splits; where one ends within a quoted cell, split anew where records begin, and run those."""
        done = self._run(splits, job=job, shards=shards)
        if all_read(done):
            return dict(zip(splits, done, strict=True))
        first = next(one.verdict for one in done if one.verdict != READ)
        better = record_splits(path, dialect=dialect, split_bytes=split_bytes) if first == OPEN else None
        if better is None:
            return None
        done = self._run(better, job=job, shards=shards)
        return dict(zip(better, done, strict=True)) if all_read(done) else None

    def _run(self, splits: list[Split], *, job: tuple[str, bytes], shards: int) -> list[Portion]:
        path, key = job
        last = len(splits) - 1
        tasks = [
            Task(job=path, key=key, number=number, split=one, is_first=number == 0, is_last=number == last)
            for number, one in enumerate(splits)
        ]
        if shards == 1:
            return list(self._engine.each(link_split, tasks))
        answer = partial(answer_shard, job=path, key=key)
        done = self._engine.exchange(ask_split, answer, settle_split, pieces=tasks, number_of=number_of, shards=shards)
        return list(done)

    def _job(
        self, source: Source, *, dialect: Dialect, columns: tuple[DumpColumn, ...], by_bytes: bool, aside: Aside
    ) -> tuple[Job, bytes]:
        kinds = {c.kind for c in columns if c.kind in STRONG_KINDS and c.kind in self._tokenizers}
        owners = {kind: self._owners.token_owners(kind) for kind in kinds if kind not in self._index}
        total = sum(len(tokens) for tokens, _ in owners.values()) + sum(one.count for one in self._index.values())
        shards = next(iter({len(one.starts) for one in self._index.values()}), shards_for(
            total, whole=self._whole_tokens, shard=self._shard_tokens
        ))  # fmt: skip
        for kind, (tokens, persons) in owners.items():
            path = self._engine.folder / f"index-{self._entropy.draw(8).hex()}"
            self._index[kind] = write_index(path, tokens=tokens, persons=persons, shards=shards)
        job = Job(
            path=source.path.resolve(),
            dialect=dialect,
            columns=columns,
            by_bytes=by_bytes,
            keeps_text=aside.keeps_text,
            shards=shards,
            index={kind: one for kind, one in self._index.items() if kind in kinds},
            keys={kind: self._tokenizers[kind].key for kind in kinds},
            known=tuple(column.name for column in columns),
        )
        return job, self._entropy.draw(KEY_BYTES)


def plain_rows(
    source: Source, *, dialect: Dialect, columns: tuple[DumpColumn, ...], portions: Sequence[Portion]
) -> PlainRows:
    """Give the rows of plain text that was read in portions, cut anew from its bytes each time they are gone through."""
    named = fields_of(columns)
    every = Wanted.of(named, fields=tuple(named.values()), width=dialect.width)
    return PlainRows(source, dialect=dialect, wanted=every, rows=sum(one.rows for one in portions))


def put_together(rows: Batches, *, portions: Sequence[Portion], aside: Aside) -> Body:
    """Give the rows of a dump that was read in portions, and put aside what could not be read of them."""
    first = 0
    for one in portions:
        for row, reason, text in one.odd:
            aside.put(first + row, reason=reason, text=text)
        first += one.rows + one.unreadable
    return Body(batches=rows, unreadable=first - rows.rows, damaged_lines=sum(one.damaged_lines for one in portions))


def number_of(task: Task) -> int:
    """Give the number of a task's split."""
    return task.number


def can_split(dialect: Dialect) -> bool:
    """Say whether the general road reads each line by itself, or says where a quoted cell goes on."""
    if dialect.format is DumpFormat.JSONL:
        return True
    return len(dialect.delimiter) > 1 or len(dialect.delimiter.encode()) == 1


def shards_for(tokens: int, *, whole: int, shard: int) -> int:
    """Give the number of shards of an index: one, or a power of two."""
    return 1 if tokens <= whole else 1 << max(1, ((tokens - 1) // shard).bit_length())


def all_read(portions: Sequence[Portion]) -> bool:
    """Say whether every split was read: then each began where a record begins, for the one before it ended there."""
    return all(one.verdict == READ for one in portions)
