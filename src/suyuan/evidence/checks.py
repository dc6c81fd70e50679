"""The chain of proofs: from the log's checkpoint to every single mark, and to the bits they are worth.

1. every leaf stands in the checkpoint's tree; checkpoint and manifest are signed by one key;
2. the `trace-open` entry opens: dump, suspects, weights and strategies were fixed before a mark was read;
3. every accused is the recipient whose label stands in its releases;
4. the persons linked to an accused are all there and rebuild the committed root;
5. every shown copy: law, keys and recipient older than the release, the release older than the trace; the
   manifest row, its ordinal, its drawn-ahead keys, its form tables; the texts of the dump as committed;
6. every planted hit: planted by that draw, and among the identifiers found in the dump;
7. no key serves twice, in whatever pool; no label has two names; no person counts twice;
8. the bits are recomputed and equal to what is stated.
"""

from dataclasses import dataclass
from itertools import pairwise

from suyuan.errors import VerificationError
from suyuan.evidence.arithmetic import Measure, Reading, measure, naming_line, stated
from suyuan.evidence.bundle import Bundle
from suyuan.evidence.copies import PersonReading, read_person
from suyuan.evidence.hashes import commitment, root_of
from suyuan.evidence.ledger_entries import Entries
from suyuan.evidence.members import Accused, ShownPerson
from suyuan.evidence.note import Checkpoint, parse_checkpoint, parse_vkey
from suyuan.evidence.opening import TRACE_OPEN, PersonEntry, Suspect
from suyuan.evidence.plain import encode
from suyuan.evidence.planted import read_hits
from suyuan.evidence.room import Room

RECIPIENT = "suyuan/recipient/v1"
TOLERANCE_BITS = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the bundle shows of one accused.

    `slots` marks were read in the dump, `agreeing` of them are the accused's own. `releases` are leaf indexes.
    `decoys` of the persons are decoys that copies share, and the accused's copies had `decoys_held` of them.
    """

    accused: Accused
    suspect: Suspect
    measure: Measure
    line: float
    named: bool
    persons: int
    rows: int
    slots: int
    agreeing: int
    hits: int
    decoys: int
    decoys_held: int
    releases: tuple[int, ...]
    first_released: int
    last_released: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A bundle whose proofs all hold, and what it shows. `opened_at` is the log's own time, in milliseconds UTC."""

    bundle: Bundle
    checkpoint: Checkpoint
    opened_at: int
    findings: tuple[Finding, ...]


def check(bundle: Bundle) -> Checked:
    """Check everything that can be checked without the dump and without a policy, the stated bits included.

    Raises: VerificationError: the first thing that does not hold, naming its place.
    """
    checked = establish(bundle)
    for finding in checked.findings:
        _require_as_stated(finding)
    return checked


def establish(bundle: Bundle) -> Checked:
    """Check the proofs and compute the bits, but do not compare them with what the bundle states.

    Whoever writes a bundle asks this for the bits to state.
    """
    key = parse_vkey(bundle.vkey, place="manifest.note")
    checkpoint = parse_checkpoint(bundle.checkpoint, place="checkpoint")
    if checkpoint.origin != key.name:
        raise VerificationError("checkpoint: of another log than the manifest")
    checkpoint.note.verify_signed(key, place="checkpoint")
    entries = Entries(bundle.leaves, checkpoint=checkpoint)
    entries.require_distinct()
    _verify_opening(bundle, entries=entries)
    room = Room(bundle=bundle, entries=entries)
    linked = _verify_entries(bundle)
    shown = _shown_by_suspect(bundle, linked=linked)
    findings = tuple(
        _finding(accused, room=room, linked=linked[accused.suspect], shown=shown[accused.suspect])
        for accused in bundle.accused
    )
    _require_keys_once(entries)
    _require_lanes_once(bundle)
    return Checked(
        bundle=bundle,
        checkpoint=checkpoint,
        opened_at=entries.time(bundle.trace_leaf, op="trace-open"),
        findings=findings,
    )


