"""Decoys that an export family shares: proof that a key drawn ahead put one into a copy, or left it out, and that the dump shows it."""

from typing import Final

from suyuan.errors import VerificationError
from suyuan.evidence.arithmetic import Slots
from suyuan.evidence.hashes import commitment, sha256
from suyuan.evidence.law import SHARED_DECOY, TOTAL, Law, choose, draws
from suyuan.evidence.manifest_row import SharedRow, verify_lane_key
from suyuan.evidence.members import Cells, OpenedDecoy, ShownCopy
from suyuan.evidence.plain import encode
from suyuan.evidence.reading import shows_identifier
from suyuan.evidence.room import Room

SHARED: Final = "suyuan/shared/v1"
LANE: Final = 0
SHOWN: Final = 0

NO_EPOCH: Final = -1
"""Where a decoy's identity stands among persons' labels: it is the same in every epoch."""


def read_decoy(
    shown: ShownCopy, *, row: SharedRow, rows: tuple[tuple[int, Cells], ...], law: Law, room: Room, place: str
) -> tuple[bytes, Slots]:
    """Check a shared decoy of one copy: her identifiers are those committed, the key is the one drawn ahead, every row shows her.

    Returns: what tells her from other decoys, and the one slot: whether the copy had her, and how likely that was.
    Raises: VerificationError: any of it does not hold.
    """
    where, decoy = f"{place}.open.{SHARED_DECOY}", shown.decoy
    if decoy is None or row.decoy_class not in law.decoy:
        raise VerificationError(f"{where}: the law knows no such class")
    verify_lane_key(decoy.key, lane=LANE, lanes=shown.lanes, place=where)
    opening = encode(decoy.opening())
    if commitment(SHARED, salt=decoy.salt, payload=opening) != row.commitment:
        raise VerificationError(f"{where}: does not open the commitment of its row")
    for number, cells in rows:
        if not _shows(cells, decoy=decoy, law=law, room=room):
            raise VerificationError(f"{where}: row {number} of the dump does not show the decoy")
    weights = law.decoy[row.decoy_class]
    has = choose(weights, draw=draws(decoy.key)[0]) == SHOWN
    return sha256(opening), ((has, weights[SHOWN] / TOTAL, SHOWN),)


def _shows(cells: Cells, *, decoy: OpenedDecoy, law: Law, room: Room) -> bool:
    """Say whether a row shows one of the identifiers, in a column of its kind; its pool is the very one that was searched for."""
    for name, identifier in decoy.identifiers.items():
        pool = room.shared_pool(name, law=law)
        if pool is None:
            continue
        texts = [text for field, text in cells.items() if room.kinds.get(field) == pool.kind]
        if any(shows_identifier(text, identifier=identifier, kind=pool.kind) for text in texts):
            return True
    return False
