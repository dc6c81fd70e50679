"""SQL dumps read as text: INSERT and COPY give rows, CREATE TABLE gives names, and nothing is ever executed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from suyuan.trace.rows import Odd, Row, Text

STATEMENT_CHARACTERS: Final = 1 << 20
"""How much text one row may take, or one statement that is not read."""

HEAD_CHARACTERS: Final = 1 << 16
"""The longest beginning of a statement: its table and the list of its columns."""

NAME = r"""(?:`[^`]{1,128}`|"[^"]{1,128}"|\[[^\]]{1,128}\]|[\w$#]{1,128})"""
QUALIFIED = rf"{NAME}(?:\s*\.\s*{NAME}){{0,3}}"

STARTS = re.compile(
    rf"^[ \t]*(?:"
    rf"(?P<insert>(?:(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|ALL|OR\s+\w+)\s+)*(?:INTO\s+)?|INTO\s+)"
    rf"(?:TABLE\s+)?(?P<into>{QUALIFIED})\s*(?:\((?P<columns>[^()]*)\)\s*)?(?:OVERRIDING\s+\w+\s+VALUE\s+)?VALUES?\s*(?=\())"
    rf"|(?P<copy>COPY\s+(?P<from>{QUALIFIED})\s*(?:\((?P<copied>[^()]*)\)\s*)?FROM\s+stdin\b[^;\n]*;[ \t]*\r?\n)"
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
    |(?P<call>(?:CAST|CONVERT|TO_DATE|TO_TIMESTAMP|STR_TO_DATE|UNHEX|FROM_UNIXTIME)\s*\((?:[^()']|'(?:[^']|'')*'|\([^()]*\))*\))
    |(?P<bare>[^\s,()'"]+(?:\s+[^\s,()'"]+)*)
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

ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a", "f": "\f", "v": "\v"}
COPY_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))")
COLUMN = re.compile(rf"^\s*(?P<name>{NAME})\s+\S", re.MULTILINE)
NO_COLUMNS: Final = frozenset(
    {"primary", "key", "unique", "index", "constraint", "foreign", "check", "fulltext", "spatial", "exclude", "period"}
)


def always(_: str) -> bool:
    """Say yes."""
    return True


class Backslash(Enum):
    """Whether a backslash escapes within quotes: in MySQL it does, in standard SQL it does not."""

    ESCAPES = 1
    STANDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlRow:
    """One row of a table, with the columns that its statement names, if it does."""

    table: str = field(repr=False)
    columns: tuple[str, ...] | None = field(repr=False)
    row: Row = field(repr=False)


def backslash_of(head: str) -> Backslash:
    """Give what a backslash means in a dump, by who wrote it."""
    if re.search(r"\\'", head) or "`" in head or re.search(r"MySQL|MariaDB|phpMyAdmin|ENGINE\s*=", head, re.IGNORECASE):
        is_other = re.search(r"PostgreSQL|standard_conforming_strings\s*=\s*on|SQLite|\[dbo\]", head)
        return Backslash.STANDS if is_other else Backslash.ESCAPES
    return Backslash.STANDS


class Window:
    """The text under the reader's hands: it grows at its end and is cut at its beginning."""

    __slots__ = ("_pieces", "at", "is_over", "text")

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self.text = ""
        self.at = 0
        self.is_over = False

    def more(self) -> bool:
        """Take another piece, and say whether there was one."""
        for piece in self._pieces:
            # One character before stays, so that the middle of a line is not taken for its beginning.
            before = max(self.at - 1, 0)
            self.text, self.at = self.text[before:] + piece, self.at - before
            return True
        self.is_over = True
        return False


def sql_rows(
    text: Text, *, backslash: Backslash, tables: dict[str, tuple[str, ...]], wanted: Callable[[str], bool] = always
) -> Iterator[SqlRow]:
    """Give the rows of every table of a dump, in order.

    Bodies of stored code, between `DELIMITER` lines or dollar quotes, are passed over whole.

    Args:
        tables: is filled with the columns of each CREATE TABLE.
        wanted: whether a table's rows are asked for; of others each statement gives its first alone.
    """
    window = Window(text.pieces())
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
        if found["insert"]:
            columns = None if found["columns"] is None else split_names(found["columns"])
            table = last_name(found["into"])
            is_wanted = wanted(table)
            yield from inserted(
                window, table=table, columns=columns, backslash=backslash, is_first_enough=not is_wanted
            )
        elif found["copy"]:
            columns = None if found["copied"] is None else split_names(found["copied"])
            yield from copied(window, table=last_name(found["from"]), columns=columns)
        elif found["create"]:
            tables[last_name(found["made"])] = created(window)
        elif found["mark"] != ";":
            past(window, mark="DELIMITER ;", start=window.at)


def past(window: Window, *, mark: str, start: int) -> bool:
    """Go past the next occurrence of a mark; False where it does not come, and the window stays."""
    window.at = start
    while (place := window.text.find(mark, window.at)) < 0:
        window.at = max(window.at, len(window.text) - len(mark))
        if not window.more():
            return False
    window.at = place + len(mark)
    return True


