"""A dump in splits gives the rows, counts and links of one process, wherever it is split, or is declined."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.split_world import FIELDS, NAMES, SECRET, TOKENIZERS, Both, read_both, ugly_rows

pytest.importorskip("numba")

from suyuan.crypto.suite import Suite
from suyuan.crypto.token import Tokenizer
from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.engines.splits import SplitSource, digests_of, record_splits, split_file
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.gaps import WINDOW_ROWS, Gaps, Remembered, gaps_of
from suyuan.trace.files.source import Source

HEADER = ",".join(FIELDS)


def settled(both: Both, *, splits: int) -> None:
    assert both.counted is not None, "the engine was not asked"
    assert both.counted.splits >= splits
    assert both.there[1].linked > 200
    both.require_equal()


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("least_bytes", [0, 1 << 24], ids=["by bytes", "by the general road"])
@pytest.mark.parametrize("sizes", [{}, {"whole_tokens": 10, "shard_tokens": 1_000}], ids=["whole", "sharded"])
def test_quoted_text_is_split_alike(tmp_path: Path, codec: str, least_bytes: int, sizes: dict[str, int]) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes("\n".join((HEADER, *ugly_rows(3_000, seed=5))).encode(codec))
    both = read_both(path, least_bytes=least_bytes, split_bytes=20_000, **sizes)
    settled(both, splits=5)
    assert both.counted is not None
    assert (both.counted.shards > 1) == bool(sizes)


def test_lines_of_two_encodings_with_long_separators_are_split_alike(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    rows = ugly_rows(3_000, seed=6, comma="----", quotes=False)
    path.write_bytes(b"\n".join(row.encode(("utf-8", "gb18030")[number % 2]) for number, row in enumerate(rows)))
    settled(read_both(path, split_bytes=20_000), splits=5)


def test_json_lines_are_split_alike(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    rows = [dict(zip(FIELDS, row.split(","), strict=False)) for row in ugly_rows(3_000, seed=7, quotes=False)]
    texts = [json.dumps(row, ensure_ascii=number % 2 == 0) for number, row in enumerate(rows)]
    path.write_text("\n".join(text[:-9] if number % 50 == 9 else text for number, text in enumerate(texts)))
    settled(read_both(path, split_bytes=20_000), splits=5)


def whole_rows(rows: int) -> list[list[str]]:
    return [[NAMES[n % 6], f"1400000{n:04}", f"somebody{n}@example.com", f"C-{n}"] for n in range(rows)]


DOUBTS = {
    "a stretch without numbers": lambda n, row: [row[0], "", row[1], row[3]] if 2_310 <= n < 2_620 else row,
    "a number among words, late": lambda n, row: [row[0], f"电话{row[1]}", *row[2:]] if n == 2_890 else row,
    "a header's word, late": lambda n, row: ["姓名", "手机号码", "邮箱", "客户"] if n == 2_700 else row,
    "cells of no kind": lambda n, row: [row[0], "none here", *row[2:]] if n % 100 == 7 else row,
    "blanks here and there": lambda n, row: [row[0], "", *row[2:]] if n % 3 == 0 else row,
}


@pytest.mark.parametrize("road", ["by bytes", "by the general road", "json"])
@pytest.mark.parametrize("doubt", DOUBTS)
def test_what_is_doubted_late_is_doubted_alike(tmp_path: Path, doubt: str, road: str) -> None:
    """One process and many come to the same doubt, the same notes, and read the rows once more, or not, alike."""
    path = tmp_path / "dump"
    rows = [DOUBTS[doubt](n, row) for n, row in enumerate(whole_rows(3_000))]
    comma = "----" if road == "by the general road" else ","
    lines = [comma.join(FIELDS), *(comma.join(row) for row in rows)]
    if road == "json":
        lines = [json.dumps(dict(zip(FIELDS, row, strict=True)), ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    both = read_both(path, least_bytes=0 if road == "by bytes" else 1 << 24, split_bytes=20_011)
    settled(both, splits=5)
    dump = both.there[0]
    is_read_again = dump.dialect.format is DumpFormat.CONVERTED
    # From its bytes a row is doubted only for what a whole stretch lacks.
    judged = list(DOUBTS)[: 1 if road == "by bytes" else 3]
    assert is_read_again == (doubt in judged)
    if doubt == "cells of no kind" and road != "by bytes":
        assert dump.notes == ("column 1: 30 of 3,000 rows hold something there that is no phone",)


def test_keys_that_come_late_are_met_alike(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    rows = [dict(zip(FIELDS, row, strict=True)) for row in whole_rows(3_000)]
    late = [
        {"手机号码" if n > 2_900 and key == "phone" else key: value for key, value in row.items()}
        for n, row in enumerate(rows)
    ]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in late), encoding="utf-8")
    both = read_both(path, split_bytes=20_011)
    settled(both, splits=5)
    assert both.there[0].dialect.format is DumpFormat.CONVERTED


@given(rows=st.lists(st.integers(0, 700), max_size=8), blanks=st.lists(st.integers(0, 2_000), max_size=400))
def test_gaps_are_the_same_however_the_rows_are_cut(rows: list[int], blanks: list[int]) -> None:
    name = FieldName("phone")
    shows = np.ones(sum(rows), dtype=np.bool_)
    shows[[place for place in blanks if place < len(shows)]] = False
    whole = Gaps()
    whole.take({name: np.flatnonzero(shows)}, rows=len(shows))
    apart, parts, start = Gaps(), [], 0
    for count in rows:
        places = np.flatnonzero(shows[start : start + count])
        apart.take({name: places}, rows=count)
        kept = Remembered()
        kept.take({name: places}, rows=count)
        parts.append((count, kept.bits()))
        start += count
    windows = [int(shows[at : at + WINDOW_ROWS].sum()) for at in range(0, len(shows) - WINDOW_ROWS + 1, WINDOW_ROWS)]
    least = min(windows, default=WINDOW_ROWS)
    for one in (whole, apart, gaps_of(parts)):
        assert (one.rows, one.shown.get(name, 0)) == (len(shows), int(shows.sum()))
        assert min(one.least.get(name, WINDOW_ROWS), WINDOW_ROWS * 3 // 4) == min(least, WINDOW_ROWS * 3 // 4)
        assert one.is_moved == whole.is_moved


@given(
    seed=st.integers(0, 10_000), split_bytes=st.integers(40, 4_000), tail=st.sampled_from(["", "\n", "\r\n", "\n\n"])
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wherever_it_is_split(tmp_path: Path, seed: int, split_bytes: int, tail: str) -> None:
    path = tmp_path / "dump.csv"
    rows = ugly_rows(40, seed=seed)
    random.Random(seed).shuffle(rows)
    path.write_bytes(
        (("\r\n" if seed % 2 else "\n").join((HEADER, *rows)) + tail).encode("utf-8-sig" if seed % 3 else "utf-8")
    )
    read_both(path, split_bytes=split_bytes).require_equal()


@given(data=st.binary(max_size=300), split_bytes=st.integers(1, 60), first=st.integers(0, 3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_splits_are_the_file_and_begin_at_lines(tmp_path: Path, data: bytes, split_bytes: int, first: int) -> None:
    path = tmp_path / "dump"
    path.write_bytes(data)
    splits = split_file(path, first=first, split_bytes=split_bytes)
    assert b"".join(data[one.start : one.end] for one in splits) == data[first:]
    assert all(data[one.start - 1 : one.start] == b"\n" for one in splits[1:])
    source = Source(path)
    digests = digests_of(source, splits=splits)
    for one, digest in zip(splits, digests, strict=True):
        apart = SplitSource(path, split=one)
        assert b"".join(apart.chunks()) == data[one.start : one.end]
        assert apart.sha256 == digest


def test_splits_of_records_begin_where_no_cell_is_open(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    rows = ugly_rows(400, seed=8)
    path.write_bytes("\n".join(rows).encode("gb18030"))
    dialect = Dialect(format=DumpFormat.DELIMITED, codecs=("gb18030",), delimiter=",", quote='"', width=4)
    splits = record_splits(path, dialect=dialect, split_bytes=700)
    assert splits is not None
    assert len(splits) > 5
    starts, place = set(), 0
    for row in rows:
        starts.add(place)
        place += len(row.encode("gb18030")) + 1
    assert {one.start for one in splits} <= starts


def test_a_file_that_is_another_for_workers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text("\n".join((HEADER, *ugly_rows(300, seed=9, quotes=False))))
    splits = split_file(path, first=0, split_bytes=1_000)
    with path.open("a") as file:
        file.write("more\n")
    with pytest.raises(RefusedError, match="changed while it was traced"):
        digests_of(Source(path), splits=splits)


@pytest.mark.parametrize("suite", list(Suite))
def test_a_tokenizer_of_a_key_gives_the_same_tokens(suite: Suite) -> None:
    one = Tokenizer(SECRET, kind=KindName.EMAIL, suite=suite)
    other = Tokenizer.of_key(one.key, kind=KindName.EMAIL)
    assert other.token("somebody@example.com") == one.token("somebody@example.com")
    assert other.is_national == one.is_national
    assert TOKENIZERS[KindName.PHONE].key != TOKENIZERS[KindName.EMAIL].key
