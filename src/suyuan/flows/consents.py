"""Consents: asked one at a time, entered in the ledger first, kept in the store, and given to the person as a receipt.

The ledger is the truth: what stands there was said, and a store that a crash left behind follows it when it is opened.

One word goes these steps, many words together:
1. the rules: a purpose in force, a whole notice, a guardian for a child, no asking again after a no
2. the record, by the structure of ISO/IEC TS 27560, sealed under a key of the person's own
3. the ledger's entry, durably
4. the store
5. the receipt: the record, and the log's signed note that its entry stands
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from suyuan.collect.ports import TERMS_BYTES, Consent, ConsentScope, ConsentState, ConsentStore
from suyuan.collect.record import write_record
from suyuan.collect.registry import Purpose, Registry
from suyuan.collect.terms_of import terms_digest
from suyuan.collect.word import Word, require_askable, require_cool, require_speaker
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence.receipt import write_receipt
from suyuan.evidence.receipt.record import write_time
from suyuan.flows.told import Said, Taken, Told, opened, place_bytes, row_of, told_of, whole
from suyuan.hold.broker import KeyBroker
from suyuan.hold.consent_keys import ID_BYTES
from suyuan.hold.live_words import live_among
from suyuan.hold.ports import Numbers, PersonFacts
from suyuan.ledger.bodies import ConsentEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.ledger.receipt import sign_receipt
from suyuan.release.sides import CONSENT_SIDE
from suyuan.terms import Clock, Entropy, LeafIndex, PersonNumber

NOBODY: Final = PersonNumber(-1)
"""The person of a word whose person has no number yet."""

WORDS_PER_STEP: Final = 4_096


class ConsentingPeople(ConsentStore, Protocol):
    """A store of consents that knows who is a child."""

    def facts(self, persons: Sequence[int]) -> Mapping[int, PersonFacts]:
        """See `PeopleStore.facts`."""
        ...


class _Rules:
    """What the registry says of each (purpose, scope, recipient) of one run, asked once."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._askable: dict[tuple[str, str, str], Purpose] = {}
        self._terms: dict[tuple[str, str, str], bytes] = {}

    def askable(self, word: Word) -> Purpose:
        key = (word.purpose, word.scope.value, word.recipient)
        if key not in self._askable:
            self._askable[key] = require_askable(word, registry=self._registry)
        return self._askable[key]

    def terms(self, word: Word, *, purpose: Purpose) -> bytes:
        key = (word.purpose, word.scope.value, word.recipient)
        if key not in self._terms:
            self._terms[key] = terms_digest(
                purpose, registry=self._registry, scope=word.scope, recipient=word.recipient
            )
        return self._terms[key]


