"""The order of ties: who is whose partner hangs on the file alone, and a key turns a pair round or leaves it."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.release.ordering import NO_PARTNER, order_choices, partners_of, shown_order, ties_of

FILES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=40)


def keys(choices: list[int]) -> np.ndarray:
    lanes = np.zeros((len(choices), 32), dtype=np.uint8)
    lanes[:, 0] = [0x80 if choice else 0x7F for choice in choices]
    return lanes


def test_rows_that_are_ties_stand_in_pairs_from_the_first_on() -> None:
    runs = ties_of(pl.Series(["a", "a", "a", "b", None, None, "c", "c", "c", "c"]))
    partner = partners_of(np.arange(10), runs=runs, rows_per_step=100)
    assert partner.tolist() == [1, -1, -1, -1, -1, -1, 7, -1, 9, -1]


def test_no_pair_has_a_person_of_two_rows_or_lies_astride_a_step() -> None:
    runs = np.zeros(6, dtype=np.int64)
    assert partners_of(np.array([1, 2, 1, 4, 5, 6]), runs=runs, rows_per_step=100).tolist() == [-1, -1, -1, 4, -1, -1]
    assert partners_of(np.arange(6), runs=runs, rows_per_step=3).tolist() == [1, -1, -1, 4, -1, -1]


@settings(max_examples=40)
@given(file=FILES, step=st.integers(1, 9), data=st.data())
def test_whatever_the_file_a_copy_is_its_rows_with_pairs_of_ties_turned_as_keys_draw(
    file: list[tuple[int, int]], step: int, data: st.DataObject
) -> None:
    persons = np.array([person for person, _ in file], dtype=np.int64)
    runs = np.array([run for _, run in file], dtype=np.int64)
    partner = partners_of(persons, runs=runs, rows_per_step=step)
    firsts = np.flatnonzero(partner != NO_PARTNER)
    both = np.concatenate([firsts, partner[firsts]])
    assert len(set(both.tolist())) == len(both)
    assert (partner[firsts] == firsts + 1).all()
    assert (runs[firsts] == runs[partner[firsts]]).all()
    assert (firsts // step == partner[firsts] // step).all()
    assert all((persons == persons[row]).sum() == 1 for row in both.tolist())
    choices = data.draw(st.lists(st.integers(0, 1), min_size=len(file), max_size=len(file)))
    lanes = keys(choices)
    assert order_choices(lanes).tolist() == choices
    order = shown_order(partner, lane_keys=lanes)
    assert sorted(order.tolist()) == list(range(len(file)))
    for row in range(len(file)):
        if row in both:
            first = row if partner[row] != NO_PARTNER else row - 1
            assert order[row] == (2 * first + 1 - row if choices[first] else row)
        else:
            assert order[row] == row


@settings(max_examples=40)
@given(file=FILES)
def test_no_two_neighbours_that_could_be_a_pair_are_left_over(file: list[tuple[int, int]]) -> None:
    persons, runs = np.arange(len(file)), np.array([run for _, run in file], dtype=np.int64)
    partner = partners_of(persons, runs=runs, rows_per_step=1000)
    taken = set(np.flatnonzero(partner != NO_PARTNER).tolist())
    taken |= {int(row) for row in partner if row != NO_PARTNER}
    assert not any(
        row not in taken and row + 1 not in taken and runs[row] == runs[row + 1] for row in range(len(file) - 1)
    )
