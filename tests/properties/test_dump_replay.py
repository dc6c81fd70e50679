"""The verifier reads a dump's rows exactly as the trace did: same ordinals, same cells, same unreadable rows."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.errors import SuyuanError
from suyuan.evidence import dump as replay
from suyuan.evidence.opening import Dialect as Recorded
from suyuan.terms import FieldName
from suyuan.trace.delimited import read_delimited
from suyuan.trace.dialect import Dialect, DumpFormat
from suyuan.trace.dump import ROW, Body
from suyuan.trace.jsonl import read_jsonl
from suyuan.trace.source import Source

cell = st.sampled_from(
    ["a", "b c", '"q,"', '"a""b"', "", "王伟", "é", "x\ry", '"x\r\ny"', " ", "a\u2028b", "\x1c", "\u0085"]
)
row = st.lists(cell, min_size=0, max_size=3)
end = st.sampled_from(["\n", "\r\n", "\n\n", "\r"])
Shape = tuple[str, str, tuple[str, ...], str, int]
shapes = st.sampled_from(
    [
        (",", '"', ("utf-8",), "utf-8", 0),
        (",", "", ("utf-8",), "utf-8", 0),
        ("----", "", ("utf-8",), "utf-8", 0),
        ("\t", '"', ("utf-8", "gb18030"), "gb18030", 0),
        (",", '"', ("gb18030",), "gb18030", 0),
        (",", '"', ("utf-16-le",), "utf-16-le", 2),
        (",", '"', ("utf-8",), "utf-8", 3),
    ]
)
BOMS = {0: b"", 2: b"\xff\xfe", 3: b"\xef\xbb\xbf"}


def rows_of(body: Body) -> dict[int, tuple[str, ...]]:
    return {
        int(r[ROW]): tuple(v for k, v in r.items() if k != ROW) for t in body.batches for r in t.iter_rows(named=True)
    }


def replayed(path: Path, *, dialect: Dialect, places: tuple[int | str, ...]) -> tuple[dict[int, tuple[str, ...]], int]:
    document = {key: value for key, value in dialect.document().items() if key != "v"}
    recorded = Recorded(**{**document, "codecs": dialect.codecs})  # type: ignore[arg-type]
    read = list(replay._rows(path, dialect=recorded))
    cells = {i: tuple(row.get(at, "") for at in places) for i, row in enumerate(read) if row is not None}
    return cells, len(read) - len(cells)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(row, end), max_size=8), shape=shapes, header=st.booleans())
def test_separated_text(rows: list[tuple[list[str], str]], shape: Shape, header: bool, tmp_path: Path) -> None:
    delimiter, quote, codecs, encoding, bom = shape
    path = tmp_path / "dump"
    text = "".join(delimiter.join(cells) + ending for cells, ending in rows)
    path.write_bytes(BOMS[bom] + text.encode(encoding))
    dialect = Dialect(
        format=DumpFormat.DELIMITED, codecs=codecs, bom=bom, delimiter=delimiter, quote=quote, header=header, width=2
    )
    try:
        body = read_delimited(Source(path), dialect=dialect, fields={0: FieldName("a"), 1: FieldName("b")})
    except SuyuanError:
        with pytest.raises(SuyuanError):
            replayed(path, dialect=dialect, places=(0, 1))
        return
    assert replayed(path, dialect=dialect, places=(0, 1)) == (rows_of(body), body.unreadable)


line = st.sampled_from(
    [
        '{"a":"x","b":1.50}',
        '{"a":null}',
        '{"b":true,"a":"王"}',
        "[1]",
        "{broken",
        "",
        "  ",
        '{"a":"1","a":"2"}',
        '{"a":NaN}',
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(line, end), max_size=8))
def test_json_lines(lines: list[tuple[str, str]], tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes("".join(text + ending for text, ending in lines).encode())
    dialect = Dialect(format=DumpFormat.JSONL)
    body = read_jsonl(Source(path), dialect=dialect, fields={"a": FieldName("a"), "b": FieldName("b")})
    assert replayed(path, dialect=dialect, places=("a", "b")) == (rows_of(body), body.unreadable)
