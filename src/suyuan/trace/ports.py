"""What `trace` needs from outside: who has a token, and a fuzzy matcher."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.terms import KindName

Tokens = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


class TokenMaker(Protocol):
    """Makes the keyed tokens of one kind; `crypto.token.Tokenizer` is one."""

    def column(self, canonical: pl.Series) -> pl.Series:
        """Give the tokens of a column of canonical values as UInt64; null stays null."""
        ...

    def of_blocks(self, blocks: npt.NDArray[np.uint8]) -> Tokens:
        """Give the tokens of packed values (shape (values, 16), contiguous), which are overwritten."""
        ...

    @property
    def is_national(self) -> bool:
        """Whether SM4 and SM3 make the tokens, in the place of AES and SHA-256."""
        ...


class PeopleIndex(Protocol):
    """Finds persons by the keyed tokens of strong identifiers; never sees a value."""

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        """Give the person number of each token of a kind, -1 where unknown or shared by several persons."""
        ...


class FuzzyMatcher(Protocol):
    """Finds persons by the whole of what a row shows, where no strong identifier does."""

    def match(self, residual: pl.DataFrame, *, people: pl.DataFrame) -> pl.DataFrame:
        """Give at most one person for each row, where sure enough.

        Args:
            residual: `row` (UInt64) and String columns of canonical values, null where there is none.
            people: `person` (Int64) and String columns, of the same names where the field is the same.
        Returns: `row` (UInt64), `person` (Int64), `probability` (Float64).
        """
        ...
