"""What persons have said, read from the store of consents under the terms that are asked today."""

import numpy as np
import numpy.typing as npt

from suyuan.collect.ports import ConsentScope, ConsentState, ConsentStore
from suyuan.collect.terms_of import terms_digest
from suyuan.hold.consent_keys import ConsentKeys
from suyuan.hold.live_words import live_among
from suyuan.hold.ports import Numbers
from suyuan.release.policy import Policy
from suyuan.terms import PersonNumber, PurposeName


class StoredWords:
    """Answers from the store; a word that was given on other terms is none, nor is one that the broker did not seal."""

    def __init__(self, store: ConsentStore, *, policy: Policy, broker: ConsentKeys) -> None:
        self._store = store
        self._broker = broker
        self._policy = policy
        self._terms: dict[tuple[PurposeName, ConsentScope, str], bytes] = {}

    def consenting(
        self, persons: Numbers, *, purpose: PurposeName, scope: ConsentScope, recipient: str
    ) -> npt.NDArray[np.bool_]:
        """Tell for each person whether her last word is yes."""
        terms = self._digest(purpose, scope=scope, recipient=recipient)
        said = self._store.last_words(persons, purpose=purpose, scope=scope, recipient=recipient)
        return live_among(persons, said=said, terms=terms, broker=self._broker)

    def by_guardian(self, person: PersonNumber, *, purpose: PurposeName) -> bool:
        """Tell whether the last word for a purpose is a guardian's yes."""
        last = self._store.last_consent(person, purpose=purpose, scope=ConsentScope.PURPOSE, recipient="")
        if last is None or last.state is not ConsentState.GIVEN or not last.guardian:
            return False
        terms = self._digest(purpose, scope=ConsentScope.PURPOSE, recipient="")
        return last.terms == terms and bool(self._broker.live_words((last,))[0])

    def _digest(self, purpose: PurposeName, *, scope: ConsentScope, recipient: str) -> bytes:
        key = (purpose, scope, recipient)
        if key not in self._terms:
            found = self._policy.purpose(purpose)
            self._terms[key] = terms_digest(found, registry=self._policy, scope=scope, recipient=recipient)
        return self._terms[key]
