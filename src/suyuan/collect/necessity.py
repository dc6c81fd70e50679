"""What may be taken in: for the basic function what its app type's ceiling holds, for the rest what law or consent allows.

A field is allowed if any of the purposes that it is submitted for allows it:
1. a basic purpose allows what it collects within the ceiling of its app type, and needs no consent for it
2. a purpose on another law or a legal duty allows what it collects, by its citation
3. employment and emergencies allow what they collect
4. every other purpose allows what it collects to persons whose consent is live, and its sensitive fields to those whose
   separate consent is live too; a platform that runs none of the 39 types may take what a contract needs without
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from suyuan.collect.ceiling import Necessary, necessary
from suyuan.collect.field import FieldPolicy
from suyuan.collect.ports import ConsentScope
from suyuan.collect.registry import Purpose, Registry, purpose_of
from suyuan.terms import FieldName, Ground, PurposeName

Live = Callable[[Purpose, ConsentScope], bool]
"""Whether a person's consent to a purpose is live, under the terms in force."""

_OF_THEIR_OWN = frozenset({Ground.HUMAN_RESOURCES, Ground.EMERGENCY})


class Obstacle(StrEnum):
    """Why a purpose does not allow a field."""

    NOT_COLLECTED = "is not among what its purposes collect"
    NO_ITEM = "has no item of the dictionary, so it cannot be shown to be necessary"
    NOT_NECESSARY = "is not necessary for the basic function"
    OTHER_SUBJECT = "is necessary of somebody else, not of this subject"
    CONDITION = "is necessary under a condition that does not hold here"
    NO_CONSENT = "needs a consent that is not live"
    NO_SEPARATE_CONSENT = "is sensitive and needs a separate consent that is not live"


WAYS_OUT = {
    Obstacle.NOT_COLLECTED: "leave it out, or add it to `collects` of a purpose in policy/purposes.toml",
    Obstacle.NO_ITEM: "give the field its `item` in policy/fields.toml",
    Obstacle.NOT_NECESSARY: "leave it out, or take it for an extra purpose on a consent of its own",
    Obstacle.OTHER_SUBJECT: "leave it out, or set the field's `subject` in policy/fields.toml right",
    Obstacle.CONDITION: "leave it out, or say which condition holds",
    Obstacle.NO_CONSENT: "leave it out, or ask for the consent: suyuan collect consent",
    Obstacle.NO_SEPARATE_CONSENT: "leave it out, or ask for it: suyuan collect consent --scope sensitive",
}
"""What can be done about each obstacle; the first of several is the one told."""

_FARTHEST = tuple(Obstacle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A field that may not be taken in, and why: the obstacle of the purpose that came nearest to allowing it."""

    field: FieldName
    obstacle: Obstacle
    purpose: PurposeName | None = None

    @property
    def why(self) -> str:
        """Say it, by name."""
        whose = "" if self.purpose is None else f" ({self.purpose})"
        return f"{self.field} {self.obstacle.value}{whose}"


def in_words(beyond: Sequence[Outside]) -> str:
    """Say of several fields why they may not be taken in, each reason once."""
    names: dict[str, list[str]] = {}
    for one in beyond:
        names.setdefault(one.why.removeprefix(one.field), []).append(one.field)
    return "; ".join(
        ", ".join(several) + (why if len(several) == 1 else _of_several(why)) for why, several in names.items()
    )


def _of_several(why: str) -> str:
    for one, many in ((" is ", " are "), (" has ", " have "), (" needs ", " need ")):
        why = many + why.removeprefix(one) if why.startswith(one) else why
    return why.replace("it cannot", "they cannot").replace(" and needs ", " and need ")


def obstacle(
    field: FieldPolicy,
    *,
    purpose: Purpose,
    registry: Registry,
    live: Live,
    conditions: Iterable[str] | None = None,
) -> Obstacle | None:
    """Give why a purpose does not allow a field; None where it does.

    Args:
        live: whether the consents of the person hold.
        conditions: the conditions of the ceiling that hold; None: any may.
    """
    if field.name not in purpose.collects:
        return Obstacle.NOT_COLLECTED
    if purpose.basic and purpose.app_type:
        found = _beyond_ceiling(field, purpose=purpose, conditions=conditions)
        return (
            found if found is not None or purpose.ground is not Ground.CONSENT else _unconsented(field, purpose, live)
        )
    if (purpose.ground.needs_citation and purpose.citation) or purpose.ground in _OF_THEIR_OWN:
        return None
    if purpose.ground is Ground.CONTRACT and not registry.platform.app_types:
        return None
    return _unconsented(field, purpose, live)


def outside(
    fields: Sequence[FieldPolicy],
    *,
    purposes: Sequence[PurposeName],
    registry: Registry,
    live: Live,
    conditions: Iterable[str] | None = None,
) -> tuple[Outside, ...]:
    """Give the fields that none of the purposes allows. The field that names a person for the site is no matter of this.

    Raises: RefusedError: `collect.purpose`, a purpose unknown or not active.
    """
    asked = [purpose_of(name, registry=registry) for name in purposes]
    found: list[Outside] = []
    for field in fields:
        if field.key:
            continue
        said = [
            (obstacle(field, purpose=purpose, registry=registry, live=live, conditions=conditions), purpose.name)
            for purpose in asked
        ]
        told = [(one, name) for one, name in said if one is not None]
        if len(told) == len(said):
            # The one that is nearest to allowing it says what is missing.
            nearest = max(told, key=lambda pair: _FARTHEST.index(pair[0]), default=(Obstacle.NOT_COLLECTED, None))
            found.append(Outside(field=field.name, obstacle=nearest[0], purpose=nearest[1]))
    return tuple(found)


def taken_for(
    fields: Sequence[FieldPolicy],
    *,
    purposes: Sequence[PurposeName],
    registry: Registry,
    live: Live,
    conditions: Iterable[str] | None = None,
) -> dict[PurposeName, frozenset[FieldName]]:
    """Give which of some fields each purpose allows; purposes that allow none are left out."""
    found: dict[PurposeName, frozenset[FieldName]] = {}
    for name in purposes:
        purpose = purpose_of(name, registry=registry)
        allowed = frozenset(
            f.name
            for f in fields
            if not f.key and obstacle(f, purpose=purpose, registry=registry, live=live, conditions=conditions) is None
        )
        if allowed:
            found[name] = allowed
    return found


def _beyond_ceiling(field: FieldPolicy, *, purpose: Purpose, conditions: Iterable[str] | None) -> Obstacle | None:
    if not field.item:
        return Obstacle.NO_ITEM
    if not _holds(field, necessary(purpose.app_type)):
        return Obstacle.NOT_NECESSARY
    if not _holds(field, necessary(purpose.app_type, subject=field.subject)):
        return Obstacle.OTHER_SUBJECT
    if not _holds(field, necessary(purpose.app_type, subject=field.subject, conditions=conditions)):
        return Obstacle.CONDITION
    return None


def _holds(field: FieldPolicy, needs: Sequence[Necessary]) -> bool:
    return any(need.item == field.item for need in needs)


def _unconsented(field: FieldPolicy, purpose: Purpose, live: Live) -> Obstacle | None:
    if not live(purpose, ConsentScope.PURPOSE):
        return Obstacle.NO_CONSENT
    if field.sensitive and not live(purpose, ConsentScope.SENSITIVE):
        return Obstacle.NO_SEPARATE_CONSENT
    return None
