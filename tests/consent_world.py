"""A small platform that asks for consents: its policy, two stores on disk, and a ledger in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from tests.ledger_world import MemoryStore

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.app import SystemEntropy
from suyuan.collect.field import FieldPolicy
from suyuan.collect.notice import Notice
from suyuan.collect.platform import Platform
from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.collect.word import Word
from suyuan.flows.consents import Consents
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.ledger.log import Ledger
from suyuan.release.acts import Act, Showing
from suyuan.release.policy import ContractPolicy, Policy, PurposePolicy
from suyuan.terms import (
    AppType,
    ContractId,
    FieldName,
    Ground,
    ItemName,
    KindName,
    PartnerId,
    PersonId,
    PersonNumber,
    PurposeName,
)

MARKETING, FULFILMENT, DELIVERY, KYC = map(PurposeName, ("marketing", "fulfilment", "delivery", "kyc"))
ANN, BEN = PersonNumber(0), PersonNumber(1)
START = datetime(2026, 11, 1, 8, tzinfo=UTC)
TEXTS = {
    "zh": {"rights": "可在“我的”页面查阅、更正、删除和撤回。", "necessity": "核实身份所必需。", "impact": "泄露可能导致冒名。"},
    "en": {"rights": "See, correct, delete and withdraw under My Account.", "necessity": "To know who you are.",
           "impact": "A leak could let others pose as you."},
}  # fmt: skip


def a_field(name: str, kind: KindName, item: str, *, key: bool = False, sensitive: bool = False) -> FieldPolicy:
    return FieldPolicy(
        name=FieldName(name),
        kind=kind,
        strong=key,
        key=key,
        item=ItemName(item),
        sensitive=sensitive,
        owner="data office",
    )


FIELDS = {
    f.name: f
    for f in (
        a_field("customer", KindName.IDENTIFIER, "customer_number", key=True),
        a_field("name", KindName.PERSON_NAME, "person_name"),
        a_field("phone", KindName.PHONE, "mobile_number"),
        a_field("address", KindName.POSTAL_ADDRESS, "postal_address"),
        a_field("email", KindName.EMAIL, "email_address"),
        a_field("id_number", KindName.RESIDENT_ID, "id_document_number", sensitive=True),
        a_field("birth_date", KindName.DATE, "birth_date"),
    )
}


def a_purpose(name: str, *, ground: Ground = Ground.CONSENT, **more: object) -> PurposePolicy:
    fields = {FieldName(f): Showing.CLEAR for f in more.pop("shows", ("name",))}  # type: ignore[attr-defined]
    return PurposePolicy(
        name=PurposeName(name), ground=ground, acts=frozenset({Act.LOOKUP}), fields=fields,
        collects=frozenset(map(FieldName, more.pop("collects", ()))),  # type: ignore[arg-type]
        title={"en": name.title(), "zh": f"目的{name}"}, method="by our staff", retention_days=180, notice="all",
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def a_policy() -> Policy:
    purposes = (
        a_purpose("marketing", collects=("email", "name"), shows=("name", "email")),
        a_purpose("fulfilment", ground=Ground.CONTRACT, shows=("name", "phone", "address")),
        a_purpose("delivery", ground=Ground.CONTRACT, basic=True, app_type=AppType("food_delivery"),
                  collects=("name", "phone", "address"), shows=("name", "phone", "address")),
        a_purpose("kyc", ground=Ground.CONSENT, collects=("id_number", "name"), shows=("id_number",)),
    )  # fmt: skip
    return Policy(
        fields=FIELDS,
        purposes={purpose.name: purpose for purpose in purposes},
        contracts={
            ContractId("C-7"): ContractPolicy(
                id=ContractId("C-7"), partner=PartnerId("acme"), purposes=frozenset({FULFILMENT}),
                fields=frozenset({FieldName("name"), FieldName("phone")}),
            ),
            ContractId("C-8"): ContractPolicy(
                id=ContractId("C-8"), partner=PartnerId("globex"), purposes=frozenset({FULFILMENT}), region="SG"
            ),
        },
        decoy_pools=(),
        alias_pools={},
        platform=Platform(
            name="Courier Co.", contact="privacy@courier.example", officer="C. Officer", app_types=(AppType("food_delivery"),)
        ),
        notices={"all": Notice(name="all", version=1, purposes=tuple(p.name for p in purposes), texts=TEXTS)},
    )  # fmt: skip


def changed(policy: Policy, purpose: PurposeName, **members: object) -> Policy:
    """Give the policy with one purpose changed."""
    one = replace(policy.purposes[purpose], **members)  # type: ignore[arg-type]
    return replace(policy, purposes=MappingProxyType({**policy.purposes, purpose: one}))


class Hands:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def pass_days(self, days: float) -> None:
        self.time += timedelta(days=days)


@dataclass
class ConsentWorld:
    """Ann and Ben, and a platform that asks them."""

    folder: Path
    keys: SqliteKeyStore
    people: SqlitePeopleStore
    broker: KeyBroker
    ledger: Ledger
    policy: Policy = field(default_factory=a_policy)
    clock: Hands = field(default_factory=Hands)

    def consents(self) -> Consents:
        return Consents(
            self.ledger, broker=self.broker, store=self.people, registry=self.policy, clock=self.clock,
            entropy=SystemEntropy(),
        )  # fmt: skip


def word(
    purpose: PurposeName = MARKETING, *, person: PersonNumber = ANN, scope: ConsentScope = ConsentScope.PURPOSE,
    recipient: str = "", guardian: str = "", prompted: bool = True, at: datetime | None = None, channel: str = "app",
    state: ConsentState = ConsentState.GIVEN,
) -> Word:  # fmt: skip
    return Word(
        person=person, principal=PersonId(f"C-{person}"), purpose=purpose, scope=scope, recipient=recipient,
        guardian=guardian, prompted=prompted, at=at, channel=channel, state=state,
    )  # fmt: skip


@contextmanager
def consent_world(folder: Path) -> Iterator[ConsentWorld]:
    """Open a new world in an empty folder."""
    clock = Hands()
    with (
        SqliteKeyStore(folder / "keys.db", access=Access.CREATE) as keys,
        SqlitePeopleStore(folder / "data.db", access=Access.CREATE) as people,
    ):
        entropy = SystemEntropy()
        broker = KeyBroker(
            keys, kek=SecretKek(b"k" * 32, entropy=entropy), origin="log.example/suyuan", entropy=entropy
        )
        broker.enrol(2)
        ledger = Ledger(MemoryStore(), key=broker.log_key(), clock=clock)
        yield ConsentWorld(folder=folder, keys=keys, people=people, broker=broker, ledger=ledger, clock=clock)
