"""The verifier reads a dump's rows exactly as the trace did: same ordinals, same cells, same unreadable rows."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.evidence import dump as replay
from suyuan.evidence.opening import Dialect as Recorded
from suyuan.terms import FieldName
from suyuan.trace.dump import ROW, Body
from suyuan.trace.files import source
from suyuan.trace.files.delimited import read_delimited
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.source import Source
from suyuan.trace.formats.jsonl import read_jsonl

cell = st.sampled_from(
    [
        "a",
        "b c",
        '"q,"',
        '"a""b"',
        "",
        "王伟",
        "é",
        "x\ry",
        '"x\r\ny"',
        " ",
        "a\u2028b",
        "\x1c",
        "\u0085",
        '"',
        '"a"b',
        '"open',
        'a"',
        "\x00",
        "l" * 131_073,
        '"' + "q" * 131_073 + '"',
        "m" * 1_048_577,
    ]
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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(row, end), max_size=8), shape=shapes, header=st.booleans())
def test_separated_text(rows: list[tuple[list[str], str]], shape: Shape, header: bool, tmp_path: Path) -> None:
    delimiter, quote, codecs, encoding, bom = shape
    path = tmp_path / "dump"
    text = "".join(delimiter.join(cells) + ending for cells, ending in rows)
    path.write_bytes(BOMS[bom] + text.encode(encoding))
    dialect = Dialect(
        format=DumpFormat.DELIMITED, codecs=codecs, bom=bom, delimiter=delimiter, quote=quote, header=header, width=2
    )
    body = read_delimited(Source(path), dialect=dialect, fields={0: FieldName("a"), 1: FieldName("b")})
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
        '{"a":["x"],"b":"y"}',
        '{"c":{"a":"x"},"b":"y"}',
        '{"a":"\\ud800"}',
        '{"\\udc00":"x"}',
        '{"a":"\\ud83d\\ude00\\u0000"}',
        '{"a":' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"a":"' + "x" * 1_048_576 + '"}',
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(st.tuples(line, end), max_size=8))
def test_json_lines(lines: list[tuple[str, str]], tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes("".join(text + ending for text, ending in lines).encode())
    dialect = Dialect(format=DumpFormat.JSONL)
    body = read_jsonl(Source(path), dialect=dialect, fields={"a": FieldName("a"), "b": FieldName("b")})
    assert replayed(path, dialect=dialect, places=("a", "b")) == (rows_of(body), body.unreadable)


@given(
    lines=st.lists(st.sampled_from(["", "a", "l" * 40, "l" * 41, "l" * 99]), max_size=9),
    last=st.booleans(),
    block=st.integers(1, 60),
)
def test_long_lines_are_skipped_alike(lines: list[str], last: bool, block: int) -> None:
    content = ("\n".join(lines) + "\n" * last).encode()
    blocks = [content[at : at + block] for at in range(0, len(content), block)]
    expected = "\n".join("X" if len(line) > 40 else line for line in lines) + "\n" * last
    with pytest.MonkeyPatch.context() as patch:
        for module in (source, replay):
            patch.setattr(module, "LINE_BYTES", 40)
            patch.setattr(module, "STAND_IN", b"X")
        assert b"".join(source.whole_lines(iter(blocks))).decode() == expected
        assert b"".join(replay._whole_lines(iter(blocks))).decode() == expected


def open_quotes(rows: int) -> str:
    """Each line ends in an open quote, also after another such line: the record never ends."""
    return 'a","\n' * rows


@pytest.mark.parametrize("text", [open_quotes(400_000), 'x,"\n' + "a,b\n" * 400_000, '"x\ny",z\n' * 200_000])
def test_quotes_that_never_close_take_linear_time(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dump"
    path.write_text(text)
    dialect = Dialect(format=DumpFormat.DELIMITED, delimiter=",", quote='"', width=2)
    body = read_delimited(Source(path), dialect=dialect, fields={0: FieldName("a"), 1: FieldName("b")})
    assert replayed(path, dialect=dialect, places=(0, 1)) == (rows_of(body), body.unreadable)
