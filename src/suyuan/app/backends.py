"""Where a store's parts lie: in files beside its settings, or in the PostgreSQL databases that these name.

Three parts, each by itself: the ledger, the people, and the keys, which never lie in one database with either.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final, Protocol

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.collect.ports import ConsentStore
from suyuan.config import Settings
from suyuan.errors import UnavailableError
from suyuan.hold.ports import KeyStore, PeopleStore
from suyuan.ledger.ports import LedgerStore
from suyuan.release.accounts import AccountStore
from suyuan.release.ports import ApprovalStore

if TYPE_CHECKING:
    from suyuan.adapters.postgres.address import Address
    from suyuan.adapters.postgres.ledger_store import PostgresLedgerStore
    from suyuan.adapters.postgres.people_store import PostgresPeopleStore

LOG: Final = "ledger.db"
DATA: Final = "data.db"
KEYS: Final = "keys.db"
"""The parts of a store whose settings name no database for them."""


class People(PeopleStore, ConsentStore, ApprovalStore, AccountStore, Protocol):
    """All that is kept beside the ledger and the keys, in one place."""


class OpenPeople(People, Protocol):
    """A store of people that is to be closed."""

    def close(self) -> None:
        """Close it; closing twice does nothing."""


class OpenKeys(KeyStore, Protocol):
    """A store of keys that is to be closed."""

    def close(self) -> None:
        """Close it; closing twice does nothing."""


class OpenLedger(LedgerStore, AbstractContextManager[LedgerStore], Protocol):
    """A ledger's store that closes when its `with` block ends."""


def write_ledger(settings: Settings) -> OpenLedger:
    """Open the ledger for appending: one writer at a time. A store never begins a second ledger by itself.

    Raises: UnavailableError: there is none, another writer holds it, or its disk or server refuses. RefusedError: the
        settings do not say where it is as libpq reads it.
    """
    if settings.ledger.database:
        store, address = _postgres(settings)
        return store.open_writer(address, wait_seconds=settings.lock_wait_seconds)
    path = settings.store / LOG
    if not path.is_file():
        raise UnavailableError(
            f"{path}: there is no such ledger",
            code="store.missing",
            hint="restore it from its backup; without it nothing is let out",
        )
    return SqliteLedgerStore.open_writer(path, wait_seconds=settings.lock_wait_seconds)


def read_ledger(settings: Settings) -> OpenLedger:
    """Open the ledger for reading: needs no lock and disturbs no writer.

    Raises: UnavailableError, RefusedError: as `write_ledger`.
    """
    if settings.ledger.database:
        store, address = _postgres(settings)
        return store.open_reader(address)
    return SqliteLedgerStore.open_reader(settings.store / LOG)


def create_ledger(settings: Settings) -> Callable[[], None]:
    """Make an empty ledger for a new store; give what takes it away again, should making the store fail.

    Raises: RefusedError: there is something in its schema. UnavailableError: as `write_ledger`.
    """
    if settings.ledger.database:
        store, address = _postgres(settings)
        return store.create(address)
    SqliteLedgerStore.open_writer(settings.store / LOG).close()
    return lambda: None


def write_people(settings: Settings) -> OpenPeople:
    """Open the people for writing; an older store of them is stepped up, and what it was is kept.

    Raises: UnavailableError: there are none, or the disk or server refuses. RefusedError: as `write_ledger`.
    """
    if settings.data.database:
        return _people().open_writer(data_address(settings))
    return SqlitePeopleStore(settings.store / DATA)


def read_people(settings: Settings) -> OpenPeople:
    """Open the people for reading: needs no lock and disturbs no writer. Raises: as `write_people`."""
    if settings.data.database:
        return _people().open_reader(data_address(settings))
    return SqlitePeopleStore(settings.store / DATA, access=Access.READ)


def create_people(settings: Settings) -> Callable[[], None]:
    """Make an empty store of people; give what takes it away again. Raises: as `create_ledger`."""
    if settings.data.database:
        return _people().create(data_address(settings))
    SqlitePeopleStore(settings.store / DATA, access=Access.CREATE).close()
    return lambda: None