def _verify_opening(bundle: Bundle, *, entries: Entries) -> None:
    committed = entries.hash_in(bundle.trace_leaf, op="trace-open", key="c")
    if entries.number(bundle.trace_leaf) != bundle.opened.number:
        raise VerificationError("trace.json.open.number: is not the number that the log gives to its entry")
    if commitment(TRACE_OPEN, salt=bundle.trace_salt, payload=encode(bundle.opened.document())) != committed:
        raise VerificationError("trace.json: does not open the commitment of its entry")
    if bundle.opened.law not in {law.digest for law in bundle.laws}:
        raise VerificationError("trace.json.open.law: is not among the laws of the bundle")


def _verify_entries(bundle: Bundle) -> dict[int, dict[bytes, PersonEntry]]:
    """Check that exactly the accused's persons are given, all of them."""
    if [item.suspect for item in bundle.entries] != [item.suspect for item in bundle.accused]:
        raise VerificationError("entries.json: expected the persons of every accused and of nobody else")
    linked: dict[int, dict[bytes, PersonEntry]] = {}
    for position, item in enumerate(bundle.entries):
        place = f"entries.json.entries[{position}]"
        if item.suspect >= len(bundle.opened.suspects):
            raise VerificationError(f"{place}.suspect: is not among the suspects")
        suspect = bundle.opened.suspects[item.suspect]
        if len(item.entries) != suspect.persons:
            raise VerificationError(f"{place}: not as many persons as were committed")
        if root_of([encode(entry.document()) for entry in item.entries]) != suspect.root:
            raise VerificationError(f"{place}: the persons are not those that were committed")
        copies = [(copy.leaf, copy.row) for entry in item.entries for copy in entry.copies]
        if len(set(copies)) != len(copies):
            raise VerificationError(f"{place}: a copy belongs to two persons")
        if any(entry.rows[-1] >= _data_rows(bundle) for entry in item.entries):
            raise VerificationError(f"{place}: a row lies beyond the end of the dump")
        linked[item.suspect] = {entry.p: entry for entry in item.entries}
    return linked


def _data_rows(bundle: Bundle) -> int:
    return bundle.opened.dump.rows + bundle.opened.dump.unreadable


def _shown_by_suspect(
    bundle: Bundle, *, linked: dict[int, dict[bytes, PersonEntry]]
) -> dict[int, list[tuple[str, ShownPerson]]]:
    shown: dict[int, list[tuple[str, ShownPerson]]] = {suspect: [] for suspect in linked}
    for position, person in enumerate(bundle.persons):
        place = f"persons.json.persons[{position}]"
        if person.p not in linked.get(person.suspect, {}):
            raise VerificationError(f"{place}: was not linked to an accused")
        shown[person.suspect].append((place, person))
    if any(hit.suspect not in linked for hit in bundle.planted):
        raise VerificationError("planted.json: a hit of somebody who is not accused")
    return shown


def _finding(
    accused: Accused, *, room: Room, linked: dict[bytes, PersonEntry], shown: list[tuple[str, ShownPerson]]
) -> Finding:
    opened = room.bundle.opened
    suspect = opened.suspects[accused.suspect]
    _verify_recipient(accused, suspect=suspect, entries=room.entries)
    entries = [linked[person.p] for _, person in shown]
    firsts = {(copy.leaf, copy.row): entry.rows[0] for entry in entries for copy in entry.copies}
    readings = [
        read_person(person, entry=entry, firsts=firsts, room=room, place=place)
        for (place, person), entry in zip(shown, entries, strict=True)
    ]
    _require_persons_once(readings, suspect=accused.suspect)
    hits, leaves = read_hits(accused.suspect, room=room)
    releases = sorted({release.index for reading in readings for release in reading.releases} | set(leaves))
    for index in releases:
        _verify_release(index, accused=accused, suspect=suspect, room=room)
    evidence = measure(
        Reading(
            persons=tuple(reading.pairs for reading in readings),
            hidden=suspect.persons - len(readings),
            hits=hits,
            planted=suspect.planted,
        ),
        grid=opened.grid,
        shares=opened.planted,
    )
    line = naming_line(alpha=opened.alpha, number=opened.number, weight=suspect.weight)
    times = [room.entries.release(index).time for index in releases]
    return Finding(
        accused=accused,
        suspect=suspect,
        measure=evidence,
        line=line,
        named=evidence.total >= line,
        persons=len(readings),
        rows=sum(reading.rows for reading in readings),
        slots=sum(reading.slots for reading in readings),
        agreeing=sum(reading.agreeing for reading in readings),
        hits=len(hits),
        decoys=sum(reading.is_decoy for reading in readings),
        decoys_held=sum(reading.is_decoy and reading.agreeing > 0 for reading in readings),
        releases=tuple(releases),
        first_released=min(times, default=0),
        last_released=max(times, default=0),
    )


