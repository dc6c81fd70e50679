"""Consents, sealed under the keys of the persons who gave, refused or withdrew them; they die with her secret."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from suyuan.collect.ports import Consent
from suyuan.crypto import aead, commit
from suyuan.crypto.consent_key import ENDED_BYTES, consent_key, consent_salt, ended_mark, place_key
from suyuan.crypto.suite import Suite
from suyuan.errors import VerificationError
from suyuan.hold.kek import KekProvider
from suyuan.hold.keyring import bound_name
from suyuan.hold.labels import Labels
from suyuan.hold.ports import KeyStore
from suyuan.terms import Entropy, PersonNumber

ID_BYTES: Final = 16
_PERSONS_PER_STEP: Final = 65_536
_SECRETS_PER_STEP: Final = 1_024
_MARKS_PER_SECRET: Final = 1_024
_ENDED: Final = "ended-consents/"
_NO_MARK: Final = b"\xff" * 8
"""How no envelope begins, so that everybody's counts as one that begins otherwise."""


class PreparedConsent(NamedTuple):
    """What the ledger is given of one consent: her label, the commitment, and the side `id || sealed record`."""

    label: bytes
    commitment: bytes
    side: bytes


class OpeningOfConsent(NamedTuple):
    """What opens one consent and no other: for the person's own account and receipt."""

    salt: bytes
    key: bytes
    sealed: bytes


