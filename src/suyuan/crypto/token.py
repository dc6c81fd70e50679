"""Blind-index tokens: 64 bits of a CMAC of a canonical value; a scalar and a columnar face.

The CMAC is AES-CMAC, and SM4-CMAC in a store of the national suite, where SM3 stands in the place of SHA-256.

A value becomes exactly one 16-byte block:

    at most 15 bytes of UTF-8:  value || zeros up to byte 14 || its length (0..15)
    more than 15 bytes:         SHA-256(value)[:15]          || 0x80

so that no two short values share a block, and a long one meets another with chance 2^-120. AES-CMAC of
one whole block is AES(key, block XOR K1), with K1 the doubling of AES(key, 0) (RFC 4493 section 2.3). The
token is its first eight bytes, big-endian. The key is expanded from the site's token secret with the
kind's name, so equal texts of two kinds have unrelated tokens.

Leakage, by design: equal values of a kind have equal tokens under one secret. Nothing else without the secret.
"""

from typing import TYPE_CHECKING, Final, Self

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from suyuan.crypto.compiled import pays
from suyuan.crypto.suite import Suite
from suyuan.terms import KindName

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

BLOCK_BYTES: Final = 16
SHORT_BYTES: Final = 15
AES_KEY_BYTES: Final = 32
_HASHED: Final = b"\x80"

LANE_ROWS: Final = 65_536
"""Values hashed side by side at a time: their padded blocks stay within the processor's cache."""


def pack(value: bytes, *, suite: Suite = Suite.AES) -> bytes:
    """Give the 16-byte block of a value, as the module says."""
    if len(value) <= SHORT_BYTES:
        return value.ljust(SHORT_BYTES, b"\x00") + bytes((len(value),))
    return suite.digest(value)[:SHORT_BYTES] + _HASHED


class Tokenizer:
    """Tokens of one kind under one secret. Prints without its key."""

    __slots__ = ("_cipher", "_subkey", "_suite", "kind")

    def __init__(self, secret: bytes, *, kind: KindName, suite: Suite = Suite.AES) -> None:
        """Take the site's 32-byte token secret and the kind whose values it will see."""
        self.kind = kind
        self._suite = suite
        self._take(suite.key(secret, info=b"suyuan/token/v1\x00" + kind.value.encode("ascii")))

    @classmethod
    def of_key(cls, key: bytes, *, kind: KindName) -> Self:
        """Give the tokenizer whose `key` this is; its length tells the suite: 32 bytes are AES, 16 are SM4."""
        one = cls.__new__(cls)
        one.kind, one._suite = kind, Suite.AES if len(key) == AES_KEY_BYTES else Suite.SM
        one._take(key)
        return one

    @property
    def key(self) -> bytes:
        """Give the key of this kind's tokens, for a process that helps with one piece of work.

        Whoever has it can make tokens of this kind and tell whose they are by trying; of other kinds, and of the
        secret it came from, it says nothing.
        """
        algorithm = self._cipher.algorithm
        assert isinstance(algorithm, algorithms.AES | algorithms.SM4)
        return bytes(algorithm.key)

    def _take(self, key: bytes) -> None:
        # One block at a time under independent inputs is all CMAC needs here: ECB is the raw permutation.
        algorithm = algorithms.AES(key) if self._suite is Suite.AES else algorithms.SM4(key)
        self._cipher = Cipher(algorithm, modes.ECB())
        self._subkey = subkey(self._permute(bytes(BLOCK_BYTES)))

    def token(self, canonical: str) -> int:
        """Give the token of one canonical value, 0 .. 2^64 - 1."""
        block = int.from_bytes(pack(canonical.encode("utf-8"), suite=self._suite), "big") ^ self._subkey
        return int.from_bytes(self._permute(block.to_bytes(BLOCK_BYTES, "big"))[:8], "big")

    def column(self, canonical: "pl.Series") -> "pl.Series":
        """Give the tokens of a String column as UInt64; null stays null. One AES call for all rows.

        Test: tests/properties/test_token.py holds it equal to `token`.
        """
        import polars as pl

        tokens = self.of_blocks(_pack_column(canonical, suite=self._suite))
        column = pl.Series(canonical.name, tokens, dtype=pl.UInt64)
        if canonical.null_count() == 0:
            return column
        return pl.select(pl.when(canonical.is_not_null()).then(column).alias(canonical.name)).to_series()

    def of_blocks(self, blocks: "npt.NDArray[np.uint8]") -> "npt.NDArray[np.uint64]":
        """Give the tokens of packed values (shape (values, 16), contiguous), which are overwritten. One AES call for all."""
        import numpy as np

        halves = blocks.view(np.uint64)
        # Column by column: both at once by broadcasting take five times as long.
        for half, part in enumerate(np.frombuffer(self._subkey.to_bytes(BLOCK_BYTES, "big"), dtype=np.uint64)):
            halves[:, half] ^= part
        sealed = np.empty(blocks.size + BLOCK_BYTES - 1, dtype=np.uint8)
        written = self._cipher.encryptor().update_into(blocks.reshape(-1).data, sealed.data)
        return sealed[:written].view(">u8")[::2].astype(np.uint64)

    @property
    def is_national(self) -> bool:
        """Whether SM4 and SM3 make the tokens, in the place of AES and SHA-256."""
        return self._suite is not Suite.AES

    def _permute(self, block: bytes) -> bytes:
        return self._cipher.encryptor().update(block)

    def __repr__(self) -> str:
        return f"<tokenizer {self.kind.value}>"


