"""The bulk path reads the very cells that Python's csv module reads, or declines."""

import csv
import io
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from suyuan.terms import FieldName
from suyuan.trace.dump import Body
from suyuan.trace.files.cells import DECLINED, Cut, Declined, Shape, cut
from suyuan.trace.files.delimited import Utf8Lines, read_bulk, read_delimited, read_slowly
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.source import Source

NASTY = st.text(alphabet=st.sampled_from(list('ab"",,\n\n\r |;张é😀\x00 ')), max_size=60)
CELL = st.text(alphabet=st.sampled_from(list('abcdefghijklmnop",\n\r 张三é😀')), max_size=20)


def csv_rows(text: str, *, quote: str = '"') -> list[list[str]] | None:
    """The definition: what the standard library reads, blank lines left out; None if it raises."""
    try:
        quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
        reader = csv.reader(io.StringIO(text, newline=""), quotechar=quote or None, quoting=quoting, strict=True)
        return [row for row in reader if row]
    except csv.Error:
        return None


def of_width(rows: list[list[str]], *, width: int) -> tuple[list[int], list[list[str]]]:
    fit = [(place, row) for place, row in enumerate(rows) if len(row) == width]
    return [place for place, _ in fit], [row for _, row in fit]


def cut_rows(part: Cut) -> list[list[str]]:
    return [list(row) for row in zip(*(column.to_list() for column in part.columns), strict=True)]


@given(NASTY, st.sampled_from(['"', ""]), st.integers(1, 4))
def test_a_block_is_cut_as_csv_reads_it_or_declined(text: str, quote: str, width: int) -> None:
    shape = Shape(delimiter=ord(","), quote=ord(quote) if quote else None, width=width, wanted=tuple(range(width)))
    part = cut(text.encode(), shape=shape, final=True)
    if isinstance(part, Declined):
        return
    rows = csv_rows(text, quote=quote)
    assert rows is not None
    ordinals, fit = of_width(rows, width=width)
    assert part.records == len(rows)
    assert part.ordinals.tolist() == ordinals
    assert cut_rows(part) == fit


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_wrote_is_never_declined(rows: list[list[str]], end: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(
        [[cell.replace("\r", "") for cell in row] for row in rows]
    )
    shape = Shape(delimiter=ord(","), quote=ord('"'), width=3, wanted=(0, 1, 2))
    part = cut(out.getvalue().encode(), shape=shape, final=True)
    assert part is not DECLINED
    assert isinstance(part, Cut)
    assert cut_rows(part) == (csv_rows(out.getvalue()) or [])


class Pieces(Utf8Lines):
    """The text in blocks of few lines, so that quoted line ends fall between blocks."""

    def __init__(self, text: str, *, lines_a_block: int) -> None:
        super().__init__(Source(Path("unread")), dialect=Dialect(format=DumpFormat.DELIMITED))
        self.lines = text.encode().splitlines(keepends=True) if "\r" not in text else [text.encode()]
        self.lines_a_block = lines_a_block

    def __iter__(self):  # type: ignore[no-untyped-def]
        for start in range(0, len(self.lines), self.lines_a_block):
            yield b"".join(self.lines[start : start + self.lines_a_block])


def rows_of(body: Body) -> tuple[list[tuple[object, ...]], int]:
    tables = [table for table in body.batches if table.height]
    return (pl.concat(tables).rows() if tables else []), body.unreadable


@given(
    st.text(alphabet=st.sampled_from(list('ab"",,\n\n张')), max_size=80),
    st.integers(1, 3),
    st.booleans(),
    st.integers(1, 3),
)
def test_blocks_and_headers_change_nothing(text: str, width: int, header: bool, lines_a_block: int) -> None:
    dialect = Dialect(format=DumpFormat.DELIMITED, delimiter=",", quote='"', header=header, width=width)
    fields = {index: FieldName(f"f{index}") for index in range(width)}
    pieces = Pieces(text, lines_a_block=lines_a_block)
    bulk = read_bulk(pieces, dialect=dialect, fields=fields)
    if isinstance(bulk, Declined):
        return
    assert rows_of(bulk) == rows_of(read_slowly(pieces, dialect=dialect, fields=fields))


@given(NASTY)
def test_a_file_reads_as_the_csv_module_reads_it(tmp_path_factory, text: str) -> None:  # type: ignore[no-untyped-def]
    rows = csv_rows(text)
    if rows is None or not rows:
        return
    path = tmp_path_factory.mktemp("dump") / "dump.csv"
    path.write_bytes(text.encode())
    width = max(map(len, rows))
    dialect = Dialect(format=DumpFormat.DELIMITED, delimiter=",", quote='"', width=width)
    fields = {index: FieldName(f"f{index}") for index in range(width)}
    read, unreadable = rows_of(read_delimited(Source(path), dialect=dialect, fields=fields))
    ordinals, fit = of_width(rows, width=width)
    assert read == [(place, *row) for place, row in zip(ordinals, fit, strict=True)]
    assert unreadable == len(rows) - len(fit)
