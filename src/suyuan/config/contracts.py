"""`policy/contracts.toml` and `policy/pools.toml`: what partners may receive, and which marks their copies carry."""

from suyuan.config.table import Table
from suyuan.kinds.registry import KINDS
from suyuan.legible import require_id
from suyuan.mark.pool import ListedPool, MailPool, PhonePool, Pool
from suyuan.release.policy import HOME, ContractPolicy
from suyuan.terms import ContractId, FieldName, KindName, PartnerId, PurposeName

CONTRACTS_FILE = "contracts.toml"
POOLS_FILE = "pools.toml"


def read_contract(name: str, table: Table) -> ContractPolicy:
    """Read one contract; both days of its term are included."""
    starts, expires = table.day("starts"), table.day("expires")
    if starts is not None and expires is not None and expires < starts:
        raise table.error("`expires` lies before `starts`", key="expires", code="config.range")
    fields = table.strings("fields") if table.has("fields") else None
    return ContractPolicy(
        id=ContractId(require_id(name, what="contract")),
        partner=PartnerId(require_id(table.take("partner", str), what="partner")),
        purposes=frozenset(PurposeName(purpose) for purpose in table.strings("purposes")),
        omitted_per_65536=table.whole("omitted_per_65536", 0, most=32_768),
        decoys=table.whole("decoys", 0, most=10_000),
        shared_decoys=table.whole("shared_decoys", 0, most=10_000),
        aliases={FieldName(field): pool for field, pool in table.mapping("aliases").items()},
        fields=None if fields is None else frozenset(FieldName(field) for field in fields),
        starts=starts,
        expires=expires,
        region=table.take("region", str, HOME),
        row_cap=table.optional_whole("row_cap", least=1),
        rows_per_day=table.optional_whole("rows_per_day", least=1),
        assessment=table.take("assessment", str, ""),
    )


def read_pool(name: str, table: Table) -> tuple[Pool, str]:
    """Read one pool and its use."""
    kind, use = table.choice("kind", KindName), table.take("use", str)
    if use not in ("decoy", "shared", "alias"):
        raise table.error("`use` is decoy, shared or alias", key="use", code="config.choice")
    if kind in (KindName.PHONE, KindName.EMAIL) and table.has("identifiers"):
        if use != "shared":
            raise table.error('a list serves decoys that copies share: use = "shared"', key="use", code="config.choice")
        return ListedPool(name=name, kind=kind, identifiers=_listed(table, kind=kind)), use
    if kind is KindName.PHONE:
        return PhonePool(name=name, first=table.take("first", str), size=table.take("size", int)), use
    if kind is KindName.EMAIL:
        return MailPool(name=name, domain=table.take("domain", str)), use
    raise table.error("a pool's kind is phone or email", key="kind", code="config.choice")


def _listed(table: Table, *, kind: KindName) -> tuple[str, ...]:
    """Read the identifiers of a list, each in its canonical spelling."""
    found: list[str] = []
    for place, text in enumerate(table.strings("identifiers"), start=1):
        canonical = KINDS[kind].canonical(text)
        if not isinstance(canonical, str):
            raise table.error(
                f"`identifiers`: number {place} is no {kind.value}", key="identifiers", code="config.choice"
            )
        found.append(canonical)
    return tuple(found)
