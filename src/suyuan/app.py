"""The composition root: builds the adapters and hands each stage what it needs and no more."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.failure import unavailable
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.adapters.sqlite.upgrade import sync_folder
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.config import SETTINGS_FILE, Settings, read_policy, read_settings
from suyuan.crypto import canonical
from suyuan.crypto.passphrase import PassphraseLaw, derive_kek
from suyuan.crypto.sign import VerifyKey, parse_vkey
from suyuan.errors import RefusedError, UnavailableError
from suyuan.flows.leak_response import LeakResponse
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import KeyStore, PeopleStore
from suyuan.hold.vault import Vault
from suyuan.ledger.log import Ledger, Log
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.publish import publish, verify_head
from suyuan.release.door import Door
from suyuan.release.policy import Policy
from suyuan.terms import Clock, Digest, Entropy
from suyuan.trace.ports import FuzzyMatcher

LOCK, DATA, KEYS, LOG, LEDGER, VKEY = "store.lock", "data.db", "keys.db", "ledger.db", "ledger", "log.vkey"
"""`ledger/` holds what anyone may read; `ledger.db` holds the private sides beside the same entries."""

_PARTS = ("policy", LEDGER, KEYS, DATA, LOG)
_KEK_LAW = "kek-law"

PASSPHRASE_BYTES = 4096
"""More than any passphrase; what else a file holds is not read."""


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Give the present time."""
        return datetime.now(UTC)


