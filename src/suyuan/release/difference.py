"""Two policies side by side: what differs in their words, and what the change does to the requests of a time."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from suyuan.release.grants import Grant, Limits
from suyuan.release.policy import Policy
from suyuan.release.replay import BY_POLICY, UNKNOWN, Attributes, PastRequest, judge

Change = Literal["allowed", "refused", "shown", "hidden", "unknown"]
"""What a change does to a request: newly allowed or refused; let out with more or clearer, or less, fields; not to be told."""

_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Difference:
    """One line of the static part: `purpose delivery: field phone`, masked, clear."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Effect:
    """What a change does to requests of one sort.

    Args:
        code: by which a newly refused one would be refused, or a newly allowed one was.
        field: which is newly shown or hidden; empty otherwise.
    """

    change: Change
    roles: str
    purpose: str
    act: str
    code: str = ""
    field: str = ""


@dataclass(slots=True, kw_only=True)
class Effects:
    """How many past requests a change touches, by sort, with the first entries as examples."""

    requests: int = 0
    counts: Counter[Effect] = field(default_factory=Counter)
    examples: dict[Effect, list[int]] = field(default_factory=dict)

    def add(self, effect: Effect, *, entry: int) -> None:
        """Count one request."""
        self.counts[effect] += 1
        shown = self.examples.setdefault(effect, [])
        if len(shown) < _EXAMPLES:
            shown.append(entry)


def effects_of(requests: Iterable[PastRequest], *, before: Policy, after: Policy, attributes: Attributes) -> Effects:
    """Decide every request by both policies, and count where they differ.

    A request that was refused for what is known of its person or case stays refused; one that only the policy refused
    may be newly allowed. What was let out is taken as let out, whatever the ledger does not keep.
    """
    found = Effects()
    for past in requests:
        found.requests += 1
        if past.refused and past.refused not in BY_POLICY:
            continue
        for effect in _effects(past, before=before, after=after, attributes=attributes):
            found.add(effect, entry=past.entry)
    return found


def _effects(past: PastRequest, *, before: Policy, after: Policy, attributes: Attributes) -> Iterable[Effect]:
    roles = "?" if past.roles is None else ", ".join(sorted(past.roles)) or "none"

    def effect(change: Change, *, code: str = "", field: str = "") -> Effect:
        return Effect(change=change, roles=roles, purpose=past.purpose, act=past.act, code=code, field=field)

    was = judge(past, policy=before, attributes=attributes)
    now = judge(past, policy=after, attributes=attributes)
    if UNKNOWN in (was.code, now.code):
        # The same grants decide alike, whatever they ask for.
        if was.code == now.code and _grants(past, policy=before) == _grants(past, policy=after):
            return
        if now.code not in ("", UNKNOWN) and not past.refused:
            yield effect("refused", code=now.code)
        else:
            yield effect("unknown")
    elif bool(was.code) != bool(now.code):
        yield effect("refused", code=now.code) if now.code else effect("allowed", code=past.refused or was.code)
    elif not now.code:
        for name in sorted(was.shown.keys() | now.shown.keys()):
            if was.shown.get(name) != now.shown.get(name):
                yield effect("shown" if _clearer(now.shown.get(name), was.shown.get(name)) else "hidden", field=name)


def _clearer(now: str | None, was: str | None) -> bool:
    """Say whether a field is shown more than it was; another mask counts as more, since nobody can say it is less."""
    return now is not None and was != "clear"


def _grants(past: PastRequest, *, policy: Policy) -> list[str]:
    roles = past.roles
    return sorted(
        _said(grant)
        for grant in policy.grants.table
        if grant.purpose == past.purpose
        and (roles is None or policy.grants.heirs.get(grant.role, frozenset({grant.role})) & roles)
    )


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Give what differs in the words of two policies, by what it is about."""
    was, now = dict(_words(before)), dict(_words(after))
    return tuple(
        Difference(what=what, before=was.get(what, ""), after=now.get(what, ""))
        for what in sorted(was.keys() | now.keys())
        if was.get(what) != now.get(what)
    )


def _words(policy: Policy) -> Iterable[tuple[str, str]]:
    """Flatten what decides about releases: each thing in words, and what it says."""
    for one in policy.fields.values():
        yield f"field {one.name}", f"{one.kind.value}{', sensitive' if one.sensitive else ''}, tier {one.tier}"
    for purpose in policy.purposes.values():
        what = f"purpose {purpose.name}"
        yield f"{what}: active", "yes" if purpose.active else "no"
        yield f"{what}: acts", ", ".join(sorted(purpose.acts))
        yield f"{what}: ground", purpose.ground.value
        yield f"{what}: approval", purpose.approval.value
        yield f"{what}: needs a case", "yes" if purpose.needs_case else "no"
        yield f"{what}: regions", ", ".join(sorted(purpose.regions))
        yield f"{what}: retention", "not said" if purpose.retention_days is None else f"{purpose.retention_days} days"
        for field_name in purpose.fields:
            yield f"{what}: field {field_name}", str(purpose.shown(field_name))
    for contract in policy.contracts.values():
        what = f"contract {contract.id}"
        yield f"{what}: partner", contract.partner
        yield f"{what}: purposes", ", ".join(sorted(contract.purposes))
        yield f"{what}: fields", "all" if contract.fields is None else ", ".join(sorted(contract.fields))
        yield f"{what}: term", f"{contract.starts or ''}..{contract.expires or ''}"
        yield f"{what}: region", contract.region
        yield f"{what}: rows", f"{contract.row_cap or 'any'} a file, {contract.rows_per_day or 'any'} a day"
    for role in policy.roles.values():
        yield f"role {role.name}", f"inherits {', '.join(role.inherits)}" if role.inherits else "stands alone"
    for name, profile in policy.masks.items():
        yield f"mask profile {name}", ", ".join(f"{kind.value} {spec}" for kind, spec in sorted(profile.specs.items()))
    yield from _grant_words(policy)


def _grant_words(policy: Policy) -> Iterable[tuple[str, str]]:
    """Name a grant by role and purpose, and by a letter where there are several: its number says nothing across files."""
    seen: Counter[str] = Counter()
    for grant in policy.grants.table:
        place = f"grant {grant.role}, {grant.purpose}"
        seen[place] += 1
        place += f" ({seen[place]})" if seen[place] > 1 else ""
        yield f"{place}: acts", ", ".join(sorted(grant.acts))
        yield f"{place}: where", "; ".join(str(one) for one in grant.where) or "any case"
        yield f"{place}: limits", _limits(grant.limits)
        yield f"{place}: approval", grant.approval.value
        for name, how in grant.fields.items():
            yield f"{place}: field {name}", str(how)


def _said(grant: Grant) -> str:
    shown: Mapping[str, str] = {name: str(how) for name, how in sorted(grant.fields.items())}
    where = "; ".join(str(one) for one in grant.where)
    return f"{grant.role}|{grant.purpose}|{sorted(grant.acts)}|{shown}|{where}|{dict(grant.defaults)}"


def _limits(limits: Limits) -> str:
    persons = "any number of persons" if limits.persons is None else f"{limits.persons} persons in {_span(limits.per)}"
    return f"{persons}, {'any' if limits.rows is None else limits.rows} rows"


def _span(per: timedelta) -> str:
    """Say a window as people do, and as it is written: 7d, 12h, 30m."""
    minutes = int(per.total_seconds() // 60)
    for size, unit in ((24 * 60, "d"), (60, "h")):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
