"""Dumps bent at random: the suite's own files cut, flipped, spliced, repeated and put into other characters, and read whatever they are.

`python -m tests.dump_fuzz SEED COUNT` reads so many and prints what went wrong, a line each; a test runs it with
`NUMBA_BOUNDSCHECK=1`, under which a kernel that leaves its arrays raises.
"""

import gc
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import tests.leaked_abroad
import tests.leaked_china
import tests.leaked_lists
from tests.leaked_people import FIELDS, MAKERS
from tests.ugly_files import every_case

from suyuan.crypto import compiled
from suyuan.crypto.token import Tokenizer
from suyuan.errors import SuyuanError
from suyuan.terms import KindName
from suyuan.trace.dump import DumpColumn
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.encoding import CHINESE, LineCensus
from suyuan.trace.files.source import Source
from suyuan.trace.formats import flat_lines
from suyuan.trace.ingest import ingest
from suyuan.trace.matching import index
from suyuan.trace.matching.index import PersonIndex
from suyuan.trace.matching.reading import read_column
from suyuan.trace.matching.road import ByteRoad
from suyuan.trace.ports import Numbers, Tokens

MOST_BYTES: Final = 24_000
"""Of a longer seed the beginning is bent: a row more teaches nothing."""

VALUE: Final = re.compile(r"\d{7}|@|[\u4e00-\u9fff]{2}")
"""What no error may hold; of the people in these files each has one."""

