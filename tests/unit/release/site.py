"""A site with every kind of rule, for tests of the door: the courier's people under a policy of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from unittest import mock

from tests.courier import COLUMNS, FIELDS, POOLS

from suyuan.app import Store, create_store, open_store, unlocking
from suyuan.collect.admit import admit
from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.collect.word import Word
from suyuan.crypto import canonical
from suyuan.crypto.passphrase import PassphraseLaw
from suyuan.hold.ports import CaseLink
from suyuan.ledger.entry import RefuseEntry
from suyuan.release.door import Door
from suyuan.release.question import Compare, Question
from suyuan.release.request import AnswerRequest, LookupRequest
from suyuan.release.sides import REFUSAL_SIDE, require_side
from suyuan.simulation import invent_people
from suyuan.terms import AccountId, ApprovalId, CaseId, FieldName, PersonId, PersonNumber, PurposeName, RoleName

PURPOSES = """
[delivery]
ground = "contract"
acts = ["lookup", "list", "answer"]
fields = { name = "clear", phone = "clear", address = "clear" }
[open]
ground = "contract"
acts = ["lookup", "answer", "supplied"]
needs_case = false
fields = { name = "clear", phone = "masked", birth_date = "clear", id_number = "masked" }
[marketing]
ground = "consent"
title = { en = "Offers", zh = "营销" }
method = "told of offers"
notice = "offers"
retention_days = 365
acts = ["lookup", "export"]
needs_case = false
fields = { name = "clear", phone = "clear" }
[identity]
ground = "contract"
acts = ["lookup"]
needs_case = false
approval = "always"
fields = { name = "clear", id_number = "clear" }
[brief]
ground = "contract"
acts = ["lookup"]
needs_case = false
retention_days = 30
fields = { name = "clear" }
[asleep]
ground = "contract"
acts = ["lookup"]
active = false
fields = { name = "clear" }
[fulfilment]
ground = "contract"
acts = ["export"]
needs_case = false
regions = ["CN", "SG"]
fields = { customer = "clear", name = "clear", phone = "clear", email = "clear", address = "clear" }
"""
CONTRACTS = """
[C-1]
partner = "acme"
purposes = ["fulfilment"]
[C-m]
partner = "acme"
purposes = ["marketing"]
[C-old]
partner = "acme"
purposes = ["fulfilment"]
expires = 2020-01-01
[C-coming]
partner = "acme"
purposes = ["fulfilment"]
starts = 2999-01-01
[C-few]
partner = "acme"
purposes = ["fulfilment"]
row_cap = 5
[C-day]
partner = "acme"
purposes = ["fulfilment"]
rows_per_day = 20
[C-names]
partner = "acme"
purposes = ["fulfilment"]
fields = ["customer", "name"]
[C-abroad]
partner = "acme"
purposes = ["fulfilment"]
region = "US"
[C-near]
partner = "acme"
purposes = ["fulfilment"]
region = "SG"
"""
NOTICES = """
[offers]
version = 1
purposes = ["marketing"]
[offers.en]
rights = "Write to us."
[offers.zh]
rights = "请联系我们。"
"""
PLATFORM = """
name = "Courier"
contact = "privacy@courier.example"
"""
PEOPLE = 30
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class SetClock:
    """A clock that stands where it is put."""

    at: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        """See `Clock`."""
        return self.at

    def forward(self, **span: float) -> None:
        """Move on."""
        self.at += timedelta(**span)


@dataclass
class Site:
    """An open site, its clock, and who is in it."""

    store: Store
    clock: SetClock
    persons: list[PersonNumber]

    def link(self, account: str, *, person: int, case: str = "", queue: str = "", region: str = "") -> CaseId:
        """Open a case that links an account to a person."""
        number = self.persons[person]
        made = CaseId(case or f"{account}-{person:04}")
        self.store.vault.add_cases(
            (
                CaseLink(
                    case=made, account=AccountId(account), person=number, opened=PAST, closed=None, queue=queue, region=region,
                ),
            )
        )  # fmt: skip
        return made

    def ask(
        self, purpose: str = "open", *, person: int = 0, account: str = "ann", case: str | None = None,
        roles: tuple[str, ...] = (), approval: str | None = None, **attributes: str,
    ) -> LookupRequest:  # fmt: skip
        """Give a look-up."""
        return LookupRequest(
            account=AccountId(account), purpose=PurposeName(purpose), person=self.persons[person],
            case=None if case is None else CaseId(case), roles=frozenset(map(RoleName, roles)), attributes=attributes,
            approval=None if approval is None else ApprovalId(approval),
        )  # fmt: skip

    def question(
        self, field: str, value: str, *, person: int = 0, compare: Compare = Compare.EQUAL, purpose: str = "open"
    ) -> AnswerRequest:
        """Give a question."""
        return AnswerRequest(
            account=AccountId("ann"), purpose=PurposeName(purpose), case=None, person=self.persons[person],
            question=Question(field=FieldName(field), compare=compare, value=value),
        )  # fmt: skip

    def say(
        self, person: int, *, purpose: str = "marketing", state: ConsentState = ConsentState.GIVEN, **named: str
    ) -> None:
        """Let a person say yes or no; `scope` and `recipient` as a word has them."""
        word = Word(
            person=self.persons[person], principal=PersonId(f"C{person}"), purpose=PurposeName(purpose), state=state,
            scope=ConsentScope(named.get("scope", "purpose")), recipient=named.get("recipient", ""),
            guardian=named.get("guardian", ""), prompted=False,
        )  # fmt: skip
        {
            ConsentState.GIVEN: self.store.consents.give,
            ConsentState.REFUSED: self.store.consents.refuse,
            ConsentState.WITHDRAWN: self.store.consents.withdraw,
        }[state](word)

    def last_refusal(self) -> str:
        """Give the code of the ledger's last entry, which is a refusal."""
        ledger = self.store.ledger
        index = ledger.size - 1
        assert isinstance(ledger.entry(index).body, RefuseEntry)
        side = require_side(ledger, index=index, name=REFUSAL_SIDE, broker=self.store.broker)
        return str(canonical.decode_object(side[32:])["code"])


