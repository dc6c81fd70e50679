"""Commitments read by the kernel are those that are read column by column, and record by record, whatever the texts hold."""

import re
from binascii import b2a_base64
from collections.abc import Iterator, Set
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from suyuan.adapters.people import record_columns
from suyuan.adapters.people.record_rows import sealed_record
from suyuan.errors import UnavailableError
from suyuan.hold.sealed_columns import SealedColumns
from suyuan.terms import FieldName

pytest.importorskip("numba")

FIELDS = (FieldName("address"), FieldName("name"), FieldName("phone"))
SLOWLY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(autouse=True)
def _unloaded() -> Iterator[None]:
    record_columns.unload()
    yield
    record_columns.unload()


def digest_text(seed: int) -> bytes:
    return b2a_base64(sha256(seed.to_bytes(8, "big")).digest(), newline=False)


@st.composite
def texts(draw: st.DrawFn) -> list[bytes]:
    found = []
    for row in range(draw(st.integers(1, 12))):
        names = draw(st.sampled_from([FIELDS, FIELDS, FIELDS, FIELDS[:2], FIELDS[::-1], ()]))
        members = [b'"%s":"%s"' % (name.encode(), digest_text(10 * row + i)) for i, name in enumerate(names)]
        text = bytearray(b"{" + b",".join(members) + b"}")
        if draw(st.integers(0, 3)) == 0:
            text[draw(st.integers(0, len(text) - 1))] = draw(st.sampled_from(b'A/+=z"x \xff{,0'))
        found.append(bytes(text))
    return found


def is_whole(text: bytes, *, fields: Set[FieldName]) -> bool:
    """Say whether these fields of a text can be read."""
    found = [re.search(rb'"%s":"([^"]*)"' % name.encode(), text) for name in fields]
    members = [(member[0], member[1]) for member in found if member]
    try:
        sealed_record((0, 1, b"body", b"{" + b",".join(whole for whole, _ in members) + b"}", 1), place="here")
    except UnavailableError:
        return False
    return all(len(value) == 44 for _, value in members)


def read(texts: list[bytes], *, fields: tuple[FieldName, ...]) -> SealedColumns | None:
    rows = [(person, 1, b"body", text, 1) for person, text in enumerate(texts)]
    try:
        return record_columns.sealed_columns(rows, fields=fields, place="here")
    except UnavailableError:
        return None


@SLOWLY
@given(texts=texts(), fields=st.sampled_from([FIELDS, FIELDS[1:], FIELDS[:1]]))
def test_both_roads_read_the_same(texts: list[bytes], fields: tuple[FieldName, ...]) -> None:
    # Damage in a field that is not asked for is found or not, as the rows beside it are read.
    assume(all(is_whole(text, fields={*FIELDS} - {*fields}) for text in texts))
    record_columns.unload()
    slowly = read(texts, fields=fields)
    assert record_columns.load()
    quickly = read(texts, fields=fields)
    if slowly is None or quickly is None:
        assert slowly is quickly
        return
    for place, text in enumerate(texts):
        expected = sealed_record((place, 1, b"body", text, 1), place="here").commitments
        for columns in (slowly, quickly):
            held = columns.record(place).commitments
            assert {name: held.get(name) for name in fields} == {name: expected.get(name) for name in fields}