def _verify_recipient(accused: Accused, *, suspect: Suspect, entries: Entries) -> None:
    place = f"accused.json: suspect {accused.suspect}"
    committed = entries.hash_in(accused.leaf, op="recipient", key="c")
    if entries.hash_in(accused.leaf, op="recipient", key="l") != suspect.label:
        raise VerificationError(f"{place}: the recipient's entry has another label")
    if commitment(RECIPIENT, salt=accused.salt, payload=encode(accused.recipient())) != committed:
        raise VerificationError(f"{place}: the recipient does not open the commitment of its entry")


def _verify_release(index: int, *, accused: Accused, suspect: Suspect, room: Room) -> None:
    """Check whose release it is, and that law, recipient, release and trace follow each other."""
    release = room.entries.release(index)
    if release.recipient != suspect.label:
        raise VerificationError(f"leaf {index}: a release to somebody else")
    if accused.leaf >= index:
        raise VerificationError(f"leaf {index}: a release before its recipient was entered")
    if room.law_leaf(release) >= index:
        raise VerificationError(f"leaf {index}: a release before its law was entered")
    if index >= room.bundle.trace_leaf:
        raise VerificationError(f"leaf {index}: a release after the trace was opened")
    known_at = room.bundle.opened.known_at
    if known_at is not None and release.time > known_at:
        raise VerificationError(f"leaf {index}: a release after the dump was known")


def _require_persons_once(readings: list[PersonReading], *, suspect: int) -> None:
    """Check that a person stands in one entry: by label, in every epoch."""
    owner: dict[tuple[int, bytes], int] = {}
    label: dict[tuple[int, int], bytes] = {}
    for person, reading in enumerate(readings):
        for epoch, name in reading.labels:
            if owner.setdefault((epoch, name), person) != person:
                raise VerificationError(f"persons.json: a person counts twice against suspect {suspect}")
            if label.setdefault((person, epoch), name) != name:
                raise VerificationError(f"persons.json: copies of two persons count as one against suspect {suspect}")


def _require_keys_once(entries: Entries) -> None:
    """Check that no two releases consumed the same row keys."""
    spans = sorted((release.pool, release.first, release.count, release.index) for release in entries.releases())
    for (pool, first, count, _), (other_pool, other_first, _, index) in pairwise(spans):
        if pool == other_pool and other_first < first + count:
            raise VerificationError(f"leaf {index}: its row keys served another release too")


def _require_lanes_once(bundle: Bundle) -> None:
    """Check that no key serves two shown rows, or twice in one, whatever pools they say they are from."""
    shown = [(f"persons.json: suspect {one.suspect}", copy.lanes) for one in bundle.persons for copy in one.copies]
    shown += [(f"planted.json: suspect {hit.suspect}", hit.lanes) for hit in bundle.planted]
    seen: set[bytes] = set()
    for place, lanes in shown:
        if len(set(lanes)) != len(lanes) or not seen.isdisjoint(lanes):
            raise VerificationError(f"{place}: a key serves twice")
        seen.update(lanes)


def _require_as_stated(finding: Finding) -> None:
    place = f"accused.json: suspect {finding.accused.suspect}"
    bits, said = finding.measure.total, finding.accused.bits
    if said not in {stated(bits), stated(bits + TOLERANCE_BITS), stated(bits - TOLERANCE_BITS)}:
        raise VerificationError(f"{place}: the stated bits are not those of the evidence")
    if finding.accused.named != finding.named and abs(bits - finding.line) > TOLERANCE_BITS:
        raise VerificationError(f"{place}: is stated to be named, or not, against the evidence")
