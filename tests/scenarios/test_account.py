"""Everybody's account of a real store is the truth, through epochs, exports, shards and erasures, and gives no key away."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.command_line import run_here
from tests.courier import Courier, courier

from suyuan.app import Store, open_store
from suyuan.app.rotating import rotate_store
from suyuan.crypto import kdf
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence.account import Checked, VerifiedAccount, require_consistent, statement, verify_account
from suyuan.evidence.account.statement import in_span
from suyuan.ledger.entry import BatchEntry, ReleaseEntry
from suyuan.ledger.verify import verify_log
from suyuan.release.request import LookupRequest
from suyuan.terms import AccountId, PersonNumber, PurposeName, Recipient, RecipientKind

EXPORTED = ("customer", "name", "phone", "email", "address")
Acts = list[tuple[str, str]]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Courier]:
    with courier(tmp_path, people=9) as opened:
        yield opened


def lived(here: Courier) -> dict[str, Acts]:
    """Look people up, refuse one, export all, over three epochs; give everybody's acts and recipients."""
    customers = here.people["customer"].to_list()
    truth: dict[str, Acts] = {c: [] for c in customers}
    for turn in range(3):
        with here.store.door() as door:
            for customer in customers[turn : turn + 4]:
                here.look_up(door, account=f"clerk-{turn}", customer=customer)
                truth[customer].append(("lookup", f"clerk-{turn}"))
            if turn == 1:
                here.export(door, partner="p", contract="C-1", name="out.csv", frame=here.people.select(EXPORTED))
                for customer in customers:
                    truth[customer].append(("export", "p"))
            with pytest.raises(RefusedError):
                door.lookup(
                    LookupRequest(
                        account=AccountId("thief"), purpose=PurposeName("delivery"), case=None,
                        person=here.numbers[customers[0]],
                    )
                )  # fmt: skip
            truth[customers[0]].append(("refuse", "thief"))
        here.store.ledger.seal(closing=turn != 2)
        here.store.publish()
    return truth


def acts(verified: VerifiedAccount) -> Acts:
    found = []
    for item in in_span(verified):
        if item.op != "account" and item.who is not None:
            found.append(("refuse" if item.op == "refuse" else item.text("act"), item.who.id))
    return found


def account_of(store: Store, who: PersonNumber | Recipient, **span: datetime) -> VerifiedAccount:
    return store.accounts().draw(who, **span).verified


def test_everybodys_account_is_the_truth(here: Courier) -> None:
    truth = lived(here)
    for customer, number in here.numbers.items():
        verified = account_of(here.store, number)
        assert acts(verified) == truth[customer]
        [enrolled] = verified.checked.enrolled
        assert enrolled.identifier == customer
        assert all(item.payload is not None for item in verified.checked.shown)
    verify_log(here.store.ledger, files=here.store.files, keys=(here.store.ledger.key.verify_key,))


def test_a_recipients_account_is_the_truth(here: Courier) -> None:
    truth = lived(here)
    for kind, name in (("account", "clerk-0"), ("account", "clerk-2"), ("partner", "p"), ("account", "thief")):
        verified = account_of(here.store, Recipient(kind=RecipientKind(kind), id=name))
        mine = [(act, who) for customer in truth for act, who in truth[customer] if who == name]
        expected = mine[:1] if kind == "partner" else mine
        assert sorted(acts(verified)) == sorted(expected)
        assert verified.checked.who is not None
        assert (verified.checked.who.kind, verified.checked.who.id) == (kind, name)
    with pytest.raises(RefusedError, match="knows no"):
        account_of(here.store, Recipient(kind=RecipientKind.PARTNER, id="nobody"))


def test_no_key_of_hers_is_in_the_file_but_those_of_her_own_entries(here: Courier) -> None:
    lived(here)
    customer = here.people["customer"][0]
    number = here.numbers[customer]
    file = here.store.accounts().draw(number).file
    broker = here.store.broker
    secret = broker._secret(number)
    others = [broker._secret(n) for n in here.numbers.values() if n != number]
    kept = [secret, kdf.label_key(secret), kdf.payload_key(secret), kdf.data_key(secret)]
    kept += [broker.named(name) for name in ("log-key", "side-key", "token-key", "batch-payload-key", "vrf-key/1")]
    for key in [*kept, *others, *(kdf.label_key(other) for other in others)]:
        assert key not in file
        assert b64encode(key) not in file
        assert key.hex().encode() not in file
    for text in here.people.filter(pl.col("customer") != customer)["customer"]:
        assert text.encode() not in file
    for column in ("name", "phone", "email", "address"):
        assert str(here.people[column][0]).encode() not in file


def test_nobody_looked_at_her_then(here: Courier) -> None:
    lived(here)
    number = here.numbers[here.people["customer"][8]]
    now = here.store.clock.now()
    verified = account_of(here.store, number, until=now - timedelta(days=30))
    assert "it says nothing of it" in statement(verified)  # There was no log then.
    assert acts(verified) == []
    assert acts(account_of(here.store, number, since=now - timedelta(days=1))) == [("export", "p")]
    for since, until in ((now + timedelta(days=1), None), (now, now - timedelta(days=1))):
        with pytest.raises(RefusedError) as refused:
            here.store.accounts().draw(number, since=since, until=until)
        assert refused.value.code == "ledger.span"


