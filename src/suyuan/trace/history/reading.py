"""Reading access logs: CSV, Parquet, JSON Lines, or lines by a pattern, as tables of text, a part at a time."""

import gzip
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from suyuan.errors import RefusedError, UnavailableError

PART_ROWS: Final = 1 << 19
LINES_PER_STEP: Final = 1 << 17
MOST_LINE_BYTES: Final = 1 << 20

SCHEMA: Final = pl.Schema(
    {"person": pl.String(), "account": pl.String(), "at_ms": pl.Int64(), "queue": pl.String(), "region": pl.String()}
)
"""A log as read: null where a cell says nothing."""

_ZONED: Final = ("%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M:%S%.f%z", "%d/%b/%Y:%H:%M:%S %z")
_BARE: Final = (
    "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M", "%Y-%m-%d",
)  # fmt: skip
_MS_FROM: Final = 100_000_000_000
"""A number from here on is milliseconds since 1970, below it seconds: seconds would lie after the year 5138."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogColumns:
    """Which columns say what; with a `pattern`, its groups of the names person, account, at, queue and region do.

    Args:
        person: inside its cell, or inside a URL, `person_in` takes out the identifier: a pattern with one group.
    """

    person: str = "person"
    account: str = "account"
    at: str = "at"
    queue: str | None = None
    region: str | None = None
    person_in: str | None = None
    pattern: str | None = None

    def wanted(self) -> dict[str, str]:
        """Give the columns that are read, by what they say."""
        named = {
            "person": self.person,
            "account": self.account,
            "at": self.at,
            "queue": self.queue,
            "region": self.region,
        }
        return {what: name for what, name in named.items() if name is not None}


def read_log(path: Path, *, columns: LogColumns) -> Iterator[tuple[pl.DataFrame, int]]:
    """Give the log a part at a time, in its order: `SCHEMA`, and how many rows could not be read at all.

    Raises: RefusedError `trace.history-column`, a column or group is not there; `trace.history`, the file is none of these.
    """
    name = path.name.lower().removesuffix(".gz")
    if columns.pattern is not None:
        tables: Iterator[tuple[pl.DataFrame, int]] = _by_pattern(path, pattern=_compiled(columns.pattern))
    elif name.endswith(".parquet"):
        tables = _parquet(path, wanted=columns.wanted())
    elif name.endswith((".jsonl", ".ndjson")):
        tables = _json_lines(path, wanted=columns.wanted())
    elif name.endswith((".csv", ".tsv", ".txt")):
        tables = _delimited(path, wanted=columns.wanted(), delimiter="\t" if name.endswith(".tsv") else ",")
    else:
        raise RefusedError(
            f"{path.name}: is no .csv, .tsv, .jsonl or .parquet",
            code="trace.history",
            hint="for lines of another form give --pattern with the groups person, account and at",
        )
    for table, unreadable in tables:
        yield _ready(table, person_in=columns.person_in), unreadable


def times(texts: pl.Series) -> pl.Series:
    """Give texts as milliseconds since 1970; null where none of the forms fits. A time without a zone is taken as UTC."""
    number = texts.cast(pl.Float64, strict=False)
    found = (
        pl.select(pl.when(number.abs() >= _MS_FROM).then(number).otherwise(number * 1000)).to_series().cast(pl.Int64)
    )
    for form in (*_ZONED, *_BARE):
        if not found.null_count():
            break
        left = texts.set(found.is_not_null(), None)
        zone = "UTC" if form in _ZONED else None
        read = left.str.to_datetime(form, strict=False, time_unit="ms", time_zone=zone)
        found = found.fill_null(read.dt.epoch("ms"))
    return found


def _ready(table: pl.DataFrame, *, person_in: str | None) -> pl.DataFrame:
    """Give the five columns, cells stripped, empty ones null, and the person taken out of what surrounds it."""
    columns = {
        name: table[name] if name in table.columns else pl.Series(name, [None] * table.height, dtype=pl.String)
        for name in SCHEMA
        if name != "at_ms"
    }
    person = columns["person"]
    if person_in is not None:
        person = person.str.extract(_compiled(person_in).pattern, 1)
    if person.str.contains("%", literal=True).any():
        person = person.replace_strict(
            {text: unquote(text) for text in person.drop_nulls().unique().to_list()}, default=None
        )
    columns["person"] = person
    at = times(table["at"]) if "at" in table.columns else pl.Series("at_ms", [None] * table.height, dtype=pl.Int64)
    # A web server writes a dash for a caller whom it does not know.
    columns["account"] = columns["account"].replace("-", None)
    cleaned = [text.str.strip_chars().alias(name) for name, text in columns.items()]
    frame = pl.DataFrame([*cleaned, at.alias("at_ms")])
    texts = [pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in columns]
    return frame.with_columns(texts).select(SCHEMA.names())


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error:
        raise RefusedError(
            "the pattern is no regular expression", code="trace.history", hint="see --help for one"
        ) from None


def _opened(path: Path) -> IO[bytes]:
    try:
        # A gzip file reads like any other; its type says otherwise only by a name.
        return path.open("rb") if path.suffix.lower() != ".gz" else io.BufferedReader(gzip.GzipFile(path))
    except OSError as e:
        raise UnavailableError(f"{path.name} cannot be read: {e.strerror}", code="file.unreadable") from e


def _lines(path: Path) -> Iterator[tuple[list[str], int]]:
    """Give the lines as text, a step at a time, and how many were too long or no text."""
    lines: list[str] = []
    bad = 0
    with _opened(path) as stream:
        try:
            while raw := stream.readline(MOST_LINE_BYTES):
                if not raw.endswith(b"\n") and len(raw) == MOST_LINE_BYTES:
                    bad += 1
                    while (more := stream.readline(MOST_LINE_BYTES)) and not more.endswith(b"\n"):
                        pass
                    continue
                if raw.strip():
                    lines.append(raw.decode("utf-8", errors="replace").rstrip("\r\n"))
                if len(lines) >= LINES_PER_STEP:
                    yield lines, bad
                    lines, bad = [], 0
        except (OSError, EOFError) as e:
            raise RefusedError(f"{path.name}: ends inside a compressed piece", code="trace.history") from e
    if lines or bad:
        yield lines, bad


def _by_pattern(path: Path, *, pattern: re.Pattern[str]) -> Iterator[tuple[pl.DataFrame, int]]:
    missing = {"person", "account", "at"} - set(pattern.groupindex)
    if missing:
        raise RefusedError(
            f"--pattern has no group {', '.join(sorted(missing))}",
            code="trace.history-column",
            hint="write (?P<person>...), (?P<account>...) and (?P<at>...)",
        )
    for lines, bad in _lines(path):
        groups = pl.Series("line", lines).str.extract_groups(pattern.pattern).struct.unnest()
        told = groups.filter(pl.col("person").is_not_null() & pl.col("account").is_not_null())
        yield told, bad + groups.height - told.height


def _json_lines(path: Path, *, wanted: Mapping[str, str]) -> Iterator[tuple[pl.DataFrame, int]]:
    paths = {what: "$." + name if not name.startswith("$") else name for what, name in wanted.items()}
    for lines, bad in _lines(path):
        series = pl.Series("line", lines)
        told = series.str.strip_chars().str.starts_with("{") & series.str.strip_chars().str.ends_with("}")
        whole = series.filter(told)
        try:
            table = pl.DataFrame([whole.str.json_path_match(where).alias(what) for what, where in paths.items()])
        except pl.exceptions.ComputeError:
            raise RefusedError("a column is no path into JSON", code="trace.history-column") from None
        yield table, bad + len(lines) - len(whole)


def _delimited(path: Path, *, wanted: Mapping[str, str], delimiter: str) -> Iterator[tuple[pl.DataFrame, int]]:
    bad = 0

    def skip(_row: object) -> str:
        nonlocal bad
        bad += 1
        return "skip"

    with _opened(path) as stream:
        try:
            reader = pa_csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                read_options=pa_csv.ReadOptions(block_size=1 << 24),
                parse_options=pa_csv.ParseOptions(
                    delimiter=delimiter, invalid_row_handler=skip, newlines_in_values=True
                ),
                convert_options=pa_csv.ConvertOptions(
                    include_columns=list(dict.fromkeys(wanted.values())),
                    column_types={name: pa.string() for name in wanted.values()},
                    check_utf8=False,
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                yield _named(pl.DataFrame(pa.Table.from_batches([_lossy(batch)])), wanted=wanted), bad
                bad = 0
        except pa.ArrowKeyError:
            raise _no_column(wanted) from None
        except (pa.ArrowInvalid, EOFError, OSError) as e:
            raise RefusedError(f"{path.name}: is no table that can be read", code="trace.history") from e
    if bad:
        yield pl.DataFrame(schema=dict.fromkeys(wanted, pl.String)), bad


def _lossy(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give a batch whose texts are UTF-8: what is none becomes a cell without a meaning."""
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        texts = [
            [b.decode("utf-8", "replace") if b is not None else None for b in column.cast(pa.binary()).to_pylist()]
            for column in batch.columns
        ]
        return pa.RecordBatch.from_arrays([pa.array(t, pa.string()) for t in texts], names=batch.schema.names)
    return batch


