"""The person index gives for every token what a dictionary would, by its kernel and by whole columns, in memory and from a file."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.errors import UnavailableError
from suyuan.trace.matching import index as index_module
from suyuan.trace.matching.index import NOBODY, NOT_ONE, SLOTS, PersonIndex

HIGHEST = 2**64 - 1
TOKENS = st.one_of(
    st.integers(0, HIGHEST),
    st.integers(0, 40),  # All at home in the first line: it spills into those behind it.
    st.integers(HIGHEST - 40, HIGHEST),
    st.integers(0, 3).map(lambda home: home << 62),
)
PERSONS = st.one_of(st.integers(0, 50), st.sampled_from((NOT_ONE - 1, NOT_ONE, NOT_ONE + 1, 2**40)))


@pytest.fixture(params=("kernel", "columns", "kernel, from a file", "columns, from a file"))
def road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "LARGE", 1 if "kernel" in request.param else 10**9)
    monkeypatch.setattr(index_module, "IN_MEMORY", 0 if "file" in request.param else 10**9)


@pytest.mark.usefixtures("road")
@given(
    pairs=st.lists(st.tuples(TOKENS, PERSONS), max_size=60),
    others=st.lists(TOKENS, max_size=20),
    at_once=st.sampled_from((3, 1 << 20)),
)
def test_every_token_leads_to_its_one_person(pairs: list[tuple[int, int]], others: list[int], at_once: int) -> None:
    owners: dict[int, set[int]] = {}
    for token, person in pairs:
        owners.setdefault(token, set()).add(person)
    expected = {token: persons.pop() if len(persons) == 1 else NOBODY for token, persons in owners.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "PLACED_AT_ONCE", at_once)
        index = built(pairs)
    asked = [*owners, *others]
    found = index.find(np.array(asked, dtype=np.uint64))
    assert found.tolist() == [expected.get(token, NOBODY) for token in asked]
    tokens, persons = index.entries
    assert list(zip(tokens.tolist(), persons.tolist(), strict=True)) == sorted(expected.items())
    assert len(index) == len(expected)
    index.rest()
    assert index.find(np.array(asked, dtype=np.uint64)).tolist() == found.tolist()


@given(pairs=st.lists(st.tuples(TOKENS, PERSONS), min_size=1, max_size=30), change=st.integers(0, 2))
def test_the_digest_is_the_same_of_equal_indexes_alone(pairs: list[tuple[int, int]], change: int) -> None:
    pairs = list(dict(pairs).items())
    token, person = pairs[0]
    other = ([*pairs[1:]], [*pairs, (unused(pairs), 7)], [*pairs[1:], (token, person ^ 1)])[change]
    assert built(pairs).digest == built(list(reversed(pairs))).digest
    assert built(other).digest != built(pairs).digest


def test_tokens_that_are_spread_evenly_stand_in_their_homes() -> None:
    drawn = np.random.default_rng(3).integers(0, HIGHEST, 200_000, dtype=np.uint64)
    index = PersonIndex.of(drawn, persons=np.arange(len(drawn)))
    # What spills stays within a few lines, so that a look-up is one question to memory nearly always.
    _, places = next(index._placed(np.sort(drawn)))
    away = places // SLOTS - index._homes_of(np.sort(drawn)) // SLOTS
    assert (away == 0).mean() > 0.8
    assert away.max() < 20
    assert index.find(drawn).tolist() == list(range(len(drawn)))


def test_no_room_for_the_file_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index_module, "IN_MEMORY", 0)
    monkeypatch.setattr(index_module.os, "posix_fallocate", full)
    with pytest.raises(UnavailableError) as refused:
        built([(1, 2)])
    assert refused.value.code == "trace.spill"


def built(pairs: list[tuple[int, int]]) -> PersonIndex:
    tokens = np.array([token for token, _ in pairs], dtype=np.uint64)
    return PersonIndex.of(tokens, persons=np.array([person for _, person in pairs], dtype=np.int64))


def unused(pairs: list[tuple[int, int]]) -> int:
    return next(token for token in range(len(pairs) + 1) if token not in dict(pairs))
