"""Many records are unsealed as each alone would be, and one that does not open is named."""

from dataclasses import replace

import numpy as np
import pytest

from suyuan.errors import VerificationError
from suyuan.hold.ports import SealedRecord
from suyuan.hold.seal import RECIPES, seal_each
from suyuan.hold.sealed_columns import SealedColumns
from suyuan.hold.unseal import unseal, unseal_each
from suyuan.terms import FieldName, PersonNumber


class Counting:
    """Entropy whose bytes are counted up."""

    def __init__(self) -> None:
        self.drawn = 0

    def draw(self, size: int) -> bytes:
        self.drawn += 1
        return bytes((i + self.drawn) % 256 for i in range(size))


VALUES = [{FieldName("name"): f"Person {i}", FieldName("note"): "张三"} for i in range(5)]
KEYS = [bytes([i]) * 32 for i in range(5)]


def records() -> SealedColumns:
    bodies = seal_each(VALUES, keys=KEYS, persons=range(5), versions=range(10, 15), entropy=Counting())
    return SealedColumns(
        persons=np.arange(5), versions=np.arange(10, 15), bodies=bodies, tables={}, hidden=np.ones(5, np.bool_)
    )


def test_many_are_as_each_alone() -> None:
    sealed = records()
    opened, every = unseal_each(sealed, keys=KEYS), [FieldName("name"), FieldName("note"), FieldName("phone")]
    read = [opened.values(row, fields=every) for row in range(len(opened))]
    assert read == VALUES == [unseal(sealed.record(i), key=key) for i, key in enumerate(KEYS)]
    assert unseal_each(sealed.take(np.array([4, 4])), keys=[KEYS[4]] * 2).values(0, fields=[FieldName("note")]) == {
        "note": "张三"
    }
    assert len(unseal_each(sealed.take(np.arange(0)), keys=[])) == 0


def test_recipes_are_no_values() -> None:
    value = {FieldName("name"): "Person"}
    kept = value | {RECIPES: {FieldName("name"): "1|-Person"}}
    [body] = seal_each([kept], keys=KEYS[:1], persons=[0], versions=[10], entropy=Counting())
    record = SealedRecord(person=PersonNumber(0), version=10, body=body, commitments={})
    assert unseal(record, key=KEYS[0]) == value


@pytest.mark.parametrize("how", ["body", "short", "version", "key"])
def test_one_that_does_not_open_is_named(how: str) -> None:
    sealed, keys = records(), list(KEYS)
    bodies = list(sealed.bodies)
    if how == "body":
        bodies[3] = bodies[3][:-1] + bytes([bodies[3][-1] ^ 1])
    elif how == "short":
        bodies[3] = b"short"
    elif how == "version":
        sealed = replace(sealed, versions=np.array([10, 11, 12, 99, 14]))
    else:
        keys[3] = KEYS[2]
    with pytest.raises(VerificationError, match="record of person 3"):
        unseal_each(replace(sealed, bodies=bodies), keys=keys)
