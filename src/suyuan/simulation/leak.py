"""From what accounts were shown to a file on the market: strangers, dirt, retyping, encodings.

Nothing here knows marks. A leak starts from the rows as they were rendered for each account and does to them
what sellers do; each step gives rows in the same order, so `Leak.origin` keeps telling where a row came from.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import polars as pl

from suyuan.errors import RefusedError
from suyuan.kinds.kind import Kind
from suyuan.simulation.dirt import dirty
from suyuan.simulation.seeds import stream
from suyuan.terms import KindName

ACCOUNT = "account"
"""The column of the shown rows that says who was shown; it never reaches the dump."""


class Normalisation(StrEnum):
    """How much of a dump was retyped into one house style before it was sold."""

    AS_LEAKED = "as_leaked"
    HALF = "half"
    FULL = "full"


RETYPED_SHARE = {Normalisation.AS_LEAKED: 0.0, Normalisation.HALF: 0.5, Normalisation.FULL: 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A dump with the truth beside it.

    `frame`: what the file holds. `origin`: the account each row was taken from, null for a stranger; the truth
    for tests, never written.
    """

    frame: pl.DataFrame
    origin: pl.Series

    @property
    def rows_by_account(self) -> dict[str, int]:
        """How many rows each account lost, largest first."""
        counts = self.origin.drop_nulls().value_counts(sort=True)
        return dict(zip(counts[self.origin.name].to_list(), counts["count"].to_list(), strict=True))


def take(
    shown: pl.DataFrame,
    *,
    accounts: Collection[str],
    seed: int,
    rows: int | None = None,
    strangers: pl.DataFrame | None = None,
) -> Leak:
    """Give a shuffled dump of rows shown to these accounts, with strangers mixed in.

    Args:
        shown: the rendered rows, columns as released, and `account`.
        accounts: whose rows leak.
        rows: how many of them, drawn evenly; all when None or when there are fewer.
        strangers: rows that never came from the platform; columns they lack become null, others are left out.
    Raises: RefusedError: `shown` has no account column, or one of the accounts was shown nothing.
    """
    if ACCOUNT not in shown.columns:
        raise RefusedError("shown rows need the column account")
    taken = shown.filter(pl.col(ACCOUNT).is_in(list(accounts)))
    silent = set(accounts) - set(taken[ACCOUNT].unique())
    if silent:
        raise RefusedError(f"nothing was shown to {', '.join(sorted(silent))}")
    rng = stream(seed, purpose="leak/take")
    if rows is not None and rows < taken.height:
        taken = taken[rng.permutation(taken.height)[:rows]]
    if strangers is not None:
        known = [name for name in taken.columns if name in strangers.columns and name != ACCOUNT]
        taken = pl.concat([taken, strangers.select(known)], how="diagonal")
    mixed = taken[rng.permutation(taken.height)]
    return Leak(frame=mixed.drop(ACCOUNT), origin=mixed[ACCOUNT])


def retype(leak: Leak, *, kinds: Mapping[str, Kind], level: Normalisation, seed: int) -> Leak:
    """Give the dump with none, half or all of its rows retyped into one house style.

    A retyped value is the kind's canonical form without spaces beside Chinese characters, and for Chinese phones
    without the country code. What is not a value of its kind only loses its outer spaces.

    Args:
        kinds: column -> kind; columns without one are left alone.
    """
    rng = stream(seed, purpose="leak/retype")
    rows = pl.Series(rng.random(leak.frame.height) < RETYPED_SHARE[level])
    retyped = [
        house_style(leak.frame[name], kind=kind).zip_with(rows, leak.frame[name]).alias(name)
        for name, kind in kinds.items()
        if name in leak.frame.columns
    ]
    return replace(leak, frame=leak.frame.with_columns(retyped))


def house_style(values: pl.Series, *, kind: Kind) -> pl.Series:
    """Give each value in the one spelling a seller would retype it to: a function of its canonical form alone."""
    canonical = kind.canonical_column(values)
    plain = canonical.str.replace_all(r"(\p{Han})\s+", "$1").str.replace_all(r"\s+(\p{Han})", "$1")
    if kind.name is KindName.PHONE:
        plain = plain.str.replace_all(r"[\s-]", "").str.replace(r"^\+86", "")
    return plain.zip_with(canonical.is_not_null(), values.str.strip_chars()).alias(values.name)


def mistype(leak: Leak, *, columns: Collection[str], share: float, seed: int) -> Leak:
    """Give the dump with typing errors in a share of the values of these columns: see `dirty`."""
    return replace(
        leak,
        frame=leak.frame.with_columns(dirty(leak.frame[name], share=share, seed=seed) for name in columns),
    )


def disguise(
    leak: Leak,
    *,
    seed: int,
    drop: Collection[str] = (),
    rename: Mapping[str, str] | None = None,
    shuffle_columns: bool = True,
) -> Leak:
    """Give the dump without some columns (names and IDs, say), with others renamed and all in a new order."""
    frame = leak.frame.drop(drop).rename(dict(rename or {}))
    if shuffle_columns:
        order = stream(seed, purpose="leak/disguise").permutation(frame.width)
        frame = frame.select([frame.columns[int(place)] for place in order])
    return replace(leak, frame=frame)


def write_dump(
    frame: pl.DataFrame,
    path: Path,
    *,
    encoding: str = "utf-8",
    separator: str = ",",
    header: bool = True,
) -> None:
    """Write a dump as sellers write it.

    A separator of one ASCII character gives CSV with quotes where needed; a longer one (`----`) gives bare
    lines, as is the custom with such files. Characters the encoding lacks become `?`.

    Raises: RefusedError: the separator is empty, or a bare line would not read back.
    """
    if not separator:
        raise RefusedError("a dump needs a separator")
    if len(separator) == 1:
        text = frame.write_csv(separator=separator, include_header=header)
    else:
        text = _bare_lines(frame, separator=separator, header=header)
    path.write_bytes(text.encode(encoding, errors="replace"))


def _bare_lines(frame: pl.DataFrame, *, separator: str, header: bool) -> str:
    cells = frame.select(pl.all().cast(pl.String).fill_null(""))
    breaking = [name for name in cells.columns if cells[name].str.contains_any([separator, "\n", "\r"]).any()]
    if breaking:
        raise RefusedError(f"the separator or a line break occurs in {', '.join(breaking)}")
    lines = cells.select(pl.concat_str(pl.all(), separator=separator).alias("line"))["line"].to_list()
    first = [separator.join(frame.columns)] if header else []
    return "".join(f"{line}\n" for line in [*first, *lines])
