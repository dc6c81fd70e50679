"""Months of work: staff accounts at outlets, the parcels they handle, and what rented accounts looked up besides.

Who works on whom is uneven on purpose: work per account and parcels per person are log-normal, and an account
serves its own hub nine times out of ten. So innocent colleagues have often seen the same persons as a thief.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.errors import RefusedError
from suyuan.simulation.places import hubs_of
from suyuan.simulation.seeds import distinct, stream, weighted

DAY_MS = 86_400_000
MOMENT = pl.Datetime("ms", "UTC")
CASES_SCHEMA = pl.Schema(
    [
        ("case", pl.String()),
        ("account", pl.String()),
        ("customer", pl.String()),
        ("hub", pl.String()),
        ("opened", MOMENT),
        ("closed", MOMENT),
        ("time", MOMENT),
    ]
)
"""One look-up of one parcel's person: `opened` <= `time` < `closed`. Times are invented local times, written as UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the platform's accounts did.

    `staff`: account, hub, rented. `cases`: `CASES_SCHEMA`, honest work in time order.
    `thefts`: `CASES_SCHEMA`, the broker's look-ups under rented accounts, each under a parcel opened for it,
    never of a person the account also served honestly. `rentals`: account, day, one row per day paid for.
    """

    staff: pl.DataFrame
    cases: pl.DataFrame
    thefts: pl.DataFrame
    rentals: pl.DataFrame

    @property
    def rented(self) -> tuple[str, ...]:
        """The accounts that were rented out, in order."""
        return tuple(self.staff.filter("rented")["account"].sort())

    def lookups(self) -> pl.DataFrame:
        """Give every look-up in time order, honest or not: what the door sees."""
        return pl.concat([self.cases, self.thefts]).sort("time", "case")


def invent_work(
    people: pl.DataFrame,
    *,
    seed: int,
    accounts: int = 70,
    days: int = 120,
    cases_per_account: int = 300,
    rented: int = 5,
    rented_days: int = 10,
    stolen_per_account: int = 600,
    start: date = date(2026, 3, 2),
) -> Work:
    """Give the work of `accounts` accounts on these people over `days` days.

    Args:
        people: with `customer` and `address`; rows may come from `invent_people`.
        cases_per_account: the mean; one account's own share is log-normal around it.
        rented: how many accounts a broker rents; they are ordinary otherwise.
        rented_days: days each is rented, one run within the last half of the time.
        stolen_per_account: persons looked up for the broker under each; fewer where people run out.
    Raises: RefusedError: no people or accounts, more rented than there are, or too few days.
    """
    if people.is_empty() or accounts < 1 or cases_per_account < 1:
        raise RefusedError("work needs people, at least one account, and at least one case for each")
    if not 0 <= rented <= accounts:
        raise RefusedError(f"{rented} of {accounts} accounts cannot be rented")
    if not 1 <= rented_days <= days // 2:
        raise RefusedError("rented_days lies between 1 and half of the days")
    rng = stream(seed, purpose="work")
    hub = hubs_of(people["address"])
    staff = _invent_staff(accounts, hubs=hub, rented=rented, rng=rng)
    popularity = rng.lognormal(0.0, 1.0, len(people))
    who, whom = _assign(staff, hub=hub, popularity=popularity, n=accounts * cases_per_account, rng=rng)
    opened, closed, time = _working_times(len(who), days=days, rng=rng)
    cases = _frame(staff, people, who=who, whom=whom, hub=hub, times=(opened, closed, time), start=start)
    broker = stream(seed, purpose="work/broker")
    first = broker.integers(days // 2, days - rented_days + 1, staff.height)
    who, whom = _steal(staff, hub=hub, served=(who, whom), most=stolen_per_account, rng=broker)
    opened, closed, time = _broker_times(first[who], rented_days=rented_days, rng=broker)
    thefts = _frame(staff, people, who=who, whom=whom, hub=hub, times=(opened, closed, time), start=start)
    code = distinct(cases.height + thefts.height, below=10**10, rng=stream(seed, purpose="work/parcels"))
    parcels = "P" + pl.Series(code).cast(pl.String).str.zfill(10)
    return Work(
        staff=staff,
        cases=cases.insert_column(0, parcels.head(cases.height).alias("case")),
        thefts=thefts.insert_column(0, parcels.tail(thefts.height).alias("case")),
        rentals=_rentals(staff, first=first, rented_days=rented_days, start=start),
    )


def _invent_staff(accounts: int, *, hubs: pl.Series, rented: int, rng: np.random.Generator) -> pl.DataFrame:
    """Give staff: each hub has accounts in proportion to its people, one at least while there are enough."""
    shares = hubs.value_counts(sort=True).sort("count", "hub", descending=[True, False])
    names = shares["hub"].to_list()
    drawn = rng.permutation(
        np.concatenate(
            [
                np.arange(min(len(names), accounts)),
                weighted(max(accounts - len(names), 0), weights=shares["count"].to_numpy(), rng=rng),
            ]
        ).astype(np.int64)
    )
    flag = np.zeros(accounts, dtype=np.bool_)
    flag[rng.permutation(accounts)[:rented]] = True
    return pl.DataFrame(
        {
            "account": "a" + (pl.int_range(1, accounts + 1, eager=True)).cast(pl.String).str.zfill(3),
            "hub": pl.Series(names).gather(drawn),
            "rented": flag,
        }
    )


def _assign(
    staff: pl.DataFrame,
    *,
    hub: pl.Series,
    popularity: npt.NDArray[np.float64],
    n: int,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the account and the person of each case: mostly of the account's own hub, popular persons more often."""
    who = weighted(n, weights=rng.lognormal(0.0, 0.5, staff.height), rng=rng)
    codes = hub.rank("dense").to_numpy().astype(np.int64)
    order = np.argsort(codes, kind="stable")
    edges = np.concatenate([[0.0], np.cumsum(popularity[order])])
    place = pl.DataFrame({"hub": hub, "code": codes}).unique().sort("code")
    own = staff.join(place, on="hub", how="left", maintain_order="left")["code"].to_numpy()
    home = rng.random(n) < 0.9
    wanted = own[who]
    low = edges[np.searchsorted(codes[order], wanted, side="left")]
    high = edges[np.searchsorted(codes[order], wanted, side="right")]
    low, high = np.where(home, low, 0.0), np.where(home, high, edges[-1])
    position = np.searchsorted(edges, low + rng.random(n) * (high - low), side="right") - 1
    return who, order[np.clip(position, 0, len(order) - 1)]