def test_accounts_go_through_shards_and_erasures(tmp_path: Path) -> None:
    with courier(tmp_path, people=6) as here:
        customers = here.people["customer"].to_list()
        with here.store.door() as door:
            for customer in customers:
                here.look_up(door, account="clerk-0", customer=customer)
        early = account_of(here.store, here.numbers[customers[0]])
        gone = here.numbers[customers[1]]
        here.store.eraser.erase(gone)
        here.store.publish()
    folder = here.folder / "store"
    rotate_store(folder, origin="log.example/courier/2027")
    with open_store(folder) as store:
        again = Courier(store=store, folder=tmp_path, people=here.people, numbers=here.numbers)
        with store.door() as door:
            again.look_up(door, account="clerk-1", customer=customers[0])
        verified = account_of(store, here.numbers[customers[0]])
        assert acts(verified) == [("lookup", "clerk-0"), ("lookup", "clerk-1")]
        assert len(verified.checked.enrolled) == 2
        assert verified.origin == "log.example/courier/2027"
        assert not require_consistent(early.checked, verified.checked)
        with pytest.raises(RefusedError):
            account_of(store, gone)
        clerk = account_of(store, Recipient(kind=RecipientKind.ACCOUNT, id="clerk-0"))
        opened = [item.payload is not None for item in clerk.checked.shown if item.op == "release"]
        assert opened == [True, False, True, True, True, True]


def test_a_store_that_left_a_release_out_cannot_make_an_account(here: Courier) -> None:
    """The published index says what there is: a store whose entries were changed gives no account that verifies."""
    lived(here)
    number = here.numbers[here.people["customer"][0]]
    drawn = here.store.accounts().draw(number)
    checked: Checked = verify_account(drawn.file).checked
    gone = next(item.leaf for item in checked.shown if item.op == "release")
    body = here.store.ledger.entry(gone).body
    assert isinstance(body, ReleaseEntry | BatchEntry)
    true = type(here.store.ledger).leaf

    def without(log: object, index: int) -> bytes:
        return true(here.store.ledger, 0 if index == gone else index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(here.store.ledger), "leaf", without)
        with pytest.raises(VerificationError):
            here.store.accounts().draw(number)


def test_the_verbs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with courier(tmp_path, people=4) as here:
        customers = here.people["customer"].to_list()
        with here.store.door() as door:
            here.look_up(door, account="clerk-0", customer=customers[0])
    at = ("--store", tmp_path / "store")
    one, two, staff = (tmp_path / name for name in ("one.suyuan", "two.suyuan", "staff.suyuan"))
    made = run_here(capsys, "ledger", "account", customers[0], "--out", one, *at)
    assert made.code == 0, made.err
    assert "2 entries shown" in made.out
    assert customers[0] not in made.out + made.err
    told = run_here(capsys, "verify", one)
    assert told.code == 0
    assert "clerk-0" in told.out
    assert "个人" in run_here(capsys, "verify", one, "--lang", "zh").out
    made = run_here(capsys, "ledger", "account", customers[1], "--out", two, "--json", *at)
    assert [entry["what"] for entry in json.loads(made.out)["entries"]] == ["account"]
    assert run_here(capsys, "ledger", "account", "--account", "clerk-0", "--out", staff, *at).code == 0
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    march = run_here(
        capsys, "ledger", "account", customers[0], "--since", "2020-03-01", "--until", "2020-03-31",
        "--out", tmp_path / "march.suyuan", *at,
    )  # fmt: skip
    assert "0 entries shown" in march.out
    both = run_here(capsys, "verify", one, two, "--json")
    assert json.loads(both.out)["consistent"]["settled"] is False
    assert "consistency proof" in run_here(capsys, "verify", one, staff).out
    assert "one history" in run_here(capsys, "verify", one, one).out
    for refused, code in (
        (("ledger", "account", *at), 3),
        (("ledger", "account", customers[0], "--partner", "p", "--out", tmp_path / "x", *at), 3),
        (("ledger", "account", customers[0], *at), 3),
        (("ledger", "account", customers[0], "--out", one, *at), 3),
        (("ledger", "account", customers[0], "--since", "March", "--out", tmp_path / "x", *at), 3),
        (("ledger", "account", customers[0], "--since", "2999-01-01", "--out", tmp_path / "x", *at), 3),
        (("ledger", "account", "nobody", "--out", tmp_path / "x", "--since", today, *at), 3),
        (("ledger", "account", "--partner", "nobody", "--out", tmp_path / "x", *at), 3),
        (("verify", one, "--dump", one), 3),
        (("verify", one, tmp_path / "none"), 3),
    ):
        done = run_here(capsys, *refused)
        assert done.code == code, refused
        assert done.err.startswith("suyuan: error: "), done.err
    assert not (tmp_path / "x").exists()
    one.write_bytes(one.read_bytes()[:-1] + b"\1")
    assert run_here(capsys, "verify", one).code == 4
