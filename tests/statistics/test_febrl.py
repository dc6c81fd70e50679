"""FEBRL 4, made by others: recall and precision of the whole link, with and without strangers in the dump."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from benchmarks.febrl_link import FIELDS, link_febrl
from benchmarks.replay import POLICY

from suyuan.adapters.splink.matcher import SplinkMatcher
from suyuan.app import create_store, open_store
from suyuan.collect.admit import admit
from suyuan.hold.ports import CaseLink
from suyuan.release.request import LookupRequest
from suyuan.terms import AccountId, CaseId, PersonNumber, PurposeName

BAR = 0.995


@pytest.mark.slow
@pytest.mark.parametrize("is_one_to_one", [False, True])
def test_the_dirty_copy_finds_its_originals(febrl: Path, is_one_to_one: bool) -> None:
    result = link_febrl(febrl, is_one_to_one=is_one_to_one)
    assert result.rows == 5_000
    assert result.recall >= BAR
    assert result.precision >= BAR


@pytest.mark.slow
def test_strangers_in_the_dump_stay_strangers(febrl: Path) -> None:
    result = link_febrl(febrl, people_at_most=2_500)
    assert result.recall >= BAR
    assert result.precision >= BAR


@pytest.mark.slow
def test_the_dirty_copy_names_no_account(febrl: Path, tmp_path: Path) -> None:
    """Made by others from the same people: every account saw hundreds of them, and none leaked."""
    accounts, each = 10, 300
    secret = tmp_path / "secret"
    settings = f'version = 1\norigin = "log.example/febrl"\npassphrase_file = "{secret}"\n'
    create_store(tmp_path / "store", settings_text=settings, policy_texts=POLICY, passphrase_file=secret)
    originals = pl.read_csv(febrl / "dataset4a.csv", infer_schema=False)
    originals = originals.rename({name: name.strip() for name in originals.columns})
    dice = np.random.default_rng(4)
    with open_store(tmp_path / "store") as store:
        admitted, _ = admit(originals, fields=store.policy.fields)
        list(store.vault.store(admitted))
        persons = store.people.all_persons()
        cases = [
            CaseLink(
                case=CaseId(f"{account}-{person}"),
                account=AccountId(f"a{account}"),
                person=PersonNumber(person),
                opened=datetime(2011, 1, 1, tzinfo=UTC),
                closed=None,
            )
            for account in range(accounts)
            for person in dice.choice(persons, each, replace=False).tolist()
        ]
        store.vault.add_cases(tuple(cases))
        with store.door() as door:
            for case in cases:
                door.lookup(
                    LookupRequest(account=case.account, purpose=PurposeName("loan"), case=case.case, person=case.person)
                )
            response = store.leak_response(door, matcher=SplinkMatcher(kinds=FIELDS))
            found = response.trace(febrl / "dataset4b.csv", customers=originals).attribution
    assert found.dump.matched >= BAR * 5_000
    assert len(found.findings) == accounts
    assert sum(channel.agree + channel.differ for f in found.findings for channel in f.channels) > 1_000
    assert found.named == ()
