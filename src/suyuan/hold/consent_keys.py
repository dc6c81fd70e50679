"""Consents, sealed under the keys of the persons who gave, refused or withdrew them; they die with her secret."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from suyuan.crypto import aead, commit
from suyuan.crypto.consent_key import consent_key, consent_salt, place_key
from suyuan.errors import VerificationError
from suyuan.hold.labels import Labels
from suyuan.terms import PersonNumber

ID_BYTES: Final = 16
_PERSONS_PER_STEP: Final = 65_536
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

    def prepare_consents(
        self, persons: Sequence[int], *, records: Sequence[bytes], epoch: int
    ) -> list[PreparedConsent]:
        """Give label, commitment and sealed record of consents to be ledgered: record i is `persons[i]`'s.

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
                commitment=commit.commitment(commit.CONSENT, salt=consent_salt(key, id=id), payload=record),
                side=id + body,
            )
            for label, key, id, record, body in zip(labels, keys, ids, records, sealed, strict=True)
        ]

    def consent_opening(self, person: PersonNumber, *, side: bytes) -> OpeningOfConsent:
        """Give what opens a consent of hers. Raises: RefusedError: she is unknown or erased."""
        [key] = self._payload_keys((person,))
        id = side[:ID_BYTES]
        return OpeningOfConsent(salt=consent_salt(key, id=id), key=consent_key(key, id=id), sealed=side[ID_BYTES:])

    def open_consent(self, person: PersonNumber, *, side: bytes, commitment: bytes) -> bytes:
        """Give the record of a consent of hers.

        Raises: VerificationError: it was altered, is another's, or is not the one that the ledger committed to.
        """
        opening = self.consent_opening(person, side=side)
        record = aead.unwrap(opening.sealed, kek=opening.key, associated=b"")
        if commit.commitment(commit.CONSENT, salt=opening.salt, payload=record) != commitment:
            raise VerificationError("a consent's record is not the one that its entry commits to")
        return record

    def seal_places(self, persons: Sequence[int], *, ids: Sequence[bytes], places: Sequence[bytes]) -> list[bytes]:
        """Seal what leads from consents in the store to the ledger: place i is `persons[i]`'s, of the consent `ids[i]`."""
        keys = [
            place_key(key, id=id, suite=self.suite) for key, id in zip(self._payload_keys(persons), ids, strict=True)
        ]
        return aead.seal_rows(keys, rows=places, nonces=self._entropy.draw(aead.NONCE_BYTES * len(keys)))

    def open_places(self, persons: Sequence[int], *, ids: Sequence[bytes], sealed: Sequence[bytes]) -> list[bytes]:
        """Open what `seal_places` sealed.

        Raises: VerificationError: one was altered, or is another's. RefusedError: a person is unknown or erased.
        """
        keys = [
            place_key(key, id=id, suite=self.suite) for key, id in zip(self._payload_keys(persons), ids, strict=True)
        ]
        return aead.open_rows(keys, sealed=sealed)

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
