"""Accounts, services' keys, and which requests were answered already."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from suyuan.adapters.people.engine import Engine, Row
from suyuan.adapters.people.record_rows import damaged
from suyuan.adapters.people.times import from_ms, maybe_ms, maybe_time, to_ms
from suyuan.errors import RefusedError
from suyuan.release.accounts import Account, ApiKey, RememberedKey
from suyuan.terms import AccountId, RoleName


class Accounts(Engine):
    """Fulfils `AccountStore`."""

    def save_account(self, account: Account) -> None:
        """Store an account, or replace it; who wrote last stands."""
        row = (
            account.id, orjson.dumps(sorted(account.roles)), orjson.dumps(dict(sorted(account.attributes.items()))),
            account.password, int(account.disabled), to_ms(account.created), to_ms(account.changed),
        )  # fmt: skip
        with self.writing() as writes:
            writes.run("save_account", row)

    def account(self, id: AccountId) -> Account | None:
        """Give an account, disabled or not."""
        found = self.rows("account", (id,))
        return self._account(found[0]) if found else None

    def accounts(self, *, after: str, count: int) -> Sequence[Account]:
        """Give at most `count` accounts whose id is above `after`, by id."""
        return [self._account(row) for row in self.rows("accounts", (after, count))]

    def add_api_key(self, key: ApiKey) -> None:
        """Store a new key. Raises: RefusedError `release.api_key`: the name is taken."""
        row = key.id, key.account, key.digest, maybe_ms(key.expires), int(key.revoked), to_ms(key.created)
        with self.writing() as writes:
            if not writes.run("add_api_key", row):
                raise RefusedError(f"key {key.id}: the name is taken", code="release.api_key")

    def api_key(self, id: str) -> ApiKey | None:
        """Give a key, live or not."""
        found = self.rows("api_key", (id,))
        return _api_key(found[0]) if found else None

    def revoke_api_key(self, id: str) -> None:
        """Let a key open nothing any more; doing so twice does nothing."""
        with self.writing() as writes:
            writes.run("revoke_api_key", (id,))

    def api_keys(self, account: AccountId) -> Sequence[ApiKey]:
        """Give an account's keys, oldest first."""
        return [_api_key(row) for row in self.rows("api_keys", (account,))]

    def remember_key(self, key_digest: bytes, *, account: AccountId, request: bytes, entry: int, at: datetime) -> None:
        """Remember that a request was answered by a ledger entry; the first one stays."""
        with self.writing() as writes:
            writes.run("remember_key", (account, key_digest, request, entry, to_ms(at)))

    def remembered(self, key_digest: bytes, *, account: AccountId) -> RememberedKey | None:
        """Give what this account asked under an idempotency key."""
        found = self.rows("remembered", (account, key_digest))
        return RememberedKey(request=bytes(found[0][0]), entry=found[0][1]) if found else None

    def forget_keys(self, before: datetime) -> None:
        """Forget the idempotency keys of requests answered before a time."""
        with self.writing() as writes:
            writes.run("forget_keys", (to_ms(before),))

    def _account(self, row: Row) -> Account:
        id_, roles, attributes, password, disabled, created, changed = row
        try:
            return Account(
                id=AccountId(id_),
                roles=frozenset(RoleName(str(role)) for role in orjson.loads(roles)),
                attributes={str(name): str(value) for name, value in orjson.loads(attributes).items()},
                password=password,
                disabled=bool(disabled),
                created=from_ms(created),
                changed=from_ms(changed),
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise damaged(self.place) from error


def _api_key(row: Row) -> ApiKey:
    id_, account, digest, expires, revoked, created = row
    return ApiKey(
        id=id_,
        account=AccountId(account),
        digest=bytes(digest),
        expires=maybe_time(expires),
        revoked=bool(revoked),
        created=from_ms(created),
    )
