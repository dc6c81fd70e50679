"""A site's own conditions: `policy/site.cedar`, asked once per request with facts and no person's value.

A `forbid` that holds refuses. Where the file has a `permit`, one must hold as well; a file of `forbid` alone permits the rest.
"""

import json
from collections.abc import Mapping

from suyuan.adapters.cedar.engine import engine, parse
from suyuan.errors import RefusedError
from suyuan.release.grants.site import Fact

_BASELINE = '\npermit(principal, action == Action::"release", resource);\n'
_CODE = "release.site"


class CedarConditions:
    """The conditions of one site, parsed once.

    Claim: whatever the engine cannot evaluate is refused, although Cedar itself would leave that policy out.
    """

    def __init__(self, text: str, *, place: str = "policy/site.cedar") -> None:
        self._place = place
        self._library = engine()
        policies = parse(text, place=place)
        known = json.loads(self._library.policies_to_json_str(str(policies)))
        static = known["staticPolicies"]
        self._names = {name: (body.get("annotations") or {}).get("id", name) for name, body in static.items()}
        if any(body["effect"] == "permit" for body in static.values()):
            self._policies = policies
        else:
            self._policies = policies.with_added_str(_BASELINE)

    def decide(self, facts: Mapping[str, Fact]) -> RefusedError | None:
        """Give the refusal of the site's conditions, naming those that hold; None where they have nothing against it."""
        request = {
            "principal": {"type": "Account", "id": str(facts.get("recipient", ""))},
            "action": {"type": "Action", "id": "release"},
            "resource": {"type": "Purpose", "id": str(facts.get("purpose", ""))},
            "context": dict(facts),
        }
        try:
            answer = self._library.is_authorized(request, self._policies, [])
        # The engine may fail in ways that its documentation does not list; none of them may let anything out.
        except Exception:
            return self._refusal("could not be evaluated")
        if answer.diagnostics.errors:
            return self._refusal(f"could not be evaluated: {self._failed(answer.diagnostics.errors)}")
        if answer.allowed:
            return None
        reasons = [self._names.get(name, name) for name in answer.diagnostics.reasons]
        return self._refusal(f"forbid it: {', '.join(sorted(reasons))}" if reasons else "permit it nowhere")

    def _refusal(self, said: str) -> RefusedError:
        return RefusedError(
            f"the site's own conditions {said}", code=_CODE, hint=f"the owner of {self._place} can say why"
        )

    def _failed(self, errors: list[str]) -> str:
        """Name the policies that failed. The engine's own words may repeat a fact, and are left out."""
        names = sorted({name for name in self._names if any(f"`{name}`" in error for error in errors)})
        return ", ".join(self._names[name] for name in names) or "a condition"


def quoted(text: str) -> str:
    """Give a text as a Cedar string."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"