class SystemEntropy:
    """The operating system's randomness."""

    def draw(self, size_bytes: int) -> bytes:
        """Give fresh random bytes."""
        return secrets.token_bytes(size_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An open store, with every part wired; made by `open_store`."""

    settings: Settings
    policy: Policy
    policy_digest: Digest
    ledger: Ledger
    broker: KeyBroker
    people: PeopleStore
    vault: Vault
    files: TileFiles
    clock: Clock
    entropy: Entropy

    @contextmanager
    def door(self) -> Iterator[Door]:
        """Open the door; outcomes are settled and the public files brought up to date when it closes."""
        with Door(
            ledger=self.ledger,
            broker=self.broker,
            people=self.people,
            policy=self.policy,
            policy_digest=self.policy_digest,
            clock=self.clock,
            entropy=self.entropy,
            rows_per_pool=self.settings.row_keys_per_pool,
        ) as door:
            yield door
        self.publish()

    def leak_response(self, door: Door, *, matcher: FuzzyMatcher | None) -> LeakResponse:
        """Give the flow that answers a leaked file."""
        return LeakResponse(
            ledger=self.ledger,
            broker=self.broker,
            people=self.people,
            policy=self.policy,
            door=door,
            files=self.files,
            alpha=self.settings.alpha,
            clock=self.clock,
            entropy=self.entropy,
            matcher=matcher,
        )

    def publish(self) -> None:
        """Derive tiles and sign a checkpoint over everything appended so far."""
        publish(self.ledger, files=self.files, key=self.ledger.key)


@contextmanager
def open_store(folder: Path, *, clock: Clock | None = None, entropy: Entropy | None = None) -> Iterator[Store]:
    """Open a store for writing: one writer at a time.

    Raises: UnavailableError: no store, another writer, or a disk that refuses. RefusedError: settings,
        policy or passphrase are not right.
    """
    settings = read_settings(folder)
    policy, digest = read_policy(folder)
    entropy, clock = entropy or SystemEntropy(), clock or SystemClock()
    with ExitStack() as opened:
        opened.enter_context(WriterLock(folder / LOCK, settings.lock_wait_seconds))
        _require_ledger(folder)
        keys = opened.enter_context(SqliteKeyStore(folder / KEYS))
        people = opened.enter_context(SqlitePeopleStore(folder / DATA))
        broker = _broker(keys, settings=settings, entropy=entropy)
        log = opened.enter_context(SqliteLedgerStore.open_writer(folder / LOG, wait_seconds=settings.lock_wait_seconds))
        ledger = Ledger(log, key=broker.log_key(), clock=clock)
        files = TileDirectory(folder / LEDGER)
        verify_head(ledger, files=files, keys=(ledger.key.verify_key,))
        broker.start(log_size=ledger.size)
        yield Store(
            settings=settings,
            policy=policy,
            policy_digest=digest,
            ledger=ledger,
            broker=broker,
            people=people,
            vault=Vault(people, broker=broker, clock=clock, entropy=entropy),
            files=files,
            clock=clock,
            entropy=entropy,
        )


@contextmanager
def open_log(folder: Path) -> Iterator[tuple[Log, TileFiles, VerifyKey]]:
    """Open the ledger for reading: needs no passphrase and disturbs no writer."""
    read_settings(folder)
    with SqliteLedgerStore.open_reader(folder / LOG) as log:
        yield Log(log), TileDirectory(folder / LEDGER), read_vkey(folder)


@contextmanager
def open_private(folder: Path) -> Iterator[tuple[Log, KeyBroker | None]]:
    """Open the ledger for reading, and what opens the sides beside it where the passphrase is at hand."""
    settings = read_settings(folder)
    with open_log(folder) as (log, _, _), SqliteKeyStore(folder / KEYS, access=Access.READ) as keys:
        try:
            broker = _broker(keys, settings=settings, entropy=SystemEntropy())
        except (RefusedError, UnavailableError):
            broker = None
        yield log, broker


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A store open for reading: no passphrase, no lock, nothing that opens a record."""

    settings: Settings
    log: Log
    files: TileFiles
    people: PeopleStore
    vkey: VerifyKey


@contextmanager
def open_reading(folder: Path) -> Iterator[Reading]:
    """Open a store for reading: works on a read-only disk and beside a writer.

    Raises: UnavailableError: a part of it is missing, or must be upgraded first.
    """
    settings = read_settings(folder)
    with open_log(folder) as (log, files, vkey), SqlitePeopleStore(folder / DATA, access=Access.READ) as people:
        yield Reading(settings=settings, log=log, files=files, people=people, vkey=vkey)


def read_vkey(folder: Path) -> VerifyKey:
    """Give the log's public key, as `init` left it."""
    try:
        return parse_vkey((folder / LEDGER / VKEY).read_text(encoding="ascii").strip())
    except OSError as e:
        raise UnavailableError(f"{LEDGER}/{VKEY} cannot be read: {e.strerror}", code="store.unreadable") from e


def create_store(folder: Path, *, settings_text: str, policy_texts: dict[str, str], passphrase_file: Path) -> VerifyKey:
    """Make a new store: settings, policy, keys, empty ledger, and a passphrase outside it.

    Everything is made aside and moved in, `suyuan.toml` last: a folder with that file holds a whole store, and a
    failure leaves nothing behind.

    Raises: RefusedError: a part of a store lies there already, or the passphrase file exists. UnavailableError: the
        disk refuses.
    """
    parts = (*_PARTS, SETTINGS_FILE)
    for part in parts:
        if (folder / part).exists():
            raise RefusedError(
                f"{folder} holds {part} already",
                code="store.exists",
                hint="choose another folder, or move that away",
            )
    with ExitStack() as undo:
        for path in _missing_folders(folder, passphrase_file.parent):
            undo.callback(_remove_empty, path)
        _write_passphrase(passphrase_file)
        undo.callback(passphrase_file.unlink, missing_ok=True)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".suyuan-init-", dir=folder))
            undo.callback(shutil.rmtree, aside, ignore_errors=True)
            key = _furnish(
                aside, settings_text=settings_text, policy_texts=policy_texts, passphrase_file=passphrase_file
            )
            for part in parts:
                undo.callback(_remove, folder / part)
                os.rename(aside / part, folder / part)
            sync_folder(folder)
        except OSError as e:
            raise unavailable(e, path=folder) from e
        undo.pop_all()
        shutil.rmtree(aside, ignore_errors=True)
    return key


def _require_ledger(folder: Path) -> None:
    """Require that the ledger is there: a store never begins a second one by itself."""
    if not (folder / LOG).is_file():
        raise UnavailableError(
            f"{folder / LOG}: there is no such ledger",
            code="store.missing",
            hint="restore it from its backup; without it nothing is let out",
        )


def upgrade_store(folder: Path) -> tuple[Path, ...]:
    """Bring every file of a store to this version; give the copies kept of older ones.

    Raises: UnavailableError: a part is missing, another process writes, or the disk refuses.
    """
    settings = read_settings(folder)
    read_policy(folder)
    before = set(folder.glob("*.bak"))
    with WriterLock(folder / LOCK, settings.lock_wait_seconds):
        _require_ledger(folder)
        SqliteKeyStore(folder / KEYS).close()
        SqlitePeopleStore(folder / DATA).close()
        with SqliteLedgerStore.open_writer(folder / LOG, wait_seconds=settings.lock_wait_seconds):
            pass
    return tuple(sorted(set(folder.glob("*.bak")) - before))


