"""One shown person: the chain from release leaf to mark for every copy, and what the dump shows of the marks."""

from dataclasses import dataclass

from suyuan.errors import VerificationError
from suyuan.evidence.arithmetic import Pair, Person, Slots
from suyuan.evidence.bundle import Bundle
from suyuan.evidence.hashes import commitment
from suyuan.evidence.law import OMISSION, Law, MailPool, PhonePool
from suyuan.evidence.ledger_entries import Entries, Release
from suyuan.evidence.manifest_row import PersonRow, read_row, verify_lane_key, verify_lanes
from suyuan.evidence.members import Cells, OpenedField, ShownCopy, ShownPerson
from suyuan.evidence.opening import CELLS, Copy, PersonEntry
from suyuan.evidence.plain import encode
from suyuan.evidence.reading import read_omission, read_slots

TABLES = "suyuan/tables/v1"


class Room:
    """What every check needs at hand: the bundle, its proved entries, its laws, the kinds of the dump's fields."""

    __slots__ = ("_first_law_leaf", "_laws", "bundle", "entries", "kinds")

    def __init__(self, *, bundle: Bundle, entries: Entries) -> None:
        self.bundle = bundle
        self.entries = entries
        self.kinds = {column.field: column.kind for column in bundle.opened.dump.columns}
        self._laws = {law.digest: law for law in bundle.laws}
        self._first_law_leaf = entries.laws()

    def law(self, release: Release) -> Law:
        """Give the law of a release.

        Raises: VerificationError: the bundle does not hold it.
        """
        if release.law not in self._laws:
            raise VerificationError(f"leaf {release.index}: its law is not in the bundle")
        return self._laws[release.law]

    def pool(self, name: str) -> PhonePool | MailPool | None:
        """Give a pool of the law that the trace was opened under: that is the one searched for and counted."""
        return self._laws[self.bundle.opened.law].pools.get(name)

    def law_leaf(self, release: Release) -> int:
        """Give the first `law` entry of a release's law.

        Raises: VerificationError: the bundle does not hold it.
        """
        if release.law not in self._first_law_leaf:
            raise VerificationError(f"leaf {release.index}: the entry of its law is not in the bundle")
        return self._first_law_leaf[release.law]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReading:
    """What one shown person contributes."""

    pairs: Person
    labels: frozenset[tuple[int, bytes]]
    releases: tuple[Release, ...]
    rows: int
    slots: int
    agreeing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """The proved marks of one copy."""

    law: Law
    fields: dict[str, tuple[OpenedField, int]]
    omission: Slots

    def against(self, cells: Cells) -> Pair:
        """Give what one dump row shows of them."""
        channels = [
            (name, read_slots(cells[name], opened=opened, law=self.law, bias=bias))
            for name, (opened, bias) in self.fields.items()
            if name in cells
        ]
        if self.omission:
            channels.append((OMISSION, self.omission))
        return tuple(sorted((name, slots) for name, slots in channels if slots))


def read_person(person: ShownPerson, *, entry: PersonEntry, room: Room, place: str) -> PersonReading:
    """Check a shown person from end to end and read the marks.

    Raises: VerificationError: rows, texts, copies or channels are not those that were committed.
    """
    if tuple(row for row, _ in person.rows) != entry.rows:
        raise VerificationError(f"{place}.rows: not the rows that were committed")
    if commitment(CELLS, salt=person.salt, payload=encode(person.cells())) != entry.cells:
        raise VerificationError(f"{place}.rows: the texts are not those that were committed")
    if len(person.copies) != len(entry.copies):
        raise VerificationError(f"{place}.copies: not the copies that were committed")
    marks: list[_Marks] = []
    labels: set[tuple[int, bytes]] = set()
    for position, (shown, copy) in enumerate(zip(person.copies, entry.copies, strict=True)):
        row = _verify_row(shown, copy=copy, room=room, place=f"{place}.copies[{position}]")
        labels.add((room.entries.release(copy.leaf).epoch, row.label))
        marks.append(_verify_marks(shown, copy=copy, row=row, room=room, place=f"{place}.copies[{position}]"))
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


def _verify_row(shown: ShownCopy, *, copy: Copy, room: Room, place: str) -> PersonRow:
    """Check the manifest row of a copy and the keys drawn ahead for it."""
    release = room.entries.release(copy.leaf)
    row = read_row(shown.manifest, row=copy.row, proof=shown.proof, release=release, place=place)
    if not isinstance(row, PersonRow):
        raise VerificationError(f"{place}.manifest: the row of a planted identifier, not of a person")
    if release.person is not None and release.person != row.label:
        raise VerificationError(f"{place}.manifest: another person than the release names")
    verify_lanes(shown.lanes, row=copy.row, proof=shown.pool_proof, release=release, entries=room.entries, place=place)
    return row


def _verify_marks(shown: ShownCopy, *, copy: Copy, row: PersonRow, room: Room, place: str) -> _Marks:
    """Check that exactly the committed channels are opened, and that each opening is true."""
    opened = {*shown.fields, *([] if shown.omission_key is None else [OMISSION])}
    if opened != set(copy.reads) or not opened <= set(room.bundle.opened.channels):
        raise VerificationError(f"{place}.open: not the channels that were committed")
    law = room.law(room.entries.release(copy.leaf))
    if len({lane for channel, lane in copy.reads.items() if channel != OMISSION}) != len(shown.fields):
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
    omission: Slots = ()
    if shown.omission_key is not None:
        where = f"{place}.open.{OMISSION}"
        if copy.reads[OMISSION] not in law.omission:
            raise VerificationError(f"{where}: the law has no such rate")
        verify_lane_key(shown.omission_key, lane=len(row.tables), lanes=shown.lanes, place=where)
        omission = read_omission(shown.omission_key, rate=copy.reads[OMISSION], law=law)
    fields = {name: (opened, row.biases[copy.reads[name]]) for name, opened in shown.fields.items()}
    return _Marks(law=law, fields=fields, omission=omission)


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
