"""The whole policy, read from the files of `policy/`: strictly for use, or to find everything that is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from suyuan.collect.notice import Notice, missing_items, read_notice
from suyuan.collect.platform import Platform
from suyuan.config.contracts import CONTRACTS_FILE, POOLS_FILE, read_contract, read_pool
from suyuan.config.fields import FIELDS_FILE, read_field
from suyuan.config.looks import meant
from suyuan.config.masks import MASKS_FILE, read_mask_profile
from suyuan.config.platform import PLATFORM_FILE, read_platform
from suyuan.config.problems import Problems
from suyuan.config.purposes import PURPOSES_FILE, read_purpose
from suyuan.config.references import require_consistent
from suyuan.config.roles import GRANTS_FILE, ROLES_FILE, read_grants, read_role
from suyuan.config.table import Document, Table, read_document
from suyuan.config.trace import TRACE_FILE, read_trace
from suyuan.crypto import canonical
from suyuan.crypto.commit import digest
from suyuan.errors import RefusedError, UnavailableError
from suyuan.legible import printable
from suyuan.mark.pool import Pool, require_disjoint
from suyuan.release.grants import Grants
from suyuan.release.masks import BUILT_IN
from suyuan.release.policy import Policy, PurposePolicy
from suyuan.terms import ContractId, Digest, FieldName, Ground, PurposeName, RoleName
from suyuan.trace.sets.rule import SetRule

NOTICES_FILE = "notices.toml"
SOURCES_FILE = "sources.toml"
SITE_FILE = "site.cedar"

POLICY_FILES = (
    FIELDS_FILE,
    PURPOSES_FILE,
    CONTRACTS_FILE,
    POOLS_FILE,
    PLATFORM_FILE,
    NOTICES_FILE,
    ROLES_FILE,
    GRANTS_FILE,
    MASKS_FILE,
)
"""The files that a new store gets."""

_REQUIRED = (FIELDS_FILE, PURPOSES_FILE)
# A digest covers these even where they are empty, as it did when there were no other files.
_ALWAYS_BOUND = (FIELDS_FILE, PURPOSES_FILE, CONTRACTS_FILE, POOLS_FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePolicy:
    """All that the policy files say, from one reading of them: what is used is what the digest binds.

    Args:
        site: the text of the site's own conditions; None where there are none. sets: how access sets are judged.
    """

    policy: Policy
    digest: Digest
    site: str | None
    sets: SetRule


def read_policy(store: Path) -> tuple[Policy, Digest]:
    """Read the policy files; give them and the digest that the ledger binds.

    Raises: RefusedError: the first thing that is wrong, with file, line and key. UnavailableError: a file is missing.
    """
    return read_policy_folder(store / "policy")


def read_policy_folder(folder: Path) -> tuple[Policy, Digest]:
    """As `read_policy`, of a folder that need not be in a store."""
    whole = read_whole_policy(folder)
    return whole.policy, whole.digest


def read_whole_policy(folder: Path) -> WholePolicy:
    """As `read_policy_folder`, with what is no part of `Policy`."""
    problems = Problems()
    documents = read_documents(folder, problems=problems)
    policy = build(documents, problems=problems)
    sets = read_trace(documents[TRACE_FILE])
    site = read_site_conditions(folder)
    return WholePolicy(policy=policy, digest=policy_digest(documents, site=site), site=site, sets=sets)


def read_documents(folder: Path, *, problems: Problems) -> Mapping[str, Document]:
    """Read every policy file; one that need not be there, or that is no TOML while errors are collected, is empty."""
    found: dict[str, Document] = {}
    for name in (*POLICY_FILES, SOURCES_FILE, TRACE_FILE):
        shown = f"policy/{name}"
        found[name] = Document(name=shown)
        with problems.guard():
            found[name] = read_document(folder / name, name=shown, required=name in _REQUIRED)
    return found


def build(documents: Mapping[str, Document], *, problems: Problems) -> Policy:
    """Give the policy that the documents say, and require that it hangs together."""
    platform = Platform()
    with problems.guard():
        platform = read_platform(documents[PLATFORM_FILE])
    field = partial(read_field, platform=platform)
    fields = {FieldName(k): v for k, v in documents[FIELDS_FILE].each(field, problems=problems).items()}
    purposes = {PurposeName(k): v for k, v in documents[PURPOSES_FILE].each(read_purpose, problems=problems).items()}
    contracts = documents[CONTRACTS_FILE].each(read_contract, problems=problems)
    pools = documents[POOLS_FILE].each(read_pool, problems=problems)
    notices = documents[NOTICES_FILE].each(_notice, problems=problems)
    with problems.guard():
        require_disjoint(tuple(pool for pool, _ in pools.values()))
    policy = Policy(
        fields=fields,
        purposes=purposes,
        contracts={ContractId(name): value for name, value in contracts.items()},
        decoy_pools=tuple(pool for pool, use in pools.values() if use == "decoy"),
        alias_pools=_aliases(pools),
        shared_pools=tuple(pool for pool, use in pools.values() if use == "shared"),
        platform=platform,
        masks={**BUILT_IN, **documents[MASKS_FILE].each(read_mask_profile, problems=problems)},
        notices=notices,
    )
    require_consistent(policy, documents=documents, problems=problems)
    active = {name: _activated(purpose, policy=policy) for name, purpose in purposes.items()}
    return _with_roles(replace(policy, purposes=active), documents=documents, problems=problems)


def policy_digest(documents: Mapping[str, Document], *, site: str | None) -> Digest:
    """Give the digest of what the files say; remarks and a file that says nothing do not change it."""
    said = {
        name: _plain(document.values)
        for name, document in documents.items()
        if document.values or (name in _ALWAYS_BOUND and name != SOURCES_FILE)
    }
    return Digest(digest(canonical.encode(said if site is None else {**said, SITE_FILE: site})))


def read_site_conditions(folder: Path) -> str | None:
    """Give the text of `site.cedar` in a policy folder; None where the site has no conditions of its own.

    Raises: RefusedError `config.syntax`, no text. UnavailableError: it cannot be read.
    """
    try:
        return (folder / SITE_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise RefusedError(f"policy/{SITE_FILE}: is not text", code="config.syntax") from None
    except OSError as e:
        raise UnavailableError(f"policy/{SITE_FILE} cannot be read: {e.strerror}", code="store.unreadable") from e


def _with_roles(policy: Policy, *, documents: Mapping[str, Document], problems: Problems) -> Policy:
    """Give the policy with its roles and grants, compiled."""
    roles = {RoleName(k): v for k, v in documents[ROLES_FILE].each(read_role, problems=problems).items()}
    for role in roles.values():
        for parent in role.inherits:
            with problems.guard():
                if parent not in roles:
                    raise documents[ROLES_FILE].error(
                        f"`inherits`: there is no role {parent}",
                        at=(role.name, "inherits"),
                        code="config.reference",
                        hint=printable(meant(parent, known=roles)),
                    )
    grants = read_grants(documents[GRANTS_FILE], roles=roles, purposes=policy.purposes, problems=problems)
    for grant in grants:
        for name, how in grant.fields.items():
            with problems.guard():
                if how.profile not in policy.masks:
                    raise documents[GRANTS_FILE].error(
                        f"`fields.{name}`: there is no mask profile {how.profile}",
                        at=("grant", grant.number - 1, "fields", name),
                        code="config.reference",
                    )
    compiled = Grants()
    with problems.guard():
        try:
            compiled = Grants(grants, roles=roles.values())
        except RefusedError as e:
            raise documents[ROLES_FILE].error(str(e), at=(), code="config.cycle") from None
    return replace(policy, roles=roles, grants=compiled)


def _activated(purpose: PurposePolicy, *, policy: Policy) -> PurposePolicy:
    """Give the purpose, not active where people were not told of it as the law requires.

    Who must consent must have been told: such a purpose needs its notice. One on a contract that names a notice
    must have it complete as well.

    Source: Personal Information Protection Law, articles 14 and 17.
    """
    if purpose.ground is not Ground.CONSENT and not (purpose.ground is Ground.CONTRACT and purpose.notice):
        return purpose
    notice = policy.notices.get(purpose.notice)
    lacks = missing_items(notice, platform=policy.platform, purposes=(purpose,), fields=policy.fields)
    return replace(purpose, active=False, lacks=lacks) if lacks else purpose


def _notice(name: str, table: Table) -> Notice:
    """Read a notice by the room that knows what one must say, and put its place to what it refuses."""
    values = {key: table.take(key, object) for key in table.left()}
    try:
        return read_notice(name, values)
    except RefusedError as e:
        raise table.error(str(e), code=e.code, hint=e.hint) from None


def _aliases(pools: Mapping[str, tuple[Pool, str]]) -> Mapping[str, Pool]:
    return {name: pool for name, (pool, use) in pools.items() if use == "alias"}


def _plain(value: object) -> object:
    """Give TOML values as canonical JSON knows them: numbers that are not whole, and dates, become text."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | bool | int) else str(value)
