"""Read a table of people from a file the caller owns."""

import io
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from suyuan.errors import RefusedError

_PARQUET_MAGIC = b"PAR1"


def read_table(path: Path) -> pl.DataFrame:
    """Read a CSV (UTF-8 or GB18030, with a header) or Parquet file; CSV cells are text, Parquet keeps its types.

    Raises: RefusedError `file.*`: missing, empty, binary, a header only, ragged or broken; the line says
    which, names the row where it can, and never repeats a value.
    """
    raw = _bytes_of(path)
    frame = _parquet(raw, path=path) if raw[:4] == _PARQUET_MAGIC else _csv(raw, path=path)
    if frame.height == 0:
        raise RefusedError(f"{path.name}: a header and no rows", code="file.rows")
    return frame


def _bytes_of(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise RefusedError(f"{path.name}: no such file", code="file.missing") from None
    except IsADirectoryError:
        raise RefusedError(f"{path.name}: a folder, not a file", code="file.missing") from None
    except OSError as e:
        raise RefusedError(f"{path.name}: cannot be read: {e.strerror}", code="file.unreadable") from e
    if not raw.strip():
        raise RefusedError(f"{path.name}: empty", code="file.empty")
    return raw


def _parquet(raw: bytes, *, path: Path) -> pl.DataFrame:
    try:
        table = pq.read_table(io.BytesIO(raw))
    except (pa.ArrowException, OSError) as e:
        raise RefusedError(f"{path.name}: Parquet, but truncated or damaged", code="file.parquet") from e
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise RefusedError(f"{path.name}: Parquet without columns", code="file.parquet")
    return frame


def _csv(raw: bytes, *, path: Path) -> pl.DataFrame:
    text = _utf8(raw, path=path)
    header = text.split(b"\n", 1)[0].decode("utf-8")
    separator = max(",\t;|", key=header.count)
    try:
        frame = pl.read_csv(
            text, separator=separator, infer_schema=False, encoding="utf8"
        )
    except (pl.exceptions.PolarsError, ValueError) as e:
        raise RefusedError(
            f"{path.name}: not a table: a row has more cells than the header, or a quote is never closed",
            code="file.csv",
            hint="check quoting and separators; `suyuan` reads RFC 4180 with a header",
        ) from e
    if len(set(frame.columns)) != len(frame.columns):
        raise RefusedError(f"{path.name}: two columns have the same name", code="file.csv")
    return frame


def _utf8(raw: bytes, *, path: Path) -> bytes:
    """Give the text as UTF-8 without a mark at its start."""
    if b"\x00" in raw[:65_536]:
        raise RefusedError(f"{path.name}: binary, neither CSV nor Parquet", code="file.binary")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        raw.decode("utf-8")
        return raw
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030").encode()
    except UnicodeDecodeError as e:
        row = raw.count(b"\n", 0, e.start) + 1
        raise RefusedError(
            f"{path.name}: line {row} is neither UTF-8 nor GB18030",
            code="file.encoding",
            hint="save the file in one encoding",
        ) from e
