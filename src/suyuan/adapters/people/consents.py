"""Every word of consent, in the order of the ledger's entries; the last one on a matter counts."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from suyuan.adapters.people.engine import Engine, Row
from suyuan.adapters.people.times import from_ms, to_ms
from suyuan.collect.ports import Consent, ConsentScope, ConsentState
from suyuan.hold.ports import Numbers
from suyuan.terms import PersonNumber, PurposeName


class Consents(Engine):
    """Fulfils `ConsentStore`."""

    def add_consents(self, consents: Sequence[Consent]) -> None:
        """Keep these, durably, all or none; one whose `entry` is kept already is left as it is."""
        with self.writing() as writes:
            writes.run_each("add_consent", (_row(consent) for consent in consents))

    def consents(self, person: PersonNumber) -> tuple[Consent, ...]:
        """Give a person's whole history, oldest first."""
        return tuple(_consent(row) for row in self.rows("consents", (int(person),)))

    def consenting(
        self, persons: Numbers, *, purpose: PurposeName, scope: ConsentScope, recipient: str, terms: bytes
    ) -> npt.NDArray[np.bool_]:
        """Tell for each person whether her last word is `given` under exactly these terms."""
        said = self.among("last_words", persons, before=(purpose, scope.value, recipient))
        given = ConsentState.GIVEN.value
        found = [person for person, state, under in said if state == given and bytes(under) == terms]
        return np.isin(persons, np.array(found, np.int64))

    def last_consent(
        self, person: PersonNumber, *, purpose: PurposeName, scope: ConsentScope, recipient: str
    ) -> Consent | None:
        """Give a person's last word on this, None where she said none."""
        found = self.rows("last_consent", (int(person), purpose, scope.value, recipient))
        return _consent(found[0]) if found else None

    def last_consent_entry(self) -> int:
        """Give the highest `entry` of all words kept, -1 where none is."""
        return int(self.rows("last_consent_entry")[0][0])


def _row(consent: Consent) -> tuple[object, ...]:
    return (
        consent.entry, consent.id, int(consent.person), consent.purpose, consent.scope.value, consent.recipient,
        consent.state.value, consent.terms, to_ms(consent.at), int(consent.guardian), consent.receipt,
    )  # fmt: skip


def _consent(row: Row) -> Consent:
    entry, id_, person, purpose, scope, recipient, state, terms, at, guardian, receipt = row
    return Consent(
        id=bytes(id_),
        person=PersonNumber(person),
        purpose=PurposeName(purpose),
        scope=ConsentScope(scope),
        recipient=recipient,
        state=ConsentState(state),
        terms=bytes(terms),
        at=from_ms(at),
        guardian=bool(guardian),
        receipt=bytes(receipt),
        entry=entry,
    )
