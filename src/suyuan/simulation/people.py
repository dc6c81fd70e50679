"""Invented persons: the customers of the demonstration, and strangers who are nobody's customers."""

import numpy as np
import polars as pl

from suyuan.errors import RefusedError
from suyuan.simulation import names, numbers, places
from suyuan.simulation.seeds import stream

PEOPLE_SCHEMA = pl.Schema(
    {
        "customer": pl.String,
        "name": pl.String,
        "phone": pl.String,
        "id_number": pl.String,
        "email": pl.String,
        "address": pl.String,
        "birth_date": pl.String,
        "updated": pl.String,
    }
)
"""All text, as a customers' file holds it; the two dates are ISO 8601 (`1984-03-09`)."""

FIRST_UPDATE = np.datetime64("2023-01-01")
UPDATE_DAYS = 1_150
"""Records were last touched from 2023 to the end of February 2026."""


def invent_people(n: int, *, seed: int, share_western: float = 0.2) -> pl.DataFrame:
    """Give `n` invented customers, Chinese and Western in random order.

    Customer, phone, resident number and e-mail each differ from row to row. Western persons have no
    Chinese resident number: theirs is null. Nothing here can reach anybody: see `numbers` and `places`
    for the reserved and unassigned ranges and their sources.

    Args:
        n: persons, at most 5,000,000.
        seed: the world; the same seed gives the same rows.
        share_western: 0..1; half of them British, half American.
    Returns: `PEOPLE_SCHEMA`; customers `C0000000`, `C0000001` ... in order.
    Raises: RefusedError: `n` or `share_western` out of range.
    """
    return _invent(n, seed=seed, share_western=share_western, side=0)


def invent_strangers(n: int, *, seed: int, share_western: float = 0.2) -> pl.DataFrame:
    """Give `n` invented persons who are no customers of any seed: no phone, number or e-mail is shared.

    Names may be: real dumps mix in namesakes too. `customer` is null.
    """
    people = _invent(n, seed=seed, share_western=share_western, side=1)
    return people.with_columns(customer=pl.lit(None, dtype=pl.String))


def _invent(n: int, *, seed: int, share_western: float, side: int) -> pl.DataFrame:
    if not 0 <= n <= numbers.MOST_PEOPLE:
        raise RefusedError(f"a world holds 0 to {numbers.MOST_PEOPLE} persons, not {n}")
    if not 0.0 <= share_western <= 1.0:
        raise RefusedError("share_western lies between 0 and 1")
    rng = stream(seed, purpose=f"people/{side}")
    western = round(n * share_western)
    british = western // 2
    birth = numbers.births(n, seed=seed)
    ids, born = numbers.resident_ids(birth[western:], seed=seed, side=side)
    male = np.concatenate([rng.random(western) < 0.5, ids.str.slice(16, 1).cast(pl.Int8).to_numpy() % 2 == 1])
    named = pl.concat([names.western_names(male[:western], rng=rng), names.chinese_names(male[western:], rng=rng)])
    updated = pl.Series(FIRST_UPDATE + rng.integers(0, UPDATE_DAYS, n)).cast(pl.Date)
    people = pl.DataFrame(
        {
            "name": named["name"],
            "phone": _phones(n, western=western, british=british, seed=seed, side=side),
            "id_number": pl.repeat(None, western, dtype=pl.String, eager=True).append(ids),
            "email": numbers.mailboxes(named["handle"], seed=seed, side=side),
            "address": _addresses(n, western=western, british=british, seed=seed, side=side),
            "birth_date": pl.Series(birth[:western]).cast(pl.Date).append(born).dt.strftime("%Y-%m-%d"),
            "updated": updated.dt.strftime("%Y-%m-%d"),
        }
    )
    shuffled = people[rng.permutation(n)]
    customer = "C" + pl.int_range(n, eager=True).cast(pl.String).str.zfill(7)
    return shuffled.insert_column(0, customer.alias("customer"))


def _phones(n: int, *, western: int, british: int, seed: int, side: int) -> pl.Series:
    """Give the phones in the order British, American, Chinese; Britons beyond the drama blocks have American ones."""
    uk = numbers.british_phones(british, seed=seed, side=side)
    short = uk.null_count()
    us = numbers.american_phones(western - british + short, seed=seed, side=side)
    return uk.head(british - short).append(us).append(numbers.chinese_phones(n - western, seed=seed, side=side))


def _addresses(n: int, *, western: int, british: int, seed: int, side: int) -> pl.Series:
    world = seed * 2 + side
    return (
        places.british_addresses(british, seed=world)
        .append(places.american_addresses(western - british, seed=world))
        .append(places.chinese_addresses(n - western, seed=world))
    )
