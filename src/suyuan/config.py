"""Settings and policy: the only reader of files and environment for settings. Unknown settings are errors."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from suyuan.collect.field import RESERVED_FIELDS, STRONG_KINDS, FieldPolicy
from suyuan.crypto import canonical
from suyuan.crypto.commit import digest
from suyuan.errors import RefusedError, UnavailableError
from suyuan.ledger.sealing import SealPolicy
from suyuan.legible import require_id
from suyuan.mark.pool import MailPool, PhonePool, Pool, require_disjoint
from suyuan.release.policy import Act, ContractPolicy, Policy, PurposePolicy, Showing
from suyuan.terms import ContractId, Digest, FieldName, Ground, KindName, PartnerId, Probability, PurposeName

SETTINGS_FILE = "suyuan.toml"
POLICY_FILES = ("fields.toml", "purposes.toml", "contracts.toml", "pools.toml")
WITNESS_POLICY = "log.policy"

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSettings:
    """The table `[ledger]`.

    Args:
        database: how libpq reaches the PostgreSQL database that keeps the ledger; empty: `ledger.db` beside it.
        schema: the schema in that database which is this ledger's own.
        start_without_witness: whether the store may be written to while no witness of policy/log.policy answers.
        timestamp_url: an RFC 3161 authority that is asked at each publication; empty: none.
        timestamp_roots: the PEM file of the roots by which it is believed.
        sealing: after how many entries and seconds the log is sealed, and how long an epoch lasts.
    """

    database: str = ""
    schema: str = "suyuan"
    start_without_witness: bool = False
    timestamp_url: str = ""
    timestamp_roots: Path = Path()
    sealing: SealPolicy = field(default_factory=SealPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one store.

    Args:
        store: the directory that holds `suyuan.toml`.
        origin: the log's name, a scheme-less URL such as `log.example.org/suyuan`.
        passphrase_file: a 0600 file outside the store; what it holds opens the key store.
        alpha: the chance that any innocent is ever named at grade A, over the platform's life.
        lock_wait_seconds: how long a second writer waits.
        row_keys_per_pool: the most row keys drawn ahead for look-ups at a time; a run begins with fewer.
        ledger: where the log is kept and who attests to it.
    """

    store: Path
    origin: str
    passphrase_file: Path
    alpha: Probability
    lock_wait_seconds: float = 10.0
    row_keys_per_pool: int = 4096
    ledger: LedgerSettings = LedgerSettings()


