"""The table of grants: decides requests, and says which cases may be listed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from suyuan.errors import RefusedError
from suyuan.hold.predicate import NOTHING, Predicate
from suyuan.release.acts import ApprovalRule, Shown
from suyuan.release.grants.ask import Ask
from suyuan.release.grants.grant import Grant, Test, compile_grant
from suyuan.release.grants.limits import NO_LIMITS, Limits, strictest
from suyuan.release.grants.role import RolePolicy, heirs
from suyuan.release.grants.telling import fields_miss, nearest_miss
from suyuan.terms import FieldName, PurposeName, RoleName

_REMEMBERED = 4096
"""How many outcomes a table keeps at hand: as many as there are combinations of grants and fields in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the grants say to one request, and why.

    Args:
        grant: the first grant that lets it happen; None where it is refused, or where no grants are asked.
        why: how to say why not; None where it may happen. It is said only when asked: most refusals are counted, not read.
        shown: what may be shown, and how: the fields asked for, or everything the grants give where none was named; empty
            where no grants are asked, and the purpose's own showing holds.
        limits: the strictest of every grant that applies.
        approval: the strictest rule of every grant that applies.
    """

    grant: Grant | None = None
    why: Callable[[], RefusedError] | None = None
    shown: Mapping[FieldName, Shown] = field(default_factory=dict)
    limits: Limits = NO_LIMITS
    approval: ApprovalRule = ApprovalRule.NEVER

    @property
    def refusal(self) -> RefusedError | None:
        """The refusal as the door would raise it, naming the nearest miss; None where it may happen."""
        return None if self.why is None else self.why()


class Grants:
    """Every grant of a site, compiled. A request is let out if any grant of any of its roles lets it out.

    Where several grants apply, the fields are those of all of them together, each as clearly as the clearest grant
    shows it; limits and approval are the strictest of them.
    """

    def __init__(self, grants: Sequence[Grant] = (), *, roles: Iterable[RolePolicy] = ()) -> None:
        self.table = tuple(grants)
        self.heirs = heirs(roles)
        self._index: dict[tuple[RoleName, PurposeName], list[tuple[Grant, Test | None]]] = {}
        for grant in self.table:
            compiled = (grant, compile_grant(grant))
            for role in self.heirs.get(grant.role, frozenset({grant.role})):
                self._index.setdefault((role, grant.purpose), []).append(compiled)
        self._outcomes: dict[tuple[tuple[int, ...], tuple[FieldName, ...]], Decision] = {}

    @property
    def asked(self) -> bool:
        """Whether the site has grants; one that has none goes by its purposes alone, and roles are not asked."""
        return bool(self.table)

    def of(self, ask: Ask) -> tuple[Grant, ...]:
        """Give every grant of the request's roles and purpose, whatever it says, in the file's order."""
        found = {grant.number: grant for role in ask.roles for grant, _ in self._index.get((role, ask.purpose), ())}
        return tuple(found[number] for number in sorted(found))

    def decide(self, ask: Ask) -> Decision:
        """Decide one request."""
        if not self.table:
            return Decision()
        applying: list[Grant] = []
        act, purpose = ask.act, ask.purpose
        for role in ask.roles:
            for grant, test in self._index.get((role, purpose), ()):
                if act in grant.acts and (test is None or test(ask)):
                    applying.append(grant)
        if not applying:
            return Decision(why=partial(nearest_miss, ask, grants=self.of, table=self.table))
        numbers = tuple(sorted({grant.number for grant in applying})) if len(applying) > 1 else (applying[0].number,)
        key = (numbers, ask.fields)
        known = self._outcomes.get(key)
        return self._outcome(key, applying=applying, ask=ask) if known is None else known

    def where(self, ask: Ask) -> Predicate:
        """Give which cases the request's roles may list: any of the grants' conditions, as one predicate."""
        chosen = [grant.comparisons(ask) for grant in self.of(ask) if ask.act in grant.acts]
        found = tuple(one for one in chosen if one is not None)
        return Predicate(tuple(dict.fromkeys(found))) if found else NOTHING

    def _outcome(
        self, key: tuple[tuple[int, ...], tuple[FieldName, ...]], *, applying: Sequence[Grant], ask: Ask
    ) -> Decision:
        """Work an outcome out and remember it: it depends on the grants that apply and the fields asked, on no value."""
        grants = sorted({grant.number: grant for grant in applying}.values(), key=lambda grant: grant.number)
        shown = together(grants)
        beyond = [name for name in ask.fields if name not in shown]
        if beyond:
            outcome = Decision(why=partial(fields_miss, ask, beyond=beyond, grants=grants))
        else:
            outcome = Decision(
                grant=grants[0],
                shown=MappingProxyType({name: shown[name] for name in ask.fields or shown}),
                limits=strictest(grant.limits for grant in grants),
                approval=max((grant.approval for grant in grants), key=lambda rule: rule.strictness),
            )
        if outcome.why is None and len(self._outcomes) < _REMEMBERED:
            self._outcomes[key] = outcome
        return outcome


def together(grants: Iterable[Grant]) -> Mapping[FieldName, Shown]:
    """Give the fields of all grants: in clear where one shows it so, else as the first one masks it."""
    shown: dict[FieldName, Shown] = {}
    for grant in grants:
        for name, how in grant.fields.items():
            if name not in shown or how.clearer_than(shown[name]):
                shown[name] = how
    return shown
