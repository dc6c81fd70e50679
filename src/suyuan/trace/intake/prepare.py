"""What a source is written in, before a row of it is read: its characters, its format, its tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from suyuan.crypto.canonical import Json
from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.abroad import country_of
from suyuan.trace.columns.glued import to_be_parted
from suyuan.trace.columns.halves import rejoined
from suyuan.trace.columns.header_rows import WIDTH_AT_MOST, find_header, is_same, is_side_by_side, told_width
from suyuan.trace.columns.headers import heading_words, is_header, is_heading
from suyuan.trace.columns.layout import Layout, cells_table, layout_of
from suyuan.trace.columns.marks import is_marked
from suyuan.trace.columns.mending import mend
from suyuan.trace.columns.name_parts import has_name_in_two
from suyuan.trace.columns.nothing import has_words_for_nothing
from suyuan.trace.columns.shifted import is_mixed
from suyuan.trace.columns.spare import has_spare
from suyuan.trace.doubts.straying import is_scattered
from suyuan.trace.files.damage import is_damaged
from suyuan.trace.files.dialect import HALF, Dialect, DumpFormat, Given, modal_width, sample_rows, sniff
from suyuan.trace.files.encoding import (
    CHINESE,
    LineCensus,
    byte_order_mark,
    is_utf8,
    is_utf8_block,
    unmarked_utf16,
    utf8_block,
)
from suyuan.trace.files.own_codecs import TWICE, is_of_ours, is_twice
from suyuan.trace.files.source import HEAD_BYTES, Source, long_line, whole_lines
from suyuan.trace.formats.candidates import named
from suyuan.trace.formats.foreign import require_known
from suyuan.trace.formats.json_rows import records_of
from suyuan.trace.formats.json_stream import json_values
from suyuan.trace.formats.log_bodies import is_spelled, spelled_parts
from suyuan.trace.formats.quoted import is_quoted_table
from suyuan.trace.formats.rows import Odd, Part, Text, part_of_records, with_every_key
from suyuan.trace.formats.shapes import delimited_part, is_escaped, line_parts, parts_of, run_part, tightened_part
from suyuan.trace.formats.torn import is_torn

SAMPLE_ROWS: Final = 1_000

LONG_SHARE: Final = 0.5
"""Of a head more than this in the one line that it breaks off in: the file is no lines, or hardly any."""

LINES_LEAST: Final = 3
"""Lines before a long one from which these are the table, and that line is a row of it."""

HIGH_BYTES: Final = bytes(range(0x80, 0x100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How a text source is written. `is_guess`: only the head was seen, and it was UTF-8 throughout, or Chinese."""

    head: bytes = field(repr=False)
    codecs: tuple[str, ...]
    bom: int
    is_guess: bool = False
    probes: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The head as text."""
        return head_text(self.head, codecs=self.codecs, bom=self.bom)

    @property
    def opening(self) -> str:
        """The head as text, with the long line that it may break off in: a structure may begin there and nowhere before."""
        return head_text(self.head, codecs=self.codecs, bom=self.bom, with_long_line=True)

    @property
    def is_in_long_line(self) -> bool:
        """Whether the head breaks off in a line that fills most of it, and hardly any lines come before."""
        text = self.opening
        return len(self.head) == HEAD_BYTES and has_long_tail(text) and text.count("\n") < LINES_LEAST

    @property
    def farther(self) -> list[str]:
        """Lines from farther on, as text; none of UTF-16, whose lines begin at every second byte only."""
        if self.codecs[0].startswith("utf-16"):
            return []
        return [utf8_block(piece, codecs=self.codecs)[0].decode() for piece in self.probes]


def written(source: Source, *, head: bytes, given: Given, census: LineCensus | None = None) -> Written:
    """Settle the characters of a text: the caller's word, a byte order mark, or what its lines decode to.

    Args:
        census: a head that is Chinese throughout is taken at its word; its lines are then counted here, and all lines
            must be as they are read.
    """
    declared, bom = byte_order_mark(head)
    if given.codecs is not None:
        return Written(head=head, codecs=given.codecs, bom=bom)
    declared = declared or unmarked_utf16(head)
    # A mark of UTF-8 is the first file's of several that were put together; their lines tell.
    if declared is not None and declared != "utf-8":
        return Written(head=head, codecs=(declared,), bom=bom)
    if is_utf8(whole(head)):
        if is_twice(whole(head)[bom:].decode()):
            return Written(head=head, codecs=(TWICE,), bom=bom)
        return Written(head=head, codecs=("utf-8",), bom=bom, is_guess=True)
    if census is not None:
        lines = np.frombuffer(whole(head), dtype=np.uint8)
        census.take(lines, start=0, end=len(lines))
        if census.codecs() == CHINESE:
            return Written(head=head, codecs=CHINESE, bom=bom, is_guess=True)
    return Written(head=head, codecs=survey(source, head=head), bom=bom)


def whole(head: bytes) -> bytes:
    """Give the whole lines of a file's head; of one that breaks off in a long line, all but a character it may break off in."""
    if len(head) < HEAD_BYTES:
        return head
    return head.rstrip(HIGH_BYTES) if has_long_tail(head) else head[: head.rfind(b"\n") + 1]


