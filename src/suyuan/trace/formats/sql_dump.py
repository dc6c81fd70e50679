"""SQL dumps read as text: INSERT and COPY give rows, CREATE TABLE gives names, and nothing is ever executed."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from suyuan.trace.files.coded import unescaped
from suyuan.trace.formats.rows import Odd, Row, Text, unheard
from suyuan.trace.formats.sql_blocks import PlainRows
from suyuan.trace.formats.sql_copy import (
    CSV_COPY,
    STATEMENT_CHARACTERS,
    SqlRow,
    Window,
    copied_cells,
    copied_line,
    copy_mark,
    past,
    uncopied,
)  # fmt: skip
from suyuan.trace.formats.sql_definitions import BARE_MARKS, MARKS, definitions
from suyuan.trace.formats.sql_values import (
    Backslash,
    assigned_at,
    bare_value,
    listed_at,
    row_at,
    unquoted_text,
)  # fmt: skip

HEAD_CHARACTERS: Final = 1 << 16
"""The longest beginning of a statement: its table and the list of its columns."""

NAME = r"""(?:`[^`]{1,128}`|"[^"]{1,128}"|\[[^\]]{1,128}\]|[\w$#]{1,128})"""
QUALIFIED = rf"{NAME}(?:\s*\.\s*{NAME}){{0,3}}"

GAP: Final = r"(?:\s++|/\*(?:[^*]|\*(?!/)){0,1000}\*/|--[^\n]{0,1000}\n)*+"
"""Blanks and comments."""

APART: Final = r"(?:\s|/\*M?!\d{0,6}|/\*\+[^*]{0,200}\*/|\*/)++"
"""Blanks between the words of a statement. What MySQL's comments of versions hold (`/*!40000 IGNORE */`) is read as it
executes it, and hints (`/*+ APPEND */`) are gone past. Not any other comment: what it holds is no statement."""

STARTS = re.compile(
    rf"^[ \t]*(?:/\*M?!\d{{0,6}}\s*)?(?:"
    rf"(?P<insert>(?:(?:INSERT|REPLACE|UPSERT){APART}(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|ALL|OVERWRITE|OR\s+\w+){APART})*(?:INTO{APART})?|INTO{APART})"
    rf"(?:TABLE\s+)?(?P<into>{QUALIFIED})\s*(?:\((?P<columns>[^()]*)\)\s*)?(?:OVERRIDING\s+\w+\s+VALUE\s+)?"
    rf"(?:(?:FORMAT\s+)?VALUES?{GAP}(?=\()|(?P<select>SELECT)\b(?!\s*\*)|(?P<set>SET)\s(?=\s*{NAME}\s*=)))"
    rf"|(?P<update>UPDATE\s+(?:(?:LOW_PRIORITY|IGNORE|ONLY)\s+)*(?P<changed>{QUALIFIED})\s+SET\s(?=\s*{NAME}\s*=))"
    rf"|(?P<copy>COPY\s+(?P<from>{QUALIFIED})\s*(?:\((?P<copied>[^()]*)\)\s*)?FROM\s+stdin\b(?P<options>[^;\n]*);[ \t]*\r?\n)"
    rf"|(?P<create>CREATE\s+(?:\w+\s+){{0,3}}TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<made>{QUALIFIED})\s*\()"
    rf"|(?P<code>DELIMITER\s+(?P<mark>[^\s]+)[^\n]*\n)"
    rf")",
    re.IGNORECASE | re.MULTILINE,
)
BODY = re.compile(r"\b(?:AS|DO|AS\s+E)\s+(\$\w*\$)", re.IGNORECASE)
"""Where the body of stored code begins in PostgreSQL."""
VALUE = re.compile(
    r"""\s*(?:
    (?P<string>(?:_\w+\s*|N|E|B|X|x|b|n|e)?'(?:[^'\\]++|''|\\.)*+')
    |(?P<plain>'(?:[^']++|'')*+')
    |(?P<double>"(?:[^"\\]++|""|\\.)*+")
    |(?P<call>(?:CAST|TO_DATE|TO_TIMESTAMP|STR_TO_DATE)\s*\(\s*N?'(?P<inner>[^'\\]*+)'\s*(?:,|AS\b)(?:[^()']++|'[^'\\]*+'|\([^()']*+\))*+\))
    |(?P<bare>-?[\w.+]++(?:(?:\s+|-)[\w.+]++)*+)
    )\s*(?:::\s*[\w."]+(?:\s+\w+){0,3}(?:\([\d,\s]*\))?(?:\[\])?\s*)*(?P<end>[,)])""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
STANDARD_VALUE = re.compile(
    VALUE.pattern.replace(
        r"(?P<string>(?:_\w+\s*|N|E|B|X|x|b|n|e)?'(?:[^'\\]++|''|\\.)*+')", r"(?P<string>E'(?:[^'\\]++|''|\\.)*+')"
    ).replace(r"(?P<plain>'", r"(?P<plain>(?:_\w+\s*|N|B|X)?'"),
    VALUE.flags,
)
TUPLES = re.compile(r"\s*\((?:[^'\"()\\]++|'(?:[^'\\]++|''|\\.)*+')*+\)\s*,", re.DOTALL)
STANDARD_TUPLES = re.compile(r"\s*\((?:[^'\"()\\]++|'(?:[^'\\]++|'')*+')*+\)\s*,")
"""A row of plain values and the comma after it."""

COLUMN = re.compile(rf"^[^\S\n]*+(?P<name>{NAME})\s+\S", re.MULTILINE)
NO_COLUMNS: Final = frozenset(
    {"primary", "key", "unique", "index", "constraint", "foreign", "check", "fulltext", "spatial", "exclude", "period"}
)


BETWEEN = re.compile(GAP)
COMMENT_CHARACTERS: Final = 1_010
NO_TABLE = re.compile(r"\s*FROM\s+(?:SYS\.)?(?:DUAL|SYSIBM\s*\.\s*SYSDUMMY1|RDB\$DATABASE)\b", re.IGNORECASE)
"""Tables of one row and nothing in it, which some databases want behind SELECT."""
UNION = re.compile(r"\s*UNION(?:\s+(?:ALL|DISTINCT))?\s+SELECT\b", re.IGNORECASE)
SELECT_ENDS: Final = frozenset({"", ";", "union", "where", "go", "on", "limit", "returning", "insert"})


def always(_: str) -> bool:
    """Say yes."""
    return True


def backslash_of(head: str) -> Backslash:
    """Give what a backslash means in a dump, by who wrote it."""
    if re.search(r"\\'", head) or "`" in head or re.search(r"MySQL|MariaDB|phpMyAdmin|ENGINE\s*=", head, re.IGNORECASE):
        is_other = re.search(r"PostgreSQL|standard_conforming_strings\s*=\s*on|SQLite|\[dbo\]", head)
        return Backslash.STANDS if is_other else Backslash.ESCAPES
    return Backslash.STANDS


