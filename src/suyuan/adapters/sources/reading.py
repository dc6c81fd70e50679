"""What a source's database gives: rows as text, in columns, as a person would write them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

import polars as pl

from suyuan.adapters.sources.failure import failure
from suyuan.adapters.sources.roads import Roads
from suyuan.collect.admit import called
from suyuan.errors import RefusedError

Counted = Callable[[int], None]
"""Is told how many rows have been read so far."""

ROWS_PER_FRAME: Final = 32_768
BYTES_PER_FRAME: Final = 4 << 20
"""About how much text is held at a time while rows are read in batches."""


def uncounted(rows: int) -> None:
    """Tell nobody."""


class SourceDatabase(Protocol):
    """One open database, inside one transaction that may only read."""

    def read(
        self, query: str, *, limit: int | None = None, drop: Sequence[str] = (), counted: Counted = uncounted
    ) -> pl.DataFrame:
        """Give the rows of a query, every cell as text; null where it is NULL.

        Args:
            limit: the most rows to give.
            drop: columns to leave out.
        Raises: RefusedError `source.*`, UnavailableError `source.*`: one clear line, without a value.
        """
        ...

    def batches(
        self, query: str, *, limit: int | None = None, drop: Sequence[str] = (), counted: Counted = uncounted
    ) -> Iterator[pl.DataFrame]:
        """Give the rows of a query as `read` does, a few at a time: only one batch need be held.

        Nothing else is asked of the database until the last batch was taken, or the rest was closed. A query that fails
        leaves the others possible.
        """
        ...

    def rows_of(self, key_query: str, *, key: str) -> pl.DataFrame:
        """Give the rows of one key, bound by the driver where the query says `:key`."""
        ...

    def count(self, query: str) -> int:
        """Give how many rows a query has."""
        ...

    def roads(self, query: str) -> Roads:
        """Give who else can read what the query reads."""
        ...


def bare(query: str) -> str:
    """Give a query without the semicolon at its end, which would be a second statement inside another one."""
    return query.rstrip().removesuffix(";")


def require_key(key: str, *, source: str) -> None:
    """Require that a key is text that a database can hold. Raises: RefusedError `source.type`."""
    if "\0" in key or any("\ud800" <= character <= "\udfff" for character in key):
        raise failure("source.type", source=source)


def require_columns(names: Sequence[str], *, drop: Sequence[str], source: str) -> None:
    """Require that every column has a name of its own, and that those to be left out are there.

    Raises: RefusedError `source.column`.
    """
    for place, name in enumerate(names, start=1):
        if not name.strip() or name == "?column?":
            raise RefusedError(
                f"source {source}: column {place} of the query has no name",
                code="source.column",
                hint="give it one in the query: ... AS name",
            )
        if names.index(name) != place - 1:
            raise RefusedError(
                f"source {source}: two columns of the query are called {called(name, place=place)}",
                code="source.column",
                hint="give one of them another name in the query: ... AS name",
            )
    for name in drop:
        if name not in names:
            raise RefusedError(f"--drop {name}: there is no such column", code="release.column")


def not_text(name: str, *, place: int, source: str) -> RefusedError:
    """Tell that a column holds what is no text, number, time or truth."""
    return RefusedError(
        f"source {source}: column {called(name, place=place)} holds lists, objects or bytes",
        code="source.column",
        hint="make it text in the query, or leave it out",
    )


def no_rows(names: Sequence[str], *, drop: Sequence[str]) -> pl.DataFrame:
    """Give a table of these columns, without those that are left out."""
    return pl.DataFrame(schema=dict.fromkeys(names, pl.String)).drop(list(drop))