def write_keys(settings: Settings) -> OpenKeys:
    """Open the keys for writing.

    Raises: UnavailableError: there are none, or the disk or server refuses. RefusedError: `config.same_database`, they
        would lie in the very database that they open; as `write_ledger`.
    """
    return _postgres_keys(settings, writes=True) if settings.keys.database else SqliteKeyStore(settings.store / KEYS)


def read_keys(settings: Settings) -> OpenKeys:
    """Open the keys for reading. Raises: as `write_keys`."""
    if settings.keys.database:
        return _postgres_keys(settings, writes=False)
    return SqliteKeyStore(settings.store / KEYS, access=Access.READ)


def create_keys(settings: Settings) -> Callable[[], None]:
    """Make an empty store of keys; give what takes it away again. Raises: as `create_ledger` and `write_keys`."""
    if not settings.keys.database:
        SqliteKeyStore(settings.store / KEYS, access=Access.CREATE).close()
        return lambda: None
    require_keys_apart(settings)
    from suyuan.adapters.postgres.key_store import PostgresKeyStore

    return PostgresKeyStore.create(keys_address(settings))


def ledger_address(settings: Settings) -> "Address":
    """Give where the ledger's schema is. Raises: RefusedError: as `write_ledger`."""
    return _address(settings.ledger.database, schema=settings.ledger.schema, what="ledger")


def data_address(settings: Settings) -> "Address":
    """Give where the people's schema is. Raises: RefusedError: as `write_ledger`."""
    return _address(settings.data.database, schema=settings.data.schema, what="people")


def keys_address(settings: Settings) -> "Address":
    """Give where the keys' schema is. Raises: RefusedError: as `write_ledger`."""
    return _address(settings.keys.database, schema=settings.keys.schema, what="keys")


ADDRESSES: Final[Mapping[str, Callable[[Settings], "Address"]]] = {
    "ledger": ledger_address,
    "data": data_address,
    "keys": keys_address,
}
"""What gives the address of each part that lies in PostgreSQL."""


def upgrade_parts(settings: Settings) -> None:
    """Bring every part to this version, by opening it for writing. Raises: as `write_keys`."""
    write_keys(settings).close()
    write_people(settings).close()
    with write_ledger(settings):
        pass


def administrator_sql(schema: str, *, keys: bool) -> str:
    """Give the SQL by which an administrator prepares the schemas, so that suyuan needs no right to make any.

    Args:
        schema: of the ledger; people are in SCHEMA_data, keys in SCHEMA_keys.
        keys: give the SQL of the keys instead, which is for another database.
    """
    _require_driver()
    from suyuan.adapters.postgres.administrator import administrator_sql, administrator_sql_of_keys

    if keys:
        return administrator_sql_of_keys(f"{schema}_keys")
    return administrator_sql(ledger=schema, data=f"{schema}_data")


def _postgres_keys(settings: Settings, *, writes: bool) -> OpenKeys:
    require_keys_apart(settings)
    from suyuan.adapters.postgres.key_store import PostgresKeyStore

    return PostgresKeyStore.open(keys_address(settings), writes=writes)


def require_keys_apart(settings: Settings) -> None:
    """Require that the keys lie in another database than what they open. Raises: as `write_keys`."""
    address = keys_address(settings)
    from suyuan.adapters.postgres.key_store import require_apart

    others = [data_address(settings)] if settings.data.database else []
    others += [ledger_address(settings)] if settings.ledger.database else []
    require_apart(address, others=others)


def _people() -> type["PostgresPeopleStore"]:
    _require_driver()
    from suyuan.adapters.postgres.people_store import PostgresPeopleStore

    return PostgresPeopleStore


def _postgres(settings: Settings) -> tuple[type["PostgresLedgerStore"], "Address"]:
    address = ledger_address(settings)
    from suyuan.adapters.postgres.ledger_store import PostgresLedgerStore

    return PostgresLedgerStore, address


def _address(url: str, *, schema: str, what: str) -> "Address":
    _require_driver()
    from suyuan.adapters.postgres.address import parse_address

    return parse_address(url, schema=schema, what=what)


def _require_driver() -> None:
    """Load the adapter only where it is asked for: its library is an extra."""
    try:
        import suyuan.adapters.postgres.address  # noqa: F401
    except ImportError as error:
        raise UnavailableError(
            "what speaks to PostgreSQL is not installed", code="store.driver", hint="install suyuan[postgres]"
        ) from error
