"""Flat JSON Lines by the kernel and by Python's `json`: the same rows, whatever stands in a line."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.terms import FieldName
from suyuan.trace.dump import Body
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.csv_rows import text_lines
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.source import Source
from suyuan.trace.formats import flat_lines, jsonl
from suyuan.trace.formats.flat_lines import Records, block_of_records, plain_block
from suyuan.trace.formats.jsonl import read_jsonl, records

KEYS = ("a", "b", "手机", "", "long key")
WANTED = ("手机", "a", "absent")
FIELDS = {key: FieldName(f"f{place}") for place, key in enumerate(WANTED)}
DIALECT = Dialect(format=DumpFormat.JSONL)

PIECES = (
    '{"a": "x"}', '{"a":"张伟","手机":13800000000}', '{"手机" :\t"139" , "b": null}', '{"a": true, "b": false, "手机": -0.5}',
    "{}", "{ }", "", " ", "\t", "\u3000", "[]", "1", "null", '"a"', "{", '{"a"}', '{"a":}', '{"a": "x",}', '{"a": "x"} x',
    '{"a": "x"', '{"a": "x" "b": "y"}', '{"a": 01}', '{"a": -}', '{"a": 1.}', '{"a": .5}', '{"a": 1e5}', '{"a": -0}',
    '{"a": 1.50}', '{"a": NaN}', '{"a": Infinity}', '{"a": nul}', '{"a": truely}', '{"a": "x\\n"}', '{"a": "\\u5f20"}',
    '{"a": "\\ud800"}', '{"\\u0061": "x"}', '{"a": "x", "a": "y"}', '{"a": "x", "a": null}', '{"z": 1}', '{"a": ["n"]}',
    '{"a": {"b": 1}}', '{"a": "tab\there"}', "{'a': 1}", '\ufeff{"a": 1}', '{"a": "x"}\x0b', '\x0c{"a": 1}', '{"": "e"}',
    '{"long key": "v", "a": "' + "y" * 40 + '"}', '{"a": "' + "字" * 9 + '"}', '{"a": 12345678901234567890123}',
    '{"a": "\x7f\x80"}', '{"a":"x"}\r', '{"b":1}\rx', "\r", '{"a": tru', '{"a": "x', '{"a": 1 }', '{"a": 1}  ', ' {"a": 1}',
)  # fmt: skip
"""Lines that are plain, and every way in which one is not."""


def read(line: bytes, further: int = 0) -> Records:
    return list(records(text_lines(iter((line,))), before=further))


def require_same(text: str) -> None:
    """Require that both readers find the same rows, keys and refusals in a block."""
    block = text.encode()
    plain = plain_block(block, known=KEYS, wanted=WANTED, read=read)
    by_lines = block_of_records(read(block), wanted=WANTED)
    if plain is None:
        assert block.count(b"\r") != block.count(b"\r\n") or len(by_lines.others) >= 0
        return
    assert plain.rows == by_lines.rows
    assert plain.places.tolist() == by_lines.places.tolist()
    assert all(one.equals(other) for one, other in zip(plain.cells, by_lines.cells, strict=True))
    said = dict(by_lines.others)
    assert all(spelled(record) == spelled(said[place]) for place, record in plain.others)
    read_alone = {place for place, _ in plain.others}
    assert all(isinstance(record, dict) for place, record in by_lines.others if place not in read_alone)
    assert all(
        set(record) <= set(KEYS)
        for place, record in by_lines.others
        if place not in read_alone
        if isinstance(record, dict)
    )


def spelled(record: object) -> object:
    return record if isinstance(record, dict) else str(record)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat_lines, "LEAST_BYTES", 0)
    monkeypatch.setattr(flat_lines, "ODD_AT_MOST", 0)


def test_every_kind_of_line() -> None:
    for piece in PIECES:
        require_same(piece)
        require_same(f'{{"a": "before"}}\n{piece}\n{{"手机": "after"}}\n')
    require_same("\n".join(piece for piece in PIECES if "\r" not in piece))
    require_same("\r\n".join(piece for piece in PIECES if "\r" not in piece) + "\r\n")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.sampled_from(PIECES) | st.text('{}[]",:\\ \t\rae0123.-nultrfs手\u3000', max_size=30), max_size=30)
)
def test_any_lines(lines: Sequence[str]) -> None:
    require_same("\n".join(lines))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(
        st.dictionaries(
            st.sampled_from(KEYS),
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_what_a_program_writes(lines: Sequence[dict[str, object]]) -> None:
    require_same("\n".join(json.dumps(line, ensure_ascii=False) for line in lines))


def body_of(path: Path) -> tuple[Body, Aside]:
    aside = Aside()
    return read_jsonl(Source(path), dialect=DIALECT, fields=FIELDS, known=KEYS, aside=aside), aside


@pytest.mark.parametrize("batch_rows", [7, 1_000])
def test_a_file_is_read_in_the_same_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_rows: int) -> None:
    draw = random.Random(4)
    plain = [piece for piece in PIECES if "\r" not in piece]
    lines = [draw.choice(plain[:4]) if draw.random() < 0.9 else draw.choice(plain) for _ in range(3_000)]
    path = tmp_path / "dump"
    path.write_text("\n".join(lines))
    monkeypatch.setattr(jsonl, "SLOW_BATCH_ROWS", batch_rows)
    fast, noted = body_of(path)
    monkeypatch.setattr(flat_lines, "LEAST_BYTES", 1 << 40)
    slow, other = body_of(path)
    assert (fast.unreadable, fast.late, str(fast.trouble), noted.counts) == (
        slow.unreadable, slow.late, str(slow.trouble), other.counts,
    )  # fmt: skip
    batches: list[list[pl.DataFrame]] = [list(fast.batches), list(slow.batches)]
    assert len(batches[0]) == len(batches[1])
    assert all(one.equals(two) for one, two in zip(*batches, strict=True))