@contextmanager
def site(
    folder: Path, *, people: int = PEOPLE, clock: SetClock | None = None, databases: str = "", **policy: str
) -> Iterator[tuple[Site, Door]]:
    """Make a site and open its door; `policy` replaces or adds files, `grants` for `grants.toml`.

    Args:
        databases: settings that say where ledger, people and keys are kept; files by default.
    """
    store, secret = folder / "store", folder / "store.passphrase"
    settings = (
        f'version = 1\norigin = "log.example/site"\npassphrase_file = "{secret}"\nrow_keys_per_pool = 256\n{databases}'
    )
    texts = {
        "fields.toml": FIELDS, "purposes.toml": PURPOSES, "contracts.toml": CONTRACTS, "pools.toml": POOLS,
        "platform.toml": PLATFORM, "notices.toml": NOTICES, **{f"{name}.toml": text for name, text in policy.items()},
    }  # fmt: skip
    clock = clock or SetClock()
    with mock.patch.object(unlocking, "PassphraseLaw", partial(PassphraseLaw, cost=1024)):
        create_store(store, settings_text=settings, policy_texts=texts, passphrase_file=secret, clock=clock)
    with open_store(store, clock=clock) as opened:
        admitted, _ = admit(invent_people(people, seed=3).select(COLUMNS), fields=opened.policy.fields)
        list(opened.vault.store(admitted))
        persons = [PersonNumber(number) for number in opened.people.all_persons().tolist()]
        with opened.door() as door:
            yield Site(store=opened, clock=clock, persons=persons), door


@contextmanager
def again(folder: Path, *, clock: SetClock) -> Iterator[tuple[Site, Door]]:
    """Open the site's store once more, as a new run."""
    with open_store(folder / "store", clock=clock) as opened, opened.door() as door:
        persons = [PersonNumber(number) for number in opened.people.all_persons().tolist()]
        yield Site(store=opened, clock=clock, persons=persons), door