class Consents:
    """Takes words, keeps them, and gives receipts. Appends to the ledger, so one thread at a time calls it."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        broker: KeyBroker,
        store: ConsentingPeople,
        registry: Registry,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._ledger = ledger
        self._broker = broker
        self._store = store
        self._registry = registry
        self._clock = clock
        self._entropy = entropy

    # ---- one word ----------------------------------------------------------------------------------------

    def give(self, word: Word) -> Said:
        """Take a yes.

        Raises: RefusedError: `collect.purpose`, `collect.scope`, `collect.recipient` or `collect.notice`, nobody may be asked
            this; `collect.guardian`, a child cannot say it; `collect.cool_down`, she was asked too soon after a no.
        """
        return self._one(replace(word, state=ConsentState.GIVEN))

    def refuse(self, word: Word) -> Said:
        """Take a no: it costs her nothing, and is kept as a yes is."""
        return self._one(replace(word, state=ConsentState.REFUSED))

    def withdraw(self, word: Word) -> Said:
        """Take back a yes: one call, whatever has become of purpose or notice; the next release on it is refused.

        Raises: RefusedError `collect.consent`: no yes of hers is in force.
        """
        return self._one(replace(word, state=ConsentState.WITHDRAWN))

    def require_sayable(self, words: Sequence[Word], *, child_until: date | None) -> None:
        """Require that words would be taken, without taking them; of somebody whose age is not kept yet too.

        Raises: RefusedError: as `give`, `refuse` and `withdraw`.
        """
        rules, now = _Rules(self._registry), self._clock.now()
        for word in words:
            facts = PersonFacts(person=word.person, child_until=child_until)
            self._ready(word, rules=rules, now=now, facts=facts, asked=True)

    def live(self, person: PersonNumber, *, purpose: Purpose, scope: ConsentScope, recipient: str = "") -> bool:
        """Say whether a person's consent is live under the terms in force."""
        return bool(self.lives(np.array([person], np.int64), purpose=purpose, scope=scope, recipient=recipient)[0])

    def lives(
        self, persons: Numbers, *, purpose: Purpose, scope: ConsentScope, recipient: str = ""
    ) -> npt.NDArray[np.bool_]:
        """Say it of many persons."""
        terms = terms_digest(purpose, registry=self._registry, scope=scope, recipient=recipient)
        said = self._store.last_words(persons, purpose=purpose.name, scope=scope, recipient=recipient)
        return live_among(persons, said=said, terms=terms, broker=self._broker)

    def require_may_ask(self, word: Word) -> None:
        """Require that she may be asked now; to be called before anything is shown to her.

        Raises: RefusedError: as `give`, but for the guardian.
        """
        require_askable(word, registry=self._registry)
        require_cool(_no_at(self._last(word)), now=self._clock.now(), days=self._registry.platform.cool_down_days)

    def _one(self, word: Word) -> Said:
        [said] = self.say((word,))
        return said

    # ---- many words --------------------------------------------------------------------------------------

    def say(self, words: Sequence[Word]) -> list[Said]:
        """Take many words, each by itself; nothing is kept where one of them is refused.

        Raises: RefusedError: as for one.
        """
        return [
            Said(consent=taken.consent, receipt=self.receipt(taken.consent), repeated=taken.repeated)
            for taken in self.take(words)
        ]

    def take(self, words: Sequence[Word], *, asked: bool = True) -> list[Taken]:
        """`say` without receipts. More than `WORDS_PER_STEP` words are durable a step at a time.

        Args:
            asked: False where words that were said before are brought in: nobody is being asked, so no cool-down holds
                them back, and a yes that is taken back need not have been given here. To bring in the same once more
                changes nothing.
        """
        now = self._clock.now()
        facts = self._store.facts(sorted({int(word.person) for word in words}))
        rules = _Rules(self._registry)
        ready = [
            self._ready(word, rules=rules, now=now, facts=facts.get(int(word.person)), asked=asked) for word in words
        ]
        fresh = [word for word, one in zip(words, ready, strict=True) if one is None]
        kept = iter(self._enter(fresh, rules=rules, now=now))
        return [Taken(next(kept), repeated=False) if one is None else Taken(one, repeated=True) for one in ready]

    def _ready(
        self, word: Word, *, rules: "_Rules", now: datetime, facts: PersonFacts | None, asked: bool
    ) -> Told | None:
        """Step 1; gives the consent that says the same already, None where the word is to be entered."""
        last = self._last(word)
        if (
            not asked
            and last is not None
            and (last.state, write_time(last.at)) == (word.state, write_time(word.at or now))
        ):
            return last
        if word.state is ConsentState.WITHDRAWN:
            if asked and (last is None or last.state is not ConsentState.GIVEN):
                raise RefusedError(
                    "no consent of hers to this is in force",
                    code="collect.consent",
                    hint="`suyuan collect receipts` gives what she said",
                )
            return None
        purpose = rules.askable(word)
        if word.state is ConsentState.REFUSED:
            return None
        require_speaker(word, child_until=None if facts is None else facts.child_until, now=word.at or now)
        if (
            last is not None
            and last.state is ConsentState.GIVEN
            and last.guardian == bool(word.guardian)
            and last.terms == rules.terms(word, purpose=purpose)
        ):
            return last
        if asked and word.prompted:
            require_cool(_no_at(last), now=now, days=self._registry.platform.cool_down_days)
        return None

    def _enter(self, words: Sequence[Word], *, rules: "_Rules", now: datetime) -> list[Told]:
        """Steps 2 to 4."""
        found: list[Told] = []
        for start in range(0, len(words), WORDS_PER_STEP):
            found += self._enter_step(words[start : start + WORDS_PER_STEP], rules=rules, now=now)
        return found

    def _enter_step(self, words: Sequence[Word], *, rules: "_Rules", now: datetime) -> list[Told]:
        epoch = self._ledger.epoch
        drawn = self._entropy.draw(ID_BYTES * len(words))
        ids = [drawn[i : i + ID_BYTES] for i in range(0, len(drawn), ID_BYTES)]
        terms = [self._terms(word, rules=rules) for word in words]
        times = [whole(word.at or now) for word in words]
        records = [
            write_record(
                word, id=id, terms=asked, at=at, purpose=self._registry.purposes.get(word.purpose),
                registry=self._registry,
            )
            for word, id, asked, at in zip(words, ids, terms, times, strict=True)
        ]  # fmt: skip
        prepared = self._broker.prepare_consents([word.person for word in words], records=records, epoch=epoch)
        first = self._ledger.append([
            Draft(body=ConsentEntry(commitment=p.commitment, label=p.label), sides={CONSENT_SIDE: p.side}, epoch=epoch)
            for p in prepared
        ])[0].index  # fmt: skip
        told = [
            Told(
                id=id, person=word.person, purpose=word.purpose, scope=word.scope, recipient=word.recipient,
                state=word.state, terms=asked, guardian=bool(word.guardian), entry=first + place, at=at,
            )
            for place, (word, id, asked, at) in enumerate(zip(words, ids, terms, times, strict=True))
        ]  # fmt: skip
        self._keep(told, followed=first + len(told) - 1)
        return told

    def _keep(self, told: Sequence[Told], *, followed: int) -> None:
        """Step 4: nothing that is kept leads to the ledger without the person's key."""
        persons = [one.person for one in told]
        last = dict(self._store.last_places(np.unique(np.array(persons, dtype=np.int64)))) if told else {}
        rows = []
        for one in told:
            last[one.person] = last.get(one.person, -1) + 1
            rows.append(row_of(one, place=last[one.person]))
        sealed = self._broker.seal_places(rows, places=[place_bytes(one) for one in told])
        self._broker.end_consents(self._ended_by(rows))
        self._store.add_consents(
            [replace(row, receipt=receipt) for row, receipt in zip(rows, sealed, strict=True)], followed=followed
        )

    def _ended_by(self, rows: Sequence[Consent]) -> list[Consent]:
        """Give the yeses that these words take back: of the store, and of those before them among these."""
        stopped = [row for row in rows if row.state is not ConsentState.GIVEN]
        said: dict[PersonNumber, list[Consent]] = {
            person: list(self._store.consents(person)) for person in {row.person for row in stopped}
        }
        for row in rows:
            if row.person in said:
                said[row.person].append(row)
        return [
            given
            for row in stopped
            for given in said[row.person]
            if given.state is ConsentState.GIVEN and given.place < row.place and _matter(given) == _matter(row)
        ]

    def _open(self, consents: Sequence[Consent]) -> list[Told]:
        """Open what the store keeps.

        Raises: VerificationError: it was altered.
        """
        return opened(consents, places=self._broker.open_places(consents))

    def _terms(self, word: Word, *, rules: "_Rules") -> bytes:
        if word.state is ConsentState.WITHDRAWN:
            # What is taken back is what was given, under its own terms.
            last = self._last(word)
            if last is not None:
                return last.terms
        purpose = self._registry.purposes.get(word.purpose)
        return bytes(TERMS_BYTES) if purpose is None else rules.terms(word, purpose=purpose)

    def _last(self, word: Word) -> Told | None:
        kept = self._store.last_consent(word.person, purpose=word.purpose, scope=word.scope, recipient=word.recipient)
        if kept is None or (kept.state is ConsentState.GIVEN and not self._broker.live_words((kept,))[0]):
            return None
        return self._open((kept,))[0]

    # ---- what was said -----------------------------------------------------------------------------------

    def of(self, person: PersonNumber) -> tuple[Told, ...]:
        """Give a person's words, oldest first."""
        return tuple(self._open(self._store.consents(person)))

    def receipt(self, consent: Told) -> bytes:
        """Step 5: give the file of a word's receipt.

        Raises: VerificationError: store and ledger do not hold the same.
        """
        leaf, entry = self._ledger.leaf(consent.entry), self._ledger.entry(consent.entry)
        side = self._ledger.side(consent.entry, name=CONSENT_SIDE)
        if not isinstance(entry.body, ConsentEntry) or side is None:
            raise VerificationError(f"entry {consent.entry}: is no consent, and the store says it is one")
        record = self._broker.open_consent(consent.person, side=side, commitment=entry.body.commitment)
        key = self._ledger.key
        note = sign_receipt(leaf, index=LeafIndex(consent.entry), key=key).note
        salt = self._broker.consent_opening(consent.person, side=side).salt
        return write_receipt(
            entry=consent.entry, key=str(key.verify_key), leaf=leaf, note=note, receipt=record, salt=salt
        )

    def receipts(self, person: PersonNumber) -> list[Said]:
        """Give the receipts of all a person's words, oldest first."""
        return [Said(consent=consent, receipt=self.receipt(consent)) for consent in self.of(person)]

    # ---- after a crash -----------------------------------------------------------------------------------

    def follow(self) -> int:
        """Bring the store up to the ledger: a word that was entered was said, whatever came after. Give how many it lacked.

        Raises: VerificationError: an entry's record was altered, or is missing.
        """
        latest, kept = self._ledger.latest(ConsentEntry.op), self._store.consents_followed()
        if latest is None or latest <= kept:
            return 0
        by_epoch: dict[int, dict[bytes, list[LeafIndex]]] = {}
        bodies: dict[LeafIndex, ConsentEntry] = {}
        for index, entry in self._ledger.entries(kept + 1, end=latest + 1):
            if isinstance(entry.body, ConsentEntry):
                bodies[index] = entry.body
                by_epoch.setdefault(entry.epoch, {}).setdefault(entry.body.label, []).append(index)
        found: list[Told] = []
        for epoch, labels in by_epoch.items():
            for label, person in self._broker.persons_labelled(labels.keys(), epoch=epoch).items():
                found += [self._read(index, body=bodies[index], person=person) for index in labels[label]]
        self._keep(sorted(found, key=lambda told: told.entry), followed=latest)
        return len(found)

    def _read(self, index: LeafIndex, *, body: ConsentEntry, person: PersonNumber) -> Told:
        side = self._ledger.side(index, name=CONSENT_SIDE)
        if side is None:
            raise VerificationError(f"entry {index}: its consent is missing beside the ledger")
        record = self._broker.open_consent(person, side=side, commitment=body.commitment)
        return told_of(record, person=person, entry=index)


def _matter(row: Consent) -> tuple[str, str, str]:
    return row.purpose, row.scope.value, row.recipient


def _no_at(last: Told | None) -> datetime | None:
    return None if last is None or last.state is ConsentState.GIVEN else last.at
