"""A served courier for tests: a real store behind the real routes, in this process, and callers with keys."""

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from argon2 import PasswordHasher
from tests.courier import COLUMNS, make_store

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.app import LEDGER, Store, SystemClock, SystemEntropy, open_store
from suyuan.collect.admit import admit
from suyuan.config.serve import ServeSettings
from suyuan.hold.ports import CaseLink
from suyuan.release.accounts import Account
from suyuan.simulation import invent_people
from suyuan.terms import AccountId, CaseId, FieldName, PersonNumber, RoleName
from suyuan.web.assembly import Server, assemble
from suyuan.web.identity.api_keys import make_key
from suyuan.web.identity.passwords import Passwords
from suyuan.web.logs import Log

BASE = "http://suyuan.test"
FAST = ServeSettings(
    requests_per_second=1e6,
    burst=1_000_000,
    address_requests_per_second=1e6,
    address_burst=1_000_000,
    publish_seconds=3600,
)
ACCOUNTS = {
    "clerk-1": ("staff",),
    "clerk-2": ("staff",),
    "shop": ("service",),
    "files": ("exporter",),
    "counsel": ("legal",),
    "counsel-2": ("legal",),
    "dpo": ("privacy",),
    "boss": ("approver",),
    "root": ("administrator",),
    "prom": ("monitor",),
    "guest": (),
}
PASSWORD = "a long enough password"


def quick_passwords() -> Passwords:
    """Argon2id with little memory: tests sign in often."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(frozen=True)
class Planted:
    """What lies in the store of a test: keys of accounts, customers in order, and their records."""

    folder: Path
    keys: dict[str, str]
    customers: list[str]
    people: list[dict[str, str]]

    def case(self, account: str, at: int) -> str:
        """The open case of an account on the customer at a place."""
        return f"{account}-{self.customers[at]}"


def plant(
    folder: Path, *, people: int = 12, seed: int = 5, store: Path | None = None, everything: Sequence[str] = ()
) -> Planted:
    """Make a store with people, accounts, keys, and for both clerks cases: the first half of the people is clerk-1's."""
    path = make_store(folder) if store is None else store
    keys: dict[str, str] = {}
    entropy = SystemEntropy()
    with open_store(path) as opened:
        frame = invent_people(people, seed=seed).select(COLUMNS)
        admitted, _ = admit(frame, fields=opened.policy.fields)
        list(opened.vault.store(admitted))
        opened.registrar.enrol_pending()
        key_field = opened.policy.fields[FieldName("customer")]
        tokens = opened.broker.tokenizer(key_field.kind).column(frame["customer"]).to_numpy()
        numbers = opened.people.find(key_field.kind, tokens).tolist()
        customers = frame["customer"].to_list()
        now = datetime.now(UTC)
        for name, roles in {**ACCOUNTS, "everybody": tuple(everything)}.items():
            _add_account(opened, name, roles=roles, keys=keys, entropy=entropy, now=now)
        half = people // 2
        links = [
            _link(account, customers[at], number=numbers[at])
            for account, places in (("clerk-1", range(half)), ("clerk-2", range(half, people)))
            for at in places
        ]
        opened.vault.add_cases(tuple(links))
        opened.publish()
    return Planted(folder=path, keys=keys, customers=customers, people=frame.to_dicts())


def _add_account(
    opened: Store, name: str, *, roles: Sequence[str], keys: dict[str, str], entropy: SystemEntropy, now: datetime
) -> None:
    opened.callers.save_account(
        Account(
            id=AccountId(name),
            roles=frozenset(map(RoleName, roles)),
            password=quick_passwords().make(PASSWORD),
            created=now,
            changed=now,
        )
    )
    key, keys[name] = make_key(AccountId(name), entropy=entropy, now=now)
    opened.callers.add_api_key(key)


def _link(account: str, customer: str, *, number: int) -> CaseLink:
    return CaseLink(
        case=CaseId(f"{account}-{customer}"),
        account=AccountId(account),
        person=PersonNumber(number),
        opened=datetime(2020, 1, 1, tzinfo=UTC),
        closed=None,
    )


@dataclass
class Served:
    """A server under test, with a client that speaks to it in this process."""

    server: Server
    planted: Planted
    client: httpx.AsyncClient
    log: io.StringIO = field(default_factory=io.StringIO)

    async def call(
        self,
        method: str,
        path: str,
        *,
        by: str | None = None,
        headers: dict[str, str] | None = None,
        **arguments: object,
    ) -> httpx.Response:
        """Send a request, by an account's key."""
        given = dict(headers or {})
        if by is not None:
            given["authorization"] = f"Bearer {self.planted.keys[by]}"
        return await self.client.request(method, path, headers=given, **arguments)  # type: ignore[arg-type]

    async def lookup(
        self, *, by: str = "clerk-1", headers: dict[str, str] | None = None, **body: object
    ) -> httpx.Response:
        """Ask to see somebody."""
        return await self.call("POST", "/release/lookup", by=by, headers=headers, json=body)


@asynccontextmanager
async def served(planted: Planted, *, settings: ServeSettings = FAST) -> AsyncIterator[Served]:
    """Serve a planted store in this process."""
    log = io.StringIO()
    async with assemble(
        lambda: open_store(planted.folder),
        settings=settings,
        files=TileDirectory(planted.folder / LEDGER),
        clock=SystemClock(),
        entropy=SystemEntropy(),
        log=Log(log),
        passwords=quick_passwords(),
    ) as server:
        transport = httpx.ASGITransport(app=server.face, raise_app_exceptions=True, client=("192.0.2.7", 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            yield Served(server=server, planted=planted, client=client, log=log)
