"""A sealed record opens under its key, person and version, and under nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.app import SystemEntropy
from suyuan.errors import VerificationError
from suyuan.hold.ports import SealedRecord
from suyuan.hold.seal import seal, seal_each
from suyuan.hold.unseal import unseal
from suyuan.terms import FieldName, PersonNumber

KEY = b"k" * 32
VALUES = {FieldName("name"): "张三", FieldName("phone"): "+8616300000000"}


def sealed(values: dict[FieldName, str], *, person: int = 3, version: int = 1) -> SealedRecord:
    body = seal(values, key=KEY, person=person, version=version, entropy=SystemEntropy())
    return SealedRecord(person=PersonNumber(person), version=version, body=body, commitments={})


@given(values=st.dictionaries(st.sampled_from([FieldName("a"), FieldName("b")]), st.text()))
def test_what_is_sealed_opens(values: dict[FieldName, str]) -> None:
    values = {name: text for name, text in values.items() if text.isprintable()}
    assert unseal(sealed(values), key=KEY) == values


def test_swapped_or_altered_records_do_not_open() -> None:
    record, other = sealed(VALUES), sealed(VALUES, person=4)
    assert record.body != sealed(VALUES).body  # A nonce of its own each time.
    for bad in (
        replace(record, person=PersonNumber(4)),
        replace(record, version=2),
        replace(record, body=other.body),
        replace(record, body=record.body[:-1]),
        replace(record, body=b""),
        *(
            replace(record, body=record.body[:at] + bytes([record.body[at] ^ 1]) + record.body[at + 1 :])
            for at in (0, 12, -2)
        ),
    ):
        with pytest.raises(VerificationError, match="does not open") as caught:
            unseal(bad, key=KEY)
        assert "张三" not in str(caught.value)
    with pytest.raises(VerificationError):
        unseal(record, key=b"x" * 32)


class Counting:
    """Entropy that counts up, so that what is drawn at once is what is drawn one by one."""

    def __init__(self) -> None:
        self._next = 0

    def draw(self, size_bytes: int) -> bytes:
        found = bytes((self._next + i) % 251 for i in range(size_bytes))
        self._next += size_bytes
        return found


def test_many_are_sealed_as_one_by_one() -> None:
    rows = [VALUES, {}, {FieldName("name"): "\u00e9 \U0001f600"}]
    keys, one_by_one = [b"k" * 32, b"l" * 32, b"m" * 16], Counting()
    assert seal_each(rows, keys=keys, persons=[3, 4, 5], versions=[1, 2, 3], entropy=Counting()) == [
        seal(values, key=key, person=person, version=version, entropy=one_by_one)
        for values, key, person, version in zip(rows, keys, [3, 4, 5], [1, 2, 3], strict=True)
    ]
