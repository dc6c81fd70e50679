"""Rows hashed side by side are what `hashlib` and `hmac` give, row by row, whatever their number and size."""

import hmac
from collections.abc import Iterator
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.crypto import bulk, keystream, merkle, side_by_side
from suyuan.crypto.kdf import payload_key

pytest.importorskip("numba")

COUNTS = st.sampled_from([1, 15, 16, 17, 48, 63, 64, 100])
KEYS = st.binary(min_size=32, max_size=32)
SLOWLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> Iterator[None]:
    assert side_by_side.load()
    assert side_by_side.is_ready(side_by_side.FEWEST)
    assert not side_by_side.is_ready(side_by_side.FEWEST - 1)
    yield
    side_by_side.unload()


def rows_of(seed: bytes, *, count: int, size: int) -> list[bytes]:
    return [(sha256(seed + i.to_bytes(4, "big")).digest() * (size // 32 + 1))[:size] for i in range(count)]


@SLOWLY
@given(seed=KEYS, count=COUNTS, size=st.integers(0, 200), before=st.binary(max_size=130), after=st.binary(max_size=130))
def test_hashes(seed: bytes, count: int, size: int, before: bytes, after: bytes) -> None:
    rows = rows_of(seed, count=count, size=max(size, 1))
    expected = [sha256(before + row + after).digest() for row in rows]
    assert side_by_side.hash_rows(rows, before=before, after=after) == expected


@SLOWLY
@given(seed=KEYS, count=COUNTS, message=st.binary(max_size=200), first=st.none() | st.integers(0, 2**63))
def test_hmac(seed: bytes, count: int, message: bytes, first: int | None) -> None:
    keys = rows_of(seed, count=count, size=32)
    numbers = None if first is None else range(first, first + count)
    tails = [b""] * count if numbers is None else [number.to_bytes(8, "big") for number in numbers]
    expected = [hmac.digest(key, message + tail, "sha256") for key, tail in zip(keys, tails, strict=True)]
    assert side_by_side.hmac_rows(keys, message=message, numbers=numbers) == expected


@given(seed=KEYS, places=st.lists(st.integers(0, 63), max_size=80))
@SLOWLY
def test_picked_keys_sign_as_themselves(seed: bytes, places: list[int]) -> None:
    keys = side_by_side.KeyRows.of(rows_of(seed, count=64, size=32))
    signed = side_by_side.hmac_rows(keys, message=b"m")
    picked = bulk.picked(keys, [*places, 3])
    assert picked == [keys[place] for place in (*places, 3)]
    assert side_by_side.hmac_rows(picked, message=b"m") == [signed[place] for place in (*places, 3)]


def test_what_stands_on_it_is_the_same_as_row_by_row() -> None:
    secrets = rows_of(b"secrets", count=70, size=32)
    assert bulk.payload_keys(secrets) == [payload_key(secret) for secret in secrets]
    entries = rows_of(b"entries", count=131, size=146)
    side = merkle.Tree(merkle.leaf_hashes(entries)).root, keystream.pool_root(secrets[0], rows=99, lanes=3)
    salts = bulk.shared_payload_commitments(secrets, payload=b"p" * 300)
    side_by_side.unload()
    assert side == (merkle.Tree(merkle.leaf_hashes(entries)).root, keystream.pool_root(secrets[0], rows=99, lanes=3))
    assert salts == bulk.shared_payload_commitments(secrets, payload=b"p" * 300)
    assert side_by_side.load()


def test_rows_of_two_sizes_are_hashed_row_by_row() -> None:
    entries = [b"a" * (40 + i % 2) for i in range(64)]
    assert merkle.leaf_hashes(entries) == [merkle.leaf_hash(entry) for entry in entries]


@pytest.mark.parametrize("size", [48, 49, 50, 63, 64, 65, 100, 131, 16_384, 16_385, 32_800])
def test_a_tree_is_the_one_that_is_made_level_by_level(size: int) -> None:
    leaves = rows_of(b"leaves", count=size, size=32)
    tree = merkle.Tree(leaves)
    path = tree.inclusion_proof(size - 1)
    side_by_side.unload()
    slowly = merkle.Tree(leaves)
    assert side_by_side.load()
    assert (tree.root, path) == (slowly.root, slowly.inclusion_proof(size - 1))
    assert [tree.range_hash(0, 1 << i) for i in range(size.bit_length() - 1)] == [
        slowly.range_hash(0, 1 << i) for i in range(size.bit_length() - 1)
    ]
