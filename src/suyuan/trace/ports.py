"""What `trace` needs from outside: who has a token, and a fuzzy matcher."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.terms import Digest, KindName

Tokens = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

Given = TypeVar("Given")
Made = TypeVar("Made")
Question = TypeVar("Question")
Answer = TypeVar("Answer")


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


class TokenOwners(Protocol):
    """Gives the whole index of persons; the people store is one."""

    def token_owners(self, kind: KindName) -> tuple[Tokens, Numbers]:
        """Give every token of a kind, ascending, and the one person it leads to, -1 where there is not one."""
        ...

    def owners_digest(self, kind: KindName) -> Digest:
        """Give the SHA-256 of a kind's tokens and the persons they lead to, the same of equal ones and only of those."""
        ...


class Engine(Protocol):
    """Runs work in many processes that see the same files. Work may be run more than once for the same piece.

    What is run is a function of a module, so that the other process finds it by its name. Work that raises
    RefusedError or UnavailableError raises it here, and is not tried again.
    """

    @property
    def folder(self) -> Path:
        """A private folder, the same for all processes, that goes with this run."""
        ...

    @property
    def slots(self) -> int:
        """How many pieces of work run at once."""
        ...

    def each(self, work: Callable[[Given], Made], pieces: Sequence[Given]) -> Iterator[Made]:
        """Give what the work makes of every piece, in their order.

        Raises: UnavailableError: `trace.engine`, the work could not be done.
        """
        ...

    def exchange(
        self,
        ask: Callable[[Given], Iterable[tuple[int, Question]]],
        answer: Callable[[Iterable[tuple[int, Question]]], Iterable[tuple[int, Answer]]],
        settle: Callable[[Given, Iterable[Answer]], Made],
        *,
        pieces: Sequence[Given],
        number_of: Callable[[Given], int],
        shards: int,
    ) -> Iterator[Made]:
        """Let pieces ask shards, and settle each piece with its answers; give what is made of each, in their order.

        Args:
            ask: gives shard and question; every piece asks something.
            answer: questions of one or several shards, to the asking pieces' numbers and answers.
        """
        ...
