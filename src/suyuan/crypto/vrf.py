"""A verifiable random function: outputs that only the key's holder can compute and anyone can check.

ECVRF-EDWARDS25519-SHA512-TAI. Stricter than the RFC in one point: keys and proofs outside the prime-order
subgroup are refused, which no honest holder makes.

Source: RFC 9381 sections 5.1 to 5.4 and 5.5, suite 0x03. Test: tests/unit/crypto/test_vrf.py
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha512
from typing import Final

from nacl import bindings
from nacl.exceptions import RuntimeError as SodiumError

from suyuan.crypto import vrf_lanes, vrf_outputs
from suyuan.errors import RefusedError, VerificationError

SEED_BYTES: Final = 32
POINT_BYTES: Final = 32
PROOF_BYTES: Final = 80
_CHALLENGE_BYTES: Final = 16
_PRIME: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_SUITE: Final = b"\x03"
_IDENTITY: Final = (1).to_bytes(POINT_BYTES, "little")
_SIGN_ALONE: Final = frozenset(
    (y | 1 << 255).to_bytes(POINT_BYTES, "little") for y in (1, _PRIME - 1)
)  # x is 0 there, and has no negative.
_THREADS: Final = 2
_OUTPUTS_PER_TASK: Final = 512
_OUTPUTS_PER_TURN: Final = 32


class VrfKey:
    """A secret VRF key. Prints without it."""

    __slots__ = ("_ladder", "_nonce", "_public", "_scalar", "_scalar_cleared")

    def __init__(self, seed: bytes) -> None:
        """Take the 32-byte seed. Raises: RefusedError: another length."""
        if len(seed) != SEED_BYTES:
            raise RefusedError(f"a VRF seed has {SEED_BYTES} bytes, got {len(seed)}")
        hashed = sha512(seed).digest()
        clamped = bytes([hashed[0] & 0xF8, *hashed[1:31], hashed[31] & 0x7F | 0x40])
        self._scalar = bindings.crypto_core_ed25519_scalar_reduce(clamped + bytes(32))
        self._scalar_cleared = bindings.crypto_core_ed25519_scalar_mul(self._scalar, (8).to_bytes(32, "little"))
        self._ladder = vrf_outputs.ladder(self._scalar)
        self._nonce = hashed[32:]
        self._public = bindings.crypto_scalarmult_ed25519_base_noclamp(self._scalar)

    def __repr__(self) -> str:
        return "<vrf key>"

    @property
    def public(self) -> bytes:
        """The public key: 32 bytes, an encoded point."""
        return self._public

    def output(self, alpha: bytes) -> bytes:
        """Give the 64-byte output for an input, without a proof."""
        point = encode_to_curve(alpha, salt=self._public)
        # The cofactor is multiplied into the scalar: one multiplication instead of two.
        return _output(bindings.crypto_scalarmult_ed25519_noclamp(self._scalar_cleared, point))

    def outputs(self, alphas: Sequence[bytes], *, threads: int = _THREADS) -> list[bytes]:
        """Give `output` of every input; the curve's arithmetic runs on as many threads."""
        tasks = [alphas[i : i + _OUTPUTS_PER_TASK] for i in range(0, len(alphas), _OUTPUTS_PER_TASK)]
        turn = threading.Lock()
        if len(tasks) <= 1 or threads <= 1:
            return [found for part in tasks for found in self._some_outputs(part, turn=turn)]
        with ThreadPoolExecutor(threads) as pool:
            done = pool.map(lambda part: self._some_outputs(part, turn=turn), tasks)
            return [found for part in done for found in part]

    def prove(self, alpha: bytes) -> bytes:
        """Give the 80-byte proof of the output for an input."""
        point = encode_to_curve(alpha, salt=self._public)
        gamma = bindings.crypto_scalarmult_ed25519_noclamp(self._scalar, point)
        nonce = bindings.crypto_core_ed25519_scalar_reduce(sha512(self._nonce + point).digest())
        u = bindings.crypto_scalarmult_ed25519_base_noclamp(nonce)
        v = bindings.crypto_scalarmult_ed25519_noclamp(nonce, point)
        challenge = _challenge(self._public, point, gamma, u, v)
        product = bindings.crypto_core_ed25519_scalar_mul(challenge + bytes(16), self._scalar)
        return gamma + challenge + bindings.crypto_core_ed25519_scalar_add(nonce, product)

    def _some_outputs(self, alphas: Sequence[bytes], *, turn: threading.Lock) -> list[bytes]:
        """Give some outputs, perhaps beside another thread that does the same.

        All but the multiplications takes many short calls, each of which gives up the interpreter and asks for it
        back. The threads take turns at that, and only the long multiplications run side by side.
        """
        if self._ladder is None:
            return [self.output(alpha) for alpha in alphas]
        found, head = list[bytes](), _SUITE + b"\x01" + self._public
        if vrf_lanes.is_ready(len(alphas)):
            return self._outputs_of(alphas, cleared=vrf_lanes.encoded(alphas, head=head, by=self._ladder))
        for start in range(0, len(alphas), _OUTPUTS_PER_TURN):
            some = alphas[start : start + _OUTPUTS_PER_TURN]
            with turn:
                points = vrf_outputs.hashed(some, head=head)
            products = vrf_outputs.multiplied(points, by=self._ladder)
            with turn:
                cleared = vrf_outputs.encoded(points, products=products, negative=self._ladder.negative)
            found += self._outputs_of(some, cleared=cleared)
        return found

    def _outputs_of(self, alphas: Sequence[bytes], *, cleared: Sequence[bytes | None]) -> list[bytes]:
        return [
            self.output(alpha) if point is None else _output(point)
            for alpha, point in zip(alphas, cleared, strict=True)
        ]


