"""What the policy's files say of each other: every name that one uses is one that another defines."""

from collections.abc import Mapping

from suyuan.config.contracts import CONTRACTS_FILE
from suyuan.config.fields import FIELDS_FILE
from suyuan.config.looks import meant
from suyuan.config.problems import Problems
from suyuan.config.purposes import PURPOSES_FILE
from suyuan.config.table import Document
from suyuan.legible import printable
from suyuan.release.policy import ContractPolicy, Policy, PurposePolicy

NO_FIELD = "add it there, or take it out here"

_CODE = "config.reference"


def require_consistent(policy: Policy, *, documents: Mapping[str, Document], problems: Problems) -> None:
    """Require that every name the policy uses is one that it defines."""
    keys = [f.name for f in policy.fields.values() if f.key]
    with problems.guard():
        if len(keys) > 1:
            raise documents[FIELDS_FILE].error(
                "only one field may be `key`, found " + ", ".join(keys), at=(keys[1], "key"), code=_CODE
            )
    for purpose in policy.purposes.values():
        _require_purpose(purpose, policy=policy, document=documents[PURPOSES_FILE], problems=problems)
    for contract in policy.contracts.values():
        _require_contract(contract, policy=policy, document=documents[CONTRACTS_FILE], problems=problems)
    notices = documents["notices.toml"]
    for notice in policy.notices.values():
        for name in notice.purposes:
            with problems.guard():
                if name not in policy.purposes:
                    raise notices.error(f"purpose {name} is not known", at=(notice.name, "purposes"), code=_CODE)


def _require_purpose(purpose: PurposePolicy, *, policy: Policy, document: Document, problems: Problems) -> None:
    for name in purpose.fields:
        with problems.guard():
            if name not in policy.fields:
                raise document.error(
                    f"field {name} is not in policy/fields.toml",
                    at=(purpose.name, "fields", name),
                    code=_CODE,
                    hint=_no_field(name, policy=policy),
                )
    for name in sorted(purpose.collects):
        with problems.guard():
            if name not in policy.fields:
                raise document.error(
                    f"`collects`: field {name} is not in policy/fields.toml",
                    at=(purpose.name, "collects"),
                    code=_CODE,
                    hint=_no_field(name, policy=policy),
                )
    for name, profile in purpose.profiles.items():
        with problems.guard():
            if profile not in policy.masks:
                raise document.error(
                    f"`fields.{name}`: there is no mask profile {profile}",
                    at=(purpose.name, "fields", name),
                    code=_CODE,
                    hint=f"use one of: {', '.join(sorted(policy.masks))}",
                )
    with problems.guard():
        if purpose.notice and purpose.notice not in policy.notices:
            raise document.error(
                f"`notice`: {purpose.notice} is not in policy/notices.toml", at=(purpose.name, "notice"), code=_CODE
            )
    with problems.guard():
        if purpose.notice in policy.notices and purpose.name not in policy.notices[purpose.notice].purposes:
            raise document.error(
                f"`notice`: {purpose.notice} does not tell of this purpose",
                at=(purpose.name, "notice"),
                code=_CODE,
                hint=f"add it to `purposes` of [{purpose.notice}] in policy/notices.toml",
            )


def _require_contract(contract: ContractPolicy, *, policy: Policy, document: Document, problems: Problems) -> None:
    for purpose in sorted(contract.purposes - policy.purposes.keys()):
        hint = printable(meant(purpose, known=policy.purposes))
        said = f"purpose {purpose} is not known"
        problems.report(document.error(said, at=(contract.id, "purposes"), code=_CODE, hint=hint))
    for name in sorted((contract.fields or frozenset()) - policy.fields.keys()):
        problems.report(
            document.error(
                f"field {name} is not in policy/fields.toml",
                at=(contract.id, "fields"),
                code=_CODE,
                hint=_no_field(name, policy=policy),
            )
        )
    with problems.guard():
        if contract.decoys and not policy.decoy_pools:
            raise document.error(
                'decoys need a pool with use = "decoy" in policy/pools.toml', at=(contract.id, "decoys"), code=_CODE
            )
    with problems.guard():
        if contract.shared_decoys and not policy.shared_pools:
            raise document.error(
                'shared_decoys need a pool with use = "shared" in policy/pools.toml',
                at=(contract.id, "shared_decoys"),
                code=_CODE,
            )
    for field, pool in contract.aliases.items():
        with problems.guard():
            if field not in policy.fields or pool not in policy.alias_pools:
                raise document.error(
                    f"alias {field} names no field or no alias pool", at=(contract.id, "aliases", field), code=_CODE
                )
            if policy.alias_pools[pool].kind is not policy.fields[field].kind:
                raise document.error(
                    f"pool {pool} is not of the kind of {field}", at=(contract.id, "aliases", field), code=_CODE
                )


def _no_field(name: str, *, policy: Policy) -> str:
    """Give the way out of a field that is not there; one that merely looks like one of the register's is told so."""
    return printable(meant(name, known=policy.fields)) or NO_FIELD
