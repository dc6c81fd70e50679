"""Read a table of people from a file the caller owns."""

import io
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from suyuan.collect.admit import called
from suyuan.errors import RefusedError

LINE_BYTES = 1 << 20
"""The longest line of a CSV file; a longer one is no record of a person."""

_PARQUET_MAGIC = b"PAR1"
_UNCLOSED = "a row has more cells than the header, or a quote is never closed"


def read_table(path: Path) -> pl.DataFrame:
    """Read a CSV (UTF-8 or GB18030, with a header) or Parquet file; CSV cells are text, Parquet keeps its types.

    Raises: RefusedError `file.*`: as `parse_table`, and missing or unreadable.
    """
    return parse_table(read_bytes(path), name=path.name)


def parse_table(raw: bytes, *, name: str) -> pl.DataFrame:
    """Give the table that the bytes of a CSV or Parquet file hold; blank lines of a CSV are no rows.

    Args:
        name: what to call the input in errors.
    Raises: RefusedError `file.*`: empty, binary, a header only, ragged or broken; the line says which, names
        the row where it can, and never repeats a value.
    """
    if not raw.strip():
        raise RefusedError(f"{name}: empty", code="file.empty")
    frame = _parquet(raw, name=name) if raw[:4] == _PARQUET_MAGIC else _csv(raw, name=name)
    if frame.height == 0:
        raise RefusedError(f"{name}: a header and no rows", code="file.rows")
    return frame


def require_flat(frame: pl.DataFrame) -> None:
    """Require columns of one text, number, time or truth a cell: no other can be looked at, marked and written.

    Raises: RefusedError `file.column`: lists, objects or bytes; the line names the column where its name is plain.
    """
    for place, (name, dtype) in enumerate(frame.schema.items(), start=1):
        if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
            raise RefusedError(
                f"column {called(name, place=place)} holds lists, objects or bytes",
                code="file.column",
                hint="write it as text, or leave it out",
            )


def read_bytes(path: Path) -> bytes:
    """Read a whole file. Raises: RefusedError `file.missing`, `file.unreadable`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise RefusedError(f"{path.name}: no such file", code="file.missing") from None
    except IsADirectoryError:
        raise RefusedError(f"{path.name}: a folder, not a file", code="file.missing") from None
    except OSError as e:
        raise RefusedError(f"{path.name}: cannot be read: {e.strerror}", code="file.unreadable") from e


def decode_text(raw: bytes, *, name: str) -> bytes:
    """Give a text of UTF-8 or GB18030 as UTF-8, without a mark at its start.

    Raises: RefusedError: `file.binary`; `file.encoding`, neither of the two or a mixture of both.
    """
    if b"\x00" in raw[:65_536]:
        raise RefusedError(f"{name}: binary, neither CSV nor Parquet", code="file.binary")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if _is(raw, codec="utf-8"):
        return raw
    lines = raw.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not _is(line, codec="gb18030"):
            raise _bad_line(number, name=name, trouble="is neither UTF-8 nor GB18030")
        # Bytes of Chinese in UTF-8 are often Chinese in GB18030 too, of nonsense: a mixture is never guessed.
        if _is_han_in_utf8(line):
            raise _bad_line(number, name=name, trouble="is UTF-8 while others are GB18030")
    return raw.decode("gb18030").encode()


def _parquet(raw: bytes, *, name: str) -> pl.DataFrame:
    try:
        table = pq.read_table(io.BytesIO(raw))
    except (pa.ArrowException, OSError) as e:
        raise RefusedError(f"{name}: Parquet, but truncated or damaged", code="file.parquet") from e
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise RefusedError(f"{name}: Parquet without columns", code="file.parquet")
    return frame


def _csv(raw: bytes, *, name: str) -> pl.DataFrame:
    _require_short_lines(raw, name=name)
    text = decode_text(raw, name=name)
    header = text.split(b"\n", 1)[0].decode("utf-8")
    separator = max(",\t;|", key=header.count)
    _require_own_names(header, separator=separator, name=name)
    try:
        frame = pl.read_csv(text, separator=separator, infer_schema=False, encoding="utf8")
    except pl.exceptions.NoDataError:
        raise RefusedError(f"{name}: empty", code="file.empty") from None
    except (pl.exceptions.PolarsError, ValueError) as e:
        raise RefusedError(
            f"{name}: not a table: {_UNCLOSED}",
            code="file.csv",
            hint="check quoting and separators; a CSV as in RFC 4180 with a header is read",
        ) from e
    frame = _without_nameless(frame, header=header, separator=separator, name=name)
    return frame.filter(~pl.all_horizontal(pl.all().is_null()))


def _names(header: str, *, separator: str) -> list[str]:
    return [cell.strip().strip('"') for cell in header.rstrip("\r\n").split(separator)]


def _without_nameless(frame: pl.DataFrame, *, header: str, separator: str, name: str) -> pl.DataFrame:
    """Leave out columns without a name and without a cell, as spreadsheets write them; one with cells is refused."""
    names = _names(header, separator=separator)
    if len(names) != frame.width or all(names):
        return frame
    nameless = [place for place, given in enumerate(names) if not given]
    for place in nameless:
        cells = frame.to_series(place)
        if cells.drop_nulls().str.strip_chars().str.len_bytes().sum():
            raise RefusedError(
                f"{name}: column {place + 1} has cells and no name", code="file.csv", hint="name it in the first line"
            )
    return frame.select(frame.to_series(place) for place in range(frame.width) if place not in nameless)


def _require_own_names(header: str, *, separator: str, name: str) -> None:
    """Require that every column has a name of its own; the header may be anything, so no name is repeated."""
    names = [given for given in _names(header, separator=separator) if given]
    if len(set(names)) != len(names):
        raise RefusedError(f"{name}: two columns have the same name", code="file.csv")


def _require_short_lines(raw: bytes, *, name: str) -> None:
    start = 0
    while len(raw) - start > LINE_BYTES:
        end = raw.rfind(b"\n", start, start + LINE_BYTES)
        if end < 0:
            number = raw.count(b"\n", 0, start) + 1
            raise RefusedError(
                f"{name}: line {number} is longer than {LINE_BYTES} bytes",
                code="file.csv",
                hint="the file is not one record a line; export it as CSV",
            )
        start = end + 1


def _bad_line(number: int, *, name: str, trouble: str) -> RefusedError:
    return RefusedError(f"{name}: line {number} {trouble}", code="file.encoding", hint="save the file in one encoding")


def _is(raw: bytes, *, codec: str) -> bool:
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _is_han_in_utf8(line: bytes) -> bool:
    if line.isascii() or not _is(line, codec="utf-8"):
        return False
    return any("\u4e00" <= c <= "\u9fff" for c in line.decode("utf-8"))
