"""The eraser: destroys a person's secret, and with it every way from her to what the ledger has of her.

In this order, and a crash between any two is made good at the next opening for writing:
1. the intent, durably: whom, and what the ledger's entry will say
2. the ledger's entry, durably: whoever is to answer for the erasure can show it
3. the secret: labels, payloads, rows of manifests and records are noise from here on
4. her tokens, record, dates, cases and registration
"""

from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import Erasing, KeyStore, PeopleStore
from suyuan.hold.registrar import Registrar
from suyuan.ledger.entry import EraseEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.terms import LeafIndex, PersonNumber


class Eraser:
    """Erases persons. Reads none of their values."""

    def __init__(
        self, ledger: Ledger, *, broker: KeyBroker, keys: KeyStore, people: PeopleStore, registrar: Registrar
    ) -> None:
        self._ledger = ledger
        self._broker = broker
        self._keys = keys
        self._people = people
        self._registrar = registrar

    def erase(self, person: PersonNumber) -> LeafIndex:
        """Erase a person; give the ledger's entry that says so.

        The entry carries her registry label, or, where she was never enrolled, her label of the epoch in force.

        Raises: RefusedError `hold.person`: there is no such person, or she is erased already. `hold.held`: a legal hold
            freezes her. UnavailableError: the
            ledger or a store cannot be written; what was begun is finished at the next opening for writing.
        """
        if person < 0 or not self._broker.secrets_held((person,))[0]:
            raise RefusedError("nobody is held under this number", code="hold.person")
        self._require_free(person)
        label, epoch = self._registrar.label_of(person), None
        if label is None:
            epoch = self._ledger.epoch
            label = self._broker.label(person, epoch=epoch)
        self._people.begin_erase(Erasing(person=person, label=label, epoch=epoch, size=self._ledger.size))
        [erasing] = [begun for begun in self._people.erasing() if begun.person == person]
        return self._finish(erasing)

    def finish(self) -> int:
        """Finish the erasures that a crash has interrupted; give how many there were."""
        begun = self._people.erasing()
        for erasing in begun:
            self._finish(erasing)
        return len(begun)

    def _require_free(self, person: PersonNumber) -> None:
        """Require that no legal hold freezes a person. An erasure that was begun before is finished all the same."""
        facts = self._people.facts([person]).get(person)
        if facts is not None and facts.holds:
            raise RefusedError(
                "this person is under a legal hold: " + ", ".join(facts.holds),
                code="hold.held",
                hint="she can be erased when every hold has ended: suyuan hold unfreeze CUSTOMER --hold ID",
            )

    def _finish(self, erasing: Erasing) -> LeafIndex:
        entry = self._entry(erasing)
        if entry is None:
            label, epoch = erasing.label, erasing.epoch
            if epoch is not None and epoch != self._ledger.epoch:
                # An epoch has ended since. Without an entry the secret is still there, and makes the next one's label.
                epoch = self._ledger.epoch
                label = self._broker.label(erasing.person, epoch=epoch)
            [receipt] = self._ledger.append([Draft(body=EraseEntry(label=label), epoch=epoch)])
            entry = LeafIndex(receipt.index)
        self._broker.forget()
        self._keys.erase(erasing.person)
        self._people.erase(erasing.person)
        return entry

    def _entry(self, erasing: Erasing) -> LeafIndex | None:
        """Give the entry of an erasure that was interrupted behind it."""
        labels = {erasing.label}
        if erasing.epoch is not None and self._broker.secrets_held((erasing.person,))[0]:
            epochs = range(erasing.epoch, self._ledger.epoch + 1)
            labels |= {self._broker.label(erasing.person, epoch=epoch) for epoch in epochs}
        for index, entry in self._ledger.entries(erasing.size):
            if isinstance(entry.body, EraseEntry) and entry.body.label in labels:
                return index
        return None
