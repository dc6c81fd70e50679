"""Rows of fixed width are read from a COPY as they were written, wherever its bytes are cut; what is not such rows is refused."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.adapters.people.token_index import FOUND
from suyuan.adapters.postgres.copying import read_columns
from suyuan.errors import UnavailableError

NUMBER = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(NUMBER, NUMBER, st.booleans()), max_size=40)
HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)


def written(rows: list[tuple[int, int, bool]]) -> bytes:
    return HEAD + b"".join(struct.pack(">hiqiqi?", 3, 8, a, 8, b, 1, c) for a, b, c in rows) + b"\xff\xff"


@given(rows=ROWS, size=st.integers(1, 200))
def test_rows_are_read(rows: list[tuple[int, int, bool]], size: int) -> None:
    whole = written(rows)
    found = read_columns((whole[i : i + size] for i in range(0, len(whole), size)), kind=FOUND)
    assert found.dtype == FOUND
    assert found.tolist() == rows


@pytest.mark.parametrize(
    "whole",
    [b"", HEAD, written([(1, 2, True)])[:-3], HEAD + struct.pack(">hiqiqi?", 3, 4, 1, 8, 2, 1, True) + b"\xff\xff"],
)
def test_other_rows_are_refused(whole: bytes) -> None:
    with pytest.raises(UnavailableError, match="another width"):
        read_columns([whole], kind=np.dtype(FOUND))