Times = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _working_times(n: int, *, days: int, rng: np.random.Generator) -> Times:
    """Give opened, closed and look-up time in ms from the start: by day, fewer at weekends, a case lasts days."""
    week = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.35])
    day = weighted(n, weights=week[np.arange(days) % 7], rng=rng)
    hour = np.clip(rng.normal(13.0, 2.6, n), 7.0, 21.0)
    opened = day * DAY_MS + (hour * 3_600_000).astype(np.int64)
    lasts = (np.clip(rng.lognormal(0.6, 0.6, n), 0.25, 14.0) * DAY_MS).astype(np.int64)
    wait = np.minimum((rng.exponential(40.0, n) * 60_000).astype(np.int64), lasts - 1)
    return opened, opened + lasts, opened + wait


def _broker_times(first: npt.NDArray[np.int64], *, rented_days: int, rng: np.random.Generator) -> Times:
    """Give the broker's times: on rented days, in the evening and at night, one look-up soon after each opening."""
    n = len(first)
    day = first + rng.integers(0, rented_days, n)
    opened = day * DAY_MS + (rng.triangular(19.0, 21.5, 23.9, n) * 3_600_000).astype(np.int64)
    lasts = (np.clip(rng.lognormal(0.6, 0.6, n), 0.25, 14.0) * DAY_MS).astype(np.int64)
    return opened, opened + lasts, opened + rng.integers(2_000, 90_000, n)


def _steal(
    staff: pl.DataFrame,
    *,
    hub: pl.Series,
    served: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    most: int,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give account and person of each theft.

    Each person once per account, none that the account serves itself, four times as likely in its own hub.
    """
    who, whom = served
    accounts, persons = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for account in np.flatnonzero(staff["rented"].to_numpy()):
        near = (hub == staff["hub"][int(account)]).to_numpy()
        # The smallest of exponential clocks draws without replacement in proportion to weight.
        clock = rng.exponential(1.0, len(hub)) / np.where(near, 4.0, 1.0)
        clock[whom[who == account]] = np.inf
        taken = np.argsort(clock, kind="stable")[: min(most, int(np.isfinite(clock).sum()))]
        accounts.append(np.full(len(taken), account, dtype=np.int64))
        persons.append(taken.astype(np.int64))
    return np.concatenate(accounts), np.concatenate(persons)


def _frame(
    staff: pl.DataFrame,
    people: pl.DataFrame,
    *,
    who: npt.NDArray[np.int64],
    whom: npt.NDArray[np.int64],
    hub: pl.Series,
    times: Times,
    start: date,
) -> pl.DataFrame:
    origin = int(np.datetime64(start, "ms").astype(np.int64))
    opened, closed, time = (pl.Series(values + origin).cast(MOMENT) for values in times)
    return pl.DataFrame(
        {
            "account": staff["account"].gather(who),
            "customer": people["customer"].gather(whom),
            "hub": hub.gather(whom),
            "opened": opened,
            "closed": closed,
            "time": time,
        }
    ).sort("time", "account", "customer")


def _rentals(staff: pl.DataFrame, *, first: npt.NDArray[np.int64], rented_days: int, start: date) -> pl.DataFrame:
    account = np.repeat(np.flatnonzero(staff["rented"].to_numpy()), rented_days)
    day = first[account] + np.tile(np.arange(rented_days), len(account) // rented_days)
    return pl.DataFrame(
        {
            "account": staff["account"].gather(account),
            "day": pl.Series(np.datetime64(start, "D") + day).cast(pl.Date),
        }
    )
