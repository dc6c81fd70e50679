"""Build the bundle of a trace: for chosen suspects, everything a stranger needs to check the naming, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suyuan.crypto import commit, merkle
from suyuan.crypto.canonical import decode_object, to_base64
from suyuan.crypto.sign import SigningKey, sign_note
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence import bundle as evidence
from suyuan.evidence.arithmetic import stated
from suyuan.evidence.checks import establish
from suyuan.evidence.decoys import LANE
from suyuan.evidence.members import (
    Accused,
    Leaf,
    OpenedDecoy,
    OpenedField,
    PlantedHit,
    ShownCopy,
    ShownPerson,
    SuspectEntries,
)
from suyuan.evidence.opening import PersonEntry
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.checkpoint import PATH
from suyuan.ledger.entry import BatchEntry, LawEntry, RecipientEntry, ReleaseEntry
from suyuan.ledger.log import Log
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.proof import prove_inclusion
from suyuan.ledger.tiles import TileReader
from suyuan.mark.law import OMISSION, ORDER, SHARED_DECOY
from suyuan.mark.table import ERASED
from suyuan.release.families import Families, shared_rows
from suyuan.release.manifest import parse_person_row
from suyuan.release.sides import LAW_SIDE, RECIPIENT_SIDE, read_side
from suyuan.terms import FieldName, Recipient
from suyuan.trace.naming.copies import ReleaseFacts
from suyuan.trace.naming.entries import LinkedPerson
from suyuan.trace.naming.manifests import Manifest
from suyuan.trace.naming.opening import found_tree
from suyuan.trace.naming.tracer import Traced

MOST_PERSONS = 1_000
"""Persons shown per suspect unless asked otherwise: those whose marks could be read best."""


@dataclass(slots=True, kw_only=True)
class _Release:
    """A release's trees, built once."""

    facts: ReleaseFacts
    manifest: Manifest
    shared: list[bytes]
    tree: merkle.Tree
    pool: merkle.Tree


