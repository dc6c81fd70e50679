"""`/session`: local users sign in and out; `/me`: who the caller is."""

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from suyuan.legible import require_id
from suyuan.terms import AccountId
from suyuan.web.account_shapes import Me, SessionState, SignInBody
from suyuan.web.face import header
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Asked, Service, caller_of


def routes(service: Service) -> list[HTTPRouteHandler]:
    """Give the routes of signing in."""

    @post("/session", opt={"public": True}, status_code=201, responses=REFUSALS, tags=["session"], security=[])
    async def sign_in(data: JSONBody[SignInBody]) -> SessionState:
        """Sign in a local user; the token goes into `Authorization: Bearer` of every later request."""
        require_id(data.account, what="account")
        token, session = await service.proving.sign_in(AccountId(data.account), password=data.password)
        return SessionState(token=token, expires=session.expires)

    @delete("/session", opt={"signed_in": True}, status_code=204, responses=REFUSALS, tags=["session"])
    async def sign_out(request: Asked) -> None:
        """End the caller's session."""
        service.proving.sign_out(header(request.scope, b"authorization"))

    @get("/me", opt={"signed_in": True}, responses=REFUSALS, tags=["session"])
    async def me(request: Asked) -> Me:
        """Say who the caller is, in which roles, and with which rights."""
        caller = caller_of(request)
        return Me(
            account=caller.account,
            roles=sorted(caller.roles),
            attributes=dict(caller.attributes),
            rights=sorted(right.value for right in caller.rights),
        )

    return [sign_in, sign_out, me]
