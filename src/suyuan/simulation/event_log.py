"""Replay of a real event log: who first touched which case, and which invented person each case is about."""

from pathlib import Path

import numpy as np
import polars as pl

from suyuan.errors import RefusedError, UnavailableError
from suyuan.simulation.seeds import stream

COLUMNS = ("case_id", "amount_requested", "account", "activity", "transition", "timestamp")
MOMENT = pl.Datetime("ms", "UTC")
TOUCHES_SCHEMA = pl.Schema([("time", MOMENT), ("account", pl.String()), ("case_id", pl.String())])


def first_touches(path: Path, *, without_system: str | None = "112") -> pl.DataFrame:
    """Give the first touch of each case by each account, in time order: `TOUCHES_SCHEMA`.

    Events without an account are left out, and so is the account `without_system` (None keeps all):
    a machine's own steps are nobody's look-up.

    Args:
        path: a CSV, plain or gzip, with the columns `COLUMNS`; timestamps in ISO 8601 with an offset.
    Raises:
        UnavailableError: the file cannot be read.
        RefusedError: a column is missing, or a timestamp is not one.
    """
    try:
        events = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as e:
        raise UnavailableError(f"the event log {path.name} cannot be read") from e
    missing = [name for name in COLUMNS if name not in events.columns]
    if missing:
        raise RefusedError(f"the event log {path.name} has no column {', '.join(missing)}")
    try:
        timed = events.select(
            pl.col("timestamp").str.to_datetime(time_unit="ms", time_zone="UTC").alias("time"), "account", "case_id"
        )
    except pl.exceptions.PolarsError as e:
        raise RefusedError(f"the event log {path.name}: a timestamp is not ISO 8601 with an offset") from e
    by_hand = timed.filter(pl.col("account").fill_null("") != "")
    if without_system is not None:
        by_hand = by_hand.filter(pl.col("account") != without_system)
    first = by_hand.group_by("account", "case_id").agg(pl.col("time").min())
    return first.select("time", "account", "case_id").sort("time", "account", "case_id")


def assign_people(cases: pl.Series, *, customers: pl.Series, seed: int) -> pl.DataFrame:
    """Give each case its person: columns `case_id` and `customer`, one row per case in order of case.

    A seeded draw. While there are at least as many customers as cases, no two cases share one;
    otherwise customers are used equally often, give or take one. The order of `cases` does not matter.

    Raises: RefusedError: there are cases but no customers.
    """
    distinct_cases = cases.drop_nulls().unique().sort()
    if customers.is_empty() and not distinct_cases.is_empty():
        raise RefusedError("cases cannot be assigned: there are no customers")
    n = len(distinct_cases)
    rng = stream(seed, purpose="event_log/people")
    rounds = -(-n // max(len(customers), 1))
    drawn = np.concatenate([np.empty(0, dtype=np.int64), *(rng.permutation(len(customers)) for _ in range(rounds))])[:n]
    return pl.DataFrame({"case_id": distinct_cases, "customer": customers.gather(drawn)})
