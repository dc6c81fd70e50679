"""The chain of proofs: from the log's checkpoint to every entry of one label, and to the absence of any other.

1. checkpoint and manifest are signed by one key; every leaf stands in the checkpoint's tree, every row in its table;
2. the seals follow each other without a gap, from the first entry of the log on;
3. the labels are bound: a person's to her identifier, a recipient's to its own entry;
4. every seal of the range says of the label what the bundle holds: all its items, or none;
5. under the registry label stands one live enrolment, over all seals;
6. every item opens; nothing is in the bundle that was not asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.errors import VerificationError
from suyuan.evidence.account.chain import Found, Seal, read_chain, read_index
from suyuan.evidence.account.entries import (
    CLOSE,
    ENROL,
    ENROL_BATCH,
    ERASE,
    OPEN,
    RECIPIENT,
    REGISTRY,
    SEAL,
    Entries,
    Entry,
    Item,
    digest_of,
)
from suyuan.evidence.account.file import PERSON, Account
from suyuan.evidence.account.labels import Enrolled, Lost, PersonLabels
from suyuan.evidence.account.members import IndexProof, PersonKeys, RecipientKeys
from suyuan.evidence.account.openings import OPENED, Openings, Shown, Who
from suyuan.evidence.hashes import sha256
from suyuan.evidence.note import Checkpoint, Note, VerifyKey, parse_checkpoint, parse_vkey
from suyuan.evidence.plain import to_base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An account whose proofs all hold, and what it shows; times are the log's own, in milliseconds UTC.

    `shown` holds everything that the log has under the label in the range, in the order of the log. The range begins
    after `after` (None: with the log) and is complete up to `upto`. `enrolled` is empty where no registry binds the
    labels: they are then the platform's word. `counted` says whether the last seal counts registries and shards, so that
    none is hidden. `who` is the recipient whose account it is. `sealed` counts entries.
    `unbound` are the entries [first, end) for which no enrolment commits to the labels, where others are bound. `began`
    is the time of the log's first entry where that is shown. `lost` says where the log went on after entries of it
    were lost.
    """

    account: Account
    entries: Entries
    checkpoint: Checkpoint
    seals: int
    sealed: int
    counted: bool
    after: int | None
    upto: int
    who: Who | None
    enrolled: tuple[Enrolled, ...]
    unbound: tuple[tuple[int, int], ...]
    began: int | None
    shown: tuple[Shown, ...]
    lost: tuple[Lost, ...]

    def of(self, op: str) -> tuple[Entry, ...]:
        """Give the entries of an op that the account shows."""
        return self.entries.of(op)


def check(account: Account) -> Checked:
    """Check everything that can be checked without a policy.

    Raises: VerificationError: the first thing that does not hold, naming its place.
    """
    key = parse_vkey(account.vkey, place="manifest.note")
    checkpoint = _checkpoint(account, key=key)
    entries = Entries(account.leaves, rows=account.rows, proof=account.leaves_proof, checkpoint=checkpoint)
    seals = read_chain(entries.of(SEAL))
    if len(seals) != len(account.seals):
        raise VerificationError("seals.proof: expected one record for each seal")
    chosen = _range(account, seals=seals)
    openings = Openings(account.openings, entries=entries)
    walk = _Walk(entries, seals=seals, proofs=account.seals, chosen=chosen)
    who: Who | None = None
    enrolled: tuple[Enrolled, ...] = ()
    lost: tuple[Lost, ...] = ()
    if isinstance(account.keys, PersonKeys):
        labels = PersonLabels(account.keys, entries=entries, signed=key)
        _require_all_turns(seals, origin=account.keys.origin, entries=entries)
        enrolled, lost = walk.person(account.keys, labels=labels), labels.lost
    elif isinstance(account.keys, RecipientKeys):
        walk.recipient(account.keys.label)
        who, named = openings.who(account.keys.label)
        walk.needed.add(named.index)
    shown = walk.show(openings, needed=account.kind == PERSON)
    walk.require_nothing_left(seals)
    openings.require_nothing_left()
    before = [seal for seal in seals if seal.end < account.first]
    return Checked(
        account=account,
        entries=entries,
        checkpoint=checkpoint,
        seals=len(chosen),
        sealed=seals[-1].end,
        counted=seals[-1].turns is not None,
        after=before[-1].time if before else None,
        upto=chosen[-1].time,
        who=who,
        enrolled=enrolled,
        unbound=tuple(walk.unbound) if enrolled else (),
        began=entries.began,
        shown=shown,
        lost=lost,
    )


