"""The invented courier: how large it is, who its people are, what its staff did, and a clock that walks through it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import polars as pl

from suyuan.simulation import Work, invent_people, invent_strangers, invent_work

ORIGIN = "courier.example/suyuan"
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
EXPORTED = datetime(2026, 8, 3, 9, tzinfo=UTC)
FOUND = datetime(2026, 9, 14, 9, tzinfo=UTC)
ASKED = datetime(2026, 9, 21, 9, tzinfo=UTC)
"""The work runs for 120 days from 2 March 2026; exports and the leak come after it, then a person asks what is known of her."""

SHOWN_FIELDS = ("name", "phone", "address")
"""What a look-up shows, and so what its dump holds."""

_FULL_PEOPLE, _FULL_LOOKUPS, _FULL_THEFTS, _FULL_DUMP = 13_000, 21_000, 3_000, 4_000
_STRANGERS_PER_MILLE = 200
_ACCOUNTS_PER_RENTED = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large the story is told; everything follows from persons, accounts and seed."""

    seed: int
    people: int
    accounts: int
    rented: int
    cases_per_account: int
    stolen_per_account: int
    dump_rows: int

    @property
    def strangers(self) -> int:
        """Rows of the dump that never came from the platform."""
        return self.dump_rows * _STRANGERS_PER_MILLE // 1000


def scale_of(*, people: int, accounts: int, seed: int) -> Scale:
    """Give the story's sizes in the proportions of the full one: 13,000 persons, 70 accounts, five rented out."""
    rented = max(2, round(accounts / _ACCOUNTS_PER_RENTED))
    share = people / _FULL_PEOPLE
    return Scale(
        seed=seed,
        people=people,
        accounts=accounts,
        rented=rented,
        cases_per_account=max(1, round(_FULL_LOOKUPS * share / accounts)),
        stolen_per_account=max(1, round(_FULL_THEFTS * share / rented)),
        dump_rows=round(_FULL_DUMP * share),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that was invented before the platform was set up."""

    scale: Scale
    people: pl.DataFrame
    strangers: pl.DataFrame
    work: Work

    @property
    def rented(self) -> tuple[str, ...]:
        """The accounts that were rented out: the truth that the trace does not know."""
        return self.work.rented


def invent(scale: Scale) -> World:
    """Invent the world of a seed."""
    people = invent_people(scale.people, seed=scale.seed).drop("updated")
    work = invent_work(
        people,
        seed=scale.seed,
        accounts=scale.accounts,
        cases_per_account=scale.cases_per_account,
        rented=scale.rented,
        stolen_per_account=scale.stolen_per_account,
    )
    strangers = invent_strangers(scale.dump_rows, seed=scale.seed)
    return World(scale=scale, people=people, strangers=strangers, work=work)


class StoryClock:
    """The story's time: it stands where the story stands, and every entry of the ledger bears it."""

    def __init__(self, now: datetime = BEGIN) -> None:
        self._now = now

    def now(self) -> datetime:
        """Give the story's present."""
        return self._now

    def set(self, now: datetime) -> None:
        """Walk on; the story's time never runs back."""
        self._now = max(self._now, now)

    def wait(self, **period: float) -> None:
        """Let some time pass."""
        self._now += timedelta(**period)


def policy_texts() -> Mapping[str, str]:
    """Give the policy that `suyuan init` writes, with the story's contracts and pools in place of the examples."""
    templates, own = files("suyuan.cli").joinpath("templates"), files("suyuan.cli.demo")
    return {
        **{name: templates.joinpath(name).read_text(encoding="utf-8") for name in ("fields.toml", "purposes.toml")},
        **{name: own.joinpath(name).read_text(encoding="utf-8") for name in ("contracts.toml", "pools.toml")},
    }


def processors() -> int:
    """Give how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
