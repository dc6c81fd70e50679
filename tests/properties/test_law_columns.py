"""Draws, choices and chances over columns are those of one value at a time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from suyuan.kinds.kind import SLOTS_PER_FIELD
from suyuan.mark.law import MAX_RADIX, TOTAL, chance_columns, choose_columns, omission, uniform
from suyuan.release.marking import choose_forms, draw_columns, draws, omitted_rows

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=8)
EDGES = st.sampled_from([0, 1, *(e + d for r in (2, 3, 7, 16) for e in (TOTAL // r,) for d in (-1, 0, 1)), TOTAL - 1])


@given(data=st.data(), shape=SHAPES)
def test_choices_and_chances_are_those_of_the_scalar(data: st.DataObject, shape: tuple[int, int]) -> None:
    drawn = data.draw(arrays(np.uint16, shape, elements=st.one_of(EDGES, st.integers(0, TOTAL - 1))))
    radices = data.draw(arrays(np.uint8, shape, elements=st.integers(1, MAX_RADIX)))
    choices = choose_columns(drawn, radices=radices)
    chances = chance_columns(choices, radices=radices)
    for at in np.ndindex(shape):
        law = uniform(int(radices[at]))
        assert choices[at] == law.choose(int(drawn[at]))
        assert chances[at] == float(law.chance(int(choices[at])))


@given(keys=st.lists(st.binary(min_size=32, max_size=32), max_size=8), slots=st.integers(0, SLOTS_PER_FIELD))
def test_draws_of_lane_keys_are_those_of_the_scalar(keys: list[bytes], slots: int) -> None:
    columns = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, 32)
    assert draw_columns(columns, slots=slots).tolist() == [list(draws(key)[:slots]) for key in keys]


@given(keys=st.lists(st.binary(min_size=32, max_size=32), max_size=8), rate=st.integers(1, TOTAL - 1))
def test_omission_is_the_law_s_second_choice(keys: list[bytes], rate: int) -> None:
    columns = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, 32)
    law = omission(omitted_per_65536=rate)
    assert omitted_rows(columns, law=law).tolist() == [law.choose(draws(key)[0]) == 1 for key in keys]


@given(data=st.data(), keys=st.lists(st.binary(min_size=32, max_size=32), max_size=8), slots=st.integers(0, 4))
def test_marks_of_a_field_are_the_choices_of_its_draws(data: st.DataObject, keys: list[bytes], slots: int) -> None:
    radices = data.draw(arrays(np.uint8, (len(keys), slots), elements=st.integers(1, MAX_RADIX)))
    columns = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, 32)
    wanted = [
        [uniform(int(r)).choose(u) for r, u in zip(row, draws(key), strict=False)]
        for row, key in zip(radices, keys, strict=True)
    ]
    assert choose_forms(columns, radices=radices).tolist() == wanted
