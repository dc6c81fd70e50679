"""The dump itself, when it is at hand: the same bytes, and in them the cells that the bundle shows.

The file is read by the recorded dialect with Python's own csv and json, block by block, whatever its size. A line
that cannot be read is one unreadable row, and never stops the reading.
"""

import codecs
import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.evidence.bundle import Bundle
from suyuan.evidence.opening import Dialect, DumpFacts
from suyuan.evidence.recount import Recount

BLOCK_BYTES = 4 << 20

LINE_BYTES = 1 << 20
"""A longer line, its line feed not counted, is read as `STAND_IN`; a quoted record of several lines is no longer."""

STAND_IN = b"x" * 131_073
"""One cell too long for the csv module, and no JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpChecked:
    """The dump has the committed digest. `rows` shown rows were found in it as they are shown; 0 for Parquet

    and for what was converted, whose cells cannot be re-read without other tools.
    """

    rows: int
    reread: bool


Row = Mapping[int | str, str]
Wanted = dict[int, dict[int | str, str]]


def check_dump(path: Path, *, bundle: Bundle) -> DumpChecked:
    """Check digest and size of the dump, its counts of rows and of identifiers, and every cell that the bundle shows.

    Raises: VerificationError: another file, or a cell that reads otherwise. RefusedError: no such file.
    """
    facts = bundle.opened.dump
    _verify_digest(path, facts=facts)
    wanted = _wanted(bundle)
    if facts.dialect.format in ("parquet", "converted"):
        return DumpChecked(rows=0, reread=False)
    recount = Recount(bundle)
    readable = unreadable = 0
    for ordinal, row in enumerate(_rows(path, dialect=facts.dialect)):
        if row is None:
            unreadable += 1
        else:
            readable += 1
            recount.take(row)
        expected = wanted.pop(ordinal, None)
        if expected is not None and row is None:
            raise VerificationError(f"dump row {ordinal}: is shown in the bundle and cannot be read")
        if expected is not None and row is not None and any(row.get(at, "") != text for at, text in expected.items()):
            raise VerificationError(f"dump row {ordinal}: reads otherwise than the bundle shows")
    if (readable, unreadable) != (facts.rows, facts.unreadable) or wanted:
        raise VerificationError("dump: has not as many rows as the bundle says")
    recount.require_counted()
    return DumpChecked(rows=len(_wanted(bundle)), reread=True)


def _wanted(bundle: Bundle) -> Wanted:
    """Give the cells that must stand in the dump: those of every channel, and whatever else is shown."""
    columns = {column.field: column.at for column in bundle.opened.dump.columns}
    marked = [field for field in columns if field in bundle.opened.channels]
    wanted: Wanted = {}
    for person in bundle.persons:
        for row, cells in person.rows:
            if not columns.keys() >= cells.keys():
                raise VerificationError(f"dump row {row}: the bundle shows a field that no column holds")
            shown = {field: cells.get(field, "") for field in {*marked, *cells}}
            _want(wanted, row=row, cells={columns[field]: text for field, text in shown.items()})
    for hit in bundle.planted:
        _want(wanted, row=hit.found.row, cells={hit.found.at: hit.found.text})
    return wanted


def _want(wanted: Wanted, *, row: int, cells: dict[int | str, str]) -> None:
    known = wanted.setdefault(row, {})
    if any(known.get(at, text) != text for at, text in cells.items()):
        raise VerificationError(f"dump row {row}: the bundle shows it in two ways")
    known.update(cells)


def _verify_digest(path: Path, *, facts: DumpFacts) -> None:
    digest, size = hashlib.sha256(), 0
    for block in _blocks(path):
        digest.update(block)
        size += len(block)
    if size != facts.size or digest.digest() != facts.sha256:
        raise VerificationError("dump: not the file that was traced (another SHA-256)")


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                yield block
    except FileNotFoundError:
        raise RefusedError("there is no such dump file", code="evidence.dump", hint="check the path") from None
    except (IsADirectoryError, PermissionError):
        raise RefusedError("the dump is no file, or may not be read", code="evidence.dump") from None
    except OSError as error:
        raise UnavailableError(f"the dump could not be read (system error {error.errno})") from None


def _rows(path: Path, *, dialect: Dialect) -> Iterator[Row | None]:
    """Give every data row by its ordinal; None where the dialect cannot read one. A header is no row."""
    lines = _lines(path, dialect=dialect)
    if dialect.format == "jsonl":
        yield from _objects(lines)
        return
    is_header = dialect.header
    for cells in _records(lines, dialect=dialect):
        if is_header:
            is_header = False
        elif cells is None or len(cells) != dialect.width:
            yield None
        else:
            yield dict(enumerate(cells))


class _Held(Iterator[str]):
    """Lines on their way to the csv module, those of the record under way held for a second reading."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._size = 0
        self.lines: list[str] = []

    def __next__(self) -> str:
        line = next(self._lines)
        self.lines.append(line)
        self._size += len(line)
        if self._size > LINE_BYTES:
            raise csv.Error
        return line

    def drop(self) -> list[str]:
        """Give the lines of the record under way, and begin another."""
        lines, self.lines, self._size = self.lines, [], 0
        return lines


