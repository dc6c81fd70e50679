"""The fast road in stretches: each is read and linked by itself and kept, and a trace that was interrupted passes over them.

The file is read once, in order, and hashed as it is read; a stretch that was kept is only hashed. It counts if the bytes up
to its end are the very same, the index of persons too, and so on (`portions.reading_facts`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from functools import partial
from itertools import count
from typing import Final

from suyuan.collect.field import STRONG_KINDS
from suyuan.errors import UnavailableError
from suyuan.terms import Digest, KindName
from suyuan.trace.dump import Body, DumpColumn, kinds_of
from suyuan.trace.engines.portion import READ, Noted, Portion, narrowed, packed
from suyuan.trace.engines.road import Gathered, plain_rows, put_together
from suyuan.trace.engines.splits import changed
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.dialect import Dialect
from suyuan.trace.files.encoding import LineCensus
from suyuan.trace.files.gaps import Gaps
from suyuan.trace.files.source import BLOCK_BYTES, LINE_BYTES, Source
from suyuan.trace.files.spool import Batches
from suyuan.trace.link import LINK_SCHEMA
from suyuan.trace.link import Gathered as Standing
from suyuan.trace.matching.blocks import can_cut
from suyuan.trace.matching.road import ByteRoad
from suyuan.trace.ports import PeopleIndex, TokenMaker
from suyuan.trace.resuming.portions import part_of, portion_of, reading_facts
from suyuan.trace.resuming.unfinished import Unfinished, Work

PACKED: Final = 8
"""Text of people packs to an eighth or less."""

STRETCH_BYTES: Final = 256 << 20
"""What an interruption costs at most is the reading of so much; a dump of less than two stretches is read anew.