def sql_rows(
    text: Text,
    *,
    backslash: Backslash,
    tables: dict[str, tuple[str, ...]],
    wanted: Callable[[str], bool] = always,
    rest: Callable[[str], None] = unheard,
) -> Iterator[SqlRow]:
    """Give the rows of every table of a dump, in order.

    Bodies of stored code, between `DELIMITER` lines or dollar quotes, are passed over whole.

    Args:
        tables: is filled with the columns of each CREATE TABLE.
        wanted: whether a table's rows are asked for; of others each statement gives its first alone, or one of several
        that begin alike.
        rest: takes all text that is gone past, but for the rows that come in blocks.
    """
    window = Window(text, rest=rest)
    plain = PlainRows(window)
    while True:
        found = STARTS.search(window.text, window.at)
        if found is None or (found.end() > len(window.text) - HEAD_CHARACTERS and not window.is_over):
            if window.is_over:
                return
            held = len(window.text) - window.at
            if found is None and held > STATEMENT_CHARACTERS:
                window.at = len(window.text) - HEAD_CHARACTERS
            window.more()
            continue
        body = BODY.search(window.text, window.at, found.start())
        window.at = found.end()
        if body is not None and past(window, mark=body[1], start=body.end()):
            continue
        if found["insert"] or found["update"] or found["copy"]:
            yield from statement_rows(found, window=window, plain=plain, backslash=backslash, wanted=wanted)
        elif found["create"]:
            tables[last_name(found["made"])] = created(window, backslash=backslash)
        elif found["mark"] != ";":
            past(window, mark="DELIMITER ;", start=window.at)
        window.head, window.is_after = "", False