def has_long_tail(head: str | bytes) -> bool:
    """Say whether what follows the last line end of a file's head is most of it."""
    end = head.rfind("\n") if isinstance(head, str) else head.rfind(b"\n")
    return len(head) - end > LONG_SHARE * len(head)


def survey(source: Source, *, head: bytes) -> tuple[str, ...]:
    """Give the codecs of a file that is not all UTF-8, after a look at every line of a MiB at most, and at its head."""

    def counted() -> Json:
        census = LineCensus()
        census.count(whole(head))
        for block in whole_lines(source.chunks()):
            census.count(block)
        return list(census.codecs())

    found = source.found("codecs", of={}, make=counted)
    return tuple(str(codec) for codec in found) if isinstance(found, list) else ()


def is_all_utf8(source: Source) -> bool:
    """Say whether all lines of a file are UTF-8, at a small part of what a census of its lines costs."""
    return source.is_utf8 or all(map(is_utf8_block, whole_lines(source.chunks())))


def head_text(head: bytes, *, codecs: tuple[str, ...], bom: int, with_long_line: bool = False) -> str:
    """Give the head as text, whole lines where there are any.

    Args:
        with_long_line: and the line that it breaks off in, where that fills most of it.
    """
    if codecs[0].startswith("utf-16"):
        text = head[bom:].decode(codecs[0], "ignore")
    else:
        text = utf8_block(whole(head)[bom:], codecs=codecs)[0].decode()
    end = text.rfind("\n") + 1
    return text if not end or len(head) < HEAD_BYTES or (with_long_line and has_long_tail(text)) else text[:end]


def structured_parts(
    source: Source, *, how: Written, given: Given, fields: Mapping[FieldName, KindName]
) -> list[Part] | None:
    """Give the tables of a text in a format with a structure of its own; None for lines of cells.

    Raises: RefusedError: `trace.format`, `trace.long-line`.
    """
    parts = None
    if given.delimiter is None:
        text = Text(source, codecs=how.codecs, bom=how.bom)
        opening = how.opening
        require_known(opening)
        if given.quote in (None, '"') and is_quoted_table(opening):
            parts = None
        elif is_spelled(opening):
            parts = spelled_parts(text, fields=fields)
        else:
            parts = parts_of(source, head=opening, text=text, fields=fields)
    if parts is not None and len(parts) == 1:
        parts = [with_every_key(parts[0], source=source, of={"codecs": list(how.codecs)})]
    if parts is None and how.is_in_long_line:
        raise long_line(how.opening.count("\n") + 1)
    return parts


def dialect_of(how: Written, *, given: Given, fields: Mapping[FieldName, KindName]) -> Dialect:
    """Give the dialect of lines of cells."""
    return sniff(
        how.text, codecs=how.codecs, bom=how.bom, given=given, is_header=lambda rows: is_header(rows, fields=fields)
    )