Of a packed file it is what it holds that counts: up to where a stretch ended it is unpacked again, and no more.
"""


class Feed:
    """The bytes of a source in order, taken in pieces of any size; the source hashes them."""

    def __init__(self, source: Source, *, skip: int) -> None:
        # No larger than what is taken: most pieces are then given on as they were read.
        self._chunks = source.chunks(block_bytes=LINE_BYTES)
        self._rest = b""
        self.place = 0
        """How many bytes were given."""
        self.skip(skip)

    def take(self, count: int, *, block_bytes: int) -> Iterator[bytes]:
        """Give the next bytes, fewer where the source ends."""
        while count and (chunk := self._rest or next(self._chunks, b"")):
            most = min(count, block_bytes)
            piece, self._rest = (chunk, b"") if len(chunk) <= most else (chunk[:most], chunk[most:])
            count -= len(piece)
            self.place += len(piece)
            yield piece

    def skip(self, count: int) -> None:
        """Pass over the next bytes."""
        for _ in self.take(count, block_bytes=count):
            pass

    def take_lines(self, count: int, *, block_bytes: int) -> Iterator[bytes]:
        """Give at least so many bytes, up to the end of a line or of the source."""
        yield from self.take(count, block_bytes=block_bytes)
        end = 0
        while not end and (chunk := self._rest or next(self._chunks, b"")):
            end = chunk.find(b"\n") + 1
            piece, self._rest = (chunk[:end], chunk[end:]) if end else (chunk, b"")
            self.place += len(piece)
            yield piece

    @property
    def is_done(self) -> bool:
        """Whether the source has ended; it knows its digest then."""
        self._rest = self._rest or next(self._chunks, b"")
        return not self._rest


class StretchSource(Source):
    """One stretch of a source, read once and in its turn: so many bytes, and what is left of the last line."""

    __slots__ = ("_count", "_feed", "_whole")

    def __init__(self, whole: Source, *, feed: Feed, count: int) -> None:
        super().__init__(whole.path)
        self._whole, self._feed, self._count = whole, feed, count

    def _blocks(self, *, progress: Callable[[int], None] | None, block_bytes: int | None = None) -> Iterator[bytes]:
        size = 0
        for block in self._feed.take_lines(self._count, block_bytes=block_bytes or BLOCK_BYTES):
            size += len(block)
            yield block
        self._digest, self._size = digest_at(self._whole, feed=self._feed), size


class StretchRoad:
    """Reads and links a large plain dump as `matching.road.ByteRoad` does, and keeps what is done; other dumps are that road's.

    The claim: rows, counts and links are those of that road, however often a trace is interrupted.

    Test: tests/unit/trace/test_stretches.py, tests/faults/test_trace_crash.py.
    """

    def __init__(
        self,
        road: ByteRoad,
        *,
        people: PeopleIndex,
        tokenizers: Mapping[KindName, TokenMaker],
        unfinished: Unfinished,
        stretch_bytes: int = STRETCH_BYTES,
        rest: Callable[[], None] | None = None,
    ) -> None:
        """Take the road for whole files, and what that one is made of (`ByteRoad`)."""
        self._road = road
        self._people = people
        self._tokenizers = tokenizers
        self._unfinished = unfinished
        self._stretch_bytes = stretch_bytes
        self._rest = rest
        self._read: tuple[Batches, Gathered] | None = None

    def standings_of(self, rows: Batches) -> Standing | None:
        """Give how the rows of a dump stand, if this road read them; once."""
        if self._read is None or self._read[0] is not rows:
            return self._road.standings_of(rows)
        gathered, self._read = self._read[1], None
        return gathered

    def counts(self, source: Source) -> bool:
        """As the road for whole files (`roads.FastRoad`)."""
        return self._road.counts(source)

    def read(
        self,
        source: Source,
        *,
        dialect: Dialect,
        columns: tuple[DumpColumn, ...],
        aside: Aside | None = None,
        census: LineCensus | None = None,
    ) -> Body | None:
        """Read and link a file, or decline it (`roads.FastRoad`)."""
        aside = aside or Aside()
        self._read = None
        size = source.path.stat().st_size
        least = 2 * self._stretch_bytes // (1 if source.packing is None else PACKED)
        if size < least or not can_cut(dialect):
            return self._road.read(source, dialect=dialect, columns=columns, aside=aside, census=census)
        body = self._by_stretches(source, size=size, dialect=dialect, columns=columns, aside=aside, census=census)
        if body is None:
            # A line break within quotes lies where a stretch would begin, or the text is odd, or its rows lack something.
            aside.restart()
            recount(census, counts={})
            return self._road.read(source, dialect=dialect, columns=columns, aside=aside, census=census)
        return body

    def _by_stretches(
        self,
        source: Source,
        *,
        size: int,
        dialect: Dialect,
        columns: tuple[DumpColumn, ...],
        aside: Aside,
        census: LineCensus | None,
    ) -> Body | None:
        kinds = {kind for kind in kinds_of(columns).values() if kind in STRONG_KINDS and kind in self._tokenizers}
        facts = reading_facts(
            dialect, columns=columns, size=size, keeps_text=aside.keeps_text, index=self._unfinished.index(kinds)
        )
        work = self._unfinished.work(
            "stretches", of={**facts, "bytes": self._stretch_bytes, "counts": census is not None}
        )
        feed = Feed(source, skip=dialect.bom)
        gaps = Gaps()
        done = kept_stretches(work, source=source, feed=feed, census=census, gaps=gaps)
        if done is None:
            work.drop()
            recount(census, counts={})
            done, feed, gaps = [], Feed(source, skip=dialect.bom), Gaps()
        elif done:
            whole = f" of {size:,}" if source.packing is None else ""
            self._unfinished.tell(f"{feed.place:,}{whole} bytes were read and linked already")
        while not (done and feed.is_done):
            number, start = len(done), feed.place
            part_source = StretchSource(source, feed=feed, count=self._stretch_bytes)
            inner = replace(dialect, bom=0, header=dialect.header and number == 0)
            found = self._stretch(
                part_source, number=number, dialect=inner, columns=columns, aside=aside, census=census, gaps=gaps
            )
            if found is None:
                return None
            counts = None if census is None else asdict(census)
            part = part_of(found, start=start, end=feed.place, counts=counts, gaps=asdict(gaps))
            is_kept = work.put(number, part)
            done.append(light(found) if is_kept else found)
        if source.packing is None and feed.place != size:
            raise changed()
        if self._rest is not None:
            self._rest()
        rows = plain_rows(source, dialect=dialect, columns=columns, portions=done)
        self._read = (rows, Gathered(done, table=partial(table_of, work)))
        return put_together(rows, portions=done, aside=aside)

    def _stretch(
        self,
        source: StretchSource,
        *,
        number: int,
        dialect: Dialect,
        columns: tuple[DumpColumn, ...],
        aside: Aside,
        census: LineCensus | None,
        gaps: Gaps,
    ) -> Portion | None:
        road = ByteRoad(people=self._people, tokenizers=self._tokenizers, least_bytes=0)
        noted = Noted(keeps_text=aside.keeps_text)
        body = road.read(source, dialect=dialect, columns=columns, aside=noted, census=census, gaps=gaps)
        standings = None if body is None else road.standings_of(body.batches)
        if body is None or standings is None:
            return None
        read = body.batches.rows + body.unreadable
        return Portion(
            number=number, verdict=READ, rows=body.batches.rows, unreadable=body.unreadable, digest=source.sha256,
            table=packed(narrowed(standings.table(LINK_SCHEMA))), standing=standings.standing(read).tobytes(),
            odd=tuple(noted.rows),
        )  # fmt: skip


def kept_stretches(
    work: Work, *, source: Source, feed: Feed, census: LineCensus | None, gaps: Gaps
) -> list[Portion] | None:
    """Pass over the stretches that were kept, and give what was found in them; None where they are of another file."""
    done: list[Portion] = []
    for number in count():
        part = work.part(number)
        if part is None:
            break
        portion = portion_of(part)
        is_next = part.header["start"] == feed.place
        feed.skip(part.header["end"] - feed.place)
        if not is_next or portion.digest != digest_at(source, feed=feed):
            return None
        recount(census, counts=part.header["counts"] or {})
        for name, said in part.header["gaps"].items():
            setattr(gaps, name, said)
        done.append(light(portion))
    return done


def digest_at(source: Source, *, feed: Feed) -> Digest:
    """Give the digest of what was read up to where a feed stands, a packed file's last bytes among it where that is its end."""
    return source.sha256 if feed.is_done else source.digest_so_far


def recount(census: LineCensus | None, *, counts: Mapping[str, int]) -> None:
    """Set what a census has counted so far; to nothing where nothing is said."""
    for one in fields(census) if census is not None else ():
        setattr(census, one.name, counts.get(one.name, 0))


def light(portion: Portion) -> Portion:
    """Give a portion without its table, which was kept."""
    return replace(portion, table=b"")


def table_of(work: Work, one: Portion) -> bytes:
    """Give the table of a portion.

    Raises: UnavailableError: `trace.spill`, what was kept of it minutes ago can no longer be read.
    """
    if one.table:
        return one.table
    part = work.part(one.number)
    if part is None:
        raise UnavailableError(
            "what was linked already could not be read back", code="trace.spill", hint="trace the dump again"
        )
    return portion_of(part).table
