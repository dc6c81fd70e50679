from hypothesis import given
from hypothesis import strategies as st

from suyuan.crypto import bulk, kdf
from suyuan.crypto.commit import PAYLOAD, TABLES, commitment

KEY = st.binary(min_size=32, max_size=32)


@given(st.lists(st.tuples(KEY, st.binary(max_size=80), st.integers(0, 2**64 - 1)), max_size=8), st.integers(0, 9))
def test_every_column_is_its_scalar_twin(rows: list[tuple[bytes, bytes, int]], first: int) -> None:
    secrets = [row[0] for row in rows]
    bodies, nonces = [row[1] for row in rows], [row[2] for row in rows]
    label_keys, payload_keys = bulk.label_keys(secrets), bulk.payload_keys(secrets)
    assert label_keys == [kdf.label_key(secret) for secret in secrets]
    assert payload_keys == [kdf.payload_key(secret) for secret in secrets]
    assert bulk.labels(label_keys, origin="日志.example", epoch=3) == [
        kdf.label(key, origin="日志.example", epoch=3) for key in label_keys
    ]
    salts = bulk.payload_salts(payload_keys, pool=5, first=first)
    assert salts == [kdf.entry_payload_salt(key, pool=5, ordinal=first + i) for i, key in enumerate(payload_keys)]
    assert bulk.payload_commitments(salts, payloads=bodies) == [
        commitment(PAYLOAD, salt=salt, payload=body) for salt, body in zip(salts, bodies, strict=True)
    ]
    tables = bulk.table_salts(payload_keys, field="phone", nonces=nonces)
    assert tables == [
        kdf.table_salt(key, field="phone", nonce=nonce) for key, nonce in zip(payload_keys, nonces, strict=True)
    ]
    assert bulk.table_commitments(tables, tables=bodies) == [
        commitment(TABLES, salt=salt, payload=body) for salt, body in zip(tables, bodies, strict=True)
    ]
