"""Steps 1 to 3 of the story: the platform is set up, its people are sealed, staff work, partners get their copies."""

import json
import math
import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan import app
from suyuan.adapters.files import open_sink
from suyuan.cli.demo.world import ORIGIN, StoryClock, World, policy_texts
from suyuan.collect.admit import admit
from suyuan.collect.cases import admit_cases
from suyuan.errors import RefusedError
from suyuan.release.bulk import export
from suyuan.release.door import Door
from suyuan.release.ports import Progress
from suyuan.release.released import ReleasedFile
from suyuan.release.request import ExportRequest, LookupRequest
from suyuan.release.sources import StoredRows
from suyuan.terms import AccountId, CaseId, ContractId, PartnerId, PersonNumber, PurposeName

PARTNERS: Mapping[str, str] = {"swift": "C-7", "harbour": "C-9"}
DELIVERY, FULFILMENT = PurposeName("delivery"), PurposeName("fulfilment")
_PATIENCE_SECONDS = 32.0
"""Look-ups may take this long in all. On a slower disk fewer honest ones are made, and the story says so."""

_EVERY = 250
"""After so many look-ups the story looks at its watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What the import did, and what a thief of the database file finds in it."""

    people: int
    rejected: int
    seconds: float
    size_bytes: int
    record: str
    searched: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """The months of work.

    `shown` has the rows as each account saw them, with `account` and `case`. `refused`: the customers asked for in vain.
    """

    shown: pl.DataFrame
    honest: int
    stolen: int
    seconds: float
    planned: int
    refusals: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def per_second(self) -> float:
        """Durable look-ups a second."""
        return (self.honest + self.stolen) / max(self.seconds, 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One partner's export."""

    partner: str
    contract: str
    file: Path
    released: ReleasedFile


def make_store(folder: Path, *, clock: StoryClock) -> None:
    """Make the platform's store, as `suyuan init` does; the passphrase lies beside it."""
    passphrase = folder.with_name(f"{folder.name}.passphrase")
    settings = (
        f"version = 1\norigin = {json.dumps(ORIGIN)}\npassphrase_file = {json.dumps(str(passphrase))}\n"
        "row_keys_per_pool = 8192\n"
    )
    app.create_store(
        folder, settings_text=settings, policy_texts=dict(policy_texts()), passphrase_file=passphrase, clock=clock
    )


def import_people(store: app.Store, *, world: World, bar: Progress) -> Sealed:
    """Admit and seal everybody, then open the database as a thief would: without its keys."""
    begun = time.perf_counter()
    admitted, rejected = admit(world.people, fields=store.policy.fields)
    done = 0
    for step in store.vault.store(admitted):
        done += step.added + step.corrected + step.unchanged
        bar("seal", done, admitted.values.height)
    store.registrar.enrol_pending(progress=bar)
    seconds = time.perf_counter() - begun
    record, blob = _as_a_thief(store.settings.store)
    searched, found = _search(blob, people=world.people)
    return Sealed(
        people=done, rejected=len(rejected), seconds=seconds, size_bytes=len(blob), record=record,
        searched=searched, found=found,
    )  # fmt: skip


def _as_a_thief(folder: Path) -> tuple[str, bytes]:
    """Give the beginning of one sealed record, and all bytes of the database with its write-ahead log."""
    with closing(sqlite3.connect(f"{(folder / app.DATA).as_uri()}?mode=ro", uri=True)) as connection:
        body = connection.execute("SELECT body FROM record ORDER BY person LIMIT 1").fetchone()[0]
    logs = (folder / f"{app.DATA}{ending}" for ending in ("", "-wal"))
    return bytes(body[:24]).hex(), b"".join(path.read_bytes() for path in logs if path.exists())


def _search(blob: bytes, *, people: pl.DataFrame) -> tuple[int, int]:
    """Look for every phone, resident number and e-mail in the bytes; give how many were sought and found."""
    sought = {"".join(re.findall(r"\d", text))[-10:].encode() for text in people["phone"].drop_nulls()}
    sought |= {text.encode() for name in ("id_number", "email") for text in people[name].drop_nulls()}
    runs = set(re.findall(rb"\d{17}[\dX]|[a-z0-9.]+@[a-z.]+", blob))
    runs |= {run[-10:] for run in re.findall(rb"\d{10,14}", blob)}
    return len(sought), len(sought & runs)


def work_for_months(store: app.Store, *, door: Door, world: World, clock: StoryClock, bar: Progress) -> LookedUp:
    """Replay the months: every look-up at its own time, by its own case, durable before anything is shown."""
    key = store.policy.key_field()
    if key is None:
        raise RefusedError("the demonstration's policy has no key field")
    plan = world.work.lookups()
    cases = plan.select(
        "case", "account", "customer", *(pl.col(t).dt.to_string("iso:strict") for t in ("opened", "closed"))
    )
    store.vault.link_cases(admit_cases(cases, key=key), key=key)
    tokens = store.broker.tokenizer(key.kind).column(plan["customer"])
    persons = store.vault.resolve([(key.kind, tokens)])
    plan = plan.with_columns(pl.Series("person", persons), stolen=pl.col("case").is_in(world.work.thefts["case"]))
    rows: list[tuple[object, ...]] = []
    pace, begun = Pace(stolen=plan["stolen"].to_numpy()), time.perf_counter()
    for place, asked in enumerate(plan.iter_rows(named=True)):
        if len(rows) % _EVERY == 0:
            pace.look_at_the_watch(time.perf_counter() - begun, made=len(rows), place=place)
        if pace.skips(place):
            continue
        clock.set(asked["time"])
        rows.append((asked["account"], asked["stolen"], asked["case"], *_look_up(door, asked=asked)))
        bar("look up", place + 1, plan.height)
    seconds = time.perf_counter() - begun
    shown = pl.DataFrame(rows, schema=["account", "stolen", "case", "name", "phone", "address"], orient="row")
    stolen = int(shown["stolen"].sum())
    first, last = plan.row(0, named=True), plan.filter("stolen").row(-1, named=True)
    return LookedUp(
        shown=shown.drop("stolen"), honest=shown.height - stolen, stolen=stolen, seconds=seconds, planned=world.work.cases.height,
        refusals=_refusals(door, plan=plan, first=first, last=last, clock=clock),
        refused=(first["customer"], last["customer"]),
    )  # fmt: skip


class Pace:
    """Which honest look-ups are made: all, unless the disk is too slow for the story to end in time."""

    def __init__(self, *, stolen: npt.NDArray[np.bool_]) -> None:
        self._stolen = stolen
        self._one_in = 1

    def look_at_the_watch(self, seconds: float, *, made: int, place: int) -> None:
        """Choose the share of honest look-ups that the time left allows, at the rate so far."""
        if not made:
            return
        stolen = int(self._stolen[place:].sum())
        honest = len(self._stolen) - place - stolen
        left = max(0.0, _PATIENCE_SECONDS - seconds) * made / max(seconds, 1e-9) - stolen
        self._one_in = max(1, math.ceil(honest / left)) if left > 0 else honest + 1

    def skips(self, place: int) -> bool:
        """Whether this look-up is left out; the broker's never are."""
        return self._one_in > 1 and not self._stolen[place] and place % self._one_in != 0


def _look_up(door: Door, *, asked: Mapping[str, object]) -> tuple[str | None, ...]:
    request = LookupRequest(
        account=AccountId(str(asked["account"])), purpose=DELIVERY, case=CaseId(str(asked["case"])),
        person=PersonNumber(int(str(asked["person"]))),
    )  # fmt: skip
    fields = {str(name): value.reveal() for name, value in door.lookup(request).fields.items()}
    return tuple(fields.get(name) for name in ("name", "phone", "address"))


def _refusals(
    door: Door, *, plan: pl.DataFrame, first: Mapping[str, Any], last: Mapping[str, Any], clock: StoryClock
) -> tuple[str, ...]:
    """Ask without a case, by a colleague's case, and by one's own that is closed; give what the door says."""
    clock.wait(days=30)
    said = []
    for account, case in (
        (first["account"], None),
        (_colleague(plan, of=last), last["case"]),
        (last["account"], last["case"]),
    ):
        request = LookupRequest(
            account=AccountId(account), purpose=DELIVERY, case=None if case is None else CaseId(case),
            person=PersonNumber(first["person"] if case is None else last["person"]),
        )  # fmt: skip
        try:
            door.lookup(request)
        except RefusedError as refusal:
            said.append(str(refusal))
    return tuple(said)


def _colleague(plan: pl.DataFrame, *, of: Mapping[str, object]) -> str:
    return str(plan.filter(pl.col("account") != of["account"])["account"][0])


def seen_twice(shown: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Give account, phone and address of one person as two accounts saw her, both spelled differently; or nothing."""
    one = shown.filter(pl.col("name").str.contains(r"^\p{Han}")).with_columns(
        who=pl.col("phone").str.replace_all(r"\D", "").str.tail(11)
    )
    other = one.select("who", pl.all().exclude("who").name.suffix("_b"))
    pairs = one.join(other, on="who").filter(
        (pl.col("account") < pl.col("account_b"))
        & (pl.col("phone") != pl.col("phone_b"))
        & (pl.col("address") != pl.col("address_b"))
    )
    if pairs.is_empty():
        return []
    found = pairs.sort("account", "account_b", "who").row(0, named=True)
    return [tuple(found[f"{name}{end}"] for name in ("account", "phone", "address")) for end in ("", "_b")]


def hand_over(store: app.Store, *, door: Door, partner: str, file: Path, bar: Progress) -> Handed:
    """Let a partner receive everybody, under its contract."""
    purpose = store.policy.purpose(FULFILMENT)
    fields = [store.policy.fields[name] for name in purpose.fields]
    source = StoredRows(store.people.all_persons(), people=store.people, fields=fields, broker=store.broker)
    request = ExportRequest(partner=PartnerId(partner), purpose=FULFILMENT, contract=ContractId(PARTNERS[partner]))
    released = export(door, request=request, source=source, sink=open_sink(file), progress=bar)
    return Handed(partner=partner, contract=PARTNERS[partner], file=file, released=released)