class Table:
    """One TOML table read strictly: every key is asked for, or it is an error that names file and key."""

    def __init__(self, values: Mapping[str, object], *, place: str) -> None:
        self._values = dict(values)
        self._place = place

    def take(self, key: str, kind: type[Value], default: Value | None = None) -> Value:
        """Give the value at `key`, of exactly this type; the default where it is absent."""
        value = self._values.pop(key, default)
        if value is None:
            raise RefusedError(f"{self._place}: `{key}` is missing", code="config.missing")
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise RefusedError(f"{self._place}: `{key}` is not a {_SAID[kind]}", code="config.type")
        return value

    def strings(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Give a list of strings."""
        values = self.take(key, list, list(default))
        if not all(isinstance(value, str) for value in values):
            raise RefusedError(f"{self._place}: `{key}` is not a list of strings", code="config.type")
        return tuple(values)

    def mapping(self, key: str) -> dict[str, str]:
        """Give a table of strings; empty where it is absent."""
        values = self.take(key, dict, {})
        if not all(isinstance(value, str) for value in values.values()):
            raise RefusedError(f"{self._place}: `{key}` is not a table of strings", code="config.type")
        return dict(values)

    def inner(self, key: str) -> "Table":
        """Give a table inside this one; empty where it is absent."""
        return Table(self.take(key, dict, {}), place=f"{self._place} [{key}]")

    def choice(self, key: str, options: type[Choice]) -> Choice:
        """Give one of an enumeration's values."""
        return choose(self.take(key, str), options=options, place=f"{self._place}: `{key}`")

    def end(self) -> None:
        """Require that nothing is left that nobody asked for."""
        if self._values:
            unknown = ", ".join(f"`{key}`" for key in sorted(self._values))
            raise RefusedError(f"{self._place}: unknown setting {unknown}", code="config.unknown")


_SAID: Mapping[type, str] = {
    str: "string",
    int: "whole number",
    float: "number",
    bool: "true or false",
    list: "list",
    dict: "table",
}


def choose(text: str, *, options: type[Choice], place: str) -> Choice:
    """Give the option that the text names, or refuse with the list of options."""
    try:
        return options(text)
    except ValueError:
        known = ", ".join(option.value for option in options)
        raise RefusedError(f"{place}: {text!r} is none of {known}", code="config.choice") from None


def find_store(start: Path) -> Path:
    """Give the nearest directory at or above `start` that holds a store.

    Raises: UnavailableError: there is none; the hint says how to make one.
    """
    for folder in (start, *start.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise UnavailableError(
        f"no {SETTINGS_FILE} in {start} or above it",
        code="store.missing",
        hint="make a store with `suyuan init`, or name one with --store",
    )


def read_settings(store: Path) -> Settings:
    """Read `suyuan.toml`, strictly; `SUYUAN_PASSPHRASE_FILE` overrides where the passphrase lies."""
    table = Table(_toml(store / SETTINGS_FILE), place=SETTINGS_FILE)
    version = table.take("version", int)
    if version != 1:
        raise RefusedError(f"{SETTINGS_FILE}: version {version} is not known to this suyuan", code="config.version")
    alpha = table.take("alpha", float, 1e-6)
    if not 0 < alpha <= 0.5:
        raise RefusedError(f"{SETTINGS_FILE}: `alpha` lies above 0 and at most at 0.5", code="config.range")
    rows = table.take("row_keys_per_pool", int, 4096)
    if not 16 <= rows <= 1_048_576:
        raise RefusedError(f"{SETTINGS_FILE}: `row_keys_per_pool` lies in 16..1048576", code="config.range")
    wait = table.take("lock_wait_seconds", float, 10.0)
    if not 0 <= wait <= 3600:
        raise RefusedError(f"{SETTINGS_FILE}: `lock_wait_seconds` lies in 0..3600", code="config.range")
    settings = Settings(
        store=store,
        origin=table.take("origin", str),
        passphrase_file=Path(
            os.environ.get("SUYUAN_PASSPHRASE_FILE")
            or table.take("passphrase_file", str, "~/.config/suyuan/passphrase")
        ).expanduser(),
        alpha=Probability(alpha),
        lock_wait_seconds=wait,
        row_keys_per_pool=rows,
        ledger=_ledger(table.inner("ledger"), store=store),
    )
    if os.environ.get("SUYUAN_PASSPHRASE_FILE"):
        table.take("passphrase_file", str, "")
    table.end()
    return settings


def _ledger(table: Table, *, store: Path) -> LedgerSettings:
    url, roots = table.take("timestamp_url", str, ""), table.take("timestamp_roots", str, "")
    if url and not url.startswith(("http://", "https://")):
        raise RefusedError(f"{SETTINGS_FILE} [ledger]: `timestamp_url` is no http or https URL", code="config.choice")
    if bool(url) != bool(roots):
        raise RefusedError(
            f"{SETTINGS_FILE} [ledger]: `timestamp_url` and `timestamp_roots` are given together or not at all",
            code="config.missing",
        )
    database, schema = table.take("database", str, ""), table.take("schema", str, "suyuan")
    if database and not database.startswith(("postgresql://", "postgres://")):
        raise RefusedError(f"{SETTINGS_FILE} [ledger]: `database` is no postgresql:// URL", code="config.choice")
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise RefusedError(
            f"{SETTINGS_FILE} [ledger]: `schema` is no name of small letters, digits and _", code="config.choice"
        )
    settings = LedgerSettings(
        database=database,
        schema=schema,
        start_without_witness=table.take("start_without_witness", bool, False),
        timestamp_url=url,
        timestamp_roots=store / Path(roots).expanduser(),
        sealing=SealPolicy(
            entries=_whole(table, key="seal_entries", default=65_536, most=1_048_576),
            seconds=_whole(table, key="seal_seconds", default=600, most=86_400),
            epoch_seconds=_whole(table, key="epoch_seconds", default=86_400, most=31_622_400),
        ),
    )
    table.end()
    return settings


def _whole(table: Table, *, key: str, default: int, most: int) -> int:
    value = table.take(key, int, default)
    if not 1 <= value <= most:
        raise RefusedError(f"{SETTINGS_FILE} [ledger]: `{key}` lies in 1..{most}", code="config.range")
    return value


def read_witness_policy(store: Path) -> str | None:
    """Give the text of `policy/log.policy`; None where the store has no witnesses.

    Raises: RefusedError: `evidence.policy`, no text. UnavailableError: it cannot be read.
    """
    try:
        return (store / "policy" / WITNESS_POLICY).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise RefusedError(f"policy/{WITNESS_POLICY}: is not text", code="evidence.policy") from None
    except OSError as e:
        raise UnavailableError(f"policy/{WITNESS_POLICY} cannot be read: {e.strerror}", code="store.unreadable") from e


def read_policy(store: Path) -> tuple[Policy, Digest]:
    """Read the policy files; give them and the digest that the ledger binds."""
    raw = {name: _toml(store / "policy" / name) for name in POLICY_FILES}
    fields = _each(raw["fields.toml"], place="policy/fields.toml", read=_field)
    policy_fields = {FieldName(name): value for name, value in fields.items()}
    purposes = _each(raw["purposes.toml"], place="policy/purposes.toml", read=_purpose)
    contracts = _each(raw["contracts.toml"], place="policy/contracts.toml", read=_contract)
    pools = _each(raw["pools.toml"], place="policy/pools.toml", read=_pool)
    require_disjoint(tuple(pool for pool, _ in pools.values()))
    policy = Policy(
        fields=policy_fields,
        purposes={PurposeName(name): value for name, value in purposes.items()},
        contracts={ContractId(name): value for name, value in contracts.items()},
        decoy_pools=tuple(pool for pool, use in pools.values() if use == "decoy"),
        alias_pools={name: pool for name, (pool, use) in pools.items() if use == "alias"},
    )
    _require_consistent(policy)
    return policy, Digest(digest(canonical.encode({name: _plain(table) for name, table in raw.items()})))


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnavailableError(f"{path.name} is missing from the store", code="store.missing") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise RefusedError(f"{path.name}: not TOML: {e}", code="config.syntax") from e
    except OSError as e:
        raise UnavailableError(f"{path.name} cannot be read: {e.strerror}", code="store.unreadable") from e


def _each(raw: dict[str, object], *, place: str, read: Callable[[str, Table], Value]) -> dict[str, Value]:
    """Read every table of a file, by name."""
    found: dict[str, Value] = {}
    for name, values in raw.items():
        if not isinstance(values, dict):
            raise RefusedError(f"{place}: `{name}` is not a table", code="config.type")
        table = Table(values, place=f"{place} [{name}]")
        found[name] = read(name, table)
        table.end()
    return found


def _field(name: str, table: Table) -> FieldPolicy:
    if name in RESERVED_FIELDS:
        raise RefusedError(f"policy/fields.toml: no field may be called {name}", code="config.choice")
    kind = table.choice("kind", KindName)
    return FieldPolicy(
        name=FieldName(name),
        kind=kind,
        strong=table.take("strong", bool, kind in STRONG_KINDS),
        key=table.take("key", bool, False),
        aliases=table.strings("aliases"),
    )


def _purpose(name: str, table: Table) -> PurposePolicy:
    place = f"policy/purposes.toml [{name}]"
    return PurposePolicy(
        name=PurposeName(require_id(name, what="purpose")),
        ground=table.choice("ground", Ground),
        acts=frozenset(choose(act, options=Act, place=f"{place}: `acts`") for act in table.strings("acts")),
        fields={
            FieldName(field): choose(showing, options=Showing, place=f"{place}: `fields.{field}`")
            for field, showing in table.mapping("fields").items()
        },
        needs_case=table.take("needs_case", bool, True),
    )


def _contract(name: str, table: Table) -> ContractPolicy:
    return ContractPolicy(
        id=ContractId(require_id(name, what="contract")),
        partner=PartnerId(require_id(table.take("partner", str), what="partner")),
        purposes=frozenset(PurposeName(purpose) for purpose in table.strings("purposes")),
        omitted_per_65536=table.take("omitted_per_65536", int, 0),
        decoys=table.take("decoys", int, 0),
        aliases={FieldName(field): pool for field, pool in table.mapping("aliases").items()},
    )


def _pool(name: str, table: Table) -> tuple[Pool, str]:
    kind, use = table.choice("kind", KindName), table.take("use", str)
    if use not in ("decoy", "alias"):
        raise RefusedError(f"policy/pools.toml [{name}]: `use` is decoy or alias", code="config.choice")
    if kind is KindName.PHONE:
        pool: Pool = PhonePool(name=name, first=table.take("first", str), size=table.take("size", int))
    elif kind is KindName.EMAIL:
        pool = MailPool(name=name, domain=table.take("domain", str))
    else:
        raise RefusedError(f"policy/pools.toml [{name}]: a pool's kind is phone or email", code="config.choice")
    return pool, use


def _require_consistent(policy: Policy) -> None:
    """Require that every name the policy uses is one that it defines."""
    keys = [f.name for f in policy.fields.values() if f.key]
    if len(keys) > 1:
        raise RefusedError("policy/fields.toml: only one field may be `key`, found " + ", ".join(keys))
    for purpose in policy.purposes.values():
        for name in purpose.fields:
            if name not in policy.fields:
                raise RefusedError(f"policy/purposes.toml [{purpose.name}]: field {name} is not in policy/fields.toml")
    for contract in policy.contracts.values():
        for purpose_name in contract.purposes - policy.purposes.keys():
            raise RefusedError(f"policy/contracts.toml [{contract.id}]: purpose {purpose_name} is not known")
        if not 0 <= contract.omitted_per_65536 <= 32_768 or not 0 <= contract.decoys <= 10_000:
            raise RefusedError(
                f"policy/contracts.toml [{contract.id}]: `omitted_per_65536` lies in 0..32768, `decoys` in 0..10000"
            )
        if contract.decoys and not policy.decoy_pools:
            raise RefusedError(
                f'policy/contracts.toml [{contract.id}]: decoys need a pool with use = "decoy" in policy/pools.toml'
            )
        for name, pool in contract.aliases.items():
            if name not in policy.fields or pool not in policy.alias_pools:
                raise RefusedError(
                    f"policy/contracts.toml [{contract.id}]: alias {name} names no field or no alias pool"
                )
            if policy.alias_pools[pool].kind is not policy.fields[name].kind:
                raise RefusedError(f"policy/contracts.toml [{contract.id}]: pool {pool} is not of the kind of {name}")


def _plain(value: object) -> object:
    """Give TOML values as canonical JSON knows them: numbers that are not whole become text."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | bool | int) else str(value)