def statement_rows(
    found: re.Match[str], *, window: Window, plain: PlainRows, backslash: Backslash, wanted: Callable[[str], bool]
) -> Iterator[SqlRow]:
    """Give the rows of one statement, from where the beginning of it that was found ends."""
    table = last_name(found["into"] or found["changed"] or found["from"])
    listed = found["copied"] if found["copy"] else found["columns"]
    columns = None if listed is None else split_names(listed)
    # No reader can begin anew within a statement but in rows that are wanted, of the forms that are read by rows.
    window.head = None
    if found["update"]:
        yield from assigned(window, table=f"{table} (UPDATE)", backslash=backslash)
    elif found["select"]:
        yield from selected(window, table=table, columns=columns, backslash=backslash)
    elif found["set"]:
        yield from assigned(window, table=table, backslash=backslash)
    elif found["copy"] and CSV_COPY.search(found["options"]):
        yield from copied_cells(window, table=table, columns=columns, options=found["options"])
    else:
        is_enough = not wanted(table)
        window.head = None if is_enough else found[0]
        plain.begin(found[0])
        if found["insert"]:
            yield from inserted(
                window, plain=plain, table=table, columns=columns, backslash=backslash, is_first_enough=is_enough
            )
        else:
            mark = copy_mark(found["options"], usual="\t")
            yield from copied(window, plain=plain, table=table, columns=columns, mark=mark, is_first_enough=is_enough)


def inserted(
    window: Window,
    *,
    plain: PlainRows,
    table: str,
    columns: tuple[str, ...] | None,
    backslash: Backslash,
    is_first_enough: bool,
) -> Iterator[SqlRow]:
    """Give the rows of one INSERT, and of those behind it that begin alike; or the first and then nothing more than where it ends."""
    value = VALUE if backslash is Backslash.ESCAPES else STANDARD_VALUE
    tuples = TUPLES if backslash is Backslash.ESCAPES else STANDARD_TUPLES
    is_first = True
    while True:
        is_counted = is_first_enough and not is_first
        block = False if is_first and is_first_enough else plain.tuples(backslash=backslash, is_counted=is_counted)
        if block is not False:
            window.is_after = True
            if block is not True:
                yield SqlRow(table=table, columns=columns, row=block)
        else:
            # Whole rows in one step of the pattern; the last is left to be read, for the text may break off in it.
            while is_counted and (found := tuples.match(window.text, window.at)) is not None:
                window.at = found.end()
            cells, end = tuple_at(window.text, window.at, value=value)
            while end is None and len(window.text) - window.at < STATEMENT_CHARACTERS and window.more():
                cells, end = tuple_at(window.text, window.at, value=value)
            if end is None:
                broken = Odd(reason="sql", text=window.text[window.at : window.at + 1_000])
                yield SqlRow(table=table, columns=columns, row=broken)
                window.at = after_broken(window.text, window.at)
                return
            window.at, window.is_after, plain.width = end, True, len(cells)
            if not is_counted:
                yield SqlRow(table=table, columns=columns, row=cells)
        is_first = False
        if not to_next_row(window):
            return
        window.is_after = False


def copied(
    window: Window, *, plain: PlainRows, table: str, columns: tuple[str, ...] | None, mark: str, is_first_enough: bool
) -> Iterator[SqlRow]:
    """Give the rows of one COPY in text format, up to the line `\\.`; or the first alone."""
    is_first = True
    while True:
        is_counted = is_first_enough and not is_first
        block = plain.copied(mark=mark, is_counted=is_counted)
        if block is False:
            line = copied_line(window)
            if line is None:
                return
            if isinstance(line, Odd):
                yield SqlRow(table=table, columns=columns, row=line)
                past(window, mark="\n", start=window.at)
                continue
            if not line:
                continue
            cells = [uncopied(cell) for cell in line.split(mark)]
            plain.width = len(cells)
            if not is_counted:
                yield SqlRow(table=table, columns=columns, row=cells)
        elif block is not True:
            yield SqlRow(table=table, columns=columns, row=block)
        is_first = False


def to_next_row(window: Window) -> bool:
    """Go past blanks, comments and the comma behind a row; False where no further row follows, and the window stays."""
    while True:
        end = BETWEEN.match(window.text, window.at).end()  # type: ignore[union-attr]
        mark = window.text[end : end + 1]
        # A comment may break off with the text at hand.
        if mark in ("", "/", "-") and len(window.text) - end <= COMMENT_CHARACTERS and window.more():
            continue
        if mark in (",", "("):
            window.at = end + (mark == ",")
        return mark in (",", "(")


