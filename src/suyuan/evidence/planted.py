"""Planted identifiers: proof that a decoy or alias was planted in an accused's copy, and that the dump shows it."""

from suyuan.errors import VerificationError
from suyuan.evidence.hashes import commitment, verify_inclusion
from suyuan.evidence.law import drawn_index
from suyuan.evidence.ledger_entries import Release
from suyuan.evidence.manifest_row import PlantedRow, read_row, verify_lane_key, verify_lanes
from suyuan.evidence.members import PlantedHit
from suyuan.evidence.plain import encode
from suyuan.evidence.reading import shows_identifier
from suyuan.evidence.room import Room

PLANTED = "suyuan/planted/v1"


def read_hits(suspect: int, *, room: Room) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Check every planted hit of a suspect.

    Returns: M / (2c) of each hit, and the leaves of their releases.
    Raises: VerificationError: a hit that was not planted, not found, or counts twice; more hits than planted.
    """
    hits: list[float] = []
    leaves: list[int] = []
    counted: set[tuple[str, str]] = set()
    for position, hit in enumerate(room.bundle.planted):
        if hit.suspect != suspect:
            continue
        place = f"planted.json.planted[{position}]"
        release = room.entries.release(hit.leaf)
        _verify_planted(hit, release=release, room=room, place=place)
        hits.append(_verify_found(hit, release=release, room=room, place=place))
        leaves.append(hit.leaf)
        if (hit.found.pool, hit.found.identifier) in counted:
            raise VerificationError(f"{place}: the same identifier counts twice")
        counted.add((hit.found.pool, hit.found.identifier))
    if len(hits) > room.bundle.opened.suspects[suspect].planted:
        raise VerificationError(f"planted.json: more hits than were planted for suspect {suspect}")
    return tuple(hits), tuple(leaves)


def _verify_planted(hit: PlantedHit, *, release: Release, room: Room, place: str) -> None:
    """Check that the manifest row commits to the identifier that the key draws."""
    row = read_row(hit.manifest, row=hit.row, proof=hit.proof, release=release, place=place)
    if not isinstance(row, PlantedRow):
        raise VerificationError(f"{place}.manifest: the row of a person, not of a planted identifier")
    verify_lanes(hit.lanes, row=hit.row, proof=hit.pool_proof, release=release, entries=room.entries, place=place)
    verify_lane_key(hit.key, lane=hit.lane, lanes=hit.lanes, place=place)
    if commitment(PLANTED, salt=hit.salt, payload=encode(dict(hit.opening))) != row.commitment:
        raise VerificationError(f"{place}.opening: does not open the commitment of its row")
    pool = room.law(release).pools.get(hit.found.pool)
    if pool is None:
        raise VerificationError(f"{place}.opening.pool: the law has no such pool")
    if pool != room.pool(hit.found.pool):
        raise VerificationError(f"{place}.opening.pool: is not the pool that was counted in the dump")
    if pool.member(drawn_index(hit.key, attempt=hit.attempt, size=pool.size)) != hit.found.identifier:
        raise VerificationError(f"{place}.opening.identifier: is not the one that the key draws")


def _verify_found(hit: PlantedHit, *, release: Release, room: Room, place: str) -> float:
    """Check that the identifier is among those found in the dump, and give M / (2c)."""
    opened = room.bundle.opened
    pool = room.law(release).pools[hit.found.pool]
    tree = opened.pools.get(hit.found.pool)
    if tree is None:
        raise VerificationError(f"{place}.found: nothing of this pool was found when the trace was opened")
    verify_inclusion(
        encode(hit.found.document()),
        index=hit.found_index,
        size=tree.count,
        proof=hit.found_proof,
        root=tree.root,
        place=f"{place}.found",
    )
    if hit.found.at not in {column.at for column in opened.dump.columns}:
        raise VerificationError(f"{place}.found.at: no column of the dump")
    if hit.found.row >= opened.dump.rows + opened.dump.unreadable:
        raise VerificationError(f"{place}.found.row: lies beyond the end of the dump")
    if not shows_identifier(hit.found.text, identifier=hit.found.identifier, kind=pool.kind):
        raise VerificationError(f"{place}.found.text: does not show the identifier")
    return pool.size / (2 * tree.count)