def inserted(
    window: Window, *, table: str, columns: tuple[str, ...] | None, backslash: Backslash, is_first_enough: bool
) -> Iterator[SqlRow]:
    """Give the rows of one INSERT, or the first and then nothing more than where it ends."""
    value = VALUE if backslash is Backslash.ESCAPES else STANDARD_VALUE
    tuples = TUPLES if backslash is Backslash.ESCAPES else STANDARD_TUPLES
    is_first = True
    while True:
        # Whole rows in one step of the pattern; the last is left to be read, for the text may break off in it.
        while is_first_enough and not is_first and (found := tuples.match(window.text, window.at)) is not None:
            window.at = found.end()
        cells, end = tuple_at(window.text, window.at, value=value)
        while end is None and len(window.text) - window.at < STATEMENT_CHARACTERS and window.more():
            cells, end = tuple_at(window.text, window.at, value=value)
        if end is None:
            yield SqlRow(
                table=table, columns=columns, row=Odd(reason="sql", text=window.text[window.at : window.at + 1_000])
            )
            window.at = after_broken(window.text, window.at)
            return
        window.at = end
        if is_first or not is_first_enough:
            yield SqlRow(table=table, columns=columns, row=cells)
        is_first = False
        while not (rest := window.text[window.at : window.at + 64].lstrip()) and window.more():
            pass
        if not rest.startswith(","):
            return
        window.at = window.text.index(",", window.at) + 1


def after_broken(text: str, at: int) -> int:
    """Give where reading goes on after a row that cannot be read: at the next line."""
    end = text.find("\n", at + 1)
    return len(text) if end < 0 else end


def tuple_at(text: str, at: int, *, value: re.Pattern[str]) -> tuple[list[str], int | None]:
    """Give the cells of `(...)` and where it ends; None where the text breaks off or is no such thing."""
    place = at
    while place < len(text) and text[place].isspace():
        place += 1
    if place >= len(text) or text[place] != "(":
        return [], None
    place += 1
    cells: list[str] = []
    while (found := value.match(text, place)) is not None:
        cells.append(cell_of(found, is_standard=value is STANDARD_VALUE))
        place = found.end()
        if found["end"] == ")":
            return cells, place
    return [], None


def cell_of(found: re.Match[str], *, is_standard: bool) -> str:
    """Give the text of one value."""
    text = found["string"]
    if text is not None and text[0] == "'" and "\\" not in text and "'" not in (inner := text[1:-1]):
        return inner
    bare = found["bare"]
    if bare is not None:
        return "" if bare.upper() == "NULL" else bare
    raw = found["string"] or found["plain"] or found["double"]
    if raw is None:
        inner = re.search(r"'((?:[^']|'')*)'", found["call"])
        return inner[1].replace("''", "'") if inner else ""
    quote = raw[-1]
    inner_text = raw[raw.index(quote) + 1 : -1]
    if found["plain"] is not None and (is_standard or "\\" not in inner_text):
        return inner_text.replace("''", "'")
    if quote == '"':
        inner_text = inner_text.replace('""', '"')
    return ESCAPE.sub(lambda m: "'" if m[1] is None else LETTERS.get(m[1], m[1]), inner_text)


def copied(window: Window, *, table: str, columns: tuple[str, ...] | None) -> Iterator[SqlRow]:
    """Give the rows of one COPY in text format, up to the line `\\.`."""
    while True:
        end = window.text.find("\n", window.at)
        while end < 0 and len(window.text) - window.at < STATEMENT_CHARACTERS and window.more():
            end = window.text.find("\n", window.at)
        is_long = end < 0 and not window.is_over
        line = window.text[window.at : end if end >= 0 else len(window.text)].rstrip("\r\n")
        window.at = end + 1 if end >= 0 else len(window.text)
        if is_long:
            yield SqlRow(table=table, columns=columns, row=Odd(reason="long", text=line[:1_000]))
            past(window, mark="\n", start=window.at)
            continue
        if line == "\\." or (end < 0 and not line):
            return
        if line:
            yield SqlRow(table=table, columns=columns, row=[uncopied(cell) for cell in line.split("\t")])


def uncopied(cell: str) -> str:
    """Give the text of a cell of COPY."""
    if cell == "\\N":
        return ""
    if "\\" not in cell:
        return cell
    return COPY_ESCAPE.sub(
        lambda m: chr(int(m[1], 8)) if m[1] else chr(int(m[2], 16)) if m[2] else LETTERS.get(m[3], m[3]), cell
    )


def created(window: Window) -> tuple[str, ...]:
    """Give the names of the columns of a CREATE TABLE whose parenthesis is open."""
    while (found := re.search(r"\)[^()]*;", window.text[window.at : window.at + STATEMENT_CHARACTERS])) is None:
        if len(window.text) - window.at > STATEMENT_CHARACTERS or not window.more():
            return ()
    body = window.text[window.at : window.at + found.start()]
    window.at += found.end()
    return tuple(
        name
        for name in (unquoted(m["name"]) for m in COLUMN.finditer("\n" + split_definitions(body)))
        if name.lower() not in NO_COLUMNS
    )


def split_definitions(body: str) -> str:
    """Give a table's definitions one a line: split at commas outside parentheses and quotes."""
    depth, quote, out = 0, "", []
    for character in body:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        out.append("\n" if character == "," and not depth and not quote else " " if character in "\r\n" else character)
    return "".join(out)


def split_names(listed: str) -> tuple[str, ...]:
    """Give the names of a column list."""
    return tuple(unquoted(name) for name in listed.split(","))


def last_name(qualified: str) -> str:
    """Give a table's own name without its schema."""
    return unquoted(re.findall(NAME, qualified)[-1])


def unquoted(name: str) -> str:
    """Give a name without its quotes."""
    return name.strip().strip('`"[]').strip()
