"""Rates of consents: words brought in, asked about, given one at a time with a receipt, receipts verified, forms decided.

    PYTHONPATH=src python benchmarks/consents.py [words]

The floor of a word is the least that could be done for it: seal and commit to its record, and append one entry with one side to the
same durable ledger in the same groups. Stores are real ones of a temporary folder.
"""

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
from measured import Used, machine, measured, tell

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.app import SystemClock, SystemEntropy
from suyuan.collect.ceiling import app_kinds
from suyuan.collect.field import FieldPolicy
from suyuan.collect.notice import Notice
from suyuan.collect.platform import Platform
from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.collect.submission import Submission, admit_submission
from suyuan.collect.word import Word
from suyuan.crypto import aead
from suyuan.evidence.receipt import verify_receipt
from suyuan.flows.consents import WORDS_PER_STEP, Consents
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.ledger.bodies import ConsentEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.release.acts import Showing
from suyuan.release.policy import Policy, PurposePolicy
from suyuan.release.words import StoredWords
from suyuan.terms import AppType, FieldName, Ground, ItemName, KindName, PersonId, PersonNumber, PurposeName

ORIGIN = "log.example/suyuan"
MARKETING, DELIVERY = PurposeName("marketing"), PurposeName("delivery")
TYPE = AppType("food_delivery")


def a_policy() -> Policy:
    items = sorted({need.item for need in app_kinds()[TYPE].necessary})
    fields = {
        FieldName(item): FieldPolicy(name=FieldName(item), kind=KindName.TEXT, strong=False, item=ItemName(item))
        for item in items
    }
    fields[FieldName("customer")] = FieldPolicy(
        name=FieldName("customer"), kind=KindName.IDENTIFIER, strong=True, key=True
    )
    told = {"title": {"en": "T", "zh": "题"}, "method": "by staff", "retention_days": 30, "notice": "all"}
    marketing = PurposePolicy(
        name=MARKETING, ground=Ground.CONSENT, acts=frozenset(), collects=frozenset({FieldName("mobile_number")}),
        fields={FieldName("mobile_number"): Showing.CLEAR}, **told,
    )  # fmt: skip
    delivery = PurposePolicy(
        name=DELIVERY, ground=Ground.CONTRACT, acts=frozenset(), fields={}, basic=True, app_type=TYPE,
        collects=frozenset(map(FieldName, items)), **told,
    )  # fmt: skip
    texts = {lang: {"rights": "See and withdraw under My account."} for lang in ("zh", "en")}
    return Policy(
        fields=fields, purposes={MARKETING: marketing, DELIVERY: delivery}, contracts={}, decoy_pools=(), alias_pools={},
        platform=Platform(name="Courier Co.", contact="privacy@courier.example", app_types=(TYPE,)),
        notices={"all": Notice(name="all", version=1, purposes=(MARKETING, DELIVERY), texts=texts)},
    )  # fmt: skip


def floor(folder: Path, *, count: int, size: int) -> Used:
    """Seal and commit to as many records of the same size, and append as many entries with a side."""
    with SqliteLedgerStore.open_writer(folder / "floor.db") as store:
        keys = KeyBroker(_keys(folder / "floor-keys.db"), kek=_kek(), origin=ORIGIN, entropy=SystemEntropy())
        ledger = Ledger(store, key=keys.log_key(), clock=SystemClock())
        record, nonce = b"r" * size, bytes(12)

        def work() -> None:
            for start in range(0, count, WORDS_PER_STEP):
                drafts = []
                for number in range(start, min(start + WORDS_PER_STEP, count)):
                    key = sha256(number.to_bytes(8, "big")).digest()
                    body = ConsentEntry(commitment=sha256(key + record).digest(), label=key)
                    side = aead.wrap(record, kek=key, nonce=nonce, associated=b"")
                    drafts.append(Draft(body=body, sides={"consent": side}))
                ledger.append(drafts)

        return measured(work)


def whole(folder: Path, *, count: int) -> None:
    policy = a_policy()
    with ExitStack() as opened:
        keys = opened.enter_context(_keys(folder / "keys.db"))
        people = opened.enter_context(SqlitePeopleStore(folder / "data.db", access=Access.CREATE))
        store = opened.enter_context(SqliteLedgerStore.open_writer(folder / "ledger.db"))
        broker = KeyBroker(keys, kek=_kek(), origin=ORIGIN, entropy=SystemEntropy())
        ledger = Ledger(store, key=broker.log_key(), clock=SystemClock())
        consents = Consents(
            ledger, broker=broker, store=people, registry=policy, clock=SystemClock(), entropy=SystemEntropy()
        )
        first = broker.enrol(count)
        at = datetime(2026, 1, 1, tzinfo=UTC)
        words = [
            Word(
                person=PersonNumber(first + i), principal=PersonId(f"C-{i}"), purpose=MARKETING,
                state=ConsentState.GIVEN, at=at, channel="app",
            )
            for i in range(count)
        ]  # fmt: skip
        used = measured(lambda: consents.take(words, asked=False))
        size = len(broker.open_consent(words[0].person, side=ledger.side(0, name="consent") or b"",
                                       commitment=ledger.entry(0).body.commitment))  # type: ignore[union-attr]  # fmt: skip
        tell("words brought in", count=count, used=used, floor=floor(folder, count=count, size=size))
        persons = np.arange(first, first + count, dtype=np.int64)
        known = StoredWords(people, policy=policy, broker=broker)
        asked = {"purpose": MARKETING, "scope": ConsentScope.PURPOSE, "recipient": ""}
        used = measured(lambda: known.consenting(persons, **asked))  # type: ignore[arg-type]
        tell("persons asked about, in bulk", count=count, used=used)
        singles = [replace(word, state=ConsentState.REFUSED, at=None) for word in words[:200]]
        said = []
        used = measured(lambda: said.extend(consents.refuse(word) for word in singles))
        tell("words taken singly, durable", count=len(singles), used=used)
        used = measured(lambda: [verify_receipt(one.receipt) for one in said])
        tell("receipts verified", count=len(said), used=used)
    form = Submission(
        purposes=(DELIVERY,), values={"customer": "C-1", **dict.fromkeys(policy.purposes[DELIVERY].collects, "x")}
    )
    used = measured(lambda: [admit_submission(form, registry=policy, live=lambda *_: False) for _ in range(2_000)])
    tell("forms decided and canonical", count=2_000, used=used)


def _keys(path: Path) -> SqliteKeyStore:
    return SqliteKeyStore(path, access=Access.CREATE)


def _kek() -> SecretKek:
    return SecretKek(bytes(32), entropy=SystemEntropy())


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        whole(Path(folder), count=count)


if __name__ == "__main__":
    main()
