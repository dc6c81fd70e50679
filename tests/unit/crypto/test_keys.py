import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from suyuan.crypto import kdf
from suyuan.crypto.aead import Sealer, unwrap, wrap
from suyuan.crypto.commit import PAYLOAD, commitment, lane_commitment, verify_commitment
from suyuan.crypto.keystream import lane_keys, pool_leaf, pool_root, pool_tree
from suyuan.crypto.merkle import leaf_hash, root
from suyuan.crypto.passphrase import PassphraseLaw, derive_kek
from suyuan.errors import RefusedError, VerificationError


@pytest.fixture(scope="module")
def published(repository: Path) -> Any:
    return json.loads((repository / "tests/vectors/crypto_published.json").read_text("utf-8"))


def test_expand_is_the_published_one(published: Any) -> None:
    for case in published["hkdf_expand"]["valid"]:
        assert kdf.expand(bytes.fromhex(case["prk"]), info=bytes.fromhex(case["info"])).hex() == case["okm"]
    with pytest.raises(RefusedError, match="32 bytes"):
        kdf.expand(b"short", info=b"")


def test_everything_that_hangs_on_a_secret_is_separate() -> None:
    secret = bytes(range(32))
    payload = kdf.payload_key(secret)
    made = {
        kdf.label_key(secret), payload, kdf.data_key(secret),
        kdf.label(secret, origin="a"), kdf.label(secret, origin="b"), kdf.label(secret, origin="a", epoch=1),
        kdf.entry_payload_salt(payload, pool=1, ordinal=2), kdf.entry_payload_salt(payload, pool=2, ordinal=1),
        kdf.entry_payload_key(payload, pool=1, ordinal=2),
        kdf.table_salt(payload, field="a", nonce=1), kdf.table_salt(payload, field="b", nonce=1),
        kdf.table_salt(payload, field="a", nonce=2),
    }  # fmt: skip
    assert len(made) == 12
    assert all(len(key) == 32 for key in made)


def test_the_formats_stay_as_they_are(repository: Path) -> None:
    frozen = json.loads((repository / "tests/vectors/crypto_formats.json").read_text("utf-8"))
    secret = bytes.fromhex(frozen["secret"])
    payload = kdf.payload_key(secret)
    assert {
        "label": kdf.label(kdf.label_key(secret), origin="log.example/suyuan", epoch=0).hex(),
        "data_key": kdf.data_key(secret).hex(),
        "payload_salt": kdf.entry_payload_salt(payload, pool=1, ordinal=2).hex(),
        "payload_key": kdf.entry_payload_key(payload, pool=1, ordinal=2).hex(),
        "table_salt": kdf.table_salt(payload, field="phone", nonce=3).hex(),
        "commitment": commitment(PAYLOAD, salt=secret, payload=b"{}").hex(),
        "lane_commitment": lane_commitment(secret).hex(),
        "lane_key_7_1_of_3": bytes(lane_keys(secret, first=7, count=1, lanes=3)[0, 1]).hex(),
        "pool_root_5_by_3": pool_root(secret, rows=5, lanes=3).hex(),
    } == frozen["expected"]


def test_lane_keys_are_the_keystream_at_any_place() -> None:
    seed = bytes(range(32))
    whole = Cipher(algorithms.AES(seed), modes.CTR(bytes(16))).encryptor().update(bytes(20 * 3 * 32))
    assert bytes(lane_keys(seed, first=0, count=20, lanes=3)) == whole
    assert bytes(lane_keys(seed, first=11, count=4, lanes=3)) == whole[11 * 96 : 15 * 96]
    assert lane_keys(seed, first=3, count=0, lanes=3).shape == (0, 3, 32)
    for first, count, lanes in ((-1, 1, 1), (0, -1, 1), (0, 1, 0)):
        with pytest.raises(RefusedError):
            lane_keys(seed, first=first, count=count, lanes=lanes)
    with pytest.raises(RefusedError):
        lane_keys(b"short", first=0, count=1, lanes=1)


def test_a_pool_leaf_opens_to_its_lane_keys() -> None:
    seed, keys = bytes(range(32)), lane_keys(bytes(range(32)), first=0, count=9000, lanes=2)
    tree = pool_tree(seed, rows=9000, lanes=2)
    commitments = b"".join(lane_commitment(bytes(key)) for key in keys[8500])
    assert tree.leaf(8500) == leaf_hash(pool_leaf(8500, commitments=commitments))
    assert tree.root == pool_root(seed, rows=9000, lanes=2) == root([tree.leaf(i) for i in range(9000)])


def test_sealed_bytes_open_only_under_key_nonce_and_context() -> None:
    key, other = bytes(32), bytes(31) + b"\x01"
    sealed = Sealer(key).seal(b"text", nonce=b"n" * 12, associated=b"a")
    assert Sealer(key).open(sealed, nonce=b"n" * 12, associated=b"a") == b"text"
    wrapped = wrap(b"secret", kek=key, nonce=b"n" * 12, associated=b"a")
    assert unwrap(wrapped, kek=key, associated=b"a") == b"secret"
    for bad in (wrapped[:-1], wrapped[:5], b"", wrapped[:-1] + b"\x00\x00", *(_flip(wrapped, i) for i in range(34))):
        with pytest.raises(VerificationError):
            unwrap(bad, kek=key, associated=b"a")
    for kek, context in ((other, b"a"), (key, b"b")):
        with pytest.raises(VerificationError):
            unwrap(wrapped, kek=kek, associated=context)
    with pytest.raises(RefusedError):
        Sealer(b"short")
    with pytest.raises(RefusedError):
        Sealer(key).seal(b"", nonce=b"short", associated=b"")


def test_a_commitment_opens_to_one_payload() -> None:
    committed = commitment(PAYLOAD, salt=bytes(32), payload=b"x")
    verify_commitment(committed, tag=PAYLOAD, salt=bytes(32), payload=b"x")
    for salt, payload in ((bytes(32), b"y"), (b"\x01" * 32, b"x"), (b"", bytes(32) + b"x")):
        with pytest.raises(VerificationError, match="suyuan/payload/v1"):
            verify_commitment(committed, tag=PAYLOAD, salt=salt, payload=payload)
    with pytest.raises(RefusedError):
        commitment(PAYLOAD, salt=b"", payload=b"")


def test_a_passphrase_gives_one_key_per_law() -> None:
    law = PassphraseLaw(salt=bytes(16), cost=2**10, parallel=1)
    assert derive_kek("correct horse", law=law) == derive_kek("correct horse", law=law)
    assert derive_kek("correct horse", law=law) != derive_kek("correct hors", law=law)
    with pytest.raises(RefusedError):
        derive_kek("", law=law)
    for bad in ({"salt": b""}, {"cost": 1000}, {"cost": 2}, {"cost": 2**30}, {"parallel": 0}, {"block_size": 99}):
        with pytest.raises(RefusedError):
            PassphraseLaw(**({"salt": bytes(16)} | bad))


def _flip(data: bytes, position: int) -> bytes:
    return data[:position] + bytes((data[position] ^ 1,)) + data[position + 1 :]
