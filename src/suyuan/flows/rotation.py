"""Rotation: the log goes on under another key, and everybody can follow. Recovery: it goes on after a loss, and says so.

A rotation is closed in one run and opened by the next: whatever step a crash stopped at, the next opening of the store
for writing goes on from there.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from suyuan.crypto.frontier import tree_root
from suyuan.crypto.sign import VerifyKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.flows.publication import Publication
from suyuan.flows.timestamping import timestamp_path
from suyuan.hold.broker import KeyBroker
from suyuan.hold.registrar import Registrar
from suyuan.ledger import checkpoint as heads
from suyuan.ledger import witnessing as witnessed
from suyuan.ledger.bodies import CloseEntry, OpenEntry, RegistryEntry
from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from suyuan.ledger.log import Draft, Ledger, Log
from suyuan.ledger.ports import LedgerStore, TileFiles
from suyuan.ledger.publish import verify_head
from suyuan.ledger.rules import CLOSING
from suyuan.ledger.shards import Shard, archive_path, next_key, open_shard_checkpoint, shards
from suyuan.terms import Clock

VKEY: Final = "log.vkey"
DERIVED: Final = ("tile", "batch", "seal")
ORIGIN_CHARACTERS: Final = 255
_ORIGIN: Final = re.compile(r"[!-*,-~]+")


def require_new_origin(origin: str, *, log: Log, key: VerifyKey) -> None:
    """Require that a shard's name can be a key's name, and that no shard had it before.

    Raises: RefusedError: `ledger.shard`.
    """
    if not _ORIGIN.fullmatch(origin) or len(origin) > ORIGIN_CHARACTERS:
        raise RefusedError(
            "the name of a shard is a URL without its scheme: no space, no plus sign, at most 255 characters",
            code="ledger.shard",
        )
    if origin in {shard.key.name for shard in shards(log, key=key)}:
        raise RefusedError(f"the name {origin} is a shard's already", code="ledger.shard", hint="choose another")


def close_shard(ledger: Ledger, *, broker: KeyBroker, origin: str) -> None:
    """End the shard in force: 1. draw the next key; 2. end the epoch; 3. enter the key, and nothing after it.

    Raises: RefusedError: `ledger.shard`, the name cannot be used. UnavailableError: the ledger cannot be written.
    """
    require_new_origin(origin, log=ledger, key=ledger.key.verify_key)
    following = broker.shard_key(origin, new=True).verify_key
    if ledger.latest(CLOSING) != ledger.size - 1:
        ledger.seal(closing=True)
    ledger.append([Draft(body=CloseEntry(key=following.public, origin=origin))])


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardChange:
    """Opens a ledger under the key in force, and brings a change of shards that began to its end.

    `alone` says whether it may go on while too few witnesses have signed a shard's last checkpoint.
    """

    store: LedgerStore
    broker: KeyBroker
    clock: Clock
    files: TileFiles
    publication: Publication
    alone: bool = False

    def open(self) -> Ledger:
        """Give the ledger, its shard settled.

        1. The key in force, from the log's own entries.
        2. What a recovery left of the future that was lost is removed.
        3. The store carries on from what was published last, and no witness has seen more of it.
        4. Where the shard is closed: its last checkpoint, published and witnessed, is put aside, and the next shard opens.
        5. The public key beside the log is the one in force.

        Raises: VerificationError: the store, its files or its keys do not hold together; `ledger.rolled_back`.
            UnavailableError: `ledger.no_witness`. RefusedError: `ledger.policy`.
        """
        log = Log(self.store)
        ledger = self._ledger(self.broker.use_shard(self.origin(log)).verify_key)
        line = shards(ledger, key=ledger.key.verify_key)
        self._require_named(ledger)
        self._clear_lost(ledger, line=line)
        self._require_current(ledger, line=line)
        if ledger.chain().close is not None:
            ledger = self._open_next(ledger, line=line)
            line = shards(ledger, key=ledger.key.verify_key)
        vkey = f"{ledger.key.verify_key}\n".encode("ascii")
        # A store that is being made is given its public key by whoever makes it.
        if self.files.read(VKEY) not in (None, vkey):
            self.files.commit(VKEY, data=vkey)
        return ledger

    def _ledger(self, key: VerifyKey) -> Ledger:
        return Ledger(self.store, key=self.broker.shard_key(key.name), clock=self.clock)

    def origin(self, log: Log) -> str:
        """Give the origin of the shard in force: named by the entry that closed the one before, or by a recovery."""
        opened, named = log.latest(OpenEntry.op), next_key(log)
        if opened is None or named is not None:
            return self.broker.first_origin if named is None else named.name
        noted = self.broker.recovered(opened)
        if noted is None:
            raise VerificationError(
                f"entry {opened} opens a shard whose key is not in the key store",
                code="hold.shard",
                hint="see that keys.db and the ledger belong together; restore keys.db from its newest backup",
            )
        return noted

    def _require_named(self, ledger: Ledger) -> None:
        """Require that the key store's key is the one that the log says comes next."""
        named = next_key(ledger)
        if named is not None and named != ledger.key.verify_key:
            raise VerificationError(
                f"the shard {named.name} was given another key than the key store holds",
                code="hold.shard",
                hint="see that keys.db and the ledger belong together; restore keys.db from its newest backup",
            )

    def _require_current(self, ledger: Ledger, *, line: tuple[Shard, ...]) -> None:
        head = verify_head(ledger, files=self.files, keys=tuple(shard.key for shard in line))
        if head is not None:
            open_shard_checkpoint(head.note, line=line)
        witnessing = self.publication.witnessing
        if witnessing is not None:
            witnessing.require_known(keys=tuple(shard.key for shard in line))
            close, keys = ledger.chain().close, [ledger.key.verify_key]
            if close is not None:
                # A witness that knows the next shard already has seen more than a store that ends with this one.
                keys.append(VerifyKey(name=close.origin, public=close.key))
            told = dict.fromkeys(
                line
                for key in keys
                for line in witnessing.require_current(ledger, files=self.files, head=head, key=key, alone=self.alone)
            )
            for one in told:
                self.publication.warn(one)

    def _open_next(self, ledger: Ledger, *, line: tuple[Shard, ...]) -> Ledger:
        ended, old = line[-1], ledger.key.verify_key
        close = ledger.chain().close
        if close is None:
            raise VerificationError("the shard in force is not closed")
        signed = self.publication.publish(ledger, known=tuple(shard.key for shard in line))
        if not self.alone:
            self.publication.require_witnessed(signed)
        self.files.commit(archive_path(ended.number, name=VKEY), data=f"{old}\n".encode("ascii"))
        self.files.commit(archive_path(ended.number, name=heads.PATH), data=signed.note.encode("utf-8"))
        following = self.broker.use_shard(close.origin).verify_key
        if following.public != close.key:
            raise VerificationError("the next shard's key is not the one that the log names", code="hold.shard")
        opened = self._ledger(following)
        body = OpenEntry(key=old.public, size=signed.size, origin=old.name, root=signed.root)
        opened.append([Draft(body=body)])
        return opened

    def _clear_lost(self, ledger: Ledger, *, line: tuple[Shard, ...]) -> None:
        """Remove the public files of entries that were lost; the checkpoint goes last, so that this can be done again."""
        note = self.files.read(heads.PATH)
        before = line[-2] if len(line) > 1 else None
        if note is None or before is None or before.lost is None or before.end is None:
            return
        if read_checkpoint(note).origin != before.key.name:
            return
        self.files.drop(timestamp_path(size) for size in range(before.end + 1, before.lost + 1))
        self.files.drop((*DERIVED, witnessed.PATH))
        self.files.drop((heads.PATH,))


