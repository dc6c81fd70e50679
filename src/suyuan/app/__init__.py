"""The composition root: builds the adapters and hands each stage what it needs and no more."""

from suyuan.adapters.clock import SystemClock
from suyuan.app.backends import LOG, administrator_sql
from suyuan.app.checking import Rebuilt, compare_ledger, public_files, rebuild_ledger
from suyuan.app.founding import create_store, upgrade_store
from suyuan.app.machine import SystemEntropy
from suyuan.app.store import (
    DATA,
    KEYS,
    LEDGER,
    LOCK,
    VKEY,
    Reading,
    Store,
    open_log,
    open_private,
    open_reading,
    open_store,
    read_vkey,
)
from suyuan.app.unlocking import PASSPHRASE_BYTES

__all__ = [
    "DATA",
    "KEYS",
    "LEDGER",
    "LOCK",
    "LOG",
    "PASSPHRASE_BYTES",
    "VKEY",
    "Reading",
    "Rebuilt",
    "Store",
    "SystemClock",
    "SystemEntropy",
    "administrator_sql",
    "compare_ledger",
    "create_store",
    "open_log",
    "open_private",
    "open_reading",
    "open_store",
    "public_files",
    "read_vkey",
    "rebuild_ledger",
    "upgrade_store",
]
