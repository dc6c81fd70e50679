"""A small courier for tests: a real store in a temporary folder, invented people, look-ups, exports and leaks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest import mock

import polars as pl
from benchmarks import measured

from suyuan.adapters.files import open_sink
from suyuan.app import Store, create_store, open_store, unlocking
from suyuan.collect.admit import admit
from suyuan.crypto.passphrase import PassphraseLaw
from suyuan.hold.ports import CaseLink
from suyuan.release.bulk import export
from suyuan.release.door import Door
from suyuan.release.released import ReleasedFile
from suyuan.release.request import ExportRequest, LookupRequest
from suyuan.release.sources import SuppliedRows
from suyuan.simulation import invent_people
from suyuan.terms import AccountId, CaseId, ContractId, FieldName, PartnerId, PersonNumber, PurposeName

FIELDS = f"""{measured.FIELDS}[id_number]
kind = "resident_id"
[birth_date]
kind = "date"
[note]
kind = "text"
"""
PURPOSES = """
[delivery]
ground = "contract"
acts = ["lookup"]
fields = { name = "clear", phone = "clear", address = "clear" }
[service]
ground = "contract"
acts = ["lookup"]
needs_case = false
fields = { name = "clear", phone = "masked" }
[fulfilment]
ground = "contract"
acts = ["export"]
needs_case = false
fields = { customer = "clear", name = "clear", phone = "clear", email = "clear", address = "clear", note = "clear" }
[leak_investigation]
ground = "legal_duty"
citation = "PIPL 57"
acts = ["investigate"]
needs_case = false
fields = { name = "clear", phone = "clear", email = "clear", address = "clear", birth_date = "clear" }
"""
CONTRACTS = """
[C-1]
partner = "p"
purposes = ["fulfilment"]
[C-decoys]
partner = "acme"
purposes = ["fulfilment"]
omitted_per_65536 = 6554
decoys = 4
[C-alias]
partner = "relay-user"
purposes = ["fulfilment"]
aliases = { email = "relay" }
"""
POOLS = """
[decoy-phones]
kind = "phone"
first = "+8616500000000"
size = 65536
use = "decoy"
[decoy-mail]
kind = "email"
domain = "post.example"
use = "decoy"
[relay]
kind = "email"
domain = "relay.example"
use = "alias"
"""
POLICY = {"fields.toml": FIELDS, "purposes.toml": PURPOSES, "contracts.toml": CONTRACTS, "pools.toml": POOLS}
COLUMNS = ("customer", "name", "phone", "email", "address", "id_number", "birth_date")


def make_store(folder: Path, *, policy: Mapping[str, str] = POLICY) -> Path:
    """Make an empty store and give its folder."""
    store, secret = folder / "store", folder / "store.passphrase"
    settings = f'version = 1\norigin = "log.example/courier"\npassphrase_file = "{secret}"\nrow_keys_per_pool = 256\n'
    # The passphrase is made cheap to open: tests open stores by the hundred.
    with mock.patch.object(unlocking, "PassphraseLaw", partial(PassphraseLaw, cost=1024)):
        create_store(store, settings_text=settings, policy_texts=policy, passphrase_file=secret)
    return store


@dataclass
class Courier:
    """An open store with `people` in it; `shown` collects what accounts were shown."""

    store: Store
    folder: Path
    people: pl.DataFrame
    numbers: dict[str, PersonNumber] = field(default_factory=dict)
    shown: list[dict[str, str]] = field(default_factory=list)

    def look_up(self, door: Door, *, account: str, customer: str) -> None:
        """Open a case and look its customer up."""
        number = self.numbers[customer]
        case = CaseId(f"{account}-{customer}")
        opened = datetime(2020, 1, 1, tzinfo=UTC)
        self.store.vault.add_cases(
            (CaseLink(case=case, account=AccountId(account), person=number, opened=opened, closed=None),)
        )
        request = LookupRequest(account=AccountId(account), purpose=PurposeName("delivery"), case=case, person=number)
        released = door.lookup(request)
        self.shown.append({"account": account, **{k: v.reveal() for k, v in released.fields.items()}})

    def export(self, door: Door, *, partner: str, contract: str, name: str, frame: pl.DataFrame) -> ReleasedFile:
        """Export rows that the platform supplies to a partner."""
        source = SuppliedRows(frame, fields=self.store.policy.fields, broker=self.store.broker)
        source.enrol(self.store.vault, people=self.store.people, clock=self.store.clock)
        self.store.registrar.enrol_pending()
        request = ExportRequest(
            partner=PartnerId(partner), purpose=PurposeName("fulfilment"), contract=ContractId(contract)
        )
        return export(door, request=request, source=source, sink=open_sink(self.folder / name))

    def rows_of(self, *accounts: str) -> pl.DataFrame:
        """Give what some accounts were shown."""
        return pl.DataFrame([row for row in self.shown if row["account"] in accounts]).drop("account")


@contextmanager
def courier(folder: Path, *, people: int = 60, seed: int = 5, policy: Mapping[str, str] = POLICY) -> Iterator[Courier]:
    """Open a new courier with invented people in its store."""
    with open_store(make_store(folder, policy=policy)) as store:
        frame = invent_people(people, seed=seed).select(COLUMNS)
        admitted, _ = admit(frame, fields=store.policy.fields)
        list(store.vault.store(admitted))
        store.registrar.enrol_pending()
        key = store.policy.fields[FieldName("customer")]
        tokens = store.broker.tokenizer(key.kind).column(frame["customer"]).to_numpy()
        found = store.people.find(key.kind, tokens).tolist()
        numbers = {customer: PersonNumber(n) for customer, n in zip(frame["customer"], found, strict=True)}
        yield Courier(store=store, folder=folder, people=frame, numbers=numbers)
