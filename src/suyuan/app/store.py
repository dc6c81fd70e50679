"""An open store: every adapter built, every stage wired with what it needs and no more."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from suyuan import __version__
from suyuan.adapters.clock import SystemClock
from suyuan.adapters.files.history import LOOKUPS, HistoryFiles, UnfinishedFiles
from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.app.attesting import Warn, build_publication
from suyuan.app.backends import (
    DATA,
    KEYS,
    People,
    read_keys,
    read_ledger,
    read_people,
    write_keys,
    write_ledger,
    write_people,
)
from suyuan.app.machine import SystemEntropy
from suyuan.app.policy import open_policy
from suyuan.app.unlocking import open_broker
from suyuan.config import Settings, read_settings
from suyuan.crypto.sign import VerifyKey, parse_vkey
from suyuan.errors import RefusedError, UnavailableError
from suyuan.flows.access_sets import AccessSets
from suyuan.flows.account import Accounts
from suyuan.flows.consents import Consents
from suyuan.flows.history import Histories
from suyuan.flows.intake import Intake
from suyuan.flows.leak_response import LeakResponse
from suyuan.flows.paper import PaperParts
from suyuan.flows.publication import Publication
from suyuan.flows.reports import Reports
from suyuan.flows.rotation import ShardChange, renew_registry
from suyuan.hold.broker import KeyBroker
from suyuan.hold.erase import Eraser
from suyuan.hold.registrar import Registrar
from suyuan.hold.retention import Freezer, Retention
from suyuan.hold.vault import Vault
from suyuan.ledger.checkpoint import Checkpoint
from suyuan.ledger.log import Ledger, Log
from suyuan.ledger.ports import SideStore, TileFiles
from suyuan.ledger.sealing import Due
from suyuan.ledger.shards import shards
from suyuan.release.approvals import Approvals
from suyuan.release.door import Door
from suyuan.release.policy import Policy
from suyuan.release.resealing import Resealing
from suyuan.release.vouched import VouchedAccounts, VouchedApprovals
from suyuan.release.words import StoredWords
from suyuan.terms import Clock, Digest, Entropy
from suyuan.trace.ports import FuzzyMatcher
from suyuan.trace.resuming.unfinished import Unfinished
from suyuan.trace.sets.rule import SetRule

__all__ = [
    "DATA",
    "KEYS",
    "LEDGER",
    "LOCK",
    "VKEY",
    "Reading",
    "Store",
    "open_log",
    "open_private",
    "open_reading",
    "open_store",
    "read_vkey",
]

LOCK: Final = "store.lock"
LEDGER: Final = "ledger"
"""What anyone may read; the private sides lie beside the same entries in the ledger's own store."""
VKEY: Final = "log.vkey"
UNFINISHED_FOR: Final = timedelta(days=7)
"""How long what an interrupted trace has left waits to be taken up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An open store, with every part wired; made by `open_store`."""

    settings: Settings
    policy: Policy
    policy_digest: Digest
    set_rule: SetRule
    ledger: Ledger
    broker: KeyBroker
    people: People
    vault: Vault
    registrar: Registrar
    eraser: Eraser
    consents: Consents
    intake: Intake
    files: TileFiles
    publication: Publication
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
            words=StoredWords(self.people, policy=self.policy, broker=self.broker),
            approvals=VouchedApprovals(self.people, broker=self.broker),
        ) as door:
            yield door
        self.publish()

    @property
    def approvals(self) -> Approvals:
        """What takes questions and second persons' words."""
        kept = VouchedApprovals(self.people, broker=self.broker)
        return Approvals(kept, policy=self.policy, clock=self.clock, entropy=self.entropy)

    @property
    def callers(self) -> VouchedAccounts:
        """Who may ask, and by which keys: accounts as suyuan wrote them, and no others."""
        return VouchedAccounts(self.people, broker=self.broker)

    def unfinished(self, *, say: Callable[[str], None], afresh: bool = False) -> Unfinished:
        """Give what interrupted traces have left.

        Args:
            say: is told what of it is taken up. afresh: take nothing up, and remove all that there is.
        """
        files = UnfinishedFiles(self.settings.store)
        if afresh:
            files.sweep(before=self.clock.now())
        return Unfinished(files, seals=self.broker, owners=self.people, version=__version__, say=say)

    def leak_response(
        self, door: Door, *, matcher: FuzzyMatcher | None, unfinished: Unfinished | None = None
    ) -> LeakResponse:
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
            publish=self.publish,
            unfinished=unfinished,
        )

    def histories(self) -> Histories:
        """Give what brings in access logs of before this store."""
        return Histories(
            ledger=self.ledger,
            broker=self.broker,
            people=self.people,
            policy=self.policy,
            parts=HistoryFiles(self.settings.store),
            entropy=self.entropy,
        )

    def access_sets(self) -> AccessSets:
        """Give what judges who had looked up the persons of a dump."""
        return AccessSets(
            ledger=self.ledger,
            broker=self.broker,
            people=self.people,
            parts=HistoryFiles(self.settings.store),
            kept=HistoryFiles(self.settings.store, folder=LOOKUPS),
            rule=self.set_rule,
            policy_digest=self.policy_digest,
            entropy=self.entropy,
        )

    def reports(self) -> Reports:
        """Give what takes victims' reports, and says where they lead."""
        return Reports(
            ledger=self.ledger,
            broker=self.broker,
            sets=self.access_sets(),
            policy=self.policy,
            clock=self.clock,
        )

    def paper_parts(self) -> PaperParts:
        """Give what gathers all that the report of a trace shows beside its answer."""
        return PaperParts(ledger=self.ledger, people=self.people, reports=self.reports())

    def retention(self) -> Retention:
        """Give what erases persons whose time has passed."""
        days = {name: purpose.retention_days for name, purpose in self.policy.purposes.items()}
        return Retention(self.people, eraser=self.eraser, days=days, clock=self.clock)

    def freezer(self) -> Freezer:
        """Give what begins and ends legal holds."""
        return Freezer(self.people, broker=self.broker, clock=self.clock, entropy=self.entropy)

    def accounts(self) -> Accounts:
        """Give what draws accounts of releases."""
        return Accounts(
            ledger=self.ledger,
            broker=self.broker,
            people=self.people,
            registrar=self.registrar,
            files=self.files,
            publish=self.publish,
            clock=self.clock,
            entropy=self.entropy,
        )

    def publish(self) -> Checkpoint:
        """Seal what is due, derive tiles, sign a checkpoint over everything, and have it witnessed and timestamped."""
        due = self.ledger.seal_due(self.settings.ledger.sealing)
        if due is not None:
            self.ledger.seal(closing=due is Due.CLOSING)
        line = shards(self.ledger, key=self.ledger.key.verify_key)
        return self.publication.publish(self.ledger, known=tuple(shard.key for shard in line))


