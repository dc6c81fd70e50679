"""Rows sealed and opened in one loop are what `aead` makes of them, and what was altered opens neither way."""

from collections.abc import Iterator
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.crypto import aead, aead_table
from suyuan.crypto.side_by_side import FEWEST, KeyRows
from suyuan.errors import VerificationError

pytest.importorskip("numba")

SLOWLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SEEDS = st.binary(min_size=4, max_size=4)


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> Iterator[None]:
    if not aead_table.load():
        pytest.skip("this processor has no AES instructions")
    yield
    aead_table.unload()


def drawn(seed: bytes, *, rows: int, size: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    text = b"".join(sha256(seed + i.to_bytes(4, "big")).digest() for i in range(rows * (size // 32 + 1)))
    return np.frombuffer(text[: rows * size], np.uint8).reshape(rows, size)


@SLOWLY
@given(
    seed=SEEDS, rows=st.integers(FEWEST, FEWEST + 20), sizes=st.lists(st.integers(0, 2000), min_size=1, max_size=5),
    bound=st.integers(0, 70),
)  # fmt: skip
def test_rows_open_as_by_themselves(seed: bytes, rows: int, sizes: list[int], bound: int) -> None:
    keys, nonces = KeyRows(drawn(seed, rows=rows, size=32)), drawn(seed + b"n", rows=rows, size=12)
    associated = drawn(seed + b"a", rows=rows, size=bound)
    texts = [bytes(drawn(seed + b"t", rows=1, size=sizes[i % len(sizes)])) for i in range(rows)]
    sealed = [
        aead.wrap(text, kek=key, nonce=nonce.tobytes(), associated=row.tobytes())
        for text, key, nonce, row in zip(texts, keys, nonces, associated, strict=True)
    ]
    opened = aead_table.open_table(keys, sealed=sealed, bound=associated)
    assert opened.data.tobytes() == b"".join(texts)
    assert opened.bounds.tolist() == aead_table.bounds_of(texts).tolist()


@SLOWLY
@given(seed=SEEDS, rows=st.integers(0, FEWEST + 20), size=st.integers(0, 400), head=st.integers(0, 40))
def test_an_array_of_rows_opens_as_they_do_by_themselves(seed: bytes, rows: int, size: int, head: int) -> None:
    keys, plain = drawn(seed, rows=rows, size=32), drawn(seed + b"r", rows=rows, size=size)
    nonces = drawn(seed + b"n", rows=rows, size=12).tobytes()
    sealed = aead_table.seal_table(KeyRows(keys), rows=plain, nonces=nonces, head=head)
    assert np.array_equal(aead_table.open_array(keys, sealed=sealed, head=head), plain)
    for row in range(min(rows, 1)):
        altered = sealed.copy()
        altered[row, -1] ^= 1
        with pytest.raises(VerificationError, match="altered"):
            aead_table.open_array(keys, sealed=altered, head=head)
    with pytest.raises(VerificationError, match="truncated"):
        aead_table.open_array(keys, sealed=sealed[:, : head + 27], head=head)


@SLOWLY
@given(seed=SEEDS, rows=st.integers(FEWEST, FEWEST + 20), size=st.integers(0, 400), head=st.integers(0, 40))
def test_rows_are_sealed_as_by_themselves(seed: bytes, rows: int, size: int, head: int) -> None:
    keys, plain = KeyRows(drawn(seed, rows=rows, size=32)), drawn(seed + b"r", rows=rows, size=size)
    nonces = drawn(seed + b"n", rows=rows, size=12).tobytes()
    sealed = aead_table.seal_table(keys, rows=plain, nonces=nonces, head=head)
    expected = aead.seal_rows(keys, rows=[row.tobytes() for row in plain], nonces=nonces)
    assert [row[head:].tobytes() for row in sealed] == expected
    assert not sealed[:, :head].any()
    # Row by row, as without the loop.
    slowly = aead_table.seal_table(list(keys), rows=plain, nonces=nonces, head=head)
    assert slowly.tobytes() == sealed.tobytes()


@SLOWLY
@given(seed=SEEDS, rows=st.integers(1, FEWEST + 20), head=st.binary(max_size=9), bound=st.binary(max_size=40))
def test_rows_under_one_key(seed: bytes, rows: int, head: bytes, bound: bytes) -> None:
    sealer = aead.Sealer(bytes(drawn(seed, rows=1, size=32)))
    secrets, nonces = [row.tobytes() for row in drawn(seed + b"s", rows=rows, size=32)], drawn(seed, rows=rows, size=12)
    sealed = sealer.seal_each(secrets, nonces=nonces.tobytes(), associated=bound, head=head)
    assert list(aead_table.open_each(sealer, sealed=sealed, associated=bound, head=len(head))) == secrets
    with pytest.raises(VerificationError):
        aead_table.open_each(sealer, sealed=sealed, associated=bound + b"x", head=len(head))


@pytest.mark.parametrize("how", ["altered", "short", "key", "bound", "order"])
def test_what_was_altered_does_not_open(how: str) -> None:
    rows = FEWEST
    keys, bound = drawn(b"keys", rows=rows, size=32), drawn(b"bound", rows=rows, size=33)
    plain, nonces = drawn(b"rows", rows=rows, size=90), drawn(b"nonces", rows=rows, size=12)
    sealed = [
        aead.wrap(plain[i].tobytes(), kek=keys[i].tobytes(), nonce=nonces[i].tobytes(), associated=bound[i].tobytes())
        for i in range(rows)
    ]
    assert aead_table.open_table(KeyRows(keys), sealed=sealed, bound=bound).data.tobytes() == plain.tobytes()
    if how == "altered":
        sealed[rows - 1] = sealed[rows - 1][:-1] + bytes([sealed[rows - 1][-1] ^ 1])
    elif how == "short":
        sealed[7] = b"short"
    elif how == "key":
        keys = np.concatenate([keys[:5], keys[6:7], keys[6:]])
    elif how == "bound":
        bound = np.concatenate([bound[1:], bound[:1]])
    else:
        sealed[3], sealed[4] = sealed[4], sealed[3]
    with pytest.raises(VerificationError):
        aead_table.open_table(KeyRows(keys), sealed=sealed, bound=bound)


def test_no_rows() -> None:
    none = np.zeros((0, 32), np.uint8)
    assert len(aead_table.open_table(KeyRows(none), sealed=[], bound=none).data) == 0
    assert aead_table.seal_table(KeyRows(none), rows=none, nonces=b"").shape == (0, 60)