class _Walk:
    """Goes through the seals once, and remembers what it needed."""

    def __init__(
        self, entries: Entries, *, seals: Sequence[Seal], proofs: Sequence[IndexProof], chosen: Sequence[Seal]
    ) -> None:
        self._entries = entries
        self._pairs = tuple(zip(seals, proofs, strict=True))
        self._chosen = {seal.end for seal in chosen}
        self.items: list[Item] = []
        self.needed: set[int] = {seal.end for seal in seals}
        self.unbound: list[tuple[int, int]] = []
        self._rows: set[tuple[int, int]] = set()

    def person(self, keys: PersonKeys, *, labels: PersonLabels) -> tuple[Enrolled, ...]:
        """Gather everything under a person's labels and her registry labels."""
        registered: dict[int, list[Item]] = {
            number: [] for number, registry in enumerate(keys.registries) if registry.enrolment is not None
        }
        for seal, proof in self._pairs:
            mine = labels.label(seal.epoch) if seal.end in self._chosen and seal.labels else None
            if mine is not None and not labels.is_bound(seal.epoch):
                self._note_unbound(seal)
            registry = labels.registry_label(seal)
            wanted = [label for label in (mine, None if registry is None else registry[1]) if label is not None]
            found = iter(read_index(proof, seal=seal, wanted=wanted))
            if mine is not None:
                self.items += self._items(mine, seal=seal, found=next(found))
            if registry is not None:
                registered[registry[0]] += self._items(registry[1], seal=seal, found=next(found))
        enrolled = tuple(
            labels.require_bound(number, items=items, entries=self._entries) for number, items in registered.items()
        )
        for items in registered.values():
            self._need(items)
        self.needed |= {entry.index for op in (REGISTRY, OPEN, CLOSE) for entry in self._entries.of(op)}
        labels.require_nothing_left()
        return enrolled

    def recipient(self, label: bytes) -> None:
        """Gather everything under a recipient's label."""
        for seal, proof in self._pairs:
            wanted = [label] if seal.end in self._chosen and seal.labels else []
            for found in read_index(proof, seal=seal, wanted=wanted):
                self.items += self._items(label, seal=seal, found=found)

    def show(self, openings: Openings, *, needed: bool) -> tuple[Shown, ...]:
        """Open everything that was gathered.

        Args:
            needed: whether every release must open.
        """
        self._need(self.items)
        shown: list[Shown] = []
        for item in self.items:
            entry = self._entries.at(item.leaf, ops=(*OPENED, ENROL, ENROL_BATCH, ERASE))
            if entry.op == RECIPIENT:
                openings.who(entry.hash("l"))
            elif entry.op in OPENED:
                must = needed or entry.op not in _OF_A_PERSON
                shown.append(openings.show(entry, row=item.row, needed=must))
                if entry.has("r"):
                    self.needed.add(openings.who(entry.hash("r"))[1].index)
        return tuple(shown)

    def require_nothing_left(self, seals: Sequence[Seal]) -> None:
        """Check that every leaf and row was needed.

        Raises: VerificationError: one was not.
        """
        if any(entry.index not in self.needed or entry.index > seals[-1].end for entry in self._entries):
            raise VerificationError("leaves.json: holds an entry that the account does not need")
        if set(self._entries.rows()) != self._rows:
            raise VerificationError("rows.json: holds a row that the account does not need")

    def _items(self, label: bytes, *, seal: Seal, found: Found | None) -> Sequence[Item]:
        """Give a label's items in a seal, which are exactly those that its index commits to."""
        items = self._entries.items(label, first=seal.first, end=seal.end)
        if len(items) != (0 if found is None else found.count):
            raise VerificationError(f"the index of seal {seal.end}: counts other entries than the bundle holds")
        if any(self._entries.epoch(item.leaf) != seal.epoch for item in items):
            raise VerificationError(f"the index of seal {seal.end}: an entry under it is of another epoch")
        if found is not None and digest_of(items) != found.digest:
            raise VerificationError(f"the index of seal {seal.end}: commits to other entries than the bundle holds")
        return items

    def _note_unbound(self, seal: Seal) -> None:
        first = self.unbound.pop()[0] if self.unbound and self.unbound[-1][1] + 1 == seal.first else seal.first
        self.unbound.append((first, seal.end))

    def _need(self, items: Sequence[Item]) -> None:
        self.needed.update(item.leaf for item in items)
        self._rows.update((item.leaf, item.row) for item in items if item.row is not None)


