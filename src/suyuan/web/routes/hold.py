"""`/hold`: what a person may have stopped. Her key is in the body: addresses are written into logs on the way."""

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from suyuan.errors import RefusedError
from suyuan.hold.ports import ALL_PURPOSES
from suyuan.legible import require_id
from suyuan.terms import PersonNumber, PurposeName
from suyuan.web.finding import person_by_key
from suyuan.web.rights import Right
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Service
from suyuan.web.shapes import PersonKeyBody, RestrictionBody, Restrictions
from suyuan.web.waiting import Opened


def routes(service: Service) -> list[HTTPRouteHandler]:
    """Give the routes of what is held."""
    site = service.site

    @post("/hold/restrict", opt={"right": Right.RESTRICT}, status_code=200, responses=REFUSALS, tags=["hold"])
    async def restrict(data: JSONBody[RestrictionBody]) -> Restrictions:
        """Stop the use of a person's data for a purpose, or for every one; the next release of her for it is refused."""
        return Restrictions(stopped=await site.run(lambda opened: _restrict(opened, data)))

    @post("/hold/allow", opt={"right": Right.RESTRICT}, status_code=200, responses=REFUSALS, tags=["hold"])
    async def allow(data: JSONBody[RestrictionBody]) -> Restrictions:
        """Take a stop back; that of every purpose leaves those of single ones."""
        return Restrictions(stopped=await site.run(lambda opened: _allow(opened, data)))

    @post("/hold/restrictions", opt={"right": Right.RESTRICT}, status_code=200, responses=REFUSALS, tags=["hold"])
    async def restrictions(data: JSONBody[PersonKeyBody]) -> Restrictions:
        """Give the purposes that a person has had stopped; `*` stands for every one."""
        return Restrictions(
            stopped=await site.run(lambda opened: _stopped(opened, person_by_key(opened, key=data.person)))
        )

    return [restrict, allow, restrictions]


def _restrict(opened: Opened, data: RestrictionBody) -> list[str]:
    store = opened.store
    # A stop of a purpose that the policy does not have would be a typing error, and stop nothing.
    purpose = ALL_PURPOSES if data.purpose is None else store.policy.purpose(_name(data.purpose)).name
    person = person_by_key(opened, key=data.person)
    store.people.restrict(person, purpose=purpose, at=store.clock.now())
    return _stopped(opened, person)


def _allow(opened: Opened, data: RestrictionBody) -> list[str]:
    store, person = opened.store, person_by_key(opened, key=data.person)
    purpose = ALL_PURPOSES if data.purpose is None else _name(data.purpose)
    if purpose not in _stopped(opened, person):
        raise RefusedError("this person has not had that purpose stopped", code="hold.restriction")
    store.people.unrestrict(person, purpose=purpose, at=store.clock.now())
    return _stopped(opened, person)


def _name(purpose: str) -> PurposeName:
    return PurposeName(require_id(purpose, what="purpose"))


def _stopped(opened: Opened, person: PersonNumber) -> list[str]:
    facts = opened.store.people.facts([person]).get(person)
    return [] if facts is None else sorted(facts.restricted)
