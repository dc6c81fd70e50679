"""The seals of an account: one after another without a gap, and for every label what each of them says of it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from suyuan.errors import VerificationError
from suyuan.evidence.account.entries import Entry
from suyuan.evidence.account.members import IndexProof
from suyuan.evidence.account.multiproof import verify_many
from suyuan.evidence.hashes import EMPTY_ROOT, leaf_hash
from suyuan.evidence.plain import HASH_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A seal: the index over the entries [first, end), which are all of one epoch; it stands at `end` itself.

    `origin` is the log's first name, `turns` the number of registry, close and open entries before it; older ones have neither.
    """

    first: int
    end: int
    epoch: int
    time: int
    labels: int
    root: bytes
    closing: bool
    origin: str | None
    turns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an index says of a label: how many items, and the digest of them all."""

    count: int
    digest: bytes


def read_chain(entries: Sequence[Entry]) -> tuple[Seal, ...]:
    """Read the seals: from entry 0 on without a gap, closed epochs by their closing seals, the last by interim ones.

    Raises: VerificationError: a gap, an overlap, an epoch that does not follow.
    """
    seals = tuple(_read(entry) for entry in entries)
    if not seals:
        raise VerificationError("leaves.json: there is no seal")
    if seals[0].first != 0 or seals[0].epoch != 0:
        raise VerificationError("leaves.json: the seals do not begin with the log")
    for before, seal in pairwise(seals):
        if seal.first != before.end + 1:
            raise VerificationError(
                f"leaf {seal.end}: there is a gap between this seal and the one before, or they overlap"
            )
        if seal.epoch != before.epoch + before.closing:
            raise VerificationError(f"leaf {seal.end}: the epoch of this seal does not follow")
        if seal.closing and not before.closing:
            raise VerificationError(f"leaf {seal.end}: a closing seal that does not cover its whole epoch")
    return seals


def read_index(proof: IndexProof, *, seal: Seal, wanted: Sequence[bytes]) -> tuple[Found | None, ...]:
    """Give what a seal's index says of each wanted label: its leaf, or None where two neighbours leave no place for it.

    Raises: VerificationError: a leaf that is not in the index, a label that is neither found nor shown to be
        absent, a leaf that nobody asked for.
    """
    place = f"the index of seal {seal.end}"
    if seal.labels == 0:
        if proof.leaves or proof.proof or seal.root != EMPTY_ROOT:
            raise VerificationError(f"{place}: is empty, and something is shown of it")
        return (None,) * len(wanted)
    if not wanted:
        if proof.leaves or proof.proof:
            raise VerificationError(f"{place}: more is shown than was asked for")
        return ()
    labels = [leaf[:HASH_BYTES] for _, leaf in proof.leaves]
    if any(b <= a for a, b in pairwise(labels)):
        raise VerificationError(f"{place}: its labels are not ascending")
    hashes = [(position, leaf_hash(leaf)) for position, leaf in proof.leaves]
    verify_many(hashes, size=seal.labels, proof=proof.proof, root=seal.root, place=place)
    used: set[int] = set()
    found = tuple(
        _find(label, proof=proof, labels=labels, size=seal.labels, used=used, place=place) for label in wanted
    )
    if len(used) != len(proof.leaves):
        raise VerificationError(f"{place}: more is shown than was asked for")
    return found


def _find(
    label: bytes, *, proof: IndexProof, labels: list[bytes], size: int, used: set[int], place: str
) -> Found | None:
    """Find one label among the leaves shown, or show that the index has none of it."""
    after = bisect_left(labels, label)
    if after < len(labels) and labels[after] == label:
        used.add(after)
        leaf = proof.leaves[after][1]
        return Found(count=int.from_bytes(leaf[32:36], "big"), digest=leaf[36:])
    neighbours = [at for at in (after - 1, after) if 0 <= at < len(labels)]
    positions = [proof.leaves[at][0] for at in neighbours]
    if after == 0:
        absent = positions == [0]
    elif after == len(labels):
        absent = positions == [size - 1]
    else:
        absent = positions[1] == positions[0] + 1
    if not absent:
        raise VerificationError(f"{place}: does not show that a label is absent")
    used.update(neighbours)
    return None


def _read(entry: Entry) -> Seal:
    seal = Seal(
        first=entry.value("a").whole(),
        end=entry.value("b").whole(),
        epoch=entry.epoch,
        time=entry.time,
        labels=entry.value("n").whole(most=2**32 - 1),
        root=entry.hash("r"),
        closing=entry.value("z").whole(most=1) == 1,
        origin=entry.value("o").text() if entry.has("o") else None,
        turns=entry.value("s").whole() if entry.has("s") else None,
    )
    if seal.end != entry.index or seal.first > seal.end:
        raise VerificationError(f"leaf {entry.index}: a seal that does not stand at its own end")
    return seal
