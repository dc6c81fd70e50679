"""Who holds the keys of an account: of a person what her own entries hang on, of a recipient what names it."""

from collections.abc import Callable, Sequence

import numpy as np

from suyuan.crypto import commit, kdf, merkle, registry
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence.account.entries import ACCOUNT, BATCH, CONSENT, RECIPIENT, REFUSE, Entry
from suyuan.evidence.account.file import PERSON
from suyuan.evidence.account.file import RECIPIENT as RECIPIENTS
from suyuan.evidence.account.members import Enrolment, Keys, Opening, PersonKeys, RecipientKeys, Registry, opening_of
from suyuan.flows.account_proofs import HashedList
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore
from suyuan.ledger.bodies import CloseEntry, EnrolBatchEntry, EnrolEntry, OpenEntry, RecipientEntry, RegistryEntry
from suyuan.ledger.log import Log
from suyuan.ledger.seal import LABEL_BYTES, find_label
from suyuan.release import sides
from suyuan.terms import PersonNumber, Recipient

_PERSONS_PER_STEP = 65_536
_SALTED = {REFUSE: sides.REFUSAL_SIDE, RECIPIENT: sides.RECIPIENT_SIDE, ACCOUNT: sides.ACCOUNT_SIDE}


class Openings:
    """Opens what the entries of one label commit to, each by itself."""

    def __init__(self, log: Log, *, broker: KeyBroker, table: Callable[[int, int], HashedList]) -> None:
        self._log = log
        self._broker = broker
        self._table = table

    def named(self, label: bytes) -> int:
        """Give the entry that names a recipient.

        Raises: VerificationError: it has none.
        """
        found = self._log.find(RecipientEntry.op, key=label)
        if found is None:
            raise VerificationError("a recipient's entry is missing from the ledger")
        return found

    def opening(self, entry: Entry, *, row: int | None) -> Opening | None:
        """Open what an entry or a row of it commits to; None where the person's key is gone."""
        if entry.op in _SALTED:
            side = sides.require_side(self._log, index=entry.index, name=_SALTED[entry.op], broker=self._broker)
            salt, payload = side[: commit.SALT_BYTES], side[commit.SALT_BYTES :]
            return opening_of(entry.index, row=None, salt=salt, payload=payload)
        if entry.op == CONSENT:
            return self._consent(entry)
        sealed = self._log.side(entry.index, name=sides.PAYLOAD_SIDE)
        if sealed is None:
            raise VerificationError(f"entry {entry.index}: its payload is missing beside the ledger")
        if entry.op == BATCH:
            salt, payload = self._broker.open_payload(sealed)
            if row is not None:
                salt = self._salt_of_row(entry, row=row, payload=payload)
            return opening_of(entry.index, row=row, salt=salt, payload=payload)
        person = self._person_of(entry)
        if person is None:
            return None
        pool, first, _ = (item.whole() for item in entry.value("k").list(size=3))
        key, salt = self._broker.payload_opening(person, pool=pool, ordinal=first)
        return Opening(leaf=entry.index, row=None, salt=salt, key=key, sealed=sealed)

    def _consent(self, entry: Entry) -> Opening | None:
        person = self._person_of(entry)
        side = self._log.side(entry.index, name=sides.CONSENT_SIDE)
        if side is None:
            raise VerificationError(f"entry {entry.index}: its consent is missing beside the ledger")
        if person is None:
            return None
        salt, key, sealed = self._broker.consent_opening(person, side=side)
        return Opening(leaf=entry.index, row=None, salt=salt, key=key, sealed=sealed)

    def _person_of(self, entry: Entry) -> PersonNumber | None:
        raise NotImplementedError

    def _salt_of_row(self, entry: Entry, *, row: int, payload: bytes) -> bytes:
        """Give the salt of a person's row of a table: by the row key that a row of the manifest of hers consumed.

        Raises: VerificationError: none of them opens the row.
        """
        person = self._person_of(entry)
        body = self._table(entry.index, entry.value("n").whole()).leaf(row)
        pool, first, _ = (item.whole() for item in entry.value("k").list(size=3))
        listed = sides.require_side(self._log, index=entry.index, name=sides.LABELS_SIDE, broker=self._broker)
        at = listed.find(body[:LABEL_BYTES])
        while at >= 0 and person is not None:
            if at % LABEL_BYTES == 0:
                _, salt = self._broker.payload_opening(person, pool=pool, ordinal=first + at // LABEL_BYTES)
                if commit.commitment(commit.PAYLOAD, salt=salt, payload=payload) == body[LABEL_BYTES:]:
                    return salt
            at = listed.find(body[:LABEL_BYTES], at + 1)
        raise VerificationError(f"entry {entry.index}: row {row} does not open")


class PersonHolder(Openings):
    """Holds one person's keys; shows era keys and payload keys of single entries, and never what they hang on."""

    kind = PERSON

    def __init__(
        self,
        person: PersonNumber,
        *,
        log: Log,
        broker: KeyBroker,
        people: PeopleStore,
        table: Callable[[int, int], HashedList],
    ) -> None:
        super().__init__(log, broker=broker, table=table)
        self._person = person
        self._registries = tuple((index, self._registry(index)) for index in log.named(RegistryEntry.op))
        found = people.registrations([person])
        self._identifier: bytes | None = None
        if found and not found[0].shared:
            [self._identifier] = broker.open_identifiers([person], sealed=[found[0].sealed_identifier])
        self._enrolments = tuple(self._enrolment(number) for number in range(1, len(self._registries) + 1))

    def label(self, epoch: int) -> bytes:
        """Give her label in an epoch."""
        return self._broker.label(self._person, epoch=epoch)

    def registry_label(self, end: int) -> bytes | None:
        """Give her registry label under the registry that was in force before an entry."""
        for number in reversed(range(len(self._registries))):
            if self._registries[number][0] < end:
                enrolled = self._enrolments[number]
                return None if enrolled is None else enrolled[0]
        return None

    def keys(self, epochs: Sequence[int]) -> Keys:
        """Give the era keys of these epochs, and how registries bind them to her identifier."""
        eras: list[dict[int, bytes]] = [{} for _ in self._registries]
        for epoch in epochs:
            first = self._broker.registry_of(epoch)
            if epoch:
                number = next(n for n, (_, body) in enumerate(self._registries) if body.first_epoch == first)
                start = kdf.era_start(epoch, first_epoch=first)
                era = 1 + (start - first) // kdf.ERA_EPOCHS
                if era not in eras[number]:
                    eras[number][era] = self._broker.era_key(self._person, start=start)
        return PersonKeys(
            origin=self._broker.first_origin,
            zero=self.label(0),
            registries=tuple(
                Registry(leaf=index, eras=opened, enrolment=None if enrolled is None else enrolled[1])
                for (index, _), opened, enrolled in zip(self._registries, eras, self._enrolments, strict=True)
            ),
        )

    def anchors(self) -> Sequence[int]:
        """Give the log's registries and the ends of its shards."""
        named = self._log.named
        return [*(i for i, _ in self._registries), *named(OpenEntry.op), *named(CloseEntry.op)]

    def _person_of(self, entry: Entry) -> PersonNumber | None:
        return self._person

    def _registry(self, index: int) -> RegistryEntry:
        body = self._log.entry(index).body
        if not isinstance(body, RegistryEntry):
            raise VerificationError(f"entry {index}: is no registry, and the store says it is one")
        return body

    def _enrolment(self, number: int) -> tuple[bytes, Enrolment] | None:
        """Give her registry label in a registry and how she is enrolled under it; None where she is not, or no longer."""
        if self._identifier is None:
            return None
        try:
            label = self._broker.registry_label(self._identifier, number=number)
        except VerificationError:
            # The key of an ended shard's registry may have been destroyed: nobody can prove its labels any more.
            if number == len(self._registries):
                raise
            return None
        leaf = self._log.registered([label]).get(label)
        hashes = tuple(self._broker.enrolment(self._person, first_epoch=self._registries[number - 1][1].first_epoch))
        if leaf is None:
            return None
        row, committed = self._enrolled(leaf, label=label)
        if committed != merkle.root(hashes):
            return None
        kind, identifier = registry.identifier_parts(self._identifier)
        proof = self._broker.prove_registry_label(self._identifier, number=number)
        return label, Enrolment(kind=kind, identifier=identifier, proof=proof, leaf=leaf, row=row, hashes=hashes)

    def _enrolled(self, leaf: int, *, label: bytes) -> tuple[int | None, bytes]:
        match self._log.entry(leaf).body:
            case EnrolEntry(keys=committed):
                return None, committed
            case EnrolBatchEntry(rows=rows):
                table = self._table(leaf, rows)
                found = find_label(label, size=rows, leaf=table.leaf)
                if found.present:
                    row = found.positions[0]
                    return row, table.leaf(row)[LABEL_BYTES:]
            case _:
                pass
        raise VerificationError(f"entry {leaf}: does not hold the registry label that the store has of it")


class RecipientHolder(Openings):
    """Holds what names an account or a partner; what it was shown opens by the keys of the persons who are not erased."""

    kind = RECIPIENTS

    def __init__(
        self,
        recipient: Recipient,
        *,
        log: Log,
        broker: KeyBroker,
        people: PeopleStore,
        table: Callable[[int, int], HashedList],
    ) -> None:
        super().__init__(log, broker=broker, table=table)
        self._label = broker.recipient_label(recipient)
        self._people = people
        self._by_epoch: dict[int, dict[bytes, PersonNumber]] = {}
        if log.find(RecipientEntry.op, key=self._label) is None:
            raise RefusedError(
                f"the ledger knows no {recipient}",
                code="ledger.recipient",
                hint="give the id as it stood in a release or a refusal",
            )

    def label(self, epoch: int) -> bytes:
        """Give the label, which is one for the life of the log."""
        return self._label

    def registry_label(self, end: int) -> bytes | None:
        """Give nothing: recipients stand in no registry."""
        return None

    def keys(self, epochs: Sequence[int]) -> Keys:
        """Give the label."""
        return RecipientKeys(label=self._label)

    def anchors(self) -> Sequence[int]:
        """Give nothing: the label rests on its own entry."""
        return ()

    def _person_of(self, entry: Entry) -> PersonNumber | None:
        """Find whom a release was about, among everybody whose keys are still held."""
        if entry.epoch not in self._by_epoch:
            self._by_epoch[entry.epoch] = self._labels(entry.epoch)
        return self._by_epoch[entry.epoch].get(entry.hash("l"))

    def _labels(self, epoch: int) -> dict[bytes, PersonNumber]:
        everybody = self._people.all_persons()
        held = np.asarray(everybody)[self._broker.secrets_held(everybody)]
        found: dict[bytes, PersonNumber] = {}
        for start in range(0, len(held), _PERSONS_PER_STEP):
            step = held[start : start + _PERSONS_PER_STEP].tolist()
            named = zip(self._broker.labels(step, epoch=epoch), step, strict=True)
            found.update((label, PersonNumber(person)) for label, person in named)
        return found
