"""The tables of a SQL dump: which there are, under which columns, and their rows."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Final

from suyuan.crypto.canonical import Json
from suyuan.errors import RefusedError
from suyuan.trace.files.source import Source
from suyuan.trace.formats.rows import Block, Odd, Part, Row, Text, empty_column, one_by_one, part_of_pieces
from suyuan.trace.formats.sql_copy import SqlRow
from suyuan.trace.formats.sql_dump import backslash_of, sql_rows
from suyuan.trace.formats.sql_values import Backslash

HEAD_ROWS, HEADS_AT_MOST = 500, 100_000
"""Rows at the head of each table that are kept while the tables are looked for, and of all tables together."""

MANY: Final = 16
"""Tables from which their columns are told from these rows alone: else the text is gone through once more for each."""


def sql_parts(head: str, *, text: Text, source: Source) -> list[Part]:
    """Give the tables of a SQL dump, after a look at every row of it.

    Raises: RefusedError: `trace.format`, no INSERT and no COPY in it.
    """
    backslash = backslash_of(head)
    heads = Heads()
    found = source.found(
        "tables",
        of={"backslash": backslash.name, "codecs": list(text.codecs)},
        make=lambda: every_table(text, backslash=backslash, heads=heads),
    )
    laid, unread = (found.get("columns"), found.get("unread")) if isinstance(found, dict) else ({}, 0)
    columns = {
        table: tuple(map(str, names)) for table, names in (laid if isinstance(laid, dict) else {}).items()
        if isinstance(names, list)
    }  # fmt: skip
    if not columns and unread:
        raise RefusedError(
            "the SQL dump holds rows, and none of them can be read",
            code="trace.format",
            hint="load it into a database and export the table as CSV",
        )
    if not columns:
        raise RefusedError(
            "the SQL dump holds no rows", code="trace.header-only", hint="check that the export finished"
        )
    return [
        replace(
            part_of_pieces(
                table, names, partial(table_pieces, text=text, table=table, names=names, backslash=backslash)
            ),
            first=heads.rows(table, names=names, is_of_many=len(columns) > MANY),
        )
        for table, names in columns.items()
    ]


class Heads:
    """The first rows of every table, as far as there is room for them."""

    __slots__ = ("_is_full", "_left", "_rows", "_sizes")

    def __init__(self) -> None:
        self._rows: dict[str, list[SqlRow]] = {}
        self._sizes: dict[str, int] = {}
        self._left = HEADS_AT_MOST
        self._is_full = False

    def wants(self, table: str) -> bool:
        """Say whether more rows of a table are to be kept."""
        if self._sizes.get(table, 0) >= HEAD_ROWS:
            return False
        self._is_full = self._is_full or self._left <= 0
        return not self._is_full

    def take(self, row: SqlRow) -> None:
        """Keep rows of a table, where they are wanted."""
        if self.wants(row.table):
            piece = row if not isinstance(row.row, Block) else replace(row, row=row.row[:HEAD_ROWS])
            size = len(piece.row) if isinstance(piece.row, Block) else 1
            self._rows.setdefault(row.table, []).append(piece)
            self._sizes[row.table] = self._sizes.get(row.table, 0) + size
            self._left -= size

    def rows(self, table: str, *, names: tuple[str, ...], is_of_many: bool) -> tuple[Row, ...] | None:
        """Give the first rows of a table, each in the order of `names`; None where they are not known, or too few to tell.

        Args:
            is_of_many: some of the rows are enough.
        """
        is_whole = 0 < self._sizes.get(table, 0) < HEAD_ROWS and not self._is_full
        if not is_whole and not (is_of_many and self._sizes.get(table, 0) >= HEAD_ROWS):
            return None
        pieces = (piece for row in self._rows[table] for piece in ordered(row, names=names))
        return tuple(islice(one_by_one(pieces), HEAD_ROWS))


def every_table(text: Text, *, backslash: Backslash, heads: Heads) -> Json:
    """Give the columns of every table, and how many rows cannot be read of those that are looked at.

    Args:
        heads: takes the first rows of each.
    """
    tables: dict[str, tuple[str, ...]] = {}
    columns: dict[str, dict[str, None] | int] = {}
    unread = 0
    for row in sql_rows(text, backslash=backslash, tables=tables, wanted=heads.wants):
        heads.take(row)
        width = len(row.row.columns) if isinstance(row.row, Block) else 0 if isinstance(row.row, Odd) else len(row.row)
        if not width:
            unread += 1
        elif row.columns is not None:
            # A later statement may name columns that the first did not.
            held = columns.setdefault(row.table, {})
            if isinstance(held, dict):
                held.update(dict.fromkeys(row.columns))
        elif row.table not in columns:
            names = tables.get(row.table, ())
            columns[row.table] = dict.fromkeys(names) if len(set(names)) == width else width
    laid: dict[str, Json] = {
        table: [""] * names if isinstance(names, int) else list(names) for table, names in columns.items()
    }
    return {"columns": laid, "unread": unread}


def table_pieces(
    rest: Callable[[str], None], *, text: Text, table: str, names: tuple[str, ...], backslash: Backslash
) -> Iterator[Row | Block]:
    """Give the rows of one table, alone and in blocks, each in the order of `names`."""
    for found in sql_rows(text, backslash=backslash, tables={}, wanted=table.__eq__, rest=rest):
        if found.table == table:
            yield from ordered(found, names=names)


def ordered(found: SqlRow, *, names: tuple[str, ...]) -> Iterator[Row | Block]:
    """Give a row, or several, in the order of `names`."""
    if found.columns in (None, names) or isinstance(found.row, Odd):
        yield found.row
        return
    if isinstance(found.row, Block) and len(found.row.columns) == len(found.columns or ()):
        yield in_order(found.row, columns=found.columns or (), names=names)
        return
    for row in found.row.rows() if isinstance(found.row, Block) else (found.row,):
        if len(row) != len(found.columns or ()):
            yield Odd(reason="width", text="\t".join(row))
            continue
        cells = dict(zip(found.columns or (), row, strict=True))
        yield [cells.get(name, "") for name in names]


def in_order(block: Block, *, columns: tuple[str, ...], names: tuple[str, ...]) -> Block:
    """Give a block's columns in the order of `names`; one that it has not is empty."""
    cells = dict(zip(columns, block.columns, strict=True))
    empty = empty_column(len(block))
    return replace(block, columns=tuple(cells.get(name, empty) for name in names))
