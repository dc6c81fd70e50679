"""What `release` needs from outside: where a bulk release's rows come from, and where they go."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.hold.ports import Numbers, SealedRecord
from suyuan.terms import FieldName

GIVEN = ":given"
"""What follows a field's name in the column of its text as given."""

Unseal = Callable[[SealedRecord], Mapping[FieldName, str]]
"""Opens one record of a release whose receipt was checked; empty for a person who was left out by key."""


class RowSource(Protocol):
    """The rows of a bulk release, by position 0..rows-1.

    Columns of `values`: for field f, `f` with the canonical value (null where absent or not of its kind)
    and `f:given` with the text as it stands in the source; every other column as it is.
    """

    @property
    def overlay(self) -> bool:
        """Whether the caller supplied the values, so that nothing is unsealed."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """The output's columns, in order."""
        ...

    @property
    def fields(self) -> Mapping[str, FieldPolicy]:
        """The registered field of each column that has one."""
        ...

    @property
    def persons(self) -> Numbers:
        """The person of each row."""
        ...

    def nonces(self, *, pool: int, ordinals: Sequence[int]) -> Sequence[int]:
        """Give the nonce of each row's table salts; row i consumes row key `ordinals[i]` of the pool."""
        ...

    def commitments(
        self, fields: Sequence[FieldName], *, start: int, stop: int, nonces: Sequence[int]
    ) -> Mapping[FieldName, Sequence[bytes]]:
        """Give the commitments to the form tables of each field in rows start..stop-1."""
        ...

    def values(self, *, start: int, stop: int, unseal: Unseal) -> pl.DataFrame:
        """Give rows start..stop-1; sealed records are opened with what the door hands over."""
        ...


class Sink(Protocol):
    """Where a bulk release is written: nothing is to be seen there until `finish`."""

    def write(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""
        ...

    def finish(self) -> bytes:
        """Hand over what was written, whole and durable; give its SHA-256."""
        ...

    def abandon(self) -> None:
        """Remove what was written; doing so twice does nothing."""
        ...


class Progress(Protocol):
    """Tells a person how far long work has come."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Say that `done` of `total` rows of a step are finished."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""
