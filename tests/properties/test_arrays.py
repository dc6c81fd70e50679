"""Digests and MACs of rows that are arrays are what `hashlib` and `hmac` give, side by side or one by one."""

import hmac
from collections.abc import Iterator
from hashlib import sha256

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.crypto import arrays, side_by_side

SLOWLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COUNTS = st.sampled_from([0, 1, 17, 48, 50, 64, 100])


@pytest.fixture(params=["one by one", "side by side"], autouse=True, scope="module")
def _road(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "side by side":
        pytest.importorskip("numba")
        assert side_by_side.load()
    yield
    side_by_side.unload()


def drawn(seed: int, *shape: int) -> arrays.Bytes:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@SLOWLY
@given(
    seed=st.integers(0, 99), count=COUNTS, head=st.integers(0, 60), before=st.binary(max_size=70),
    longest=st.sampled_from([0, 10, 130, 5000]),
)  # fmt: skip
def test_texts(seed: int, count: int, head: int, before: bytes, longest: int) -> None:
    data, heads, draws = drawn(seed, longest), drawn(seed + 1, count, head), np.random.default_rng(seed + 2)
    starts = draws.integers(0, longest + 1, count)
    sizes = draws.integers(0, longest + 1 - starts)
    found = arrays.hash_texts(heads, before=before, texts=arrays.Texts(data=data, starts=starts, sizes=sizes))
    texts = [data[start : start + size].tobytes() for start, size in zip(starts, sizes, strict=True)]
    expected = [sha256(before + h.tobytes() + text).digest() for h, text in zip(heads, texts, strict=True)]
    assert found.shape == (count, 32)
    assert [row.tobytes() for row in found] == expected


@pytest.mark.parametrize("size", range(130))
def test_every_place_of_the_padding(size: int) -> None:
    data = drawn(size, 130)
    sizes = np.full(64, size)
    texts = arrays.Texts(data=data, starts=np.zeros(64, np.int64), sizes=sizes)
    found = arrays.hash_texts(drawn(1, 64, 0), texts=texts)
    assert {row.tobytes() for row in found} == {sha256(data[:size].tobytes()).digest()}


@pytest.mark.parametrize(("start", "size"), [(-1, 1), (0, -1), (4, 1), (2**40, 1)])
def test_no_stretch_leaves_its_data(start: int, size: int) -> None:
    texts = arrays.Texts(data=drawn(1, 4), starts=np.full(64, start), sizes=np.full(64, size))
    with pytest.raises(ValueError, match="not inside"):
        arrays.hash_texts(drawn(1, 64, 1), texts=texts)


@given(texts=st.lists(st.none() | st.text(max_size=9), max_size=9), rows=st.lists(st.integers(0, 8), max_size=9))
def test_a_column_is_its_bytes(texts: list[str | None], rows: list[int]) -> None:
    column = pl.Series(["x", *texts], dtype=pl.String)[1:]
    plain = [(text or "").encode() for text in texts]
    rows = [row for row in rows if row < len(texts)]
    for held in (column, column.cast(pl.Binary)):
        taken = arrays.Texts.of_column(held)
        picked = taken.pick(np.array(rows, dtype=np.int64))
        assert [taken.data[i : i + n].tobytes() for i, n in zip(taken.starts, taken.sizes, strict=True)] == plain
        assert [row.tobytes() for row in arrays.hash_texts(drawn(1, len(rows), 0), texts=picked)] == [
            sha256(plain[row]).digest() for row in rows
        ]
        assert "x" not in repr(taken).replace("Texts", "")


@SLOWLY
@given(seed=st.integers(0, 99), count=COUNTS, size=st.integers(1, 200), before=st.binary(max_size=70))
def test_tables(seed: int, count: int, size: int, before: bytes) -> None:
    rows = drawn(seed, count, size)
    found = [row.tobytes() for row in arrays.hash_table(rows, before=before)]
    assert found == [sha256(before + row.tobytes()).digest() for row in rows]


@SLOWLY
@given(seed=st.integers(0, 99), count=COUNTS, message=st.binary(max_size=100), numbers=st.integers(0, 3))
def test_signed(seed: int, count: int, message: bytes, numbers: int) -> None:
    keys = [key.tobytes() for key in drawn(seed, 5, 32)]
    draws = np.random.default_rng(seed)
    places, tails = draws.integers(0, 5, count), draws.integers(0, 2**64, (count, numbers), dtype=np.uint64)
    signers = arrays.Signers(keys)
    found = [row.tobytes() for row in signers.signed(places, message=message, numbers=tails)]
    said = [message + b"".join(int(n).to_bytes(8, "big") for n in row) for row in tails]
    assert found == [hmac.digest(keys[p], text, "sha256") for p, text in zip(places, said, strict=True)]
    assert repr(signers) == "<5 signers>"
    assert signers.key(3) == keys[3]
