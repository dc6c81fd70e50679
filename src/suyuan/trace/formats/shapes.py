"""Which of the odd formats a text is in, told from its head; separated text with one header is none of them."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Final

from suyuan.errors import RefusedError
from suyuan.trace.columns.glued import OF_PEOPLE, to_be_parted
from suyuan.trace.columns.headers import HELD
from suyuan.trace.columns.layout import cells_table
from suyuan.trace.files.csv_rows import text_lines
from suyuan.trace.files.delimited import Utf8Lines
from suyuan.trace.files.dialect import Dialect, choose_delimiter, modal_width, sample_rows, trimmed
from suyuan.trace.files.source import Source
from suyuan.trace.formats import json_rows, line_shapes, markup, sql_dump
from suyuan.trace.formats.candidates import (
    FAIR_SHARE,
    OF_FIELDS,
    ROWS_COUNTED,
    labelled_parts,
    named,
    rows_counted,
    scored,
)
from suyuan.trace.formats.drawn import drawing_of, drawn_rows
from suyuan.trace.formats.fixed_width import fixed_columns, fixed_rows, ruled_columns
from suyuan.trace.formats.json_parts import json_parts, literal_parts, tail_parts
from suyuan.trace.formats.labels import HEAD_LINES, head_lines
from suyuan.trace.formats.paired import paired_part
from suyuan.trace.formats.rows import Odd, Part, Row, Text, part_of_records
from suyuan.trace.formats.serialized import serialized_parts
from suyuan.trace.formats.sql_parts import sql_parts
from suyuan.trace.formats.talk import talk_parts
from suyuan.trace.formats.torn import escaped_rows, mended_records
from suyuan.trace.formats.xml_records import xml_parts, xml_records

GLUED_PENALTY: Final = 0.4

ALL_BUT_A_FEW: Final = 0.98
"""The share of lines that two blanks or more must cut alike to be believed."""

BLANK_DELIMITERS: Final = (",", ";", "|")
BLANK_QUOTE = re.compile(r'^[^"\n]*[,;|][ \t]+"[^"\n]*"[ \t]*(?:[,;|\r]|$)', re.MULTILINE)
"""A quote after a blank: no quote to the csv module, which would leave it in the cell and cut within."""

SQL_HEAD = re.compile(
    r"^\s*(?:--|/\*|#|REM\b|PROMPT\b|SPOOL\b|SET\b|CREATE\b|INSERT\b|REPLACE\b|DROP\b|BEGIN\b|USE\b|COPY\b|LOCK\b|START\b|PRAGMA\b|GO\b|ALTER\b|DELIMITER\b|\\)",
    re.IGNORECASE,
)
CARDS: Final = re.compile(r"(?:[^\n]*+\n){0,9}?\s*BEGIN:VCARD\b", re.IGNORECASE)
PAGE = re.compile(r"<(?:html|body|div|li|p|span)\b", re.IGNORECASE)
WIKI = re.compile(r"^\{\|[^\n]*\n(?:[ \t]*(?:\||!)[^\n]*\n)*?[ \t]*\|-", re.MULTILINE)

JSON_HEAD: Final = re.compile(r'\{|"\{|\[(?:\s|//[^\n]*\n)*(?:["\'{\[\]]|-?\d[\d.]*\s*[,\]]|(?:true|false|null)\b)')
"""How JSON begins; a bracket with a date or a word in it is the beginning of a line of a log."""

LINES_BEFORE_SQL: Final = 20
STATEMENTS_ENOUGH: Final = 3


def parts_of(source: Source, *, head: str, text: Text, fields: OF_FIELDS) -> list[Part] | None:
    """Give the tables of a text in a format that names its own structure, or None if it is lines of cells.

    Raises: RefusedError: `trace.format`, JSON or SQL in which no table is found.
    """
    bare = head.lstrip("\ufeff \t\r\n\x1e")
    if bare[:1] in ("(", "[") and (lists := literal_parts(bare, text=text, fields=fields)) is not None:
        return lists
    if WIKI.search(bare):
        return [Part(name="table", names=None, rows=partial(markup.wiki_rows, text))]
    if JSON_HEAD.match(bare):
        return json_parts(head, text=text, fields=fields, skip=len(head) - len(bare))
    if (script := json_rows.SCRIPT.match(head)) is not None:
        try:
            return json_parts(head, text=text, fields=fields, skip=script.end())
        except RefusedError:
            # Words before a bracket need not be a program's.
            pass
    if is_sql(bare):
        return sql_parts(head, text=text, source=source)
    if (values := serialized_parts(bare, text=text, fields=fields)) is not None:
        return values
    if bare[:5] == "<?php":
        return labelled_parts(head, text=text, fields=fields)
    if bare[:1] == "<":
        return markup_parts(bare, text=text, source=source, fields=fields)
    if CARDS.match(bare):
        return named(part_of_records("cards", lambda: line_shapes.vcards(text)))
    if (drawing := drawing_of(head)) is not None:
        return [Part(name="table", names=None, rows=partial(drawn_rows, text, drawing=drawing))]
    talk = talk_parts(head, text=text, fields=fields)
    return talk or tail_parts(bare, text=text, fields=fields) or labelled_parts(head, text=text, fields=fields)


def is_sql(bare: str) -> bool:
    """Say whether a head is of a SQL dump: by its first word, or by the statements that begin its lines."""
    first = sql_dump.STARTS.search(bare)
    if first is None:
        return False
    if SQL_HEAD.match(bare) or bare.count("\n", 0, first.start()) < LINES_BEFORE_SQL:
        return True
    return sum(1 for _ in islice(sql_dump.STARTS.finditer(bare), STATEMENTS_ENOUGH)) == STATEMENTS_ENOUGH


def markup_parts(bare: str, *, text: Text, source: Source, fields: OF_FIELDS) -> list[Part]:
    """Give the tables of HTML or XML.

    Raises: RefusedError: `trace.format`, neither a table nor records in it.
    """
    if re.search(r"<(?:\w+:)?(?:tr|row)\b[^>]*>\s*<(?:\w+:)?(?:td|th|cell)\b", bare, re.IGNORECASE):
        table = Part(name="table", names=None, rows=partial(markup.table_rows, text))
        return [paired_part(table, fields=fields) or table]
    if not PAGE.search(bare):
        return xml_parts(text, source=source) or named(None)
    records = part_of_records("records", partial(xml_records, text))
    page = markup.Page(text)
    seen = labelled_parts("\n".join(islice(page.lines(), HEAD_LINES)), text=page, fields=fields)
    if seen is not None and (records is None or is_better(seen[0], records, fields=fields)):
        return seen
    return named(records)


def is_better(one: Part, other: Part, *, fields: OF_FIELDS) -> bool:
    """Say whether a table has more rows than another, or about as many that tell more of people."""
    rows, others = rows_counted(one), rows_counted(other)
    return rows > others or (rows * 5 >= others * 4 and scored(one, fields=fields) > scored(other, fields=fields))


def line_parts(head: str, *, text: Text, dialect: Dialect, fields: OF_FIELDS) -> list[Part] | None:
    """Give the table of lines that no separator cuts well: fixed widths, runs of blanks, glued cells.

    None where the separator of the dialect does, or nothing else finds more.
    """
    rows = sample_rows(head, delimiter=dialect.delimiter, quote=dialect.quote)
    width, share = modal_width([trimmed(row, width=dialect.width) for row in rows])
    is_broken = sum(not row for row in rows) * 5 > len(rows)
    lines = [line for line in head_lines(head) if line.strip()]
    quoted = quoted_part(lines, text=text, is_broken=is_broken)
    if quoted is not None and scored(quoted, fields=fields) > 0:
        return [quoted]
    if is_broken or (width > 1 and share >= FAIR_SHARE):
        return None
    candidates = [Part(name="lines", names=None, rows=partial(line_shapes.whole_line_rows, text))]
    told: list[Part] = []
    if line_shapes.is_in_blocks(head):
        candidates.insert(0, Part(name="blocks", names=None, rows=partial(line_shapes.block_rows, text)))
    held = [line for line in lines if OF_PEOPLE.search(line)]
    held = held if len(held) * 5 >= len(lines) * 2 else [line for line in lines if HELD.search(line)]
    for wide in (True, False):
        # Of a printed report only the lines with numbers tell where columns begin: titles and rules do not.
        ruled = ruled_columns(lines, wide=wide)
        columns = ruled or fixed_columns(lines, wide=wide)
        if columns is None and len(held) * 5 >= len(lines) * 2:
            others = [line for line in lines if not OF_PEOPLE.search(line)]
            columns = fixed_columns(held, wide=wide, others=others)
        if columns is not None:
            rows_of = partial(fixed_rows, text, columns=columns)
            candidates.insert(0, Part(name="fixed width", names=None, rows=rows_of))
            is_told = ruled is not None or columns.firm
            told += candidates[:1] if is_told and agreeing(candidates[0]) >= FAIR_SHARE else []
    spaced = modal_width([line.split() for line in lines])
    if spaced[0] > 1 and spaced[1] >= 0.9:
        candidates.insert(0, Part(name="blanks", names=None, rows=partial(line_shapes.split_lines, text, separator="")))
    # One blank stands within a name where two part columns.
    cut = [line_shapes.APART.split(line.strip()) for line in lines]
    apart = modal_width(cut)
    if apart[0] > 1 and apart[1] >= 0.9 and apart != spaced:
        candidates.insert(0, Part(name="blanks", names=None, rows=partial(line_shapes.apart_lines, text)))
        table = cells_table([row for row in cut if len(row) == apart[0]], width=apart[0])
        told += candidates[:1] if apart[1] >= ALL_BUT_A_FEW and not to_be_parted(table) else []
    # What a separator or a place cuts is sure; what is taken apart by content must show more to be preferred.
    # Dashes under a header, numbers at one place in all lines, or wider gaps than those within names, say where the columns are, whatever stands in them.
    scores = [
        scored(part, fields=fields) * (1.0 if part in told else agreeing(part)) + (part in told) * GLUED_PENALTY
        for part in candidates
    ]
    scores[-1] -= GLUED_PENALTY
    best = max(range(len(candidates)), key=lambda place: scores[place])
    return [candidates[best]] if scores[best] > 0 else None


def agreeing(part: Part) -> float:
    """Give the share of a part's first rows that can be read and have as many cells as most.

    Of a report whose titles, rules and totals come again on every page only the rows with somebody's number or mailbox
    have a say, where most have one.
    """
    rows = list(islice(part.rows(), ROWS_COUNTED))
    telling = [row for row in rows if OF_PEOPLE.search(row.text if isinstance(row, Odd) else "\t".join(row))]
    said = telling if len(telling) * 2 > len(rows) else rows
    return modal_width([[] if isinstance(row, Odd) else row for row in said])[1]


def quoted_part(lines: Sequence[str], *, text: Text, is_broken: bool) -> Part | None:
    """Give the table of lines each in quotes as a whole, or of quoted cells that blanks part; None where they are neither."""
    bare = [line_shapes.unwrapped(line) for line in lines]
    if sum(one != line for one, line in zip(bare, lines, strict=True)) * 5 >= len(lines) * 4:
        inner = "\n".join(bare) + "\n"
        delimiter = choose_delimiter(inner, quote='"', given=None)
        if modal_width(sample_rows(inner, delimiter=delimiter, quote='"' if len(delimiter) == 1 else ""))[0] > 1:
            rows_of = partial(line_shapes.unwrapped_rows, text, delimiter=delimiter)
            return Part(name="quoted lines", names=None, rows=rows_of, delimiter=delimiter)
    if is_broken:
        width, share = modal_width(sample_rows("\n".join(lines) + "\n", delimiter=" ", quote='"'))
        if width > 1 and share >= 0.9:
            return Part(name="quoted cells", names=None, rows=partial(line_shapes.blank_quoted_rows, text, width=width))
    return None


def tightened_part(
    rows: Sequence[Sequence[str]], *, head: str, text: Text, dialect: Dialect, fields: OF_FIELDS
) -> Part | None:
    """Give the table of separated text with blanks around its quotes; None where there are none, or it is no better."""
    is_broken = sum(not row for row in rows) * 5 > len(rows)
    if dialect.quote != '"' or dialect.delimiter not in BLANK_DELIMITERS or not (is_broken or BLANK_QUOTE.search(head)):
        return None
    read = partial(line_shapes.tightened_rows, text, delimiter=dialect.delimiter)
    part = Part(name="rows", names=None, rows=read, delimiter=dialect.delimiter)
    is_better = rows_counted(part) * 2 > min(ROWS_COUNTED, len(rows)) and scored(part, fields=fields) > 0
    return part if is_better else None


def delimited_part(
    source: Source, *, dialect: Dialect, name: str = "rows", escaped: bool = False, loose: bool = False
) -> Part:
    """Give separated text as a part, header and all.

    Args:
        loose: rows end in empty cells as they please.
    """
    rows_of = partial(delimited_rows, source, dialect=dialect, escaped=escaped, loose=loose)
    return Part(name=name, names=None, rows=rows_of, delimiter=dialect.delimiter)


def delimited_rows(source: Source, *, dialect: Dialect, escaped: bool, loose: bool) -> Iterator[Row]:
    """Give the rows of separated text.

    Args:
        escaped: a backslash takes the next character literally, as MySQL's and Hive's exports write it.
        loose: empty cells beyond the dialect's width are left off.
    """
    lines = Utf8Lines(source, dialect=dialect)
    plain = partial(mended_records, text_lines(iter(lines)))
    rows = escaped_rows(lines, dialect=dialect) if escaped else plain(dialect=dialect)
    for row in rows:
        yield trimmed(row, width=dialect.width) if loose and not isinstance(row, Odd) else row


def run_part(text: Text, *, head: str, dialect: Dialect) -> Part | None:
    """Give the table of lines whose separator is longer in some than in others; None where it never is."""
    if not line_shapes.has_longer_runs(head, separator=dialect.delimiter):
        return None
    rows_of = partial(line_shapes.run_lines, text, separator=dialect.delimiter)
    return Part(name="rows", names=None, rows=rows_of, delimiter=dialect.delimiter)


def is_escaped(head: str, *, dialect: Dialect) -> bool:
    """Say whether separated text escapes with a backslash: `\\N` for no value, or `\\"` within quotes."""
    if len(dialect.delimiter) > 1 or "\\" not in head:
        return False
    mark = re.escape(dialect.delimiter)
    if re.search(rf"(?:^|{mark})\\N(?={mark}|\r?$)", head, re.MULTILINE):
        return True
    return (
        dialect.quote == '"'
        and re.search(rf'(?:^|{mark})"[^"\n]*\\"[^"\n]*(?:\\"[^"\n]*)*"(?={mark}|\r?$)', head, re.MULTILINE) is not None
    )