class Bundler:
    """Opens slot keys of linked persons, and nothing else: never a pool's seed, never another person's marks."""

    def __init__(self, log: Log, *, broker: KeyBroker, files: TileFiles, key: SigningKey) -> None:
        """Take the log, the broker, the published files and the log's key.

        The checkpoint must cover the trace's opening: publish before bundling.
        """
        self._log = log
        self._broker = broker
        self._files = files
        self._key = key
        self._releases: dict[int, _Release] = {}
        self._pools: dict[bytes, merkle.Tree] = {}
        self._texts: dict[FieldName, dict[int, list[bytes]]] = {}
        self._families = Families(log, broker=broker)

    def bundle(self, traced: Traced, *, suspects: Sequence[Recipient], most_persons: int = MOST_PERSONS) -> bytes:
        """Give the bundle of a trace for these suspects.

        Raises: RefusedError: no suspects, or one that the trace does not have.
        """
        if not suspects:
            raise RefusedError(
                "a bundle needs at least one suspect", code="trace.bundle",
                hint="nobody was named; name a recipient to show with --suspect",
            )  # fmt: skip
        places = sorted({self._place(traced, who) for who in suspects})
        chosen = {place: _choose(traced, place=place, most=most_persons) for place in places}
        self._texts = _tables(traced, persons={linked.person for shown in chosen.values() for linked in shown})
        persons = tuple(
            self._person(traced, place=place, linked=linked) for place in places for linked in chosen[place]
        )
        planted = tuple(
            sorted(
                (
                    self._hit(traced, place=place, position=i)
                    for i, (place, _) in enumerate(traced.hits.hits)
                    if place in places
                ),
                key=lambda hit: (hit.suspect, hit.leaf, hit.row),
            )
        )
        draft = self._assemble(traced, places=places, persons=persons, planted=planted)
        findings = establish(draft).findings
        accused = tuple(
            Accused(
                suspect=a.suspect,
                kind=a.kind,
                id=a.id,
                label=a.label,
                salt=a.salt,
                leaf=a.leaf,
                bits=stated(finding.measure.total),
                named=finding.named,
            )
            for a, finding in zip(draft.accused, findings, strict=True)
        )
        final = evidence.Bundle(
            vkey=draft.vkey, checkpoint=draft.checkpoint, leaves=draft.leaves, laws=draft.laws,
            trace_leaf=draft.trace_leaf, trace_salt=draft.trace_salt, opened=draft.opened, accused=accused,
            entries=draft.entries, persons=draft.persons, planted=draft.planted,
        )  # fmt: skip
        return evidence.write_bundle(final, sign=lambda text: sign_note(text, keys=(self._key,)))

    def _place(self, traced: Traced, who: Recipient) -> int:
        if who not in traced.copies.suspects:
            raise RefusedError(f"{who} is not among the suspects of this trace", code="trace.bundle")
        return traced.copies.suspects.index(who)

    def _assemble(
        self,
        traced: Traced,
        *,
        places: list[int],
        persons: tuple[ShownPerson, ...],
        planted: tuple[PlantedHit, ...],
    ) -> evidence.Bundle:
        """Put the members together; the stated bits come last."""
        accused = tuple(self._accused(traced, place=place) for place in places)
        shown = {copy.leaf for person in persons for copy in self._entry(traced, person).copies}
        shown |= {hit.leaf for hit in planted}
        laws = self._laws(sorted(shown), traced=traced)
        pools = {self._facts(traced, index).span.pool for index in shown}
        wanted = {*shown, *pools, *laws, traced.opened.index, *(a.leaf for a in accused)}
        note = self._files.read(PATH)
        if note is None:
            raise VerificationError("the ledger has no published checkpoint")
        return evidence.Bundle(
            vkey=str(self._key.verify_key),
            checkpoint=note,
            leaves=self._leaves(sorted(wanted), checkpoint=note),
            laws=tuple(evidence.law_of(document) for document in laws.values()),
            trace_leaf=traced.opened.index,
            trace_salt=traced.opened.salt,
            opened=traced.fixed,
            accused=accused,
            entries=tuple(
                SuspectEntries(suspect=p, entries=tuple(linked.entry for linked in traced.persons[p])) for p in places
            ),
            persons=persons,
            planted=planted,
        )

    def _leaves(self, wanted: list[int], *, checkpoint: bytes) -> tuple[Leaf, ...]:
        size = int(checkpoint.split(b"\n")[1])
        tiles = TileReader(self._files, size=size)
        return tuple(
            Leaf(index=index, entry=self._log.leaf(index), proof=prove_inclusion(index, tiles=tiles))
            for index in wanted
        )

    def _laws(self, releases: list[int], *, traced: Traced) -> dict[int, dict[str, object]]:
        """Give the law entries of the releases, and of the trace itself, with their documents."""
        digests = {traced.fixed.law}
        for index in releases:
            body = self._log.entry(index).body
            if isinstance(body, ReleaseEntry | BatchEntry):
                digests.add(body.law)
        found: dict[int, dict[str, object]] = {}
        for digest in sorted(digests):
            entry = self._log.find(LawEntry.op, key=digest)
            raw = None if entry is None else self._log.side(entry, name=LAW_SIDE)
            if entry is None or raw is None:
                raise VerificationError("the law of a release is missing beside the ledger")
            found[entry] = dict(decode_object(raw))
        return found

    def _accused(self, traced: Traced, *, place: int) -> Accused:
        label = traced.copies.labels[place]
        index = self._log.find(RecipientEntry.op, key=label)
        side = None if index is None else read_side(self._log, index=index, name=RECIPIENT_SIDE, broker=self._broker)
        if index is None or side is None:
            raise VerificationError("a recipient's entry is missing from the ledger")
        who = traced.copies.suspects[place]
        return Accused(
            suspect=place, kind=who.kind.value, id=who.id, label=to_base64(label), salt=side[:32], leaf=index,
            bits="0.00", named=False,
        )  # fmt: skip

    def _entry(self, traced: Traced, person: ShownPerson) -> PersonEntry:
        found = traced.persons.find(person.suspect, p=person.p)
        return found.entry

    def _facts(self, traced: Traced, index: int) -> ReleaseFacts:
        return traced.copies.releases[index]

    def _release(self, traced: Traced, index: int) -> _Release:
        if index not in self._releases:
            facts = self._facts(traced, index)
            manifest = Manifest(self._log, broker=self._broker, facts=facts)
            shared = self._shared_rows(facts)
            self._releases[index] = _Release(
                facts=facts,
                manifest=manifest,
                shared=shared,
                tree=merkle.Tree(manifest.leaf_hashes() + merkle.leaf_hashes(shared)),
                pool=self._pool(facts),
            )
        return self._releases[index]

    def _shared_rows(self, facts: ReleaseFacts) -> list[bytes]:
        """Give the manifest rows of the decoys that a release shares, made again."""
        plan, span = facts.plan, facts.span
        decoys = self._families.of(plan.family).decoys[: plan.shared] if plan.shared else []
        first = span.first + plan.rows + plan.planted
        return shared_rows(decoys, family=plan.family, pool=span.pool, first=first, broker=self._broker)

    def _pool(self, facts: ReleaseFacts) -> merkle.Tree:
        """Give the tree of a pool of row keys, which many look-ups share."""
        if facts.pool_root not in self._pools:
            self._pools[facts.pool_root] = self._broker.pool_tree(
                root=facts.pool_root, rows=facts.pool_rows, lanes=facts.lanes
            )
        return self._pools[facts.pool_root]

    def _person(self, traced: Traced, *, place: int, linked: LinkedPerson) -> ShownPerson:
        return ShownPerson(
            suspect=place,
            p=linked.entry.p,
            salt=linked.salt,
            rows=linked.cells,
            copies=tuple(
                self._copy(traced, linked=linked, leaf=copy.leaf, row=copy.row, reads=dict(copy.reads))
                for copy in linked.entry.copies
            ),
        )

    def _copy(self, traced: Traced, *, linked: LinkedPerson, leaf: int, row: int, reads: dict[str, int]) -> ShownCopy:
        release = self._release(traced, leaf)
        facts = release.facts
        ordinal = facts.span.first + row
        if SHARED_DECOY in reads:
            return self._decoy(release, row=row)
        keys = self._broker.lane_keys(root=facts.pool_root, first=ordinal, count=1, lanes=facts.lanes)[0]
        manifest = release.manifest.row(row, person=linked.person, linked=traced.copies.linked)
        read = parse_person_row(manifest)
        fields = {
            channel: self._field(
                traced,
                channel=FieldName(channel),
                linked=linked,
                nonce=read.nonce,
                key=keys[lane].tobytes(),
                committed=read.tables[lane],
            )
            for channel, lane in reads.items()
            if channel not in (OMISSION, ORDER)
        }
        return ShownCopy(
            manifest=manifest,
            proof=release.tree.inclusion_proof(row),
            lanes=tuple(self._broker.lane_commitments(root=facts.pool_root, ordinal=ordinal, lanes=facts.lanes)),
            pool_proof=release.pool.inclusion_proof(ordinal),
            fields=fields,
            omission_key=keys[len(facts.plan.marked)].tobytes() if OMISSION in reads else None,
            order_key=keys[reads[ORDER]].tobytes() if ORDER in reads else None,
        )

    def _decoy(self, release: _Release, *, row: int) -> ShownCopy:
        """Show a shared decoy of one copy: the row that had her or left her out, and the key that decided."""
        facts, plan = release.facts, release.facts.plan
        number, ordinal = row - plan.rows - plan.planted, facts.span.first + row
        key = self._broker.lane_keys(root=facts.pool_root, first=ordinal, count=1, lanes=facts.lanes)[0, LANE]
        [salt] = self._broker.decoy_salts(plan.family, pool=facts.span.pool, ordinals=(ordinal,))
        return ShownCopy(
            manifest=release.shared[number],
            proof=release.tree.inclusion_proof(row),
            lanes=tuple(self._broker.lane_commitments(root=facts.pool_root, ordinal=ordinal, lanes=facts.lanes)),
            pool_proof=release.pool.inclusion_proof(ordinal),
            fields={},
            decoy=OpenedDecoy(
                key=key.tobytes(), salt=salt, identifiers=self._families.of(plan.family).decoys[number].identifiers
            ),
        )

    def _field(
        self, traced: Traced, *, channel: FieldName, linked: LinkedPerson, nonce: int, key: bytes, committed: bytes
    ) -> OpenedField:
        """Open one field of a copy: the form table among the person's rows that the copy committed to."""
        whose, nonces = np.array([linked.person], dtype=np.int64), np.array([nonce], dtype=np.uint64)
        salt = traced.copies.linked.table_salts(whose, field=channel, nonces=nonces).tobytes()
        for text in self._texts[channel].get(linked.person, ()):
            if commit.commitment(commit.TABLES, salt=salt, payload=text) == committed:
                head, *forms = text.decode().split("\n")
                radices = tuple(int(r) for r in head.removeprefix("radices ").split(",") if r)
                return OpenedField(key=key, salt=salt, radices=radices, forms=tuple(forms))
        raise VerificationError("a form table that opened before does not open now")

    def _hit(self, traced: Traced, *, place: int, position: int) -> PlantedHit:
        suspect, hit = traced.hits.hits[position]
        release = self._release(traced, hit.release)
        facts, planted = release.facts, hit.planted
        items = traced.found[planted.pool]
        index = next(i for i, item in enumerate(items) if item.identifier == planted.identifier)
        key = self._broker.lane_keys(root=facts.pool_root, first=planted.ordinal, count=1, lanes=facts.lanes)[0, 0]
        return PlantedHit(
            suspect=suspect,
            leaf=hit.release,
            row=planted.row,
            manifest=planted.manifest_row(),
            proof=release.tree.inclusion_proof(planted.row),
            lanes=tuple(
                self._broker.lane_commitments(root=facts.pool_root, ordinal=planted.ordinal, lanes=facts.lanes)
            ),
            pool_proof=release.pool.inclusion_proof(planted.ordinal),
            lane=0,
            key=key.tobytes(),
            attempt=planted.attempt,
            salt=planted.salt,
            opening=planted.opening(),
            found=items[index],
            found_index=index,
            found_proof=found_tree(items).inclusion_proof(index),
        )


