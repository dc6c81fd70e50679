"""Settings: `suyuan.toml`, read strictly. A part's table has its own function, and is read in its own place."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from suyuan.config.serve import ServeSettings, read_serve
from suyuan.config.table import Table, read_document
from suyuan.crypto.suite import Suite
from suyuan.errors import RefusedError, UnavailableError
from suyuan.hold.key_settings import KeySettings, Provider
from suyuan.ledger.sealing import SealPolicy
from suyuan.terms import Probability

SETTINGS_FILE = "suyuan.toml"
WITNESS_POLICY = "log.policy"

LOCK_WAIT_SECONDS = 10.0
ROW_KEYS_PER_POOL = 4096

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


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
class DataSettings:
    """The table `[data]`.

    Args:
        database: how libpq reaches the PostgreSQL database that keeps people and their records; empty: `data.db`.
        schema: the schema in that database which is theirs alone.
    """

    database: str = ""
    schema: str = "suyuan_data"


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
        keys: what wraps the key over all keys, and by which ciphers the store seals.
        data: where people and their records are kept.
        serve: how the HTTP interface listens, to whom and how often.
    """

    store: Path
    origin: str
    passphrase_file: Path
    alpha: Probability
    lock_wait_seconds: float = LOCK_WAIT_SECONDS
    row_keys_per_pool: int = ROW_KEYS_PER_POOL
    ledger: LedgerSettings = LedgerSettings()
    keys: KeySettings = field(default_factory=KeySettings)
    data: DataSettings = DataSettings()
    serve: ServeSettings = field(default_factory=ServeSettings)


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
    table = read_document(store / SETTINGS_FILE, name=SETTINGS_FILE).table()
    version = table.take("version", int)
    if version != 1:
        raise table.error(f"version {version} is not known to this suyuan", key="version", code="config.version")
    alpha = table.take("alpha", float, 1e-6)
    if not 0 < alpha <= 0.5:
        raise table.error("`alpha` lies above 0 and at most at 0.5", key="alpha", code="config.range")
    rows = table.whole("row_keys_per_pool", ROW_KEYS_PER_POOL, least=16, most=1_048_576)
    wait = table.number("lock_wait_seconds", LOCK_WAIT_SECONDS, least=0, most=3600)
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
        keys=_keys(table.inner("keys")),
        data=_data(table.inner("data")),
        serve=read_serve(table.inner("serve")),
    )
    if os.environ.get("SUYUAN_PASSPHRASE_FILE"):
        table.take("passphrase_file", str, "")
    table.end()
    return settings


def _ledger(table: Table, *, store: Path) -> LedgerSettings:
    url, roots = table.take("timestamp_url", str, ""), table.take("timestamp_roots", str, "")
    if url and not url.startswith(("http://", "https://")):
        raise table.error("`timestamp_url` is no http or https URL", key="timestamp_url", code="config.choice")
    if bool(url) != bool(roots):
        raise table.error(
            "`timestamp_url` and `timestamp_roots` are given together or not at all",
            key="timestamp_url",
            code="config.missing",
        )
    plain = LedgerSettings()
    database, schema = _database(table, schema=plain.schema)
    settings = LedgerSettings(
        database=database,
        schema=schema,
        start_without_witness=table.take("start_without_witness", bool, False),
        timestamp_url=url,
        timestamp_roots=store / Path(roots).expanduser(),
        sealing=SealPolicy(
            entries=table.whole("seal_entries", plain.sealing.entries, least=1, most=1_048_576),
            seconds=table.whole("seal_seconds", plain.sealing.seconds, least=1, most=86_400),
            epoch_seconds=table.whole("epoch_seconds", plain.sealing.epoch_seconds, least=1, most=31_622_400),
        ),
    )
    table.end()
    return settings


def _data(table: Table) -> DataSettings:
    database, schema = _database(table, schema=DataSettings().schema)
    table.end()
    return DataSettings(database=database, schema=schema)


def _database(table: Table, *, schema: str) -> tuple[str, str]:
    """Give `database` and `schema` of a table; `schema` is the default."""
    database, schema = table.take("database", str, ""), table.take("schema", str, schema)
    if database and not database.startswith(("postgresql://", "postgres://")):
        raise table.error("`database` is no postgresql:// URL", key="database", code="config.choice")
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise table.error("`schema` is no name of small letters, digits and _", key="schema", code="config.choice")
    return database, schema


def _keys(table: Table) -> KeySettings:
    plain = KeySettings()
    database, schema = _database(table, schema=plain.schema)
    settings = KeySettings(
        database=database,
        schema=schema,
        profile=table.choice("profile", Suite, plain.profile),
        provider=table.choice("provider", Provider, plain.provider),
        module=Path(table.take("module", str, "")).expanduser(),
        token=table.take("token", str, ""),
        key=table.take("key", str, ""),
        pin_file=Path(table.take("pin_file", str, "")).expanduser(),
    )
    named = (settings.module.name, settings.token, settings.key, settings.pin_file.name)
    if settings.provider is Provider.PKCS11 and not all(named):
        raise table.error("the provider pkcs11 needs `module`, `token`, `key` and `pin_file`", code="config.missing")
    table.end()
    return settings


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
