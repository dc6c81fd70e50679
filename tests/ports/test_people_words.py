"""What every people store keeps of words and of who asks: consents, approvals, accounts, keys, answered requests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.ports.people_stores import AnyStore, Reopen, reopen, store
from tests.ports.test_people_facts import ANN, BOB, DAY, FIRST, SURVEY, word

from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.errors import RefusedError
from suyuan.release.accounts import Account, ApiKey, RememberedKey
from suyuan.release.ports import Approval
from suyuan.terms import AccountId, ApprovalId, PersonNumber, PurposeName, RoleName

__all__ = ["reopen", "store"]

WANG, LI = AccountId("wang"), AccountId("li")


def test_the_last_word_by_place_counts(store: AnyStore) -> None:
    given = [word(3), word(4, person=2), word(5, state=ConsentState.WITHDRAWN), word(6, person=3, recipient="acme")]
    store.add_consents(given[::-1], followed=6)
    store.add_consents([word(7, person=4)], followed=7)
    people = np.array([1, 2, 3, 4, 9, 2], np.int64)

    def consenting(*, recipient: str = "", terms: bytes = b"t" * 32) -> list[bool]:
        said = store.last_words(people, purpose=SURVEY, scope=ConsentScope.PROVISION, recipient=recipient)
        given = {one.person for one in said if one.state is ConsentState.GIVEN and one.terms == terms}
        return [PersonNumber(person) in given for person in people.tolist()]

    assert consenting() == [False, True, False, True, False, True]
    assert consenting(recipient="acme") == [False, False, True, False, False, False]
    assert consenting(terms=b"u" * 32) == [False] * 6
    assert store.consents(ANN) == (given[0], given[2])
    assert store.last_consent(ANN, purpose=SURVEY, scope=ConsentScope.PROVISION, recipient="") == given[2]
    assert store.last_consent(ANN, purpose=SURVEY, scope=ConsentScope.SENSITIVE, recipient="") is None
    assert store.last_consent(BOB, purpose=SURVEY, scope=ConsentScope.PROVISION, recipient="acme") is None


def test_how_far_the_ledger_was_followed_is_known_and_does_not_go_back(store: AnyStore) -> None:
    assert store.consents_followed() == -1
    store.add_consents([word(9), word(4), word(2, person=2)], followed=12)
    assert store.last_places(np.array([1, 2, 3], np.int64)) == {1: 9, 2: 2}
    store.add_consents([], followed=5)
    store.erase(ANN)
    assert store.consents_followed() == 12
    assert store.last_places(np.array([1, 2, 3], np.int64)) == {2: 2}


QUESTION = Approval(
    id=ApprovalId("A-1"), request=b"r" * 32, asked_by=WANG, purpose=PurposeName("audit"), reason="a complaint",
    asked_at=FIRST, expires=FIRST + DAY,
)  # fmt: skip


def test_an_approval_is_given_by_one_and_used_once(store: AnyStore, reopen: Reopen) -> None:
    store.add_approval(QUESTION)
    with pytest.raises(RefusedError) as refused:
        store.add_approval(QUESTION)
    assert refused.value.code == "release.approval"
    assert store.use_approval(QUESTION.id, at=FIRST) is False, "nobody has said yes"
    assert store.approve(QUESTION.id, by=LI, at=FIRST) is True
    assert store.approve(QUESTION.id, by=WANG, at=FIRST, declined=True) is False
    assert reopen().approval(QUESTION.id) == replace(QUESTION, approved_by=LI, approved_at=FIRST)
    assert store.use_approval(QUESTION.id, at=FIRST + DAY) is False, "it has expired by then"
    assert [store.use_approval(QUESTION.id, at=FIRST), store.use_approval(QUESTION.id, at=FIRST)] == [True, False]
    assert store.approve(ApprovalId("none"), by=LI, at=FIRST) is False
    assert store.approval(ApprovalId("none")) is None


def test_a_declined_approval_serves_nothing(store: AnyStore) -> None:
    store.add_approval(QUESTION)
    assert store.approve(QUESTION.id, by=LI, at=FIRST, declined=True) is True
    assert store.use_approval(QUESTION.id, at=FIRST) is False


def test_pending_questions_come_oldest_first(store: AnyStore) -> None:
    ids = [ApprovalId(name) for name in ("c", "a", "b", "late")]
    for hours, id_ in enumerate(ids):
        store.add_approval(replace(QUESTION, id=id_, asked_at=FIRST + timedelta(hours=hours)))
    store.add_approval(replace(QUESTION, id=ApprovalId("gone"), expires=FIRST))
    store.approve(ids[3], by=LI, at=FIRST)
    assert [one.id for one in store.pending_approvals(now=FIRST, count=9)] == ids[:3]
    assert [one.id for one in store.pending_approvals(now=FIRST, count=1)] == ids[:1]


def test_accounts_are_replaced_whole_and_listed_by_id(store: AnyStore, reopen: Reopen) -> None:
    wang = Account(
        id=WANG, roles=frozenset({RoleName("courier"), RoleName("b")}), attributes={"outlet": "北京-7"}, password="$argon2id$",
        created=FIRST, changed=FIRST,
    )  # fmt: skip
    store.save_account(replace(wang, id=LI, disabled=True))
    store.save_account(wang)
    assert reopen().account(WANG) == wang
    changed = replace(wang, roles=frozenset(), attributes={}, password="", changed=FIRST + DAY)
    store.save_account(changed)
    assert store.accounts(after="", count=9) == [replace(wang, id=LI, disabled=True), changed]
    assert store.accounts(after="li", count=9) == [changed]
    assert store.account(AccountId("none")) is None


def test_a_key_is_held_until_it_is_revoked_and_after(store: AnyStore) -> None:
    first = ApiKey(id="k1", account=WANG, digest=b"d" * 32, created=FIRST + DAY)
    second = ApiKey(id="k2", account=WANG, digest=b"e" * 32, created=FIRST, expires=datetime(2027, 1, 1, tzinfo=UTC))
    store.add_api_key(first)
    store.add_api_key(second)
    with pytest.raises(RefusedError) as refused:
        store.add_api_key(replace(first, digest=b"x" * 32))
    assert refused.value.code == "release.api_key"
    store.revoke_api_key("k1")
    store.revoke_api_key("k1")
    assert (store.api_key("k1"), store.api_key("k3")) == (replace(first, revoked=True), None)
    assert store.api_keys(WANG) == [second, replace(first, revoked=True)]


def test_an_answered_request_is_remembered_by_its_account_alone(store: AnyStore) -> None:
    store.remember_key(b"k" * 32, account=WANG, request=b"r" * 32, entry=7, at=FIRST)
    store.remember_key(b"k" * 32, account=WANG, request=b"s" * 32, entry=8, at=FIRST)
    assert store.remembered(b"k" * 32, account=WANG) == RememberedKey(request=b"r" * 32, entry=7)
    assert store.remembered(b"k" * 32, account=LI) is None
    store.forget_keys(FIRST)
    assert store.remembered(b"k" * 32, account=WANG) is not None
    store.forget_keys(FIRST + DAY)
    assert store.remembered(b"k" * 32, account=WANG) is None
