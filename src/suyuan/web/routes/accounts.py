"""`/release/accounts`, `/release/keys`: who may ask, in which roles, by which keys."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter, QueryParameter

from suyuan.errors import RefusedError
from suyuan.legible import require_id
from suyuan.release.accounts import Account, is_reserved
from suyuan.terms import AccountId, RoleName
from suyuan.web.account_shapes import AccountBody, Accounts, AccountState, KeyBody, Keys, KeyState, NewKey
from suyuan.web.identity.api_keys import make_key
from suyuan.web.problems import RequestError
from suyuan.web.rights import Right
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Asked, Service, caller_of
from suyuan.web.shapes import STORABLE
from suyuan.web.waiting import Opened

Name = Annotated[str, PathParameter(min_length=1, max_length=256, pattern=STORABLE)]
After = Annotated[str, QueryParameter(max_length=256, pattern=STORABLE, required=False)]
PageSize = Annotated[int, QueryParameter(ge=1, le=1000, required=False)]


def routes(service: Service) -> list[HTTPRouteHandler]:
    """Give the routes of administering accounts."""
    site = service.site

    @get("/release/accounts", opt={"right": Right.ADMINISTER}, responses=REFUSALS, tags=["accounts"])
    async def accounts(after: After = "", count: PageSize = 100) -> Accounts:
        """List accounts by id, a page at a time."""
        found = await site.run(lambda opened: opened.store.callers.accounts(after=after, count=count))
        return Accounts(accounts=[_state(one) for one in found], next=found[-1].id if len(found) == count else "")

    @put("/release/accounts/{account:str}", opt={"right": Right.ADMINISTER}, responses=REFUSALS, tags=["accounts"])
    async def save(account: Name, data: JSONBody[AccountBody], request: Asked) -> AccountState:
        """Make an account, or change one: roles, attributes, password, whether it is disabled."""
        name = AccountId(require_id(account, what="account"))
        if is_reserved(name):
            raise RefusedError("names that begin with `suyuan.` are the program's own", code="release.account")
        _require_another(name, request=request)
        hashed = await service.proving.hashed(data.password) if data.password else data.password
        now = service.clock.now()
        saved = await site.run(lambda opened: _save(opened, name=name, data=data, password=hashed, now=now))
        service.proving.forget(name, sessions=bool(data.disabled) or data.password is not None)
        return _state(saved)

    @get("/release/accounts/{account:str}/keys", opt={"right": Right.ADMINISTER}, responses=REFUSALS, tags=["accounts"])
    async def keys(account: Name) -> Keys:
        """List an account's API keys by their public names."""
        found = await site.run(lambda opened: opened.store.callers.api_keys(AccountId(account)))
        return Keys(
            keys=[
                KeyState(id=k.id, account=k.account, expires=k.expires, revoked=k.revoked, created=k.created)
                for k in found
            ]
        )

    @post(
        "/release/accounts/{account:str}/keys",
        opt={"right": Right.ADMINISTER},
        status_code=201,
        responses=REFUSALS,
        tags=["accounts"],
    )
    async def add_key(account: Name, data: JSONBody[KeyBody], request: Asked) -> NewKey:
        """Make an API key for an account; it is shown this once."""
        name = AccountId(require_id(account, what="account"))
        _require_another(name, request=request)
        if data.expires is not None and data.expires.tzinfo is None:
            raise RequestError(
                "`expires` names no zone",
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                code="serve.body",
                hint="give it as 2027-01-01T00:00:00+08:00",
                fields=("expires",),
            )
        key, text = make_key(name, entropy=service.entropy, now=service.clock.now(), expires=data.expires)

        def work(opened: Opened) -> None:
            _require_known(opened, name)
            opened.store.callers.add_api_key(key)

        await site.run(work)
        service.proving.forget(name, sessions=False)  # Whom it names is not the provider's any more.
        return NewKey(id=key.id, key=text)

    @delete(
        "/release/keys/{key:str}",
        opt={"right": Right.ADMINISTER},
        status_code=204,
        responses=REFUSALS,
        tags=["accounts"],
    )
    async def revoke(key: Name) -> None:
        """Let an API key open nothing any more."""

        def work(opened: Opened) -> AccountId:
            found = opened.store.callers.api_key(key)
            if found is None:
                raise RefusedError("there is no such API key", code="release.no_account")
            opened.store.callers.revoke_api_key(key)
            return found.account

        service.proving.forget(await site.run(work), sessions=False)

    return [accounts, save, keys, add_key, revoke]


def _require_another(account: AccountId, *, request: Asked) -> None:
    """Nobody changes what they themselves may do."""
    if account == caller_of(request).account:
        raise RefusedError(
            "an account is administered by another one", code="serve.right", hint="ask another administrator"
        )


def _require_known(opened: Opened, account: AccountId) -> Account:
    found = opened.store.callers.account(account)
    if found is None:
        raise RefusedError("there is no such account", code="release.no_account")
    return found


def _save(opened: Opened, *, name: AccountId, data: AccountBody, password: str | None, now: datetime) -> Account:
    before = opened.store.callers.believed(name)
    for role in data.roles or ():
        require_id(role, what="role")
    account = Account(
        id=name,
        roles=(before.roles if before else frozenset())
        if data.roles is None
        else frozenset(RoleName(role) for role in data.roles),
        attributes=(before.attributes if before else {}) if data.attributes is None else data.attributes,
        password=(before.password if before else "") if password is None else password,
        disabled=(before.disabled if before else False) if data.disabled is None else data.disabled,
        created=before.created if before else now,
        changed=now,
    )
    opened.store.callers.save_account(account)
    return account


def _state(account: Account) -> AccountState:
    return AccountState(
        id=account.id,
        roles=sorted(account.roles),
        attributes=dict(account.attributes),
        disabled=account.disabled,
        has_password=bool(account.password),
        created=account.created,
        changed=account.changed,
    )