def _require_all_turns(seals: Sequence[Seal], *, origin: str, entries: Entries) -> None:
    """Check that the bundle has every registry and every end of a shard, by what the seals count.

    Raises: VerificationError: it hides one, or labels hang on another name than the log's first.
    """
    turns = [entry.index for op in (REGISTRY, OPEN, CLOSE) for entry in entries.of(op)]
    for seal in seals:
        if seal.turns is not None and seal.turns != sum(index < seal.end for index in turns):
            raise VerificationError(f"leaf {seal.end}: counts other registries and shards than the bundle holds")
        if seal.origin is not None and seal.origin != origin:
            raise VerificationError("keys.json: the origin of the labels is not the one that the seals name")


_OF_A_PERSON = frozenset({"release"})
"""What only the person's own key opens; with her it is gone."""


def _checkpoint(account: Account, *, key: VerifyKey) -> Checkpoint:
    checkpoint = parse_checkpoint(account.checkpoint, place="checkpoint")
    if checkpoint.origin != key.name:
        raise VerificationError("checkpoint: of another log than the manifest")
    checkpoint.note.verify_signed(key, place="checkpoint")
    if checkpoint.size != account.size:
        raise VerificationError("account.json.size: is not that of the checkpoint")
    if account.timestamp and sha256(_signed_by_log(checkpoint.note, key=key)) not in account.timestamp:
        raise VerificationError("timestamp.tsr: is not of this checkpoint")
    return checkpoint


def _signed_by_log(note: Note, *, key: VerifyKey) -> bytes:
    """Give the note with the log's signature alone: what an outside clock was asked to stamp."""
    body = next(signature.body for signature in note.by(key))
    return f"{note.text}\n— {key.name} {to_base64(key.key_id + body)}\n".encode()


def _range(account: Account, *, seals: Sequence[Seal]) -> Sequence[Seal]:
    """Give the seals of the range, which must cover the times that were asked for.

    Raises: VerificationError: they do not.
    """
    chosen = [seal for seal in seals if seal.first >= account.first and seal.end <= account.end]
    if not chosen or chosen[0].first != account.first or chosen[-1].end != account.end:
        raise VerificationError("account.json: the seals in the bundle do not cover the range from first to end")
    before = [seal for seal in seals if seal.end < account.first]
    if before and (account.since is None or before[-1].time >= account.since):
        raise VerificationError("account.json: the range begins later than what was asked for")
    if account.end != seals[-1].end and (account.until is None or chosen[-1].time < account.until):
        raise VerificationError("account.json: the range ends earlier than what was asked for")
    if account.since is not None and chosen[-1].time < account.since:
        raise VerificationError("account.json: nothing is sealed of the time that was asked for")
    if account.since is not None and account.until is not None and account.since >= account.until:
        raise VerificationError("account.json: since is not before until")
    return chosen
