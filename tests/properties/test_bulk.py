import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.crypto import aead, bulk, kdf
from suyuan.crypto.commit import PAYLOAD, TABLES, commitment
from suyuan.errors import VerificationError
from suyuan.terms import FieldName

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
    keys = bulk.entry_payload_keys(payload_keys, pool=5, first=first)
    assert keys == [kdf.entry_payload_key(key, pool=5, ordinal=first + i) for i, key in enumerate(payload_keys)]
    assert bulk.budget_tokens(payload_keys, block=first) == [kdf.budget_token(key, block=first) for key in payload_keys]
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


@given(
    st.lists(KEY, max_size=4),
    st.integers(1, 2**31),
    st.integers(0, kdf.ERAS * kdf.ERA_EPOCHS - 1),
)
def test_labels_of_eras_and_enrolments_are_their_scalar_twins(keys: list[bytes], first: int, later: int) -> None:
    origin, epoch = "日志.example", first + later
    start = kdf.era_start(epoch, first_epoch=first)
    assert start <= epoch < start + kdf.ERA_EPOCHS
    assert start in kdf.era_starts(first)
    eras = bulk.era_keys(keys, origin=origin, start=start)
    assert eras == [kdf.era_key(key, origin=origin, start=start) for key in keys]
    labels = bulk.person_labels(keys, origin=origin, epoch=epoch, first_epoch=first)
    assert labels == [kdf.person_label(key, origin=origin, epoch=epoch, first_epoch=first) for key in keys]
    assert labels == bulk.labels(eras, origin=origin, epoch=epoch)
    assert bulk.registry_identifier_keys(keys) == [kdf.registry_identifier_key(key) for key in keys]
    zero = bulk.person_labels(keys, origin=origin, epoch=0, first_epoch=first)
    assert zero == [kdf.label(key, origin=origin) for key in keys]
    assert bulk.enrolment_commitments(keys, origin=origin, first_epoch=first) == [
        kdf.enrolment_commitment(key, origin=origin, first_epoch=first) for key in keys
    ]


@given(st.lists(st.tuples(KEY, st.binary(max_size=80), st.integers(0, 2**64 - 1)), max_size=8), st.integers(0, 2**40))
def test_keys_of_rows_and_pads_are_their_scalar_twins(rows: list[tuple[bytes, bytes, int]], pool: int) -> None:
    keys, bodies, numbers = [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    row_keys = bulk.row_keys(keys, pool=pool, ordinals=numbers)
    assert row_keys == [kdf.row_key(key, pool=pool, ordinal=n) for key, n in zip(keys, numbers, strict=True)]
    pads = bulk.table_pads(keys, field="phone", nonces=numbers)
    assert pads == [kdf.table_pad(key, field="phone", nonce=n) for key, n in zip(keys, numbers, strict=True)]
    nonces = [bytes([place]) * aead.NONCE_BYTES for place in range(len(rows))]
    sealed = aead.seal_rows(row_keys, rows=bodies, nonces=b"".join(nonces))
    assert sealed == [
        aead.wrap(body, kek=key, nonce=nonce, associated=b"")
        for key, body, nonce in zip(row_keys, bodies, nonces, strict=True)
    ]
    assert aead.open_rows(row_keys, sealed=sealed) == bodies
    for place, row in enumerate(sealed):
        altered = [*sealed[:place], row[:-1] + bytes([row[-1] ^ 1]), *sealed[place + 1 :]]
        with pytest.raises(VerificationError):
            aead.open_rows(row_keys, sealed=altered)


@given(st.lists(st.tuples(KEY, st.integers(0, 2**64 - 1), st.binary(max_size=80), st.binary(max_size=9)), max_size=6))
def test_tables_committed_in_one_pass_are_those_of_many(rows: list[tuple[bytes, int, bytes, bytes]]) -> None:
    keys, nonces = [row[0] for row in rows], [row[1] for row in rows]
    tables = {FieldName("phone"): [row[2] for row in rows], FieldName("name"): [row[3] for row in rows]}
    committed, pads = bulk.committed_tables(keys, nonces=nonces, tables=tables)
    for place, (field, texts) in enumerate(tables.items()):
        salts = bulk.table_salts(keys, field=field, nonces=nonces)
        assert committed[place::2] == bulk.table_commitments(salts, tables=texts)
        assert pads[place::2] == bulk.table_pads(keys, field=field, nonces=nonces)
