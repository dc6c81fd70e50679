"""Commitments made side by side are those that `bulk` makes row by row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.crypto import bulk, committing, side_by_side
from suyuan.hold.sealing import crossed
from suyuan.terms import FieldName

SECRETS = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20)


@pytest.fixture(scope="module", autouse=True)
def kernel() -> None:
    """Have the kernel, or leave the tests out where Numba is not installed."""
    if not side_by_side.load():
        pytest.skip("Numba is not installed")


@given(SECRETS, st.text(min_size=1, max_size=80), st.integers(1, 2**31))
def test_enrolment_commitments(keys: list[bytes], origin: str, first_epoch: int) -> None:
    expected = bulk.enrolment_commitments(keys, origin=origin, first_epoch=first_epoch)

    assert committing.enrolment_commitments(keys, origin=origin, first_epoch=first_epoch) == expected


@given(
    st.data(), SECRETS, st.lists(st.from_regex(r"[a-z_]{1,70}", fullmatch=True), min_size=1, max_size=4, unique=True)
)
def test_hidden_tables(data: st.DataObject, keys: list[bytes], names: list[str]) -> None:
    rows = len(keys)
    nonces = data.draw(st.lists(st.integers(0, 2**64 - 1), min_size=rows, max_size=rows))
    column = st.lists(st.binary(max_size=300), min_size=rows, max_size=rows)
    tables = {FieldName(name): data.draw(column) for name in names}

    found = committing.hidden_tables(keys, nonces=nonces, tables=tables)

    committed, pads = bulk.committed_tables(keys, nonces=nonces, tables=tables)
    hidden = crossed(committed, pads)
    assert found == {field: hidden[place :: len(tables)] for place, field in enumerate(tables)}
