"""The rows of a release's manifest: what was committed, before it was handed over, about each row of the copy."""

from dataclasses import dataclass
from typing import TypeAlias

from suyuan.errors import VerificationError
from suyuan.evidence.hashes import sha256, verify_inclusion
from suyuan.evidence.ledger_entries import Entries, Release
from suyuan.evidence.plain import HASH_BYTES

_PERSON = 1
_PLANTED = 2
_BIASED = 3
_SHARED = 4
_ORDERED = 5
_PARTNER_BYTES = 4
_ORDINAL_BYTES = 8
_NONCE_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A row of a person: the person's label, and by lane a commitment to the form table of every marked field and
    the bias class of its first slot of two choices; 0 is the uniform law. `partner`: the row of this manifest with
    which it is a tie whose order its own key draws; -1 where there is none.
    """

    label: bytes
    tables: tuple[bytes, ...]
    biases: tuple[int, ...]
    partner: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedRow:
    """A row that was planted: the commitment to its identifier."""

    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRow:
    """A row of a decoy that the export family shares: its class, and the commitment to its identifiers."""

    decoy_class: int
    commitment: bytes


Row: TypeAlias = PersonRow | PlantedRow | SharedRow


def read_row(raw: bytes, *, row: int, proof: tuple[bytes, ...], release: Release, place: str) -> Row:
    """Read a manifest row and check that it stands in the release's manifest under the ordinal of its keys.

    Raises: VerificationError: it does not, or is malformed.
    """
    verify_inclusion(raw, index=row, size=release.count, proof=proof, root=release.manifest, place=f"{place}.manifest")
    if len(raw) <= 1 + _ORDINAL_BYTES:
        raise VerificationError(f"{place}.manifest: not a manifest row")
    if int.from_bytes(raw[1 : 1 + _ORDINAL_BYTES], "big") != release.first + row:
        raise VerificationError(f"{place}.manifest: the ordinal is not the one that this row consumed")
    rest = raw[1 + _ORDINAL_BYTES :]
    if raw[0] == _PLANTED and len(rest) == HASH_BYTES:
        return PlantedRow(commitment=rest)
    if raw[0] == _SHARED and len(rest) == 1 + HASH_BYTES:
        return SharedRow(decoy_class=rest[0], commitment=rest[1:])
    is_ordered = raw[0] == _ORDERED
    end = len(rest) - _PARTNER_BYTES * is_ordered
    tables, partner = rest[HASH_BYTES + _NONCE_BYTES + 1 : end], rest[end:]
    if raw[0] not in (_PERSON, _BIASED, _ORDERED) or end <= HASH_BYTES + _NONCE_BYTES:
        raise VerificationError(f"{place}.manifest: not a manifest row")
    count, is_biased = rest[HASH_BYTES + _NONCE_BYTES], is_ordered or raw[0] == _BIASED
    if len(tables) != count * (HASH_BYTES + is_biased):
        raise VerificationError(f"{place}.manifest: not a manifest row")
    return PersonRow(
        label=rest[:HASH_BYTES],
        tables=tuple(tables[i * HASH_BYTES : (i + 1) * HASH_BYTES] for i in range(count)),
        biases=tuple(tables[count * HASH_BYTES :]) if is_biased else (0,) * count,
        partner=int.from_bytes(partner, "big") - 1,
    )


def verify_lanes(
    lanes: tuple[bytes, ...],
    *,
    row: int,
    proof: tuple[bytes, ...],
    release: Release,
    entries: Entries,
    place: str,
) -> None:
    """Check that a row's lane commitments are those that were drawn ahead for its ordinal.

    Raises: VerificationError: the pool is younger than the release, too small, or holds others.
    """
    pool = entries.key_pool(release.pool)
    ordinal = release.first + row
    if pool.index >= release.index:
        raise VerificationError(f"leaf {release.index}: its keys were drawn after it")
    if release.first + release.count > pool.rows or len(lanes) != pool.lanes:
        raise VerificationError(f"{place}.lanes: not the lanes of its pool")
    leaf = ordinal.to_bytes(_ORDINAL_BYTES, "big") + b"".join(lanes)
    verify_inclusion(leaf, index=ordinal, size=pool.rows, proof=proof, root=pool.root, place=f"{place}.lanes")


def verify_lane_key(key: bytes, *, lane: int, lanes: tuple[bytes, ...], place: str) -> None:
    """Check that a key is the one drawn ahead for a lane.

    Raises: VerificationError: it is another.
    """
    if lane >= len(lanes) or sha256(b"suyuan/lane/v1\x00" + key) != lanes[lane]:
        raise VerificationError(f"{place}: the key is not the one that was drawn for its lane")