def odd_parts(
    source: Source,
    *,
    how: Written,
    dialect: Dialect,
    given: Given,
    fields: Mapping[FieldName, KindName],
    is_damaged: Callable[[pl.Series], bool] = is_damaged,
) -> list[Part] | None:
    """Give separated text as parts where reading it as it stands would lose or blur something; None where it is plain.

    Titles before the header or the header again; glued cells; cells that a spreadsheet has damaged; escapes with a
    backslash; no separator that most lines agree on.
    """
    text = how.text
    if dialect.width > WIDTH_AT_MOST:
        return None
    rows = sample_rows(text, delimiter=dialect.delimiter, quote=dialect.quote)
    make = partial(delimited_part, source, dialect=dialect, loose=is_loose(rows, width=dialect.width))
    if given.delimiter is None and given.quote is None:
        lines = Text(source, codecs=how.codecs, bom=how.bom)
        tight = tightened_part(rows, head=text, text=lines, dialect=dialect, fields=fields)
        tight = tight or run_part(lines, head=text, dialect=dialect)
        if tight is not None:
            return [tight]
    if is_escaped(text, dialect=dialect):
        return [make(escaped=True)]
    layout = cache(lambda: settled(make(), fields=fields, given=given))
    is_told = bool(rows) and given.header is not False
    if is_told and told_width(rows, width=dialect.width, fields=fields) != dialect.width:
        return [make()]
    if (
        dialect.header
        and dialect.width > 1
        and is_mended(rows[1:], width=dialect.width, layout=layout, least=len(rows) // 50)
    ):
        return [make()]
    if given.delimiter is None:
        lines = Text(source, codecs=how.codecs, bom=how.bom)
        parts = line_parts(text, text=lines, dialect=dialect, fields=fields)
        if parts is not None:
            return parts
    if is_torn(text, rows, dialect=dialect):
        return [make()]
    skip, header = find_header(rows, width=dialect.width, fields=fields, given=given.header)
    spread = rows[skip:]
    for piece in how.farther:
        spread += sample_rows(piece, delimiter=dialect.delimiter, quote=dialect.quote)[1:]
    if any(is_heading(row, known=heading_words(header or ())) for row in spread):
        return [make()]
    fit = [row for row in rows[skip:] if len(row) == dialect.width][:SAMPLE_ROWS]
    fit += [row for row in spread[len(rows) - skip :] if len(row) == dialect.width]
    again = header is not None and (any(is_same(row, header) for row in fit) or is_side_by_side(header))
    is_late = skip > 1 or (skip == 1 and not dialect.header)
    table = cells_table(fit, width=dialect.width)
    is_odd = is_odd_table(table, header=header, fields=fields, is_damaged=is_damaged)
    if again or is_late or is_odd or is_of_ours(how.codecs):
        return [make()]
    least = len(rows) // 50 if how.probes else 0
    if is_mended(rows[skip:], width=dialect.width, layout=layout, least=least):
        return [make()]
    return None


def is_loose(rows: list[list[str]], *, width: int) -> bool:
    """Say whether rows end in empty cells as they please: no width has half of them, or most have those too many."""
    modal, share = modal_width(rows)
    return share < HALF or modal > width


def is_odd_table(
    table: Sequence[pl.Series],
    *,
    header: Sequence[str] | None,
    fields: Mapping[FieldName, KindName],
    is_damaged: Callable[[pl.Series], bool] = is_damaged,
) -> bool:
    """Say whether the columns of a table are to be read by what their cells hold: some are glued, damaged, marked or parted."""
    return bool(
        to_be_parted(table)
        or any(map(is_damaged, table))
        or any(map(country_of, table))
        or any(map(has_words_for_nothing, table))
        or has_name_in_two(table, header=header, fields=fields)
        or is_mixed(table)
        or is_scattered(table)
        or has_spare(table, header=header)
        or any(is_marked(cells, name=name) for cells, name in zip(table, header or [""] * len(table), strict=True))
    )


def settled(part: Part, *, fields: Mapping[FieldName, KindName], given: Given) -> Layout | None:
    """Give how a part is laid out, or None where it is no table."""
    try:
        return layout_of(part, fields=fields, given={}, header=given.header)
    except RefusedError:
        return None


def is_mended(rows: Sequence[Sequence[str]], *, width: int, layout: Callable[[], Layout | None], least: int) -> bool:
    """Say whether some rows have another number of cells than the others, and most of these can be mended.

    Args:
        layout: asked only where it is needed.
        least: of a large file more than that many must be so, to be worth the slower road.
    """
    # A cell alone tells nobody, whatever is set beside it.
    misfit = sum(1 < len(row) != width for row in rows)
    if misfit <= least:
        return False
    found = layout()
    if found is None:
        return False
    whole = rejoined([list(row) for row in rows], layout=found)
    left = {at: row for at, row in enumerate(whole) if not isinstance(row, Odd) and 1 < len(row) != found.width}
    healed = 2 * (len(rows) - len(whole)) + sum(row is not None for row in mend(left, layout=found).values())
    return healed * 2 > misfit


def every_part(
    source: Source, *, given: Given, fields: Mapping[FieldName, KindName], content: bytes | None = None
) -> list[Part]:
    """Give the tables of a source of any format, for one that is itself a member of something.

    Args:
        content: the whole of it, where its format needs it whole.
    """
    if content is not None:
        from suyuan.trace.formats.parquet import parquet_part, table_of

        return [parquet_part(table_of(content))]
    how = written(source, head=source.head(), given=given)
    parts = structured_parts(source, how=how, given=given, fields=fields)
    if parts is not None:
        return parts
    dialect = dialect_of(how, given=given, fields=fields)
    if dialect.format is DumpFormat.DELIMITED:
        parts = odd_parts(source, how=how, dialect=dialect, given=given, fields=fields)
        if parts is not None:
            return parts
    return [line_part(source, how=how, dialect=dialect)]


def line_part(source: Source, *, how: Written, dialect: Dialect) -> Part:
    """Give lines of cells, or of flat objects, as a part whose rows are read one by one.

    Raises: RefusedError: `trace.format`, objects without a key.
    """
    if dialect.format is not DumpFormat.JSONL:
        return delimited_part(source, dialect=dialect)
    text = Text(source, codecs=how.codecs, bom=how.bom)
    [part] = named(part_of_records("objects", lambda: records_of(json_values(text, is_free=True))))
    return with_every_key(part, source=source, of={"codecs": list(how.codecs), "flat": True})
