"""A template's leaf is the general encoder's, byte for byte, and what the one refuses the other refuses."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suyuan.errors import RefusedError
from suyuan.ledger import KeySpan, OutcomeEntry, ReleaseEntry, encode_entry, parse_entry
from suyuan.ledger.entry import encode_any
from suyuan.ledger.templates import outcome_leaf, release_leaf

MOST = 2**53 - 1
EDGES = st.sampled_from([-1, 0, 1, MOST, MOST + 1, True, False, 2**32 - 1, 2**32])
DIGESTS = st.binary(min_size=32, max_size=32)
NUMBERS = st.integers(0, MOST)
ANY_DIGESTS = DIGESTS | st.binary(min_size=31, max_size=33)
ANY_NUMBERS = NUMBERS | EDGES


def spans(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[KeySpan]:
    return st.builds(KeySpan, pool=numbers, first=numbers, count=numbers)


def releases(digests: st.SearchStrategy[bytes], numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[ReleaseEntry]:
    return st.builds(
        ReleaseEntry, commitment=digests, keys=spans(numbers), label=digests, manifest=digests, law=digests,
        recipient=digests,
    )  # fmt: skip


def outcomes(digests: st.SearchStrategy[bytes], numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[OutcomeEntry]:
    return st.builds(OutcomeEntry, commitment=digests, release=numbers)


def said(encode: Any, body: Any, *, epoch: Any, at_ms: Any) -> tuple[bytes | None, str]:
    try:
        return encode(body, epoch=epoch, at_ms=at_ms), ""
    except RefusedError as error:
        return None, str(error)


@given(
    body=releases(ANY_DIGESTS, ANY_NUMBERS) | outcomes(ANY_DIGESTS, ANY_NUMBERS), epoch=ANY_NUMBERS, at_ms=ANY_NUMBERS
)
def test_with_or_without_a_template_an_entry_is_the_same_or_refused_in_the_same_words(
    body: Any, epoch: Any, at_ms: Any
) -> None:
    assert said(encode_entry, body, epoch=epoch, at_ms=at_ms) == said(encode_any, body, epoch=epoch, at_ms=at_ms)


@given(body=releases(DIGESTS, st.integers(1, MOST)), epoch=st.integers(0, 2**32 - 1), at_ms=NUMBERS)
@example(
    body=ReleaseEntry(
        commitment=bytes(32), keys=KeySpan(pool=0, first=MOST, count=MOST), label=b"\xff" * 32, manifest=bytes(32),  # type: ignore[arg-type]
        law=bytes(32), recipient=bytes(32),
    ),
    epoch=2**32 - 1,
    at_ms=MOST,
)  # fmt: skip
def test_a_sound_release_has_a_template_that_reads_back(body: ReleaseEntry, epoch: int, at_ms: int) -> None:
    leaf = release_leaf(body, epoch=epoch, at_ms=at_ms)
    assert leaf is not None
    assert leaf == encode_any(body, epoch=epoch, at_ms=at_ms)
    read = parse_entry(leaf)
    assert (read.body, read.epoch, read.at_ms) == (body, epoch, at_ms)


@given(body=outcomes(DIGESTS, NUMBERS), epoch=st.integers(0, 2**32 - 1), at_ms=NUMBERS)
def test_a_sound_outcome_has_a_template_that_reads_back(body: OutcomeEntry, epoch: int, at_ms: int) -> None:
    leaf = outcome_leaf(body, epoch=epoch, at_ms=at_ms)
    assert leaf is not None
    assert leaf == encode_any(body, epoch=epoch, at_ms=at_ms)
    assert parse_entry(leaf).body == body


@pytest.mark.parametrize("at_ms", [-1, MOST + 1, True, 1.0])
def test_a_template_answers_for_no_time_out_of_range(at_ms: Any) -> None:
    assert outcome_leaf(OutcomeEntry(commitment=bytes(32), release=0), epoch=0, at_ms=at_ms) is None  # type: ignore[arg-type]
