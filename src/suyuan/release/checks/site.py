"""Step 7: the site's own extra conditions, where it has any."""

from suyuan.release.checks.asked import Asked, open_link, sensitive_fields
from suyuan.release.grants.site import Fact
from suyuan.release.request import OWN_USES, GrantedRequest


def require_site(asked: Asked) -> None:
    """The site's own conditions have nothing against it."""
    site = asked.policy.site
    if site is None or asked.request.recipient in OWN_USES:
        return
    refusal = site.decide(facts_of(asked))
    if refusal is not None:
        raise refusal


def facts_of(asked: Asked) -> dict[str, Fact]:
    """Give what a site's condition can speak of; no fact is a person's value."""
    request = asked.request
    facts: dict[str, Fact] = {
        "act": request.act.value,
        "purpose": request.purpose,
        "recipient_kind": request.recipient.kind.value,
        "recipient": request.recipient.id,
        "fields": sorted(asked.shown),
        "sensitive": bool(sensitive_fields(asked, clear=False)),
        "minor": asked.is_minor,
        "approved": asked.approval is not None,
        "hour": asked.now.hour,
        "weekday": asked.now.isoweekday(),
    }
    if isinstance(request, GrantedRequest):
        facts["roles"] = sorted(request.roles)
        facts |= {f"account_{name}": value for name, value in request.attributes.items()}
    if asked.rows is not None:
        facts["rows"] = asked.rows
    if asked.contract is not None:
        facts |= {"contract": asked.contract.id, "region": asked.contract.region}
    link = open_link(asked)
    if link is not None:
        facts |= {"case_queue": link.queue, "case_region": link.region}
    return facts