def renew_registry(ledger: Ledger, *, registrar: Registrar) -> bool:
    """See to it that the shard in force has a registry of its own; everybody is then enrolled anew, where pending.

    A recovered shard ends the epoch first: labels of the entries that were lost do not come back.
    """
    opened, begun = ledger.latest(OpenEntry.op), ledger.latest(RegistryEntry.op)
    if opened is None or (begun is not None and begun > opened):
        return False
    closing = ledger.latest(CLOSING)
    recovered = opened == 0 or not isinstance(ledger.entry(opened - 1).body, CloseEntry)
    if recovered and (closing is None or closing < opened):
        ledger.seal(closing=True)
    registrar.begin(first_epoch=ledger.epoch)
    return True


def recover_shard(change: ShardChange, *, lost: bytes, origin: str) -> tuple[Checkpoint, VerifyKey]:
    """Let a store that is behind what was published or witnessed go on under another key, and say in the log what is lost.

    1. The checkpoint of what is lost is the log's own and says more than the store has.
    2. It and the key it is signed with are put aside.
    3. The next key is drawn, and an `open` entry names the lost size and root. Whoever follows the log sees it.

    The next opening for writing removes the public files of the lost entries and publishes what is there.

    Returns: the lost checkpoint, and the key that signed it.
    Raises: VerificationError: the checkpoint is not the log's. RefusedError: `ledger.shard`, the name cannot be used;
        `ledger.recover`, nothing is lost, or more is lost than that checkpoint says.
    """
    log, broker, files = Log(change.store), change.broker, change.files
    old = broker.use_shard(change.origin(log)).verify_key
    line = shards(log, key=old)
    require_new_origin(origin, log=log, key=old)
    head = open_checkpoint(lost, keys=(old,))
    if head.size <= log.size:
        if head.size and tree_root(log.leaves(0, end=head.size)) != head.root:
            raise VerificationError(
                f"the first {head.size} entries of the store are not those of the checkpoint: an older copy was written to",
                code="ledger.rolled_back",
                hint="keep both as they are; restore the older copy again as it was, and recover that before anything is "
                "written to it",
            )
        raise RefusedError(
            f"the store has {log.size} entries, the checkpoint {head.size}: nothing is lost",
            code="ledger.recover",
            hint="open the store as usual; `suyuan ledger verify --checkpoint FILE` holds it against the checkpoint",
        )
    _require_newest(head, change=change, key=old)
    if log.chain().close is not None:
        raise RefusedError("the store ends with a closed shard, and nothing can follow it", code="ledger.recover")
    broker.note_recovered(log.size, origin=origin)
    broker.shard_key(origin, new=True)
    number = line[-1].number
    files.commit(archive_path(number, name=VKEY), data=f"{old}\n".encode("ascii"))
    files.commit(archive_path(number, name=heads.PATH), data=lost)
    key = broker.use_shard(origin)
    body = OpenEntry(key=old.public, size=head.size, origin=old.name, root=head.root)
    Ledger(change.store, key=key, clock=change.clock).append([Draft(body=body)])
    return head, old


def _require_newest(head: Checkpoint, *, change: ShardChange, key: VerifyKey) -> None:
    """Require that no checkpoint at hand says more than the one given: the log names what was lost once and for ever."""
    known: dict[str, Checkpoint] = {}
    # Another file that lies there says nothing: it may be what has to be recovered from.
    with suppress(VerificationError):
        known["ledger/checkpoint"] = open_checkpoint(change.files.read(heads.PATH) or b"", keys=(key,))
    witnessing = change.publication.witnessing
    if witnessing is not None:
        known |= {f"witness {name}": seen for name, seen in witnessing.seen(key=key).items()}
    for place, seen in known.items():
        if seen.size > head.size:
            raise RefusedError(
                f"{place} has a checkpoint of {seen.size} entries, the one given has {head.size}",
                code="ledger.recover",
                hint="recover from the newest checkpoint: what it covers is what was lost",
            )
