"""What a site should think about again: lawful to read, but most likely not meant, or owed by law elsewhere."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from suyuan.collect.ceiling import ceiling
from suyuan.collect.registry import sensitive_of
from suyuan.config.contracts import CONTRACTS_FILE
from suyuan.config.fields import FIELDS_FILE
from suyuan.config.looks import oddities, twins
from suyuan.config.problems import Finding
from suyuan.config.purposes import PURPOSES_FILE
from suyuan.config.roles import GRANTS_FILE, ROLES_FILE
from suyuan.config.table import Document
from suyuan.legible import printable
from suyuan.release.acts import SHOWN_TO_NO_ONE, Act
from suyuan.release.policy import HOME, ApprovalRule, Policy, PurposePolicy
from suyuan.terms import Ground

_WITHOUT_CASE = frozenset({Act.AUTHORITY, Act.EXPORT, *SHOWN_TO_NO_ONE})
"""Acts that no case of an account stands behind."""


def warnings_of(policy: Policy, *, documents: Mapping[str, Document], on: date | None) -> Iterator[Finding]:
    """Give the warnings, each with its place."""
    for name, field in policy.fields.items():
        if not field.owner:
            yield _warn(
                documents[FIELDS_FILE],
                (name,),
                "policy.owner",
                f"nobody answers for field {name}",
                hint='name the owner: owner = "the customer service team"',
            )
    for purpose in policy.purposes.values():
        yield from _of_purpose(purpose, policy=policy, document=documents[PURPOSES_FILE])
    yield from _of_contracts(policy, document=documents[CONTRACTS_FILE], on=on)
    yield from _of_grants(policy, documents=documents)
    yield from _of_approvals(policy, document=documents[PURPOSES_FILE])
    yield from _of_looks(policy, documents=documents)


def _of_purpose(purpose: PurposePolicy, *, policy: Policy, document: Document) -> Iterator[Finding]:
    sensitive = sorted(sensitive_of(purpose, fields=policy.fields))
    name = purpose.name
    if sensitive and not purpose.assessment:
        yield _warn(
            document,
            (name,),
            "policy.assessment",
            f"purpose {name} handles sensitive information ({', '.join(sensitive)}) and names no impact assessment",
            hint="an assessment is owed before: name it with `assessment`",
        )
    if purpose.lacks:
        said = f"purpose {name} is not active: its notice lacks {'; '.join(purpose.lacks)}"
        yield _warn(document, (name, "notice"), "policy.notice", said)
    elif purpose.ground is Ground.CONTRACT and not purpose.notice:
        said = f"purpose {name} names no notice: people are to be told before"
        yield _warn(document, (name,), "policy.notice", said, hint="write one in policy/notices.toml")
    if purpose.retention_days is None and purpose.collects:
        yield _warn(
            document, (name,), "policy.retention", f"purpose {name} does not say how long it keeps what it takes"
        )
    if purpose.basic:
        necessary = ceiling((purpose.app_type,))
        beyond = sorted(f for f in purpose.collects if f in policy.fields and policy.fields[f].item not in necessary)
        if beyond:
            yield _warn(
                document,
                (name, "collects"),
                "policy.ceiling",
                f"purpose {name} is basic for {purpose.app_type}, whose ceiling does not hold: {', '.join(beyond)}",
                hint=f"say what they are by `item` (the ceiling holds {', '.join(sorted(necessary))}), or give them a purpose on consent",
            )
    if (purpose.automated or purpose.publishes) and not purpose.assessment and not sensitive:
        what = "decides by machine" if purpose.automated else "publishes"
        yield _warn(document, (name,), "policy.assessment", f"purpose {name} {what} and names no impact assessment")


def _of_contracts(policy: Policy, *, document: Document, on: date | None) -> Iterator[Finding]:
    for contract in policy.contracts.values():
        name = contract.id
        if on is not None and contract.expires is not None and contract.expires < on:
            yield _warn(document, (name, "expires"), "policy.expired", f"contract {name} expired on {contract.expires}")
        if contract.expires is None:
            yield _warn(document, (name,), "policy.expires", f"contract {name} never expires")
        if contract.region != HOME and not contract.assessment:
            said = f"contract {name} leads to {contract.region} and names no impact assessment"
            yield _warn(document, (name, "region"), "policy.assessment", said)
        for purpose in sorted(contract.purposes & policy.purposes.keys()):
            if contract.region not in policy.purposes[purpose].regions:
                said = f"contract {name} leads to {contract.region}, where purpose {purpose} may not go"
                yield _warn(document, (name, "region"), "policy.region", said)


def _of_grants(policy: Policy, *, documents: Mapping[str, Document]) -> Iterator[Finding]:
    document = documents[GRANTS_FILE]
    for grant in policy.grants.table:
        at = ("grant", grant.number - 1)
        if not policy.purposes[grant.purpose].active:
            said = f"grant {grant.number} is for purpose {grant.purpose}, which is not active"
            yield _warn(document, (*at, "purpose"), "policy.unused", said)
        if grant.where and grant.acts <= _WITHOUT_CASE:
            said = (
                f"grant {grant.number} asks for a case, which no {'/'.join(sorted(grant.acts))} has: nobody can use it"
            )
            yield _warn(document, (*at, "where"), "policy.unused", said)
        if not grant.fields:
            yield _warn(document, at, "policy.unused", f"grant {grant.number} gives no field")
    granted = {role for grant in policy.grants.table for role in policy.grants.heirs.get(grant.role, {grant.role})}
    for name in policy.roles:
        if policy.grants.asked and name not in granted:
            yield _warn(documents[ROLES_FILE], (name,), "policy.unused", f"role {name} has no grant")


def _of_approvals(policy: Policy, *, document: Document) -> Iterator[Finding]:
    """Where grants are asked, a second person needs one too: without it nobody can say yes, and nothing is let out."""
    if not policy.grants.asked:
        return
    table = policy.grants.table
    for name, purpose in policy.purposes.items():
        asking = purpose.approval is not ApprovalRule.NEVER or Act.AUTHORITY in purpose.acts
        asking = asking or any(g.purpose == name and g.approval is not ApprovalRule.NEVER for g in table)
        if asking and not any(g.purpose == name and Act.APPROVE in g.acts for g in table):
            said = f"purpose {name} asks for a second person, and no grant lets anybody approve for it"
            hint = 'give a role one with acts = ["approve"]'
            yield _warn(document, (name,), "policy.approver", said, hint=hint)


def _of_looks(policy: Policy, *, documents: Mapping[str, Document]) -> Iterator[Finding]:
    """Names that the eye takes for another: whoever reads a grant must see which role, purpose or field it names."""
    named: tuple[tuple[str, str, Collection[str]], ...] = (
        (FIELDS_FILE, "field", policy.fields),
        (PURPOSES_FILE, "purpose", policy.purposes),
        (ROLES_FILE, "role", policy.roles),
        (CONTRACTS_FILE, "contract", policy.contracts),
    )
    for file, what, names in named:
        document = documents[file]
        for name in names:
            for odd in oddities(name):
                said = f"{what} {printable(name)} {printable(odd)}"
                yield _warn(document, (name,), "policy.lookalike", said, hint="give it a name that is plain to read")
        for name, earlier in twins(names):
            said = f"{what} {printable(name)} looks like {what} {printable(earlier)}, and is another"
            yield _warn(document, (name,), "policy.lookalike", said, hint="give it a name that is plain to read")


def _warn(document: Document, at: Sequence[str | int], code: str, said: str, *, hint: str = "") -> Finding:
    return Finding(file=document.name, line=document.line(at), level="warning", code=code, said=said, hint=hint)
