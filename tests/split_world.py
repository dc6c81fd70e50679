"""A dump read by an engine and by this process: both answers side by side, on invented persons."""

import os
import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from suyuan.crypto.token import Tokenizer
from suyuan.terms import Digest, FieldName, KindName
from suyuan.trace.dump import Dump
from suyuan.trace.engines.road import Counted, SplitRoad
from suyuan.trace.files.aside import Aside
from suyuan.trace.ingest import ingest
from suyuan.trace.link import Links, link
from suyuan.trace.matching.index import PersonIndex
from suyuan.trace.matching.road import LEAST_BYTES, ByteRoad
from suyuan.trace.ports import Engine, Numbers, Tokens

FIELDS: Final = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
    FieldName("customer"): KindName.IDENTIFIER,
}
SECRET: Final = bytes(range(32))
TOKENIZERS: Final = {kind: Tokenizer(SECRET, kind=kind) for kind in FIELDS.values()}
PERSONS: Final = 3_000
NAMES: Final = ("张伟", "李娜", "王芳", "赵强", "刘洋", "欧阳静")


class People:
    """Invented persons by their tokens; some numbers are two persons'."""

    def __init__(self) -> None:
        numbers = range(PERSONS)
        columns = {
            KindName.PHONE: [f"+861400000{person % (PERSONS - 50):04}" for person in numbers],
            KindName.EMAIL: [f"somebody{person}@example.com" for person in numbers],
            KindName.IDENTIFIER: [f"C-{person}" for person in numbers],
        }
        self.indexes = {
            kind: PersonIndex.of(TOKENIZERS[kind].column(pl.Series(column)).to_numpy(), persons=np.arange(PERSONS))
            for kind, column in columns.items()
        }

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        return self.indexes[kind].find(tokens)

    def token_owners(self, kind: KindName) -> tuple[Tokens, Numbers]:
        return self.indexes[kind].entries

    def owners_digest(self, kind: KindName) -> Digest:
        return self.indexes[kind].digest


class OneByOne:
    """An engine that is this process: what is worked on goes through pickle, as it does on its way to another."""

    slots = 2

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())

    def each(self, work: Callable[[Any], Any], pieces: Sequence[Any]) -> Iterator[Any]:
        return (sent(work(sent(piece))) for piece in pieces)

    def exchange(
        self,
        ask: Callable[[Any], Iterable[tuple[int, Any]]],
        answer: Callable[[Iterable[tuple[int, Any]]], Iterable[tuple[int, Any]]],
        settle: Callable[[Any, Iterable[Any]], Any],
        *,
        pieces: Sequence[Any],
        number_of: Callable[[Any], int],
        shards: int,
    ) -> Iterator[Any]:
        asked: defaultdict[int, list[tuple[int, Any]]] = defaultdict(list)
        for piece in pieces:
            for shard, question in ask(piece):
                assert 0 <= shard < shards
                asked[shard].append((shard, sent(question)))
        answers: defaultdict[int, list[Any]] = defaultdict(list)
        for shard in sorted(asked, reverse=True):
            for number, one in answer(asked[shard]):
                answers[number].append(sent(one))
        return (settle(piece, answers[number_of(piece)]) for piece in pieces)


def sent(value: Any) -> Any:
    import pickle

    return pickle.loads(pickle.dumps(value))


class Fresh:
    """Randomness of the system."""

    def draw(self, size_bytes: int) -> bytes:
        return os.urandom(size_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """What this process and the engine made of one dump."""

    here: tuple[Dump, Links, Aside]
    there: tuple[Dump, Links, Aside]
    counted: Counted | None

    def require_equal(self) -> None:
        """Require the same answer to the last bit, cells and counts among it."""
        (dump, links, aside), (other, found, kept) = self.here, self.there
        assert (other.sha256, other.size_bytes, other.dialect) == (dump.sha256, dump.size_bytes, dump.dialect)
        assert (other.rows, other.unreadable, other.damaged_lines) == (dump.rows, dump.unreadable, dump.damaged_lines)
        assert (other.columns, other.reasons, kept.counts) == (dump.columns, dump.reasons, aside.counts)
        assert (other.notes, other.missed) == (dump.notes, dump.missed)
        assert found.read == found.linked + found.strangers + found.unreadable
        assert found.table.schema == links.table.schema
        assert found.table.equals(links.table)
        assert (found.standing == links.standing).all()
        assert other.table().equals(dump.table())


def read_both(path: Path, *, engine: Engine | None = None, least_bytes: int = LEAST_BYTES, **sizes: int) -> Both:
    """Read a dump both ways. `sizes`: of splits and shards, as `SplitRoad` takes them."""
    columns = {index: (field, kind) for index, (field, kind) in enumerate(FIELDS.items())}
    people = People()
    mine, theirs = Aside(), Aside()
    road = ByteRoad(people=people, tokenizers=TOKENIZERS, least_bytes=least_bytes)
    here = ingest(path, fields=FIELDS, columns=columns, road=road, aside=mine)
    links = link(here, people=people, tokenizers=TOKENIZERS, road=road)
    alone = OneByOne() if engine is None else None
    try:
        apart = SplitRoad(
            engine or alone or OneByOne(),
            owners=people,
            tokenizers=TOKENIZERS,
            entropy=Fresh(),
            least_bytes=least_bytes,
            **sizes,
        )
        there = ingest(path, fields=FIELDS, columns=columns, road=apart, splitter=apart, aside=theirs)
        found = link(there, people=people, tokenizers=TOKENIZERS, road=apart)
        assert apart.standings_of(there.batches) is None, "what was gathered is given once"
        return Both(here=(here, links, mine), there=(there, found, theirs), counted=apart.counted)
    finally:
        if alone is not None:
            shutil.rmtree(alone.folder)


def ugly_rows(rows: int, *, seed: int, comma: str = ",", quotes: bool = True) -> list[str]:
    """Rows of persons, some twice, and strangers; spellings, ragged rows, cells of several lines where quotes are known."""
    draw = random.Random(seed)
    lines = []
    for _ in range(rows):
        person = draw.randrange(2 * PERSONS)
        phone = f"1400000{person:04}"
        spelled = draw.choice((phone, phone, f"+86{phone}", f"{phone[:3]} {phone[3:7]} {phone[7:]}", "NULL", "", "12"))
        email = draw.choice((f"somebody{person}@example.com", f"SOMEBODY{person}@Example.com", "", "x@y"))
        customer = draw.choice((f"C-{person}", f"C-{draw.randrange(PERSONS)}", ""))
        name = draw.choice(NAMES)
        if quotes and draw.random() < 0.05:
            name = '"' + name + f"{comma}\n" * draw.randrange(1, 40) + '""x"'
        cells = [name, spelled, email, customer]
        lines.append(comma.join(cells[: draw.choice((4,) * 30 + (1, 1))]))
    return lines