def _tables(traced: Traced, *, persons: set[int]) -> dict[FieldName, dict[int, list[bytes]]]:
    """Give the form tables of some persons' rows, by channel and person."""
    links = np.flatnonzero(np.isin(traced.linked, np.array(sorted(persons), dtype=np.int64))).tolist()
    owners = traced.linked[links].tolist()
    found: dict[FieldName, dict[int, list[bytes]]] = {}
    for channel, shown in traced.shown.items():
        by_person: dict[int, list[bytes]] = {}
        for person, text in zip(owners, shown.tables(links), strict=True):
            by_person.setdefault(person, []).append(text)
        found[channel] = by_person
    return found


def _choose(traced: Traced, *, place: int, most: int) -> list[LinkedPerson]:
    """Give the persons to show: those with most readable marks, and their partners, in the order of their pseudonyms."""
    persons = traced.persons[place]
    if len(persons) <= most:
        return list(persons)
    readable: dict[int, int] = dict.fromkeys(traced.shared.person.tolist(), 1)
    for reading in traced.readings:
        slots = (reading.opened.choices != ERASED).sum(axis=1)
        owner = traced.copies.person[traced.pairs.copy[reading.opened.pair]]
        mine = traced.copies.suspect[traced.pairs.copy[reading.opened.pair]] == place
        for person, count in zip(*np.unique(np.repeat(owner[mine], slots[mine]), return_counts=True), strict=True):
            readable[int(person)] = readable.get(int(person), 0) + int(count)
    copies, beside = traced.copies, traced.ties.partner
    carrying = np.flatnonzero((beside >= 0) & (copies.suspect == place))
    partners: dict[int, list[int]] = {}
    ties = copies.person[carrying].tolist(), copies.person[beside[carrying]].tolist()
    for person, partner in zip(*ties, strict=True):
        readable[person] = readable.get(person, 0) + 1
        partners.setdefault(person, []).append(partner)
    best = sorted(persons, key=lambda linked: (-readable.get(linked.person, 0), linked.entry.p))[:most]
    # Which of a tie comes first is for anybody to see only beside her partner: who is shown brings hers along, and so
    # does whoever is brought along, whose own tie in another release is with somebody else.
    shown: set[int] = set()
    left = [linked.person for linked in best]
    while left:
        person = left.pop()
        if person not in shown:
            shown.add(person)
            left += partners.get(person, ())
    return [linked for linked in persons if linked.person in shown]
