"""SHA-256 side by side is hashlib's, at every length and for every number of lanes in use."""

from hashlib import sha256

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from suyuan.crypto import token
from suyuan.crypto.sha256_lanes import LONGEST, pad_messages, write_heads
from suyuan.crypto.token import Tokenizer
from suyuan.terms import KindName


@given(st.lists(st.binary(max_size=LONGEST), max_size=40))
@settings(max_examples=60, deadline=None)
def test_heads(messages: list[bytes]) -> None:
    sizes = np.array([len(message) for message in messages], dtype=np.int64)
    data = np.frombuffer(b"".join(messages) + b"\0", dtype=np.uint8)
    padded = np.zeros((len(messages), 64), dtype=np.uint8)
    pad_messages(data, np.cumsum(sizes) - sizes, sizes, padded)
    out = np.full((len(messages), 16), 7, dtype=np.uint8)
    places = np.arange(len(messages))[::-1].copy()
    write_heads(padded, count=len(messages), out=out, places=places)
    expected = [sha256(message).digest()[:15] + b"\7" for message in reversed(messages)]
    assert [row.tobytes() for row in out] == expected


def test_a_long_column_has_the_tokens_of_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = Tokenizer(b"k" * 32, kind=KindName.EMAIL)
    values = ["x" * (size % 70) + str(size) for size in range(3_000)]
    monkeypatch.setattr(token, "pays", lambda rows: True)
    monkeypatch.setattr(token, "LANE_ROWS", 1_000)
    found = tokenizer.column(pl.Series(values))
    assert found.to_list() == [tokenizer.token(value) for value in values]