def _records(lines: Iterator[str], *, dialect: Dialect) -> Iterator[list[str] | None]:
    """Give the records of separated text, blank lines left out; None where there is none.

    Each line of a record that the csv module refuses is read as a record of its own.
    """
    if len(dialect.delimiter) > 1:
        for line in lines:
            if bare := line.rstrip("\r\n"):
                yield bare.split(dialect.delimiter)
        return
    held = _Held(lines)
    reader = _reader(held, dialect=dialect)
    while True:
        try:
            for row in reader:
                held.drop()
                if row:
                    yield row
            return
        except csv.Error:
            for line in held.drop():
                try:
                    row = next(_reader(iter((line,)), dialect=dialect))
                except csv.Error:
                    yield None
                    continue
                if row:
                    yield row


def _reader(lines: Iterator[str], *, dialect: Dialect) -> Iterator[list[str]]:
    try:
        return csv.reader(
            lines,
            delimiter=dialect.delimiter,
            quotechar=dialect.quote or None,
            quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
            strict=True,
        )
    except (csv.Error, TypeError, ValueError):
        raise VerificationError("dump: cannot be read by the recorded dialect") from None


def _objects(lines: Iterator[str]) -> Iterator[Row | None]:
    """Give the objects of JSON Lines with every value as text, blank lines left out; None where it is no flat one."""
    for line in lines:
        if not line.strip():
            continue
        try:
            record = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
            yield {_whole(key): _text(value) for key, value in record.items()} if isinstance(record, dict) else None
        except (ValueError, RecursionError):
            yield None


def _text(value: object) -> str:
    match value:
        case str():
            return _whole(value)
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            raise ValueError


def _whole(text: str) -> str:
    """Require whole characters: half of a surrogate pair is no text. A UnicodeEncodeError is a ValueError."""
    if not text.isascii():
        text.encode()
    return text


def _lines(path: Path, *, dialect: Dialect) -> Iterator[str]:
    """Give the text of the dump, line by line, each with its end."""
    blocks = _blocks(path)
    first = next(blocks, b"")[dialect.bom :]
    try:
        texts = _texts(_joined(first, blocks), codecs_in_turn=dialect.codecs)
        for text in texts:
            yield from io.StringIO(text, newline="")
    except (LookupError, UnicodeError):
        raise VerificationError("dump: cannot be decoded as recorded") from None


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _texts(blocks: Iterator[bytes], *, codecs_in_turn: tuple[str, ...]) -> Iterator[str]:
    """Decode whole lines: by the first codec that fits a line, else as UTF-8 with replacement characters."""
    if not codecs_in_turn:
        raise LookupError
    first = codecs_in_turn[0]
    if first.startswith("utf-16"):
        decoder = codecs.getincrementaldecoder(first)("strict")
        wide = (decoder.decode(block).encode() for block in blocks)
        yield from (block.decode() for block in _whole_lines(wide))
        return
    for block in _whole_lines(blocks):
        yield _decode(block, codecs_in_turn=codecs_in_turn)


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Give blocks of whole lines, with `STAND_IN` for a line over the limit; the rest of it is never held."""
    rest = b""
    skipping = False
    for given in blocks:
        block = given
        if skipping:
            end = block.find(b"\n")
            if end < 0:
                continue
            block, skipping = block[end:], False
        end = block.rfind(b"\n") + 1
        if end:
            lines = (rest + block[:end]).split(b"\n")
            yield b"\n".join(STAND_IN if len(line) > LINE_BYTES else line for line in lines)
            rest = b""
        rest += block[end:]
        if len(rest) > LINE_BYTES:
            rest, skipping = STAND_IN, True
    yield rest


def _decode(block: bytes, *, codecs_in_turn: tuple[str, ...]) -> str:
    try:
        return block.decode(codecs_in_turn[0])
    except UnicodeDecodeError:
        return "\n".join(_decode_line(line, codecs_in_turn=codecs_in_turn) for line in block.split(b"\n"))


def _decode_line(line: bytes, *, codecs_in_turn: tuple[str, ...]) -> str:
    for codec in codecs_in_turn:
        try:
            return line.decode(codec)
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", "replace")