def subkey(zero_block: bytes) -> int:
    """Give K1 of AES-CMAC as an integer: AES(key, 0) doubled in GF(2^128).

    Source: RFC 4493 section 2.3.
    """
    doubled = int.from_bytes(zero_block, "big") << 1
    return (doubled ^ 0x87) & (2**128 - 1) if doubled >> 128 else doubled


def _pack_column(canonical: "pl.Series", *, suite: Suite) -> "npt.NDArray[np.uint8]":
    """Give the blocks of a column, shape (rows, 16); a null packs as an empty value."""
    import numpy as np

    from suyuan.crypto.arrays import Texts

    texts = Texts.of_column(canonical)
    data, starts, lengths = texts.data, texts.starts, texts.sizes
    blocks = np.zeros((len(lengths), BLOCK_BYTES), dtype=np.uint8)
    short = lengths <= SHORT_BYTES
    if pays(len(lengths)):
        from suyuan.crypto.sha256_lanes import pack_short

        pack_short(data, starts, lengths, blocks)
    else:
        _pack_short(short, data=data, starts=starts, lengths=lengths, blocks=blocks)
    long_rows = np.flatnonzero(~short)
    if suite is Suite.AES and pays(len(long_rows)):
        long_rows = _hash_in_lanes(long_rows, data=data, starts=starts, lengths=lengths, blocks=blocks)
    if len(long_rows):
        view, digest = data.data, suite.digest
        spans = zip(starts[long_rows].tolist(), (starts + lengths)[long_rows].tolist(), strict=True)
        digests = b"".join([digest(bytes(view[start:end])) for start, end in spans])
        hashed = np.frombuffer(digests, dtype=np.uint8).reshape(-1, 32)
        blocks[long_rows, :SHORT_BYTES] = hashed[:, :SHORT_BYTES]
    return blocks


def _hash_in_lanes(
    rows: "npt.NDArray[np.int64]",
    *,
    data: "npt.NDArray[np.uint8]",
    starts: "npt.NDArray[np.int64]",
    lengths: "npt.NDArray[np.int64]",
    blocks: "npt.NDArray[np.uint8]",
) -> "npt.NDArray[np.int64]":
    """Hash those of these rows that fit one block of SHA-256 side by side; give the rows that are left."""
    import numpy as np

    from suyuan.crypto.sha256_lanes import LONGEST, pad_messages, write_heads

    fits = rows[lengths[rows] <= LONGEST]
    for first in range(0, len(fits), LANE_ROWS):
        some = fits[first : first + LANE_ROWS]
        padded = np.zeros((len(some), 64), dtype=np.uint8)
        pad_messages(data, starts[some], lengths[some], padded)
        write_heads(padded, count=len(some), out=blocks, places=some)
    return rows[lengths[rows] > LONGEST]


def _pack_short(
    short: "npt.NDArray[np.bool_]",
    *,
    data: "npt.NDArray[np.uint8]",
    starts: "npt.NDArray[np.int64]",
    lengths: "npt.NDArray[np.int64]",
    blocks: "npt.NDArray[np.uint8]",
) -> None:
    """Write the blocks of short values, and the last byte of all, by whole columns."""
    import numpy as np

    blocks[:, SHORT_BYTES] = np.where(short, lengths, _HASHED[0])
    last = len(data) - 1
    for position in range(SHORT_BYTES):
        held = short & (lengths > position)
        if held.any():
            blocks[:, position] = np.where(held, data[np.minimum(starts + position, last)], 0)
