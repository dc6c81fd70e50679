"""SQL dumps read as text: INSERT and COPY give rows, CREATE TABLE gives names, and nothing is ever executed."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from suyuan.trace.formats.rows import Odd, Row, Text, unheard
from suyuan.trace.formats.sql_blocks import PlainRows
from suyuan.trace.formats.sql_copy import (
    CSV_COPY,
    OPENING,
    OPENING_CHARACTERS,
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
from suyuan.trace.formats.sql_torn import torn_rows
from suyuan.trace.formats.sql_tuples import (
    GAP,
    STANDARD_TUPLES,
    STANDARD_VALUE,
    TUPLES,
    VALUE,
    past_blanks,
    to_next_row,
    tuple_at,
)  # fmt: skip
from suyuan.trace.formats.sql_values import Backslash, assigned_at, listed_at

HEAD_CHARACTERS: Final = 1 << 16
"""The longest beginning of a statement: its table and the list of its columns."""

NAME = r"""(?:`[^`]{1,128}`|"[^"]{1,128}"|\[[^\]]{1,128}\]|[\w$#]{1,128})"""
QUALIFIED = rf"{NAME}(?:\s*\.\s*{NAME}){{0,3}}"

APART: Final = r"(?:\s|/\*M?!\d{0,6}|/\*\+[^*]{0,200}\*/|\*/)++"
"""Blanks between the words of a statement. What MySQL's comments of versions hold (`/*!40000 IGNORE */`) is read as it
executes it, and hints (`/*+ APPEND */`) are gone past. Not any other comment: what it holds is no statement."""

LOGGED: Final = (
    r"(?:\d{1,9}[.:)]?[ \t]++(?!\d)|(?:mysql|mariadb|sqlite|sql)(?:[ ]\[\w{0,64}\])?>[ \t]*+|\w{1,64}=[#>][ \t]*+"
    r"|[^'\"\n(]{0,100}?[ \t]Query\t[ \t]*+)??"
)
"""What a server's log, a client's prompt or the number of a line puts before a statement."""

STARTS = re.compile(
    rf"^[ \t]*{LOGGED}(?:/\*M?!\d{{0,6}}\s*)?(?:"
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
COLUMN = re.compile(rf"^[^\S\n]*+(?P<name>{NAME})\s+\S", re.MULTILINE)
NO_COLUMNS: Final = frozenset(
    {"primary", "key", "unique", "index", "constraint", "foreign", "check", "fulltext", "spatial", "exclude", "period"}
)


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
        that begin alike. It is asked before every row, or every block of rows.
        rest: takes all text that is gone past, but for the rows that come in blocks.
    """
    is_whole = text.is_entered
    window = Window(text, rest=rest)
    # What stands before the first statement is read together with it.
    window.head = "" if is_whole else None
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
        if not (is_whole or window.at) and found["insert"] and not (found["select"] or found["set"]):
            torn = torn_rows(window.text[: found.start()], follows=window.text, at=found.end(), backslash=backslash)
            for row in torn:
                yield SqlRow(table=last_name(found["into"]), columns=columns_in(found), row=row)
        is_whole = True
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
    columns = columns_in(found)
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
        window.head = found[0] if wanted(table) else None
        plain.begin(found[0])
        if found["insert"]:
            yield from inserted(window, plain=plain, table=table, columns=columns, backslash=backslash, wanted=wanted)
        else:
            mark = copy_mark(found["options"], usual="\t")
            yield from copied(window, plain=plain, table=table, columns=columns, mark=mark, wanted=wanted)


def inserted(
    window: Window,
    *,
    plain: PlainRows,
    table: str,
    columns: tuple[str, ...] | None,
    backslash: Backslash,
    wanted: Callable[[str], bool],
) -> Iterator[SqlRow]:
    """Give the rows of one INSERT, and of those behind it that begin alike; or the first and then nothing more than where it ends."""
    value = VALUE if backslash is Backslash.ESCAPES else STANDARD_VALUE
    tuples = TUPLES if backslash is Backslash.ESCAPES else STANDARD_TUPLES
    is_first = True
    while True:
        is_enough = not wanted(table)
        is_counted = is_enough and not is_first
        block = False if is_first and is_enough else plain.tuples(backslash=backslash, is_counted=is_counted)
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
    window: Window,
    *,
    plain: PlainRows,
    table: str,
    columns: tuple[str, ...] | None,
    mark: str,
    wanted: Callable[[str], bool],
) -> Iterator[SqlRow]:
    """Give the rows of one COPY in text format, up to the line `\\.`; or the first alone."""
    is_first = True
    while True:
        is_counted = not (is_first or wanted(table))
        block = plain.copied(mark=mark, is_counted=is_counted)
        if block is False:
            if is_ended(window, width=len(columns) if columns else plain.width, mark=mark):
                return
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
            plain.width = len(columns or cells)
            if not is_counted:
                yield SqlRow(table=table, columns=columns, row=cells)
        elif block is not True:
            yield SqlRow(table=table, columns=columns, row=block)
        is_first = False


def is_ended(window: Window, *, width: int, mark: str) -> bool:
    """Say whether a COPY whose line `\\.` is missing ends here: another statement begins, behind remarks or at once, and no row of its width."""
    while len(window.text) - window.at < OPENING_CHARACTERS and window.more():
        pass
    if width < 2 or not OPENING.match(window.text, window.at):
        return False
    while len(window.text) - window.at < HEAD_CHARACTERS and window.more():
        pass
    # Just so much, however the text comes.
    ahead = window.text[window.at : window.at + HEAD_CHARACTERS]
    is_row = ahead.partition("\n")[0].count(mark) == width - 1
    begins = ahead.rfind("\n", 0, past_blanks(ahead, 0)) + 1
    return not is_row and STARTS.match(ahead, begins) is not None


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


def columns_in(found: re.Match[str]) -> tuple[str, ...] | None:
    """Give the columns that the beginning of a statement names, if it does."""
    listed = found["copied"] if found["copy"] else found["columns"]
    return None if listed is None else split_names(listed)


def split_names(listed: str) -> tuple[str, ...]:
    """Give the names of a column list."""
    return tuple(unquoted(name) for name in listed.split(","))


def last_name(qualified: str) -> str:
    """Give a table's own name without its schema."""
    return unquoted(re.findall(NAME, qualified)[-1])


def unquoted(name: str) -> str:
    """Give a name without its quotes."""
    return name.strip().strip('`"[]').strip()