def _parquet(path: Path, *, wanted: Mapping[str, str]) -> Iterator[tuple[pl.DataFrame, int]]:
    try:
        file = pq.ParquetFile(path)
        if not set(wanted.values()) <= set(file.schema_arrow.names):
            raise _no_column(wanted)
        for batch in file.iter_batches(batch_size=PART_ROWS, columns=list(dict.fromkeys(wanted.values()))):
            yield _named(pl.DataFrame(pa.Table.from_batches([batch])), wanted=wanted), 0
    except (pa.ArrowInvalid, OSError) as e:
        raise RefusedError(f"{path.name}: is no Parquet file that can be read", code="trace.history") from e


def _named(table: pl.DataFrame, *, wanted: Mapping[str, str]) -> pl.DataFrame:
    """Give the wanted columns by what they say, as text."""
    cells = []
    for what, name in wanted.items():
        column = table[name]
        if column.dtype in (pl.Datetime, pl.Date):
            column = column.cast(pl.Datetime("ms")).dt.epoch("ms")
        cells.append(column.cast(pl.String).alias(what))
    return pl.DataFrame(cells)


def _no_column(wanted: Mapping[str, str]) -> RefusedError:
    return RefusedError(
        f"the log lacks one of the columns {', '.join(wanted.values())}",
        code="trace.history-column",
        hint="name them as the header does: --person, --account, --at, --queue, --region",
    )