CODECS: Final = ("utf-8", "gb18030", "big5", "utf-16", "utf-16-le", "latin-1", "cp1252", "shift_jis")
TOKENS: Final = (
    b"\x00", b"\n", b"\r", b'"', b"'", b",", b"\t", b"|", b"----", b"\\", b"{", b"[", b"}", b"]", b"(", b"<td>", b"<!--", b"&#",
    b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x81", b"\xa3\xb1", "１".encode(), "１".encode("gb18030"), b"INSERT INTO t VALUES (", b"E+17",
)  # fmt: skip
TOKENIZERS: Final = {
    kind: Tokenizer(b"k" * 32, kind=kind) for kind in (KindName.PHONE, KindName.RESIDENT_ID, KindName.EMAIL)
}


class People:
    """Invented persons by their tokens."""

    def __init__(self) -> None:
        tokens = np.arange(1, 5_000, dtype=np.uint64) * np.uint64(3_689_348_814_741)
        self._index = PersonIndex.of(tokens, persons=np.arange(len(tokens)))

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        """Give whom tokens lead to."""
        return self._index.find(tokens)


@dataclass(frozen=True, slots=True)
class Wrong:
    """An input that was not read as it must be."""

    number: int
    what: str


def seeds() -> list[bytes]:
    """Give the files that are bent, the shortest first; archives too."""
    assert len(MAKERS) > 30, tests.leaked_abroad.__name__ + tests.leaked_china.__name__ + tests.leaked_lists.__name__
    every = [make().content for make in MAKERS] + [case.content for case in every_case()]
    return sorted((content[:MOST_BYTES] for content in every), key=len)


def bent(draw: random.Random, *, content: bytes, other: bytes) -> bytes:
    """Give a file bent once."""
    a, b = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    ways: list[Callable[[], bytes]] = [
        lambda: content[:a],
        lambda: content[a:],
        lambda: content[:a] + content[b:],
        lambda: content[:a] + other[draw.randrange(len(other) + 1) :],
        lambda: content[:a] + content[a : a + draw.choice((1, 3, 20, 200))] * draw.choice((2, 9, 300)) + content[a:],
        lambda: content[:a] + draw.choice(TOKENS) * draw.choice((1, 2, 50, 2_000)) + content[a:],
        lambda: content.replace(draw.choice(TOKENS), draw.choice(TOKENS)),
        lambda: flipped(draw, content),
        lambda: recoded(draw, content),
        lambda: b"\n".join(shuffled(draw, content.split(b"\n"))),
    ]
    return draw.choice(ways)()[: 4 * MOST_BYTES]


def flipped(draw: random.Random, content: bytes) -> bytes:
    """Give a file with some bits turned."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 3, 30, 300)) if content else 0):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def recoded(draw: random.Random, content: bytes) -> bytes:
    """Give a file, or half of it, read in one encoding and written in another."""
    at = draw.choice((0, len(content) // 2))
    text = content[at:].decode(draw.choice(CODECS), "replace")
    return content[:at] + text.encode(draw.choice(CODECS), "replace")


def shuffled(draw: random.Random, lines: list[bytes]) -> list[bytes]:
    """Give lines in another order."""
    draw.shuffle(lines)
    return lines


def inputs(seed: int, *, count: int) -> Iterator[bytes]:
    """Give so many bent files, always the same ones for a seed."""
    draw = random.Random(seed)
    every = seeds()
    for _ in range(count):
        content = draw.choice(every)
        for _ in range(draw.choice((1, 1, 2, 4))):
            content = bent(draw, content=content, other=draw.choice(every))
        yield content


def read_whole(path: Path, *, people: People) -> None:
    """Read a file by the fastest road there is, go through its rows, and link them."""
    kept = path.with_name("aside")
    kept.unlink(missing_ok=True)
    aside = Aside(kept)
    road = ByteRoad(people=people, tokenizers=TOKENIZERS, least_bytes=1)
    try:
        dump = ingest(path, fields=FIELDS, aside=aside, road=road)
        assert dump.rows == sum(table.height for table in dump.batches)
        road.standings_of(dump.batches)
    finally:
        aside.close()


def read_as_bytes(path: Path, *, content: bytes, draw: random.Random, people: People) -> None:
    """Give the kernels a file's bytes as they are, under a dialect that is not theirs."""
    data = np.frombuffer(content, dtype=np.uint8)
    start = draw.randrange(len(data) + 1)
    LineCensus().take(data, start=start, end=draw.randint(start, len(data)))
    text = content.decode("utf-8", "replace")
    cells = pl.Series(text.split(draw.choice((",", "\n", "\t", "1"))), dtype=pl.String)
    for kind, tokenizer in TOKENIZERS.items():
        read_column(cells, kind=kind, tokenizer=tokenizer)
    dialect = Dialect(
        format=draw.choice((DumpFormat.DELIMITED, DumpFormat.JSONL)), codecs=draw.choice((("utf-8",), CHINESE)),
        delimiter=draw.choice(",\t|1a"), quote=draw.choice(('"', "'", "")), header=draw.random() < 0.5, width=draw.randint(1, 6),
    )  # fmt: skip
    columns = tuple(
        DumpColumn(index=at, name=f"{name}", field=name, kind=kind, share=1.0)
        for at, (name, kind) in enumerate(list(FIELDS.items())[: dialect.width])
    )
    road = ByteRoad(people=people, tokenizers=TOKENIZERS, least_bytes=1)
    road.read(Source(path), dialect=dialect, columns=columns, aside=Aside(), census=None)


def wrongs(seed: int, *, count: int, folder: Path) -> Iterator[Wrong]:
    """Read bent files, with every kernel however few values there are, and give what goes wrong."""
    people, draw = People(), random.Random(seed + 1)
    path = folder / "dump"
    private = Path(tempfile.gettempdir())
    before = set(private.iterdir())
    for number, content in enumerate(inputs(seed, count=count)):
        path.write_bytes(content)
        begun = time.process_time()
        readers: tuple[Callable[[], None], ...] = (
            partial(read_whole, path, people=people),
            partial(read_as_bytes, path, content=content, draw=draw, people=people),
        )
        for reader in readers:
            try:
                reader()
            except SuyuanError as error:
                said = f"{error} {getattr(error, 'hint', '')}"
                if error.code != "trace.members" and VALUE.search(said):
                    yield Wrong(number, f"{error.code} holds what may be a value")
            except Exception as error:
                yield Wrong(number, where(error))
        if path.read_bytes() != content:
            yield Wrong(number, "the file was written to")
        gc.collect()
        if left := set(private.iterdir()) - before - {folder}:
            yield Wrong(number, f"{len(left)} files are left behind")
            before |= left
        if (seconds := time.process_time() - begun) > SLOW_SECONDS:
            yield Wrong(number, f"took {seconds:.0f} CPU seconds for {len(content):,} bytes")


SLOW_SECONDS: Final = 20
"""What an input of a hundred kilobytes never takes."""


def where(error: Exception) -> str:
    """Give an error's kind and place; its words may hold a value."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"


def by_every_kernel() -> None:
    """Have kernels used however few values there are."""
    compiled.WORTH_COMPILING = 1  # type: ignore[misc]
    flat_lines.LEAST_BYTES = 1  # type: ignore[misc]
    index.LARGE = 1  # type: ignore[misc]


if __name__ == "__main__":
    by_every_kernel()
    with tempfile.TemporaryDirectory() as name:
        for wrong in wrongs(int(sys.argv[1]), count=int(sys.argv[2]), folder=Path(name)):
            print(wrong.number, wrong.what, flush=True)
