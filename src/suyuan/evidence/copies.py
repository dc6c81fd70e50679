"""One shown person: the chain from release leaf to mark for every copy, and what the dump shows of the marks."""

from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.errors import VerificationError
from suyuan.evidence.arithmetic import Pair, Person, Slots
from suyuan.evidence.decoys import NO_EPOCH, read_decoy
from suyuan.evidence.hashes import commitment
from suyuan.evidence.law import OMISSION, ORDER, SHARED_DECOY, Law
from suyuan.evidence.ledger_entries import Release
from suyuan.evidence.manifest_row import PersonRow, PlantedRow, SharedRow, read_row, verify_lane_key, verify_lanes
from suyuan.evidence.members import Cells, OpenedField, ShownCopy, ShownPerson
from suyuan.evidence.opening import CELLS, Copy, PersonEntry
from suyuan.evidence.plain import encode
from suyuan.evidence.reading import read_omission, read_order, read_slots
from suyuan.evidence.room import Room

TABLES = "suyuan/tables/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReading:
    """What one shown person contributes."""

    pairs: Person
    labels: frozenset[tuple[int, bytes]]
    releases: tuple[Release, ...]
    rows: int
    slots: int
    agreeing: int

    @property
    def is_decoy(self) -> bool:
        """Whether it is a decoy that copies of an export family share."""
        return any(epoch == NO_EPOCH for epoch, _ in self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """The proved marks of one copy: of its fields, and of where it stands in a dump, if at all."""

    law: Law
    fields: dict[str, tuple[OpenedField, int]]
    standing: dict[str, Slots]

    def against(self, cells: Cells) -> Pair:
        """Give what one dump row shows of them."""
        channels = [
            (name, read_slots(cells[name], opened=opened, law=self.law, bias=bias))
            for name, (opened, bias) in self.fields.items()
            if name in cells
        ]
        return tuple(sorted((name, slots) for name, slots in [*channels, *self.standing.items()] if slots))


def read_person(
    person: ShownPerson, *, entry: PersonEntry, firsts: Mapping[tuple[int, int], int], room: Room, place: str
) -> PersonReading:
    """Check a shown person from end to end and read the marks.

    Args:
        firsts: the first row of the dump for every copy of a person who is shown, by leaf and row of its manifest.
    Raises: VerificationError: rows, texts, copies or channels are not those that were committed.
    """
    if tuple(row for row, _ in person.rows) != entry.rows:
        raise VerificationError(f"{place}.rows: not the rows that were committed")
    if commitment(CELLS, salt=person.salt, payload=encode(person.cells())) != entry.cells:
        raise VerificationError(f"{place}.rows: the texts are not those that were committed")
    if len(person.copies) != len(entry.copies):
        raise VerificationError(f"{place}.copies: not the copies that were committed")
    if len({SHARED_DECOY in copy.reads for copy in entry.copies}) > 1:
        raise VerificationError(f"{place}.copies: a person and a decoy count as one")
    marks: list[_Marks] = []
    labels: set[tuple[int, bytes]] = set()
    for position, (shown, copy) in enumerate(zip(person.copies, entry.copies, strict=True)):
        where = f"{place}.copies[{position}]"
        row = _verify_row(shown, copy=copy, room=room, place=where)
        if isinstance(row, PersonRow):
            labels.add((room.entries.release(copy.leaf).epoch, row.label))
            marks.append(_verify_marks(shown, copy=copy, row=row, firsts=firsts, room=room, place=where))
            continue
        law = room.law(room.entries.release(copy.leaf))
        identity, slots = read_decoy(shown, row=row, rows=person.rows, law=law, room=room, place=where)
        labels.add((NO_EPOCH, identity))
        marks.append(_Marks(law=law, fields={}, standing={SHARED_DECOY: slots}))
    pairs = tuple(copy_marks.against(cells) for _, cells in person.rows for copy_marks in marks)
    read = [match for pair in pairs for _, slots in pair for match, *_ in slots]
    return PersonReading(
        pairs=pairs,
        labels=frozenset(labels),
        releases=tuple(room.entries.release(copy.leaf) for copy in entry.copies),
        rows=len(person.rows),
        slots=len(read),
        agreeing=sum(read),
    )


def _verify_row(shown: ShownCopy, *, copy: Copy, room: Room, place: str) -> PersonRow | SharedRow:
    """Check the manifest row of a copy, the keys drawn ahead for it, and that exactly the committed channels are opened."""
    release = room.entries.release(copy.leaf)
    row = read_row(shown.manifest, row=copy.row, proof=shown.proof, release=release, place=place)
    if isinstance(row, PlantedRow):
        raise VerificationError(f"{place}.manifest: the row of a planted identifier, not of a person")
    label = row.label if isinstance(row, PersonRow) else None
    if release.person is not None and release.person != label:
        raise VerificationError(f"{place}.manifest: another person than the release names")
    verify_lanes(shown.lanes, row=copy.row, proof=shown.pool_proof, release=release, entries=room.entries, place=place)
    counting = set(copy.reads)
    if shown.channels() != counting or not counting <= set(room.bundle.opened.channels):
        raise VerificationError(f"{place}.open: not the channels that were committed")
    if isinstance(row, SharedRow) and copy.reads != {SHARED_DECOY: row.decoy_class}:
        raise VerificationError(f"{place}.open: not the class of the decoy in this row")
    if isinstance(row, PersonRow) and SHARED_DECOY in counting:
        raise VerificationError(f"{place}.manifest: the row of a person, not of a decoy")
    return row


def _verify_marks(
    shown: ShownCopy, *, copy: Copy, row: PersonRow, firsts: Mapping[tuple[int, int], int], room: Room, place: str
) -> _Marks:
    """Check that each opening of a person's row is true."""
    law = room.law(room.entries.release(copy.leaf))
    if len({copy.reads[channel] for channel in shown.fields}) != len(shown.fields):
        raise VerificationError(f"{place}.open: a lane serves two fields")
    for channel, field in shown.fields.items():
        _verify_field(
            field,
            lane=copy.reads[channel],
            slots=law.slots.get(room.kinds[channel]),
            row=row,
            lanes=shown.lanes,
            law=law,
            place=f"{place}.open.{channel}",
        )
    standing: dict[str, Slots] = {}
    if shown.omission_key is not None:
        where = f"{place}.open.{OMISSION}"
        if copy.reads[OMISSION] not in law.omission:
            raise VerificationError(f"{where}: the law has no such rate")
        verify_lane_key(shown.omission_key, lane=len(row.tables), lanes=shown.lanes, place=where)
        standing[OMISSION] = read_omission(shown.omission_key, rate=copy.reads[OMISSION], law=law)
    if shown.order_key is not None:
        where, lane = f"{place}.open.{ORDER}", len(row.tables) + 1
        partner = firsts.get((copy.leaf, row.partner))
        if copy.reads[ORDER] != lane or 2 not in law.radix:
            raise VerificationError(f"{where}: not the lane of the order of ties, or the law knows no such slot")
        if partner is None:
            raise VerificationError(f"{where}: the partner of the tie is not shown")
        verify_lane_key(shown.order_key, lane=lane, lanes=shown.lanes, place=where)
        first = firsts[copy.leaf, copy.row]
        standing[ORDER] = read_order(shown.order_key, first=first, partner=partner, law=law)
    fields = {name: (opened, row.biases[copy.reads[name]]) for name, opened in shown.fields.items()}
    return _Marks(law=law, fields=fields, standing=standing)


def _verify_field(
    field: OpenedField,
    *,
    lane: int,
    slots: int | None,
    row: PersonRow,
    lanes: tuple[bytes, ...],
    law: Law,
    place: str,
) -> None:
    """Check lane key and form table of one field."""
    verify_lane_key(field.key, lane=lane, lanes=lanes, place=place)
    if lane >= len(row.tables):
        raise VerificationError(f"{place}: the manifest row has no table for its lane")
    if commitment(TABLES, salt=field.salt, payload=field.table_text().encode("utf-8")) != row.tables[lane]:
        raise VerificationError(f"{place}: the forms are not those that were committed")
    if slots != len(field.radices) or not law.radix.keys() >= set(field.radices):
        raise VerificationError(f"{place}: the law knows no such slots")
    if row.biases[lane] and row.biases[lane] not in law.bias:
        raise VerificationError(f"{place}: the law knows no such bias")
