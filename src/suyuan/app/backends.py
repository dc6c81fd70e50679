"""Where a store's ledger lies: in `ledger.db` beside it, or in the PostgreSQL database that its settings name."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final, Protocol

from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.config import Settings
from suyuan.errors import UnavailableError
from suyuan.ledger.ports import LedgerStore

if TYPE_CHECKING:
    from suyuan.adapters.postgres.address import Address
    from suyuan.adapters.postgres.ledger_store import PostgresLedgerStore

LOG: Final = "ledger.db"
"""The ledger of a store whose settings name no database."""


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


def _postgres(settings: Settings) -> tuple[type["PostgresLedgerStore"], "Address"]:
    """Load the adapter only where it is asked for: its library is an extra."""
    try:
        from suyuan.adapters.postgres.address import parse_address
        from suyuan.adapters.postgres.ledger_store import PostgresLedgerStore
    except ImportError as error:
        raise UnavailableError(
            "what speaks to PostgreSQL is not installed", code="store.driver", hint="install suyuan[postgres]"
        ) from error
    return PostgresLedgerStore, parse_address(settings.ledger.database, schema=settings.ledger.schema)