class ConsentKeys(Labels):
    """Seals the records of consents, and opens them for the person herself. They hold no value of any field."""

    def __init__(
        self, keys: KeyStore, *, kek: KekProvider, origin: str, entropy: Entropy, suite: Suite = Suite.AES
    ) -> None:
        super().__init__(keys, kek=kek, origin=origin, entropy=entropy, suite=suite)
        self._ended: set[bytes] | None = None

    def prepare_consents(
        self, persons: Sequence[int], *, records: Sequence[bytes], epoch: int, tag: bytes = commit.CONSENT
    ) -> list[PreparedConsent]:
        """Give label, commitment and sealed record of consents to be ledgered: record i is `persons[i]`'s.

        Another `tag` is for what else a person said, sealed in the same way: her reports.

        The number before the sealed record is drawn for it alone, and stands in no other store.

        Raises: RefusedError: a person is unknown or erased.
        """
        secrets = self._secrets(persons)
        labels = self._labels(secrets, epoch=epoch)
        keys = self._payload_keys(persons)
        nonces = self._entropy.draw(aead.NONCE_BYTES * len(keys))
        drawn = self._entropy.draw(ID_BYTES * len(keys))
        ids = [drawn[i : i + ID_BYTES] for i in range(0, len(drawn), ID_BYTES)]
        sealed = aead.seal_rows(
            [consent_key(key, id=id) for key, id in zip(keys, ids, strict=True)], rows=records, nonces=nonces
        )
        return [
            PreparedConsent(
                label=label,
                commitment=commit.commitment(tag, salt=consent_salt(key, id=id), payload=record),
                side=id + body,
            )
            for label, key, id, record, body in zip(labels, keys, ids, records, sealed, strict=True)
        ]

    def consent_opening(self, person: PersonNumber, *, side: bytes) -> OpeningOfConsent:
        """Give what opens a consent of hers. Raises: RefusedError: she is unknown or erased."""
        [key] = self._payload_keys((person,))
        id = side[:ID_BYTES]
        return OpeningOfConsent(salt=consent_salt(key, id=id), key=consent_key(key, id=id), sealed=side[ID_BYTES:])

    def open_consent(
        self, person: PersonNumber, *, side: bytes, commitment: bytes, tag: bytes = commit.CONSENT
    ) -> bytes:
        """Give the record of a consent of hers.

        Raises: VerificationError: it was altered, is another's, or is not the one that the ledger committed to.
        """
        opening = self.consent_opening(person, side=side)
        record = aead.unwrap(opening.sealed, kek=opening.key, associated=b"")
        if commit.commitment(tag, salt=opening.salt, payload=record) != commitment:
            raise VerificationError("a consent's record is not the one that its entry commits to")
        return record

    def seal_places(self, consents: Sequence[Consent], *, places: Sequence[bytes]) -> list[bytes]:
        """Seal what leads from consents in the store to the ledger, each under everything that its row says."""
        keys = self._place_keys(consents)
        return aead.seal_rows(keys, rows=places, nonces=self._entropy.draw(aead.NONCE_BYTES * len(keys)))

    def open_places(self, consents: Sequence[Consent]) -> list[bytes]:
        """Open what `seal_places` sealed.

        Raises: VerificationError: a row was altered, or is another's. RefusedError: a person is unknown or erased.
        """
        return aead.open_rows(self._place_keys(consents), sealed=[one.receipt for one in consents])

    def _place_keys(self, consents: Sequence[Consent]) -> list[bytes]:
        keys = self._payload_keys([one.person for one in consents])
        return [place_key(key, row=one.digest(), suite=self.suite) for key, one in zip(keys, consents, strict=True)]

    # ---- what the door believes ----------------------------------------------------------------------------

    def live_words(self, consents: Sequence[Consent]) -> npt.NDArray[np.bool_]:
        """Tell of each consent that a store shows as given whether it was given and is not taken back.

        A row that this broker did not seal, or has sealed otherwise, is none; and one that was taken back stays so, though
        a store no longer shows that. Of those whose secret is gone it says yes: nothing of theirs can be let out.
        """
        found = np.ones(len(consents), dtype=np.bool_)
        held = np.flatnonzero(self.secrets_held([one.person for one in consents])).tolist() if consents else []
        kept = [consents[place] for place in held]
        found[held] = self._sealed_here(kept)
        ended = self._ended_marks()
        if ended and kept:
            keys = self._payload_keys([one.person for one in kept])
            found[held] &= [ended_mark(key, id=one.id) not in ended for key, one in zip(keys, kept, strict=True)]
        return found

    def end_consents(self, consents: Sequence[Consent]) -> None:
        """Remember, apart from the store of consents, that these were taken back; durable when it returns."""
        keys = self._payload_keys([one.person for one in consents]) if consents else []
        marks = {ended_mark(key, id=one.id) for key, one in zip(keys, consents, strict=True)} - self._ended_marks()
        ordered = sorted(marks)
        for start in range(0, len(ordered), _MARKS_PER_SECRET):
            part = ordered[start : start + _MARKS_PER_SECRET]
            self._put_named(f"{_ENDED}{self._entropy.draw(ID_BYTES).hex()}", b"".join(part))
            self._ended_marks().update(part)

    def _sealed_here(self, consents: Sequence[Consent]) -> list[bool]:
        try:
            self.open_places(consents)
        except VerificationError:
            # One altered row takes nobody else's word away.
            return [self._sealed_here((one,))[0] for one in consents] if len(consents) > 1 else [False]
        return [True] * len(consents)

    def _ended_marks(self) -> set[bytes]:
        """Give the marks of every consent that was taken back, read once: this process writes all that follow."""
        if self._ended is None:
            found: set[bytes] = set()
            after = _ENDED
            while page := self._keys.stale_secrets(_NO_MARK, after=after, count=_SECRETS_PER_STEP):
                after = page[-1][0]
                for name, wrapped in page:
                    if name.startswith(_ENDED):
                        joined = self.generations.unwrap(wrapped, associated=bound_name(name))
                        found.update(joined[i : i + ENDED_BYTES] for i in range(0, len(joined), ENDED_BYTES))
                if not after.startswith(_ENDED):
                    break
            self._ended = found
        return self._ended

    def persons_labelled(self, wanted: Collection[bytes], *, epoch: int) -> dict[bytes, PersonNumber]:
        """Find whose labels of an epoch these are, among everybody whose secret is held; the others are left out.

        It makes everybody's label, and is for what a crash left undone alone.
        """
        found: dict[bytes, PersonNumber] = {}
        after = -1
        while len(found) < len(wanted) and (
            page := self._keys.stale_persons(_NO_MARK, after=after, count=_PERSONS_PER_STEP)
        ):
            numbers = [number for number, _ in page]
            after = numbers[-1]
            labels = self.labels(numbers, epoch=epoch)
            found.update((label, PersonNumber(n)) for label, n in zip(labels, numbers, strict=True) if label in wanted)
        return found
