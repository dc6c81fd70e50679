"""Puts an account of releases together from the log, its trees, and whoever holds the keys of one label."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from suyuan.errors import VerificationError
from suyuan.evidence.account.entries import ACCOUNT, BATCH, CONSENT, RECIPIENT, REFUSE, RELEASE, Entry, read_entry
from suyuan.evidence.account.file import Account
from suyuan.evidence.account.members import IndexProof, Keys, Opening, leaf_of
from suyuan.flows.account_proofs import (
    Leaves,
    Place,
    SealAt,
    Trees,
    chain_of,
    chosen_of,
    places_in,
    prove_index,
    prove_leaves,
    prove_rows,
)

_OPENED = frozenset({RELEASE, BATCH, REFUSE, ACCOUNT, CONSENT, RECIPIENT})


class Holder(Protocol):
    """Holds the keys of one person or recipient, and shows of them only what an account shows."""

    @property
    def kind(self) -> str:
        """`person` or `recipient`."""
        ...

    def label(self, epoch: int) -> bytes:
        """Give the label in an epoch."""
        ...

    def registry_label(self, end: int) -> bytes | None:
        """Give the registry label that counts in the seal at an entry; None where there is none."""
        ...

    def keys(self, epochs: Sequence[int]) -> Keys:
        """Give what the labels of these epochs hang on, and no more."""
        ...

    def anchors(self) -> Sequence[int]:
        """Give the entries that the keys rest on: registries and shards."""
        ...

    def named(self, label: bytes) -> int:
        """Give the entry that names a recipient."""
        ...

    def opening(self, entry: Entry, *, row: int | None) -> Opening | None:
        """Open what an entry or a row of it commits to; None where the key is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of the log: an account of what time, under which signed checkpoint."""

    since: int | None
    until: int | None
    vkey: str
    checkpoint: bytes
    timestamp: bytes = b""


def assemble(asked: Asked, *, log: Leaves, trees: Trees, holder: Holder) -> Account:
    """Give an account that is complete over the seals in the log, without checking it.

    Raises: VerificationError: the log or its published files do not hold together.
    """
    seals = chain_of(log)
    chosen = chosen_of(seals, since=asked.since, until=asked.until)
    if seals[-1].end >= trees.log.size:
        raise VerificationError("the last seal is not published yet")
    mine, registered, proofs = _gather(seals, chosen=chosen, log=log, trees=trees, holder=holder)
    entries = {place.leaf: read_entry(leaf_of(place.leaf, entry=log.leaf(place.leaf))) for place in mine}
    opened: set[tuple[int, int | None]] = set()
    openings: list[Opening] = []

    def show(entry: Entry, *, row: int | None) -> None:
        if entry.op in _OPENED and (entry.index, row) not in opened:
            opened.add((entry.index, row))
            opening = holder.opening(entry, row=row)
            openings.extend(() if opening is None else (opening,))

    named: set[int] = set()
    if holder.kind == "recipient":
        named.add(holder.named(holder.label(0)))
    for place in mine:
        entry = entries[place.leaf]
        show(entry, row=place.row)
        if entry.has("r"):
            named.add(holder.named(entry.hash("r")))
    for index in sorted(named):
        show(read_entry(leaf_of(index, entry=log.leaf(index))), row=None)
    places = [*mine, *registered]
    wanted = {*(seal.end for seal in seals), *(place.leaf for place in places), *named, *holder.anchors()}
    leaves, proof = prove_leaves(wanted, log=log, tree=trees.log)
    return Account(
        kind=holder.kind,
        since=asked.since,
        until=asked.until,
        first=chosen[0].first,
        end=chosen[-1].end,
        size=trees.log.size,
        vkey=asked.vkey,
        checkpoint=asked.checkpoint,
        keys=holder.keys([seal.epoch for seal in chosen if seal.labels]),
        leaves=leaves,
        leaves_proof=proof,
        rows=prove_rows(places, log=log, table=trees.table),
        seals=tuple(proofs),
        openings=tuple(sorted(openings, key=lambda item: (item.leaf, -1 if item.row is None else item.row))),
        timestamp=asked.timestamp,
    )


def _gather(
    seals: Sequence[SealAt], *, chosen: Sequence[SealAt], log: Leaves, trees: Trees, holder: Holder
) -> tuple[list[Place], list[Place], list[IndexProof]]:
    """Go through the seals: what stands under the label, what under the registry label, and the proof of each index."""
    mine: list[Place] = []
    registered: list[Place] = []
    proofs: list[IndexProof] = []
    in_range = {seal.end for seal in chosen}
    for seal in seals:
        if not seal.labels:
            proofs.append(IndexProof(leaves=(), proof=b""))
            continue
        own = [(holder.label(seal.epoch), mine)] if seal.end in in_range else []
        registry = holder.registry_label(seal.end)
        asked = own if registry is None else [*own, (registry, registered)]
        index = trees.index(seal.end, seal.labels)
        proof, present = prove_index(index, wanted=[label for label, _ in asked])
        proofs.append(proof)
        for (label, places), there in zip(asked, present, strict=True):
            if there:
                places += places_in(log, label=label, seal=seal, table=trees.table)
    return mine, registered, proofs