@contextmanager
def open_store(
    folder: Path, *, clock: Clock | None = None, entropy: Entropy | None = None, warn: Warn | None = None
) -> Iterator[Store]:
    """Open a store for writing: one writer at a time. A change of shards that broke off is brought to its end.

    Args:
        warn: is told, in one line each, what does not stop the work, such as a witness that does not answer.
    Raises: UnavailableError: no store, another writer, a disk that refuses, or no witness answers. RefusedError:
        settings, policy or passphrase are not right. VerificationError: the store is not what was published, or
        witnesses have seen more of it.
    """
    settings = read_settings(folder)
    said = open_policy(folder / "policy")
    policy = said.policy
    entropy, clock = entropy or SystemEntropy(), clock or SystemClock()
    with ExitStack() as opened:
        opened.enter_context(WriterLock(folder / LOCK, settings.lock_wait_seconds))
        UnfinishedFiles(folder).sweep(before=clock.now() - UNFINISHED_FOR)
        keys = opened.enter_context(closing(write_keys(settings)))
        people = opened.enter_context(closing(write_people(settings)))
        broker = open_broker(keys, settings=settings, entropy=entropy)
        log = opened.enter_context(write_ledger(settings))
        files = TileDirectory(folder / LEDGER)
        publication = build_publication(settings, files=files, clock=clock, warn=warn)
        alone = settings.ledger.start_without_witness
        ledger = ShardChange(
            store=log, broker=broker, clock=clock, files=files, publication=publication, alone=alone
        ).open()
        registrar = Registrar(ledger, broker=broker, people=people)
        registrar.open()
        renew_registry(ledger, registrar=registrar)
        consents = Consents(ledger, broker=broker, store=people, registry=policy, clock=clock, entropy=entropy)
        consents.follow()
        eraser = Eraser(ledger, broker=broker, keys=keys, people=people, registrar=registrar)
        eraser.finish()
        if isinstance(log, SideStore):
            # Stores of other kinds began with this form of the sides: only this one may hold an older.
            Resealing(ledger, store=log, broker=broker, people=people, entropy=entropy).run()
        vault = Vault(people, broker=broker, clock=clock, entropy=entropy)
        yield Store(
            settings=settings,
            policy=policy,
            policy_digest=said.digest,
            set_rule=said.sets,
            ledger=ledger,
            broker=broker,
            people=people,
            vault=vault,
            registrar=registrar,
            eraser=eraser,
            consents=consents,
            intake=Intake(people, vault=vault, broker=broker, consents=consents, registry=policy, clock=clock),
            files=files,
            publication=publication,
            clock=clock,
            entropy=entropy,
        )


@contextmanager
def open_log(folder: Path) -> Iterator[tuple[Log, TileFiles, VerifyKey]]:
    """Open the ledger for reading: needs no passphrase and disturbs no writer."""
    with read_ledger(read_settings(folder)) as log:
        yield Log(log), TileDirectory(folder / LEDGER), read_vkey(folder)


@contextmanager
def open_private(folder: Path) -> Iterator[tuple[Log, KeyBroker | None]]:
    """Open the ledger for reading, and what opens the sides beside it where the passphrase is at hand."""
    settings = read_settings(folder)
    with open_log(folder) as (log, _, _), closing(read_keys(settings)) as keys:
        try:
            broker = open_broker(keys, settings=settings, entropy=SystemEntropy())
        except (RefusedError, UnavailableError):
            broker = None
        yield log, broker


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A store open for reading: no passphrase, no lock, nothing that opens a record."""

    settings: Settings
    log: Log
    files: TileFiles
    people: People
    vkey: VerifyKey


@contextmanager
def open_reading(folder: Path) -> Iterator[Reading]:
    """Open a store for reading: works on a read-only disk and beside a writer.

    Raises: UnavailableError: a part of it is missing, or must be upgraded first.
    """
    settings = read_settings(folder)
    with open_log(folder) as (log, files, vkey), closing(read_people(settings)) as people:
        yield Reading(settings=settings, log=log, files=files, people=people, vkey=vkey)


def read_vkey(folder: Path) -> VerifyKey:
    """Give the log's public key, as `init` left it."""
    try:
        return parse_vkey((folder / LEDGER / VKEY).read_text(encoding="ascii").strip())
    except OSError as e:
        raise UnavailableError(f"{LEDGER}/{VKEY} cannot be read: {e.strerror}", code="store.unreadable") from e
