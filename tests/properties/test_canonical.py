import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from suyuan.crypto.canonical import MAX_INTEGER, decode, decode_object, encode, from_base64, to_base64
from suyuan.errors import RefusedError, VerificationError

KEYS = st.text(st.characters(max_codepoint=0xD7FF))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_bytes_are_those_of_rfc_8785_and_read_back(value: object) -> None:
    data = encode(value)
    assert data == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert decode(data) == value


@given(st.dictionaries(KEYS, st.integers(0, 9), min_size=1), st.data())
def test_every_truncation_and_padding_is_refused(value: dict[str, int], data: st.DataObject) -> None:
    good = encode(value)
    cut = data.draw(st.integers(0, len(good) - 1))
    for bad in (good[:cut], good + b" ", b" " + good, good + good):
        with pytest.raises(VerificationError):
            decode(bad)


@given(st.binary())
def test_base64_has_one_spelling(raw: bytes) -> None:
    text = to_base64(raw)
    assert from_base64(text, size_bytes=len(raw)) == raw
    for bad in (text + "=", text + "\n", " " + text, text[:-1] if text else "=", text.replace("=", "") + "A"):
        with pytest.raises(VerificationError):
            from_base64(bad, size_bytes=len(raw))


@pytest.mark.parametrize("bad", [b'{"a":1.0}', b'{"a":1e3}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'"\\u0041"', b"[1, 2]", b"NaN", b"",
                                 b"9007199254740993", b'"\xff"', b"[" * 40 + b"]" * 40, b"-0", b'"\\/"'])  # fmt: skip
def test_other_spellings_are_refused(bad: bytes) -> None:
    with pytest.raises(VerificationError):
        decode(bad)


@pytest.mark.parametrize(
    "bad",
    [1.0, {"a": float("nan")}, {1: 2}, b"bytes", 2**53, -(2**53), {"\U0001f600": 1}, {"\ue000": 1}, "\ud800", {1, 2}],
)
def test_values_without_a_canonical_form_are_refused(bad: object) -> None:
    with pytest.raises(RefusedError, match="canonical JSON"):
        encode(bad)


def test_an_object_is_asked_for_by_name() -> None:
    assert decode_object(b'{"a":[]}') == {"a": []}
    with pytest.raises(VerificationError, match="object"):
        decode_object(b"[]")
    for not_base64 in ("AB==", "AAB=", "é===", "A", "AAAA AAAA"):
        with pytest.raises(VerificationError):
            from_base64(not_base64)


@pytest.mark.parametrize("bad", [1.0, 2**53, b"", {1: 2}, (1.0,), [1.0], [-(2**53)], [[b""]], {"a": 0.5}])
def test_a_wide_list_is_looked_at_as_closely(bad: object) -> None:
    for wide in ([bad] * 70, [*range(70), bad], [[bad]] * 70, [*([1, "a"] for _ in range(70)), [bad]]):
        with pytest.raises(RefusedError):
            encode(wide)
    assert encode([[1, "a"]] * 70) == b"[" + b",".join([b'[1,"a"]'] * 70) + b"]"


def test_wide_lists_nest_no_deeper() -> None:
    deep: list[object] = []
    for level in range(40):
        deep = [deep] * (70 if level % 9 == 0 else 1)
    with pytest.raises(RefusedError):
        encode(deep)
