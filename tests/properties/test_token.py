import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from suyuan.crypto.kdf import expand
from suyuan.crypto.token import Tokenizer, pack, subkey
from suyuan.terms import KindName

PHONES = Tokenizer(bytes(32), kind=KindName.PHONE)
VALUES = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=24)


@given(st.lists(VALUES, max_size=40), st.integers(0, 5))
def test_the_columnar_face_is_the_scalar_one(values: list[str | None], skipped: int) -> None:
    column = pl.Series("phone", values, dtype=pl.String).slice(skipped)
    tokens = PHONES.column(column)
    assert (tokens.dtype, tokens.name) == (pl.UInt64, "phone")
    assert tokens.to_list() == [None if value is None else PHONES.token(value) for value in values[skipped:]]
    assert PHONES.column(pl.concat([column, column], rechunk=False)).to_list() == tokens.to_list() * 2


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_two_values_never_share_a_block(one: bytes, other: bytes) -> None:
    assert (pack(one) == pack(other)) == (one == other)
    assert len(pack(one)) == 16


@given(st.text(max_size=20).filter(lambda text: text.isprintable()))
def test_a_token_is_aes_cmac_of_the_block(value: str) -> None:
    cmac = CMAC(algorithms.AES(expand(bytes(32), info=b"suyuan/token/v1\x00phone")))
    cmac.update(pack(value.encode("utf-8")))
    assert PHONES.token(value) == int.from_bytes(cmac.finalize()[:8], "big")


def test_the_subkey_is_the_published_one(repository: Path) -> None:
    vectors = json.loads((repository / "tests/vectors/crypto_published.json").read_text("utf-8"))
    case = vectors["cmac_subkey"]
    assert subkey(bytes.fromhex(case["zero_block"])) == int(case["subkey"], 16)
    assert subkey(b"\x80" + bytes(15)) == 0x87
    case = vectors["cmac_block"]
    permute = Cipher(algorithms.AES(bytes.fromhex(case["key"])), ECB()).encryptor().update
    block = int(case["message"], 16) ^ subkey(permute(bytes(16)))
    assert permute(block.to_bytes(16, "big")).hex() == case["mac"]


@pytest.mark.parametrize("other", [kind for kind in KindName if kind is not KindName.PHONE])
def test_kinds_and_secrets_are_separate(other: KindName) -> None:
    assert Tokenizer(bytes(32), kind=other).token("13000000000") != PHONES.token("13000000000")
    assert Tokenizer(b"\x01" * 32, kind=KindName.PHONE).token("13000000000") != PHONES.token("13000000000")
    assert repr(PHONES) == "<tokenizer phone>"


def test_every_engine_gives_these(repository: Path) -> None:
    """Spark, DuckDB and whoever else makes tokens are held to this file: canonical value, block, token."""
    vectors = json.loads((repository / "tests/vectors/tokens.json").read_text("utf-8"))
    secret = bytes.fromhex(vectors["secret"])
    for case in vectors["tokens"]:
        tokenizer = Tokenizer(secret, kind=KindName(case["kind"]))
        assert pack(case["value"].encode()).hex() == case["block"]
        assert tokenizer.token(case["value"]) == int(case["token"])
        assert tokenizer.column(pl.Series([case["value"]])).to_list() == [int(case["token"])]
        blocks = np.frombuffer(bytearray.fromhex(case["block"]), dtype=np.uint8).reshape(1, 16)
        assert tokenizer.of_blocks(blocks).tolist() == [int(case["token"])]