def verify(public: bytes, alpha: bytes, proof: bytes) -> bytes:
    """Check a proof and give the 64-byte output that it proves.

    Raises: VerificationError: a key or proof that is malformed, not canonical or of small order, or a proof
        that is not this key's for this input.
    """
    require_public(public)
    if len(proof) != PROOF_BYTES:
        raise VerificationError(f"vrf: a proof has {PROOF_BYTES} bytes")
    gamma, challenge, scalar = proof[:32], proof[32:48], proof[48:]
    if not _is_point(gamma):
        raise VerificationError("vrf: the proof's point is not one of the prime-order group")
    if int.from_bytes(scalar, "little") >= _ORDER:
        raise VerificationError("vrf: the proof's scalar is not reduced")
    multiply, subtract = bindings.crypto_scalarmult_ed25519_noclamp, bindings.crypto_core_ed25519_sub
    wide = challenge + bytes(16)
    point = encode_to_curve(alpha, salt=public)
    try:
        u = subtract(bindings.crypto_scalarmult_ed25519_base_noclamp(scalar), multiply(wide, public))
        v = subtract(multiply(scalar, point), multiply(wide, gamma))
    except SodiumError as error:
        # A zero scalar or challenge, which no proof has but with a chance of 2^-128.
        raise VerificationError("vrf: the proof does not hold") from error
    if _challenge(public, point, gamma, u, v) != challenge:
        raise VerificationError("vrf: the proof does not hold")
    return _output(_times_cofactor(gamma))


def require_public(public: bytes) -> None:
    """Require a public key that binds its holder.

    Raises: VerificationError: not a canonical point of the prime-order group.
    """
    if not _is_point(public):
        raise VerificationError("vrf: the public key is not a point of the prime-order group")


def encode_to_curve(alpha: bytes, *, salt: bytes) -> bytes:
    """Give the point that an input is hashed to, by trying counters.

    Source: RFC 9381 section 5.4.1.1.
    """
    head, hasher, add = _SUITE + b"\x01" + salt + alpha, sha512, bindings.crypto_core_ed25519_add
    for counter in range(256):
        candidate = hasher(head + bytes((counter, 0))).digest()[:POINT_BYTES]
        if not _is_canonical(candidate):
            continue
        try:
            point = add(candidate, candidate)
        except SodiumError:
            continue
        point = add(point, point)
        point = add(point, point)
        if point != _IDENTITY:
            return point
    # 256 misses in a row have a chance of 2^-256.
    raise RefusedError("vrf: this input has no point")


def _times_cofactor(point: bytes) -> bytes:
    for _ in range(3):
        point = bindings.crypto_core_ed25519_add(point, point)
    return point


def _output(cleared: bytes) -> bytes:
    return sha512(_SUITE + b"\x03" + cleared + b"\x00").digest()


def _challenge(*points: bytes) -> bytes:
    return sha512(_SUITE + b"\x02" + b"".join(points) + b"\x00").digest()[:_CHALLENGE_BYTES]


def _is_point(text: bytes) -> bool:
    if len(text) != POINT_BYTES or not _is_canonical(text):
        return False
    return bindings.crypto_core_ed25519_is_valid_point(text)


def _is_canonical(text: bytes) -> bool:
    """Say whether this is the one spelling of its coordinates, if there is such a point at all."""
    return int.from_bytes(text, "little") & (1 << 255) - 1 < _PRIME and text not in _SIGN_ALONE
