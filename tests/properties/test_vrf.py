import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.crypto import vrf
from suyuan.crypto.vrf import VrfKey
from suyuan.errors import VerificationError
from suyuan.evidence import ecvrf

SEED = st.binary(min_size=32, max_size=32)


@given(SEED, st.binary(max_size=80))
@settings(max_examples=25)
def test_what_the_platform_proves_both_accept_with_one_output(seed: bytes, alpha: bytes) -> None:
    key = VrfKey(seed)
    proof = key.prove(alpha)
    output = key.output(alpha)
    assert vrf.verify(key.public, alpha, proof) == ecvrf.verify(key.public, alpha, proof) == output


@given(SEED, st.binary(max_size=40), st.integers(0, 112 * 8 - 1))
@settings(max_examples=60)
def test_a_flipped_bit_of_key_or_proof_is_refused_by_both(seed: bytes, alpha: bytes, bit: int) -> None:
    key = VrfKey(seed)
    told = bytearray(key.public + key.prove(alpha))
    told[bit // 8] ^= 1 << bit % 8
    for verify in (vrf.verify, ecvrf.verify):
        with pytest.raises(VerificationError):
            verify(bytes(told[:32]), alpha, bytes(told[32:]))


@given(st.binary(min_size=32, max_size=32))
def test_both_read_the_same_32_bytes_as_a_point(text: bytes) -> None:
    try:
        ecvrf._require_member(text, what="text")
        member = True
    except VerificationError:
        member = False
    assert vrf._is_point(text) is member


@given(st.binary(max_size=60), SEED)
@settings(max_examples=25)
def test_both_hash_an_input_to_the_same_point(alpha: bytes, salt: bytes) -> None:
    assert ecvrf._encode(ecvrf.encode_to_curve(alpha, salt=salt)) == vrf.encode_to_curve(alpha, salt=salt)


@given(SEED, st.lists(st.binary(max_size=40), max_size=60))
@settings(max_examples=60)
def test_outputs_in_bulk_are_the_plain_ones(seed: bytes, alphas: list[bytes]) -> None:
    key = VrfKey(seed)
    assert key.outputs(alphas) == [key.output(alpha) for alpha in alphas]
