import json
from collections.abc import Callable
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest

from suyuan.crypto import vrf
from suyuan.crypto.vrf import VrfKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence import ecvrf

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "vectors/rfc9381.json").read_text("utf-8"))
Q = 2**252 + 27742317777372353535851937790883648493
KEY = VrfKey(bytes(range(32)))
PROOF = KEY.prove(b"alpha")

Verify = Callable[[bytes, bytes, bytes], bytes]
both = pytest.mark.parametrize("verify", [vrf.verify, ecvrf.verify], ids=["platform", "verifier"])


@pytest.mark.parametrize("example", VECTORS["valid"], ids=lambda e: str(e["example"]))
def test_the_published_examples_are_reproduced(example: Any) -> None:
    want = {name: bytes.fromhex(example[name]) for name in ("sk", "pk", "alpha", "h", "pi", "beta")}
    key = VrfKey(want["sk"])
    assert key.public == want["pk"]
    assert vrf.encode_to_curve(want["alpha"], salt=want["pk"]) == want["h"]
    assert key.prove(want["alpha"]) == want["pi"]
    assert key.output(want["alpha"]) == want["beta"]
    assert vrf.verify(want["pk"], want["alpha"], want["pi"]) == want["beta"]


@pytest.mark.parametrize("example", VECTORS["valid"], ids=lambda e: str(e["example"]))
def test_the_verifier_agrees_with_the_published_examples(example: Any) -> None:
    want = {name: bytes.fromhex(example[name]) for name in ("pk", "alpha", "h", "pi", "beta")}
    found, point = ecvrf.decode(want["h"]), ecvrf.encode_to_curve(want["alpha"], salt=want["pk"])
    assert found is not None
    assert (point[0] - found[0] * point[2]) % (2**255 - 19) == 0
    assert (point[1] - found[1] * point[2]) % (2**255 - 19) == 0
    assert ecvrf.verify(want["pk"], want["alpha"], want["pi"]) == want["beta"]


@both
@pytest.mark.parametrize("malformed", VECTORS["malformed_points"], ids=lambda m: m["why"])
def test_malformed_points_are_refused_as_key_and_in_proofs(verify: Verify, malformed: Any) -> None:
    point = bytes.fromhex(malformed["point"])
    with pytest.raises(VerificationError, match="public key"):
        verify(point, b"alpha", PROOF)
    with pytest.raises(VerificationError, match=r"point|80 bytes"):
        verify(KEY.public, b"alpha", point + PROOF[32:])


@both
@pytest.mark.parametrize("malformed", VECTORS["malformed_scalars"], ids=lambda m: m["why"])
def test_scalars_that_are_not_reduced_are_refused(verify: Verify, malformed: Any) -> None:
    with pytest.raises(VerificationError, match="not reduced"):
        verify(KEY.public, b"alpha", PROOF[:48] + bytes.fromhex(malformed["s"]))


@both
def test_a_proof_has_one_spelling_of_its_scalar(verify: Verify) -> None:
    again = (int.from_bytes(PROOF[48:], "little") + Q).to_bytes(32, "little")
    assert verify(KEY.public, b"alpha", PROOF) == KEY.output(b"alpha")
    with pytest.raises(VerificationError):
        verify(KEY.public, b"alpha", PROOF[:48] + again)


@both
@pytest.mark.parametrize("proof", [b"", PROOF[:-1], PROOF + b"\x00", bytes(80)], ids=["none", "short", "long", "zero"])
def test_proofs_of_another_shape_are_refused(verify: Verify, proof: bytes) -> None:
    with pytest.raises(VerificationError):
        verify(KEY.public, b"alpha", proof)


@both
def test_a_proof_is_of_one_key_and_one_input(verify: Verify) -> None:
    with pytest.raises(VerificationError):
        verify(KEY.public, b"beta", PROOF)
    with pytest.raises(VerificationError):
        verify(VrfKey(bytes(32)).public, b"alpha", PROOF)


@both
@pytest.mark.parametrize(("at", "size"), [(32, 16), (48, 32)], ids=["challenge", "scalar"])
def test_zero_in_the_place_of_a_number_is_refused(verify: Verify, at: int, size: int) -> None:
    with pytest.raises(VerificationError):
        verify(KEY.public, b"alpha", PROOF[:at] + bytes(size) + PROOF[at + size :])


def forged(public: bytes, gamma: bytes) -> bytes:
    """Make a proof that solves the equations of a verifier who lets the neutral point pass as a key."""
    point = vrf.encode_to_curve(b"anything", salt=public)
    u, v = VrfKeyless.base(7), VrfKeyless.times(7, point)
    challenge = sha512(b"\x03\x02" + public + point + gamma + u + v + b"\x00").digest()[:16]
    return gamma + challenge + (7).to_bytes(32, "little")


class VrfKeyless:
    """The curve's arithmetic for an attacker, by the verifier's whole numbers."""

    @staticmethod
    def base(number: int) -> bytes:
        return ecvrf._encode(ecvrf._combine(number, ecvrf._BASE, 0, ecvrf._IDENTITY))

    @staticmethod
    def times(number: int, point: bytes) -> bytes:
        decoded = ecvrf.decode(point)
        assert decoded is not None
        return ecvrf._encode(ecvrf._combine(number, decoded, 0, ecvrf._IDENTITY))


@both
def test_a_key_of_order_one_cannot_prove_whatever_it_likes(verify: Verify) -> None:
    neutral = (1).to_bytes(32, "little")
    with pytest.raises(VerificationError, match="public key"):
        verify(neutral, b"anything", forged(neutral, neutral))


@both
def test_a_second_proof_with_a_part_of_small_order_is_refused(verify: Verify) -> None:
    """With a challenge that 2 divides, gamma plus the point of order 2 solves the RFC's equations as well."""
    gamma = ecvrf.decode(PROOF[:32])
    assert gamma is not None
    two = ecvrf.decode((2**255 - 20).to_bytes(32, "little"))
    assert two is not None
    shifted = ecvrf._encode(ecvrf._add(gamma, two))
    point = vrf.encode_to_curve(b"alpha", salt=KEY.public)
    secret = int.from_bytes(KEY._scalar, "little")
    for nonce in range(1, 50):
        shown = [KEY.public, point, shifted, VrfKeyless.base(nonce), VrfKeyless.times(nonce, point)]
        challenge = sha512(b"\x03\x02" + b"".join(shown) + b"\x00").digest()[:16]
        number = int.from_bytes(challenge, "little")
        if number % 2 == 0:
            break
    scalar = ((nonce + number * secret) % Q).to_bytes(32, "little")
    with pytest.raises(VerificationError, match="proof's point"):
        verify(KEY.public, b"alpha", shifted + challenge + scalar)


def test_many_outputs_at_once_are_the_single_ones() -> None:
    alphas = [number.to_bytes(3, "big") for number in range(1100)]
    outputs = KEY.outputs(alphas)
    assert len(set(outputs)) == len(outputs)
    assert [outputs[i] for i in (0, 511, 512, 1099)] == [KEY.output(alphas[i]) for i in (0, 511, 512, 1099)]
    assert KEY.outputs([]) == []


def test_a_seed_has_32_bytes_and_a_key_prints_without_it() -> None:
    with pytest.raises(RefusedError, match="32 bytes"):
        VrfKey(bytes(31))
    assert repr(KEY) == "<vrf key>"
