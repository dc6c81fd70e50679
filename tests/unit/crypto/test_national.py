"""The national ciphers give what their standards print, and the suites keep apart."""

import hmac

import polars as pl
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from suyuan.crypto import aead, bulk, kdf
from suyuan.crypto.national import Sm4Gcm, hmac_sm3, sm3
from suyuan.crypto.suite import Suite, suite_of
from suyuan.crypto.token import Tokenizer, pack
from suyuan.errors import RefusedError, VerificationError
from suyuan.terms import KindName

SECRETS = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=5)


def test_sm4_gcm_as_in_rfc_8998_appendix_a_1() -> None:
    cipher = Sm4Gcm(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    nonce = bytes.fromhex("00001234567800000000ABCD")
    associated = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = b"".join(bytes((byte,)) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert cipher.encrypt(nonce, plain, associated) == sealed
    assert cipher.decrypt(nonce, sealed, associated) == plain
    for altered in (sealed[:-1] + b"\x00", b"\x00" + sealed[1:]):
        with pytest.raises(InvalidTag):
            cipher.decrypt(nonce, altered, associated)
    with pytest.raises(InvalidTag):
        cipher.decrypt(nonce, sealed, associated[1:])


def test_sm3_as_in_gb_t_32905_appendix_a() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_hmac_sm3_as_in_gm_t_0042_appendix_d_3() -> None:
    text = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2
    found = hmac_sm3(bytes(range(1, 33)), text).hex()
    assert found == "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"
    found = hmac_sm3(bytes(range(1, 38)), b"\xcd" * 50).hex()
    assert found == "220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae"


@given(key=st.binary(min_size=1, max_size=100), message=st.binary(max_size=200))
def test_hmac_sm3_is_rfc_2104_over_sm3(key: bytes, message: bytes) -> None:
    padded = (sm3(key) if len(key) > 64 else key).ljust(64, b"\x00")
    inner, outer = bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)
    assert hmac_sm3(key, message) == sm3(outer + sm3(inner + message))


@given(values=st.lists(st.text(max_size=40) | st.none(), max_size=8), secret=st.binary(min_size=32, max_size=32))
def test_tokens_are_a_cmac_by_sm4_and_columns_give_the_same(values: list[str | None], secret: bytes) -> None:
    tokenizer = Tokenizer(secret, kind=KindName.PHONE, suite=Suite.SM)
    column = tokenizer.column(pl.Series("v", values, dtype=pl.String)).to_list()
    assert column == [None if value is None else tokenizer.token(value) for value in values]
    key = hmac_sm3(secret, b"suyuan/token/v1\x00phone\x01")[:16]
    for value, token in zip(values, column, strict=True):
        if value is not None:
            mac = CMAC(algorithms.SM4(key))
            mac.update(pack(value.encode(), suite=Suite.SM))
            assert token == int.from_bytes(mac.finalize()[:8], "big")


@given(secrets=SECRETS, pool=st.integers(0, 2**63), ordinal=st.integers(0, 2**62))
def test_bulk_keys_equal_their_scalar_twins_in_both_suites(secrets: list[bytes], pool: int, ordinal: int) -> None:
    for suite in Suite:
        assert bulk.data_keys(secrets, suite=suite) == [kdf.data_key(one, suite=suite) for one in secrets]
        identifiers = [kdf.registry_identifier_key(one, suite=suite) for one in secrets]
        assert bulk.registry_identifier_keys(secrets, suite=suite) == identifiers
        ordinals = range(ordinal, ordinal + len(secrets))
        rows = [kdf.row_key(one, pool=pool, ordinal=n, suite=suite) for one, n in zip(secrets, ordinals, strict=True)]
        assert bulk.row_keys(secrets, pool=pool, ordinals=ordinals, suite=suite) == rows
        assert {len(key) for key in rows} == {32 if suite is Suite.AES else 16}


def test_a_key_s_length_says_its_cipher() -> None:
    for suite in Suite:
        key = suite.sealing_key(b"s" * 32)
        sealed = aead.wrap(b"message", kek=key, nonce=b"n" * 12, associated=b"a")
        assert aead.unwrap(sealed, kek=key, associated=b"a") == b"message"
        rows = aead.seal_rows([key, key], rows=[b"one", b"two"], nonces=b"n" * 12 + b"m" * 12)
        assert aead.open_rows([key, key], sealed=rows) == [b"one", b"two"]
        other = next(one for one in Suite if one is not suite).sealing_key(b"s" * 32)
        with pytest.raises(VerificationError):
            aead.unwrap(sealed, kek=other, associated=b"a")
        with pytest.raises(VerificationError):
            aead.open_rows([other, other], sealed=rows)
    assert aead.seal_rows([], rows=[], nonces=b"") == []
    for size in (0, 15, 24, 33):
        with pytest.raises(RefusedError):
            aead.Sealer(bytes(size))


def test_suites_by_their_byte() -> None:
    assert [suite_of(suite.code) for suite in Suite] == list(Suite)
    with pytest.raises(RefusedError):
        suite_of(3)
    with pytest.raises(RefusedError):
        Suite.SM.key(b"short", info=b"x")
    assert Suite.AES.key(b"s" * 32, info=b"x") == hmac.digest(b"s" * 32, b"x\x01", "sha256")
