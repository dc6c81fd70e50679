"""Every word of consent, in each person's own order; the last one on a matter counts."""

from collections.abc import Mapping, Sequence

from suyuan.adapters.people.engine import Engine, Row
from suyuan.collect.ports import Consent, ConsentScope, ConsentState
from suyuan.hold.ports import Numbers
from suyuan.terms import PersonNumber, PurposeName


class Consents(Engine):
    """Fulfils `ConsentStore`."""

    def add_consents(self, consents: Sequence[Consent], *, followed: int) -> None:
        """Keep these, durably, all or none, and with them that the ledger was followed up to this entry."""
        with self.writing() as writes:
            writes.run_each("add_consent", (_row(consent) for consent in consents))
            writes.run("follow_consents", (followed,))

    def consents(self, person: PersonNumber) -> tuple[Consent, ...]:
        """Give a person's whole history, oldest first."""
        return tuple(_consent(row) for row in self.rows("consents", (int(person),)))

    def last_words(
        self, persons: Numbers, *, purpose: PurposeName, scope: ConsentScope, recipient: str
    ) -> Sequence[Consent]:
        """Give the last word of each person on this, of those who said any."""
        return [_consent(row) for row in self.among("last_words", persons, before=(purpose, scope.value, recipient))]

    def last_consent(
        self, person: PersonNumber, *, purpose: PurposeName, scope: ConsentScope, recipient: str
    ) -> Consent | None:
        """Give a person's last word on this, None where she said none."""
        found = self.rows("last_consent", (int(person), purpose, scope.value, recipient))
        return _consent(found[0]) if found else None

    def last_places(self, persons: Numbers) -> Mapping[int, int]:
        """Give the place of the last word of each person, of those who said any."""
        return {int(person): int(place) for person, place in self.among("last_places", persons)}

    def consents_followed(self) -> int:
        """Give the ledger entry up to which its consents are kept, -1 where none was."""
        return int(self.rows("consents_followed")[0][0])


def _row(consent: Consent) -> tuple[object, ...]:
    return (
        int(consent.person), consent.place, consent.id, consent.purpose, consent.scope.value, consent.recipient,
        consent.state.value, consent.terms, int(consent.guardian), consent.receipt,
    )  # fmt: skip


def _consent(row: Row) -> Consent:
    person, place, id_, purpose, scope, recipient, state, terms, guardian, receipt = row
    return Consent(
        id=bytes(id_),
        person=PersonNumber(person),
        purpose=PurposeName(purpose),
        scope=ConsentScope(scope),
        recipient=recipient,
        state=ConsentState(state),
        terms=bytes(terms),
        guardian=bool(guardian),
        receipt=bytes(receipt),
        place=place,
    )