def selected(window: Window, *, table: str, columns: tuple[str, ...] | None, backslash: Backslash) -> Iterator[SqlRow]:
    """Give the rows of an INSERT whose values stand behind SELECT; none where they are another table's."""
    while True:
        while len(window.text) - window.at < HEAD_CHARACTERS and window.more():
            pass
        cells, end, word = listed_at(window.text, window.at, end=window.at + STATEMENT_CHARACTERS, backslash=backslash)
        follows = NO_TABLE.match(window.text, end)
        if word == "from" and follows is None:
            return
        end = follows.end() if follows is not None else end
        further = UNION.match(window.text, end)
        is_read = word in SELECT_ENDS or further is not None or follows is not None
        row: Row = cells if is_read else Odd(reason="sql", text=window.text[window.at : end][:1_000])
        yield SqlRow(table=table, columns=columns, row=row)
        window.at = further.end() if further is not None else end
        if further is None:
            return


def assigned(window: Window, *, table: str, backslash: Backslash) -> Iterator[SqlRow]:
    """Give the one row of an INSERT or UPDATE with `SET name = value`."""
    while len(window.text) - window.at < HEAD_CHARACTERS and window.more():
        pass
    found, end = assigned_at(window.text, window.at, end=window.at + STATEMENT_CHARACTERS, backslash=backslash)
    text = window.text[window.at : window.at + 1_000]
    window.at = end if found else after_broken(window.text, window.at)
    yield (
        SqlRow(table=table, columns=tuple(found), row=list(found.values()))
        if found
        else SqlRow(table=table, columns=None, row=Odd(reason="sql", text=text))
    )


def after_broken(text: str, at: int) -> int:
    """Give where reading goes on after a row that cannot be read: at the next line."""
    end = text.find("\n", at + 1)
    return len(text) if end < 0 else end


def tuple_at(text: str, at: int, *, value: re.Pattern[str]) -> tuple[list[str], int | None]:
    """Give the cells of `(...)` and where it ends; None where the text breaks off or is no such thing."""
    place = at
    while place < len(text) and text[place].isspace():
        place += 1
    if place < len(text) and text[place] == "(":
        place += 1
        cells: list[str] = []
        while (found := value.match(text, place)) is not None:
            cells.append(cell_of(found, is_standard=value is STANDARD_VALUE))
            place = found.end()
            if found["end"] == ")":
                return cells, place
    # Values that are no literals: the reader that knows them is slower, and asked for these rows alone.
    return row_at(text, at, end=at + STATEMENT_CHARACTERS, backslash=backslash_in(value))


def backslash_in(value: re.Pattern[str]) -> Backslash:
    """Give what a backslash means to a pattern of values."""
    return Backslash.STANDS if value is STANDARD_VALUE else Backslash.ESCAPES


def cell_of(found: re.Match[str], *, is_standard: bool) -> str:
    """Give the text of one value."""
    text = found["string"]
    if text is not None and text[0] == "'" and "\\" not in text and "'" not in (inner := text[1:-1]):
        return inner
    bare = found["bare"]
    if bare is not None:
        return bare if bare[0] in "123456789" else bare_value(bare)
    if found["call"] is not None:
        return found["inner"]
    raw = found["string"] or found["plain"] or found["double"]
    quote = raw[-1]
    start = raw.index(quote)
    if quote == '"':
        return unescaped(raw[1:-1].replace('""', '"'))
    backslash = Backslash.STANDS if is_standard or found["plain"] is not None else Backslash.ESCAPES
    return unquoted_text(raw[start:], prefix=raw[:start], backslash=backslash)


def created(window: Window, *, backslash: Backslash) -> tuple[str, ...]:
    """Give the names of the columns of a CREATE TABLE whose parenthesis is open; none where its end cannot be told."""
    while True:
        follows = STARTS.search(window.text, window.at)
        most = window.at + STATEMENT_CHARACTERS
        end = most if follows is None else min(most, follows.start())
        found = definitions(window.text, window.at, end=end, marks=MARKS[backslash])
        if found is not None or end < len(window.text) or not window.more():
            break
    # No quotes reach over the beginning of the next statement: where they seem to, they are heeded no more.
    found = found or definitions(window.text, window.at, end=end, marks=BARE_MARKS)
    if found is None:
        return ()
    lines, window.at = found
    return tuple(
        name for name in (unquoted(m["name"]) for m in COLUMN.finditer(lines)) if name.lower() not in NO_COLUMNS
    )


def split_names(listed: str) -> tuple[str, ...]:
    """Give the names of a column list."""
    return tuple(unquoted(name) for name in listed.split(","))


def last_name(qualified: str) -> str:
    """Give a table's own name without its schema."""
    return unquoted(re.findall(NAME, qualified)[-1])


def unquoted(name: str) -> str:
    """Give a name without its quotes."""
    return name.strip().strip('`"[]').strip()
