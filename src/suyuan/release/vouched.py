"""Accounts, services' keys and approvals that the key store vouches for: whoever writes to the data store gains no right.

Claim: an account, a key or a word of approval that suyuan did not write counts for nothing, nor does one that it has
changed since: disabled, revoked, used.
Test: tests/attack/test_data_store.py writes, alters and brings back such rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from suyuan.errors import RefusedError
from suyuan.hold.predicate import milliseconds
from suyuan.hold.vouching import Vouching
from suyuan.release.accounts import Account, AccountStore, ApiKey, RememberedKey
from suyuan.release.ports import Approval, ApprovalStore
from suyuan.terms import AccountId, ApprovalId

_ACCOUNT: Final = "account"
_KEY: Final = "api-key"
_APPROVAL: Final = "approval"


class VouchedAccounts:
    """Fulfils `AccountStore` over one that anybody may have written to."""

    def __init__(self, store: AccountStore, *, broker: Vouching) -> None:
        self._store = store
        self._broker = broker

    def save_account(self, account: Account) -> None:
        """Store an account, or replace it; who wrote last stands."""
        self._store.save_account(account)
        self._broker.vouch(_ACCOUNT, id=account.id, row=_account(account))

    def account(self, id: AccountId) -> Account | None:
        """Give an account, disabled or not.

        Raises: RefusedError `release.account`: its row was altered, removed or put in beside suyuan.
        """
        return self._require(id, found=self._store.account(id))

    def believed(self, id: AccountId) -> Account | None:
        """Give an account as `account`, None where its row was altered: for whoever is about to save it anew."""
        found = self._store.account(id)
        return found if self._is_vouched(id, found=found) else None

    def accounts(self, *, after: str, count: int) -> Sequence[Account]:
        """Give at most `count` accounts whose id is above `after`, by id. Raises: RefusedError: as `account`."""
        listed = self._store.accounts(after=after, count=count)
        for one in listed:
            self._require(one.id, found=one)
        return listed

    def add_api_key(self, key: ApiKey) -> None:
        """Store a new key. Raises: RefusedError `release.api_key`: the name is taken."""
        self._store.add_api_key(key)
        self._broker.vouch(_KEY, id=key.id, row=_key(key))

    def api_key(self, id: str) -> ApiKey | None:
        """Give a key, live or not; one that was altered or put in beside suyuan is none."""
        found = self._store.api_key(id)
        return found if found is not None and self._is_key(found) else None

    def revoke_api_key(self, id: str) -> None:
        """Let a key open nothing any more; doing so twice does nothing."""
        self._store.revoke_api_key(id)
        found = self._store.api_key(id)
        if found is not None:
            self._broker.vouch(_KEY, id=id, row=_key(replace(found, revoked=True)))

    def api_keys(self, account: AccountId) -> Sequence[ApiKey]:
        """Give an account's keys, oldest first."""
        return [one for one in self._store.api_keys(account) if self._is_key(one)]

    def remember_key(self, key_digest: bytes, *, account: AccountId, request: bytes, entry: int, at: datetime) -> None:
        """Remember that a request was answered by a ledger entry; the first one stays."""
        self._store.remember_key(key_digest, account=account, request=request, entry=entry, at=at)

    def remembered(self, key_digest: bytes, *, account: AccountId) -> RememberedKey | None:
        """Give what this account asked under an idempotency key. No row of these gives a right."""
        return self._store.remembered(key_digest, account=account)

    def forget_keys(self, before: datetime) -> None:
        """Forget the idempotency keys of requests answered before a time."""
        self._store.forget_keys(before)

    def _require(self, id: AccountId, *, found: Account | None) -> Account | None:
        if not self._is_vouched(id, found=found):
            raise RefusedError(
                f"account {id} is not as suyuan wrote it",
                code="release.account",
                hint="somebody has written to the store beside it: find out who; then suyuan release account, with all it has",
            )
        return found

    def _is_vouched(self, id: AccountId, *, found: Account | None) -> bool:
        return self._broker.is_vouched(_ACCOUNT, id=id, row=None if found is None else _account(found))

    def _is_key(self, key: ApiKey) -> bool:
        return self._broker.is_vouched(_KEY, id=key.id, row=_key(key))


class VouchedApprovals:
    """Fulfils `ApprovalStore` over one that anybody may have written to."""

    def __init__(self, store: ApprovalStore, *, broker: Vouching) -> None:
        self._store = store
        self._broker = broker

    def add_approval(self, approval: Approval) -> None:
        """Store a new question. Raises: RefusedError `release.approval`: the id is taken."""
        self._store.add_approval(approval)
        self._vouch(approval)

    def approval(self, id: ApprovalId) -> Approval | None:
        """Give an approval in whatever state; one that was altered or put in beside suyuan is none."""
        found = self._store.approval(id)
        return found if found is not None and self._is_vouched(found) else None

    def approve(self, id: ApprovalId, *, by: AccountId, at: datetime, declined: bool = False) -> bool:
        """Give the word; False where there is no such question or the word was given already. The first word stays."""
        asked = self.approval(id)
        if asked is None or not self._store.approve(id, by=by, at=at, declined=declined):
            return False
        self._vouch(replace(asked, approved_by=by, approved_at=at, declined=declined))
        return True

    def use_approval(self, id: ApprovalId, *, at: datetime) -> bool:
        """Use an approval up; True for exactly one caller ever, and only where the word was yes."""
        given = self.approval(id)
        if given is None or not self._store.use_approval(id, at=at):
            return False
        self._vouch(replace(given, used_at=at, request=bytes(len(given.request))))
        return True

    def pending_approvals(self, *, now: datetime, count: int) -> Sequence[Approval]:
        """Give at most `count` questions without a word that have not expired, oldest first."""
        return [one for one in self._store.pending_approvals(now=now, count=count) if self._is_vouched(one)]

    def _vouch(self, approval: Approval) -> None:
        self._broker.vouch(_APPROVAL, id=approval.id, row=_approval(approval))

    def _is_vouched(self, approval: Approval) -> bool:
        return self._broker.is_vouched(_APPROVAL, id=approval.id, row=_approval(approval))


def _account(account: Account) -> Mapping[str, object]:
    return {
        "attributes": dict(account.attributes),
        "changed": milliseconds(account.changed),
        "created": milliseconds(account.created),
        "disabled": account.disabled,
        "id": account.id,
        "password": account.password,
        "roles": sorted(account.roles),
    }


def _key(key: ApiKey) -> Mapping[str, object]:
    return {
        "account": key.account,
        "created": milliseconds(key.created),
        "digest": key.digest.hex(),
        "expires": _time(key.expires),
        "id": key.id,
        "revoked": key.revoked,
    }


def _approval(approval: Approval) -> Mapping[str, object]:
    return {
        "approved_at": _time(approval.approved_at),
        "approved_by": approval.approved_by,
        "asked_at": milliseconds(approval.asked_at),
        "asked_by": approval.asked_by,
        "declined": approval.declined,
        "expires": milliseconds(approval.expires),
        "id": approval.id,
        "purpose": approval.purpose,
        "reason": approval.reason,
        "request": approval.request.hex(),
        "used_at": _time(approval.used_at),
    }


def _time(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)