def _furnish(folder: Path, *, settings_text: str, policy_texts: dict[str, str], passphrase_file: Path) -> VerifyKey:
    """Put a whole store into an empty folder."""
    (folder / "policy").mkdir()
    (folder / LEDGER).mkdir()
    for name, text in policy_texts.items():
        (folder / "policy" / name).write_text(text, encoding="utf-8")
    (folder / SETTINGS_FILE).write_text(settings_text, encoding="utf-8")
    if read_settings(folder).passphrase_file.absolute() != passphrase_file.absolute():
        raise RefusedError(
            "SUYUAN_PASSPHRASE_FILE names another file than the one to be made",
            code="init.passphrase",
            hint="unset it, or leave out --passphrase-file",
        )
    SqliteKeyStore(folder / KEYS, access=Access.CREATE).close()
    SqlitePeopleStore(folder / DATA, access=Access.CREATE).close()
    with SqliteLedgerStore.open_writer(folder / LOG):
        pass
    with open_store(folder) as store:
        store.broker.named("token-key")
        key = store.ledger.key.verify_key
        (folder / LEDGER / VKEY).write_text(f"{key}\n", encoding="ascii")
        store.publish()
    return key


def _missing_folders(*folders: Path) -> list[Path]:
    """Give the folders that making these will make, outer ones first."""
    wanted = {path for folder in folders for path in (folder, *folder.parents)}
    return sorted(path for path in wanted if not path.exists())


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _write_passphrase(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RefusedError(
            f"{path} exists already", code="init.passphrase", hint="name another with --passphrase-file"
        ) from None
    except OSError as e:
        raise UnavailableError(f"{path}: cannot be written: {e.strerror}", code="store.unwritable") from e
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        path.unlink(missing_ok=True)
        raise UnavailableError(f"{path}: cannot be written: {e.strerror}", code="store.unwritable") from e


def _broker(keys: KeyStore, *, settings: Settings, entropy: Entropy) -> KeyBroker:
    """Open the key broker with the passphrase that lies outside the store."""
    stored = keys.get(_KEK_LAW)
    if stored is None:
        law = PassphraseLaw(salt=entropy.draw(16))
        keys.put(
            _KEK_LAW,
            canonical.encode(
                {
                    "salt": canonical.to_base64(law.salt),
                    "cost": law.cost,
                    "block_size": law.block_size,
                    "parallel": law.parallel,
                }
            ),
        )
    else:
        law = _read_law(stored)
    broker = KeyBroker(keys, kek=derive_kek(_passphrase(settings), law=law), origin=settings.origin, entropy=entropy)
    broker.require_kek()
    return broker


def _read_law(stored: bytes) -> PassphraseLaw:
    match canonical.decode_object(stored):
        case {"salt": str(salt), "cost": int(cost), "block_size": int(block), "parallel": int(parallel)}:
            return PassphraseLaw(salt=canonical.from_base64(salt), cost=cost, block_size=block, parallel=parallel)
        case _:
            raise RefusedError("keys.db: the passphrase parameters are not of a known version", code="hold.keys")


def _passphrase(settings: Settings) -> str:
    path = settings.passphrase_file
    try:
        # Opened once: the rights looked at are those of the very file that is read.
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o077
            content = b"" if mode else file.read(PASSPHRASE_BYTES + 1)
        text = content.decode("utf-8", "replace")
    except OSError as e:
        raise UnavailableError(
            f"the passphrase file {path} cannot be read: {e.strerror}",
            code="store.passphrase",
            hint="put it back from your backup, or point SUYUAN_PASSPHRASE_FILE at it",
        ) from e
    if mode:
        raise RefusedError(
            f"the passphrase file {path} can be read by others", code="store.passphrase", hint=f"chmod 600 {path}"
        )
    if len(content) > PASSPHRASE_BYTES or "\ufffd" in text:
        raise RefusedError(
            f"the passphrase file {path} holds no passphrase",
            code="store.passphrase",
            hint=f"it is a text of at most {PASSPHRASE_BYTES} bytes",
        )
    return text.strip()
