"""Whose labels these are: a person's, bound to her identifier by a registry, or a recipient's by its own entry.

1. the origin that labels name is that of the log's first shard;
2. a registry's VRF proves the registry label R of the identifier;
3. R has one live enrolment in all seals since the registry, and the enrolment commits to label zero and every era;
4. label zero and the opened era keys are those that were committed to.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from suyuan.errors import VerificationError
from suyuan.evidence import ecvrf
from suyuan.evidence.account.chain import Seal
from suyuan.evidence.account.entries import (
    CLOSE,
    ENROL,
    ENROL_BATCH,
    ERASE,
    OPEN,
    REGISTRY,
    SEAL,
    Entries,
    Entry,
    Item,
)
from suyuan.evidence.account.members import ERAS, Enrolment, PersonKeys, Registry
from suyuan.evidence.hashes import leaf_hash, root_of_hashes, sha256
from suyuan.evidence.note import VerifyKey
from suyuan.evidence.plain import HASH_BYTES

ERA_EPOCHS: Final = 32
_ALPHA: Final = b"suyuan/registry/v1\x00"
_REGISTRY_LABEL: Final = b"suyuan/registry-label/v1\x00"
_LABEL: Final = b"suyuan/label/v1\x00"
_LABEL_ZERO: Final = b"suyuan/label-zero/v1\x00"
_LABEL_ERA: Final = b"suyuan/label-era/v1\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """How an identifier stands in a registry: when it was enrolled, and when enrolments before that were erased."""

    kind: str
    identifier: str
    at: Entry
    erased: tuple[Entry, ...]


class PersonLabels:
    """Gives a person's labels by epoch, and her registry label by seal."""

    def __init__(self, keys: PersonKeys, *, entries: Entries, signed: VerifyKey) -> None:
        """Take the keys, the proved entries, and the key that signed the checkpoint.

        Raises: VerificationError: shards, registries, VRF proofs or opened keys that do not hold.
        """
        self.lost = require_origin(keys.origin, entries=entries, signed=signed)
        self._keys = keys
        self._entries = tuple(entries.at(registry.leaf, ops=(REGISTRY,)) for registry in keys.registries)
        if len(self._entries) != len(entries.of(REGISTRY)):
            raise VerificationError("keys.json: a registry in the bundle has no keys")
        self._first_epochs = [entry.value("f").whole(least=1) for entry in self._entries]
        _require_in_shards(self._entries, first_epochs=self._first_epochs, entries=entries)
        self._registry_labels = [
            _registry_label(registry, entry=entry)
            for registry, entry in zip(keys.registries, self._entries, strict=True)
        ]
        named = {(r.enrolment.kind, r.enrolment.identifier) for r in keys.registries if r.enrolment is not None}
        if len(named) > 1:
            raise VerificationError("keys.json: two registries know the labels by different identifiers")
        self._used: set[tuple[int, int]] = set()
        self._place = b"\x00".join([_LABEL[:-1], keys.origin.encode("utf-8"), b""])

    def label(self, epoch: int) -> bytes:
        """Give the person's label in an epoch.

        Raises: VerificationError: the bundle does not open what it hangs on.
        """
        if epoch == 0:
            return self._keys.zero
        number = self._number(epoch)
        era = 1 + (epoch - self._first_epochs[number]) // ERA_EPOCHS
        key = self._keys.registries[number].eras.get(era)
        if key is None:
            raise VerificationError(f"keys.json: the era of epoch {epoch} is not opened")
        self._used.add((number, era))
        return hmac.digest(key, self._place + epoch.to_bytes(4, "big"), "sha256")

    def is_bound(self, epoch: int) -> bool:
        """Say whether an enrolment commits to the person's label in an epoch: any to label zero, its own to an era."""
        registries = self._keys.registries
        if epoch == 0:
            return any(registry.enrolment is not None for registry in registries)
        return registries[self._number(epoch)].enrolment is not None

    def registry_label(self, seal: Seal) -> tuple[int, bytes] | None:
        """Give the registry in force at a seal and the person's label in it; None where she is in none."""
        for number in reversed(range(len(self._entries))):
            if self._entries[number].index < seal.end:
                label = self._registry_labels[number]
                return None if label is None else (number, label)
        return None

    def require_bound(self, number: int, *, items: Sequence[Item], entries: Entries) -> Enrolled:
        """Check all that stands under a registry label: one live enrolment, which binds label zero and the eras.

        Args:
            number: the registry's.
            items: everything under the registry label, in the order of the log, none omitted.
        Raises: VerificationError: no live enrolment or two of them, or keys that it does not commit to.
        """
        registry = self._keys.registries[number]
        enrolment = registry.enrolment
        if enrolment is None:
            raise VerificationError("keys.json: an enrolment is referred to and not there")
        live: Item | None = None
        erased: list[Entry] = []
        for item in items:
            entry = entries.at(item.leaf, ops=(ENROL, ENROL_BATCH, ERASE))
            if (entry.op == ERASE) != (live is not None):
                raise VerificationError(
                    f"leaf {item.leaf}: this identifier is enrolled twice, or erased without being enrolled"
                )
            if entry.op == ERASE:
                erased.append(entry)
            live = None if entry.op == ERASE else item
        if live is None or (live.leaf, live.row) != (enrolment.leaf, enrolment.row):
            raise VerificationError("keys.json: the enrolment is not the live one of this identifier")
        at = entries.at(live.leaf, ops=(ENROL, ENROL_BATCH))
        row = None if live.row is None else entries.row(live.leaf, row=live.row)
        committed = at.hash("k") if row is None else row.body[HASH_BYTES:]
        self._require_opened(registry, enrolment=enrolment, committed=committed, first_epoch=self._first_epochs[number])
        return Enrolled(kind=enrolment.kind, identifier=enrolment.identifier, at=at, erased=tuple(erased))

    def require_nothing_left(self) -> None:
        """Check that no era was opened that the account does not need.

        Raises: VerificationError: one was.
        """
        opened = {(n, era) for n, registry in enumerate(self._keys.registries) for era in registry.eras}
        if opened != self._used:
            raise VerificationError("keys.json: an era is opened that the account does not need")

    def _number(self, epoch: int) -> int:
        number = next((n for n in reversed(range(len(self._entries))) if self._first_epochs[n] <= epoch), None)
        if number is None:
            raise VerificationError(f"keys.json: no registry covers epoch {epoch}")
        return number

    def _require_opened(self, registry: Registry, *, enrolment: Enrolment, committed: bytes, first_epoch: int) -> None:
        opened = {0: _LABEL_ZERO + self._keys.zero}
        for era, key in registry.eras.items():
            start = first_epoch + ERA_EPOCHS * (era - 1)
            opened[era] = _LABEL_ERA + start.to_bytes(4, "big") + key
        if any(leaf_hash(leaf) != enrolment.hashes[place] for place, leaf in opened.items()):
            raise VerificationError("keys.json: a label or era key is not the one that the enrolment commits to")
        if root_of_hashes(enrolment.hashes) != committed:
            raise VerificationError("keys.json: the hashes are not those that the enrolment commits to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A recovery: at an entry the log went on under another key, `count` entries being lost that had been signed."""

    leaf: int
    time: int
    count: int


def require_origin(origin: str, *, entries: Entries, signed: VerifyKey) -> tuple[Lost, ...]:
    """Check that shard after shard leads from the origin that labels name to the key that signed the checkpoint.

    Returns: where entries were lost on the way.
    Raises: VerificationError: it does not.
    """
    opens, closes = entries.of(OPEN), {entry.index + 1: entry for entry in entries.of(CLOSE)}
    lost: list[Lost] = []
    if not closes.keys() <= {entry.index for entry in opens}:
        raise VerificationError("leaves.json: a shard is closed and none opened in its place")
    if origin != (opens[0].value("o").text() if opens else signed.name):
        raise VerificationError("keys.json: the origin of the labels is not that of this log")
    named = [*((entry.value("o").text(), entry.hash("k")) for entry in opens), (signed.name, signed.public)]
    for opened, (name, key) in zip(opens, named[1:], strict=True):
        missing = opened.value("n").whole() - opened.index
        close = closes.get(opened.index)
        if close is not None and missing == 0:
            if (close.value("o").text(), close.hash("k")) != (name, key):
                raise VerificationError(f"leaf {close.index}: names another key than the one that followed")
        elif close is None and missing > 0:
            lost.append(Lost(leaf=opened.index, time=opened.time, count=missing))
        else:
            raise VerificationError(f"leaf {opened.index}: a shard is opened that none was closed for")
    return tuple(lost)


def _require_in_shards(registries: Sequence[Entry], *, first_epochs: Sequence[int], entries: Entries) -> None:
    """Check that every shard has one registry, the first from epoch 1 on and each other from its own epoch on.

    Between the seal that ended the epoch before and such a registry stand the ends of shards and nothing else: an entry there
    would be of the registry's first epoch, and carry a label that hangs on the registry before it.
    """
    opens = entries.of(OPEN)
    if not registries and not opens:
        return
    if len(registries) != len(opens) + 1 or first_epochs[0] != 1:
        raise VerificationError("keys.json: expected one registry in each shard, the first from epoch 1 on")
    edges = [entry.index for entry in opens]
    between = {entry.index for op in (OPEN, CLOSE) for entry in entries.of(op)}
    closing = [entry.index for entry in entries.of(SEAL) if entry.value("z").value == 1]
    for registry, first_epoch, edge in zip(registries[1:], first_epochs[1:], edges, strict=True):
        if registry.index <= edge or first_epoch != registry.epoch:
            raise VerificationError(f"leaf {registry.index}: a shard begins with its registry, in the epoch in force")
        ended = max((index for index in closing if index < registry.index), default=-1)
        if not between.issuperset(range(ended + 1, registry.index)):
            raise VerificationError(f"leaf {registry.index}: entries of the registry's first epoch stand before it")
    if edges and registries[0].index >= edges[0]:
        raise VerificationError("keys.json: expected one registry in each shard")
    if any(b <= a for a, b in pairwise(first_epochs)):
        raise VerificationError("keys.json: the registries' epochs do not ascend")


def _registry_label(registry: Registry, *, entry: Entry) -> bytes | None:
    """Give R of the identifier, by the VRF key of the registry's entry."""
    enrolment = registry.enrolment
    if any(not 1 <= era <= ERAS for era in registry.eras):
        raise VerificationError("keys.json: there is no such era")
    if enrolment is None:
        return None
    alpha = _ALPHA + enrolment.kind.encode("utf-8") + b"\x00" + enrolment.identifier.encode("utf-8")
    return sha256(_REGISTRY_LABEL + ecvrf.verify(entry.hash("g"), alpha, enrolment.proof))
