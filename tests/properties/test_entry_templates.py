"""A template's leaf is the general encoder's, byte for byte, and what the one refuses the other refuses."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suyuan.crypto.canonical import encode, read_plain, to_base64
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import Entry, KeySpan, OutcomeEntry, ReleaseEntry, encode_entry, parse_entry
from suyuan.ledger.entry import encode_any, parse_any
from suyuan.ledger.templates import (
    OUTCOME_LEAF,
    RELEASE_LABELS,
    outcome_leaf,
    read_outcome,
    read_release,
    release_leaf,
)

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


def read(parse: Any, leaf: bytes) -> tuple[Entry | None, str]:
    try:
        return parse(leaf), ""
    except VerificationError as error:
        return None, str(error)


def require_read_alike(leaf: bytes) -> None:
    """A leaf is read the same with and without templates; what has a template's shape carries the labels it shows."""
    assert read(parse_entry, leaf) == read(parse_any, leaf)
    found, strict = RELEASE_LABELS.fullmatch(leaf), read(parse_any, leaf)[0]
    if strict is not None:
        members = read_plain(leaf)
        texts = None if found is None else [text.decode() for text in found.groups()]
        assert texts == ([members["l"], members["r"]] if members["op"] == "release" else None)
        assert (OUTCOME_LEAF.fullmatch(leaf) is not None) == (members["op"] == "outcome")


SOUND = st.builds(
    lambda body, epoch, at_ms: encode_any(body, epoch=epoch, at_ms=at_ms),
    body=releases(DIGESTS, st.integers(1, MOST)) | outcomes(DIGESTS, NUMBERS),
    epoch=st.integers(0, 2**32 - 1),
    at_ms=NUMBERS,
)


@given(leaf=SOUND)
def test_a_sound_leaf_is_read_by_a_template(leaf: bytes) -> None:
    assert read_release(leaf) is not None or read_outcome(leaf) is not None
    require_read_alike(leaf)


@given(leaf=SOUND, data=st.data())
def test_a_leaf_with_bytes_changed_is_read_or_refused_alike(leaf: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(leaf)))
    put = data.draw(st.binary(max_size=3) | st.sampled_from([b'"', b"\\", b"0", b"=", b"A", b"B", b"\n", b"}"]))
    require_read_alike(leaf[:start] + put + leaf[start + data.draw(st.integers(0, 3)) :])


TEXTS = DIGESTS.map(to_base64) | st.sampled_from(
    ["", "A" * 44, "A" * 42 + "B=", "A" * 43 + "=", "A" * 43 + "\\", "é" * 44]
)
VALUES = TEXTS | ANY_NUMBERS | st.none() | st.lists(ANY_NUMBERS, max_size=4)


@given(data=st.data(), op=st.sampled_from(["release", "outcome", "other"]))
def test_any_members_are_read_or_refused_alike(data: st.DataObject, op: str) -> None:
    """Members of another sort, too many, too few, out of range: the words are those of the general reader."""
    members: dict[str, Any] = read_plain(
        data.draw(SOUND.filter(lambda leaf: (b'"release"' in leaf) == (op != "outcome")))
    ) | {"op": op}  # fmt: skip
    for key in data.draw(st.sets(st.sampled_from([*members, "x"]), max_size=2)):
        if data.draw(st.booleans()):
            members[key] = data.draw(VALUES)
        else:
            members.pop(key, None)
    try:
        leaf = encode(members)
    except RefusedError:
        return
    require_read_alike(leaf)


@pytest.mark.parametrize("at_ms", [-1, MOST + 1, True, 1.0])
def test_a_template_answers_for_no_time_out_of_range(at_ms: Any) -> None:
    assert outcome_leaf(OutcomeEntry(commitment=bytes(32), release=0), epoch=0, at_ms=at_ms) is None  # type: ignore[arg-type]
