"""Files and folders to look through: tables by their form, everything else that is text as text, the rest by name."""

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import orjson
import polars as pl

from suyuan.adapters.scanning.text import blocks, encoding_of, probe
from suyuan.discovery.ports import Part, TablePart, TextPart, UnreadPart
from suyuan.errors import RefusedError

ROWS_PER_BATCH: Final = 10_000
_SQLITE: Final = b"SQLite format 3\x00"
_PARQUET: Final = b"PAR1"
_TABLES: Final = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".psv": "|"}
_DELIMITERS: Final = ",\t;|"
_SKIPPED: Final = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__"})
_CELL_AT_MOST: Final = 1 << 20


class FileSource:
    """A file, or a folder with all below it; links are not followed out of it."""

    def __init__(self, path: Path) -> None:
        """Take what is to be looked through.

        Raises: RefusedError `file.missing`: it is not there.
        """
        if not path.exists():
            raise RefusedError(f"{path.name}: there is no such file or folder", code="file.missing")
        self._path = path

    def parts(self) -> Iterator[Part]:
        """Give the parts by path."""
        if self._path.is_file():
            yield from _parts(self._path, place=self._path.name)
            return
        for path in sorted(self._path.rglob("*")):
            inside = path.relative_to(self._path)
            if path.is_file() and not path.is_symlink() and not _SKIPPED & set(inside.parts):
                yield from _parts(path, place=str(inside))


def _parts(path: Path, *, place: str) -> Iterator[Part]:
    """Give the parts of one file, by what it holds and then by its name."""
    try:
        head = probe(path)
        if head.startswith(_SQLITE):
            yield from _sqlite(path, place=place)
        elif head.startswith(_PARQUET):
            yield _parquet(path, place=place)
        else:
            yield _text(path, place=place, head=head)
    except (OSError, EOFError, pl.exceptions.PolarsError, sqlite3.Error) as error:
        yield UnreadPart(place=place, reason=f"cannot be read: {type(error).__name__}")


def _text(path: Path, *, place: str, head: bytes) -> Part:
    if not head.strip():
        return UnreadPart(place=place, reason="empty")
    encoding = encoding_of(head)
    if not encoding:
        return UnreadPart(place=place, reason="neither text nor a table that is known")
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    if suffix in _TABLES and (delimiter := _delimiter(head, encoding=encoding, usual=_TABLES[suffix])):
        return TablePart(place=place, batches=partial(_csv, path, encoding=encoding, delimiter=delimiter))
    if suffix in (".jsonl", ".ndjson") and head.lstrip()[:1] == b"{":
        return TablePart(place=place, batches=partial(_json_lines, path, encoding=encoding))
    return TextPart(place=place, blocks=partial(blocks, path, encoding=encoding), size_bytes=path.stat().st_size)


def _delimiter(head: bytes, *, encoding: str, usual: str) -> str:
    """Give what separates the cells of the first line; empty where nothing does."""
    first = head.decode(encoding, errors="replace").partition("\n")[0]
    best = max(_DELIMITERS, key=first.count)
    return usual if usual in first else best if best in first else usual


def _lines(path: Path, *, encoding: str) -> Iterator[str]:
    for block in blocks(path, encoding=encoding):
        yield from block.decode("utf-8", errors="replace").removeprefix("\ufeff").splitlines(keepends=True)


def _csv(path: Path, *, encoding: str, delimiter: str) -> Iterator[pl.DataFrame]:
    """Give the rows; a row with too many cells keeps those that have a name, one with too few has empty ones."""
    reader = csv.reader((line.replace("\0", "") for line in _lines(path, encoding=encoding)), delimiter=delimiter)
    names = _distinct(next(reader, []))
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append((row + [""] * len(names))[: len(names)])
            if len(rows) >= ROWS_PER_BATCH:
                yield _frame(rows, names=names)
                rows = []
    except csv.Error as error:
        raise RefusedError(f"no table: row {reader.line_num} cannot be read", code="file.csv") from error
    if rows:
        yield _frame(rows, names=names)


def _distinct(names: list[str]) -> list[str]:
    """Give names that differ; a column without one is called by its place."""
    found: list[str] = []
    for place, name in enumerate(names, start=1):
        name = name.strip() or f"column {place}"
        found.append(name if name not in found else f"{name} ({place})")
    return found


def _frame(rows: list[list[str]], *, names: list[str]) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    return pl.DataFrame({name: pl.Series(column, dtype=pl.String) for name, column in zip(names, columns, strict=True)})


def _json_lines(path: Path, *, encoding: str) -> Iterator[pl.DataFrame]:
    """Give the objects of the lines as rows: nested keys as `a.b`; lines that are no object are left out."""
    rows: list[dict[str, str]] = []
    for line in _lines(path, encoding=encoding):
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(value, dict):
            rows.append(dict(_flat(value, under="", depth=0)))
        if len(rows) >= ROWS_PER_BATCH:
            yield _of_objects(rows)
            rows = []
    if rows:
        yield _of_objects(rows)


def _of_objects(rows: list[dict[str, str]]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))[:1_000]
    return pl.DataFrame({name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names})


def _flat(value: dict[str, object], *, under: str, depth: int) -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        name = f"{under}{key}"
        if isinstance(inner, dict) and depth < 8:
            yield from _flat(inner, under=f"{name}.", depth=depth + 1)
        elif inner is not None:
            yield name, inner if isinstance(inner, str) else orjson.dumps(inner).decode()[:_CELL_AT_MOST]


def _parquet(path: Path, *, place: str) -> Part:
    with path.open("rb") as file:
        if file.read(4) != _PARQUET:
            return UnreadPart(place=place, reason="a packed Parquet file: unpack it first")
    rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
    return TablePart(place=place, batches=partial(_parquet_rows, path, rows=rows), rows=rows)


def _parquet_rows(path: Path, *, rows: int) -> Iterator[pl.DataFrame]:
    lazy = pl.scan_parquet(path)
    flat = [
        pl.col(name).cast(pl.String, strict=False)
        for name, dtype in lazy.collect_schema().items()
        if not dtype.is_nested() and dtype not in (pl.Binary, pl.Object)
    ]
    for start in range(0, rows, ROWS_PER_BATCH):
        yield lazy.slice(start, ROWS_PER_BATCH).select(flat).collect()


def _sqlite(path: Path, *, place: str) -> Iterator[Part]:
    with closing(_connected(path)) as connection:
        tables = [row[0] for row in connection.execute(_SQLITE_TABLES)]
        for table in tables:
            name = table.replace('"', '""')
            columns = connection.execute(f'PRAGMA table_info("{name}")').fetchall()
            key = tuple(column[1] for column in columns if column[5])
            yield TablePart(place=f"{place}: {table}", batches=partial(_sqlite_rows, path, table=name), key=key)


_SQLITE_TABLES: Final = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY name"
)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
    return connection


def _sqlite_rows(path: Path, *, table: str) -> Iterator[pl.DataFrame]:
    try:
        with closing(_connected(path)) as connection:
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            names = _distinct([column[0] for column in cursor.description])
            while rows := cursor.fetchmany(ROWS_PER_BATCH):
                yield _frame(
                    [["" if isinstance(c, (bytes, type(None))) else str(c) for c in row] for row in rows], names=names
                )
    except sqlite3.Error as error:
        raise RefusedError(f"the table cannot be read: {type(error).__name__}", code="file.unreadable") from error
