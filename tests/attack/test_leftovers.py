"""What is kept of requests must not lead from a ledger entry to a person, whoever holds every key of ours later."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.attack.test_data_store import MARY, Opened, asked_for, rows
from tests.courier import courier
from tests.unit.release.site import site

from suyuan.app.policy import open_policy
from suyuan.hold.predicate import CaseColumn, Comparison, Operator
from suyuan.release.approvals import Approver
from suyuan.release.grants.grant import Condition, FromAccount
from suyuan.terms import AccountId
from suyuan.trace.sets.rule import SetRule
from suyuan.web.once import _remembered


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with site(tmp_path) as made:
        yield made


def test_a_used_approval_no_longer_says_whom_it_was_about(opened: Opened) -> None:
    where, door = opened
    id = asked_for(where, door, person=MARY)
    where.store.approvals.give(id, by=Approver(account=AccountId("boss")))
    assert door.lookup(where.ask("identity", person=MARY, approval=id)).fields
    assert rows(where, "SELECT request, approved_by FROM approval") == [(bytes(32), "boss")]


def test_a_request_cannot_be_tried_out_without_the_callers_own_key(opened: Opened) -> None:
    where, _ = opened
    body = b'{"purpose":"delivery","key":"C0001"}'
    given = SimpleNamespace(store=where.store)
    _, one, _ = _remembered(given, "7f0c", AccountId("ann"), body)  # type: ignore[arg-type]
    _, same, _ = _remembered(given, "7f0c", AccountId("ann"), body)  # type: ignore[arg-type]
    _, other, _ = _remembered(given, "7f0d", AccountId("ann"), body)  # type: ignore[arg-type]
    assert one == same != other


@pytest.mark.parametrize("operator", [Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN])
def test_an_account_without_an_outlet_has_not_the_outlet_of_cases_without_one(operator: Operator) -> None:
    condition = Condition(CaseColumn.QUEUE, operator, FromAccount("outlet"))
    now = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    assert condition.resolve(account={"outlet": ""}, now=now) is None
    found = condition.resolve(account={"outlet": "A"}, now=now)
    assert isinstance(found, Comparison)


def test_the_conditions_that_decide_are_those_that_the_digest_binds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is exchanged between two readings would decide otherwise than the ledger says."""
    texts = iter(["forbid(principal, action, resource);", "permit(principal, action, resource);"])
    monkeypatch.setattr("suyuan.config.policy.read_site_conditions", lambda folder: next(texts))
    (tmp_path / "fields.toml").write_text('[customer]\nkind = "identifier"\nkey = true\n')
    (tmp_path / "purposes.toml").write_text("")
    policy = open_policy(tmp_path).policy
    assert policy.site is not None
    assert policy.site.decide({}) is not None


def test_the_rule_of_access_sets_is_the_one_that_the_digest_binds(tmp_path: Path) -> None:
    with courier(tmp_path, people=2) as here:
        bound = here.store.policy_digest
        (here.store.settings.store / "policy" / "trace.toml").write_text("[sets]\nall_access = 0.9\n")
        assert here.store.access_sets().rule == SetRule()
        assert open_policy(here.store.settings.store / "policy").digest != bound
