"""Sealing: what lies in the store and beside the ledger, sealed. What is about one person is sealed under her own keys.

Those die with her secret: no key that is kept opens a side that leads to her.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from suyuan.crypto import aead, arrays, bulk, commit, committing, kdf, merkle, side_by_side
from suyuan.crypto.arrays import Texts
from suyuan.crypto.side_by_side import KeyRows
from suyuan.crypto.suite import Suite
from suyuan.hold.kek import KekProvider
from suyuan.hold.key_line import KeyLine
from suyuan.hold.keyring import Keyring
from suyuan.hold.ports import KeyStore, SealedRecord
from suyuan.hold.seal import seal_each
from suyuan.terms import Entropy, FieldName, PersonNumber

_SIDE = b"suyuan/side/v1\x00"
OUTCOME = b"suyuan/outcome/v1\x00"
_ROWS_PER_STEP = 65_536


class Sealing(Keyring):
    """Seals and gives no key away; what it opens holds no personal value."""

    def __init__(
        self, keys: KeyStore, *, kek: KekProvider, origin: str, entropy: Entropy, suite: Suite = Suite.AES
    ) -> None:
        super().__init__(keys, kek=kek, origin=origin, entropy=entropy, suite=suite)
        self._sides = self._line("side-key")
        self._payloads = self._line("batch-payload-key")

    # ---- records ---------------------------------------------------------------------------------------

    def seal_records(
        self,
        persons: Sequence[int],
        *,
        versions: Sequence[int],
        values: Sequence[Mapping[FieldName, str | Mapping[FieldName, str]]],
    ) -> list[bytes]:
        """Seal what was just admitted, each under its person's data key, as `seal_each` does. Sealing gives no key away."""
        keys = bulk.data_keys(self._secrets(persons), suite=self.suite)
        return seal_each(values, keys=keys, persons=persons, versions=versions, entropy=self._entropy)

    def commit_tables(
        self, persons: Sequence[int], *, nonces: Sequence[int], tables: Mapping[FieldName, Texts]
    ) -> dict[FieldName, Sequence[bytes]]:
        """Give the salted commitments to the form tables of fields, one per row; the salts stay here."""
        keys = self._payload_keys(persons)
        found: dict[FieldName, Sequence[bytes]] = {}
        for field, texts in tables.items():
            salts = KeyRows.of(bulk.table_salts(keys, field=field, nonces=nonces))
            found[field] = KeyRows(arrays.hash_texts(salts.array, before=commit.TABLES + b"\x00", texts=texts))
        return found

    def hide_tables(
        self, persons: Sequence[int], *, nonces: Sequence[int], tables: Mapping[FieldName, Sequence[bytes]]
    ) -> dict[FieldName, list[bytes]]:
        """`commit_tables` for records at rest: the commitments hidden, or a copy of the store would lead to releases.

        A release's manifest row holds the same commitments, and its hash is public.
        """
        if not persons or not tables:
            return {field: [] for field in tables}
        keys = self._payload_keys(persons)
        if side_by_side.is_ready(len(keys)):
            return committing.hidden_tables(keys, nonces=nonces, tables=tables)
        committed, pads = bulk.committed_tables(keys, nonces=nonces, tables=tables)
        hidden = crossed(committed, pads)
        return {field: hidden[place :: len(tables)] for place, field in enumerate(tables)}

    def tables_of(
        self, records: Sequence[SealedRecord], *, fields: Sequence[FieldName]
    ) -> dict[FieldName, list[bytes]]:
        """Give the commitments of stored records, one per record; 32 zero bytes where a field has no value."""
        keys = self._payload_keys([record.person for record in records]) if fields else []
        versions = [record.version for record in records]
        none = bytes(commit.SALT_BYTES)
        found: dict[FieldName, list[bytes]] = {}
        for field in fields:
            kept = [record.commitments.get(field, none) for record in records]
            shown = crossed(kept, bulk.table_pads(keys, field=field, nonces=versions))
            found[field] = [
                (bare if record.hidden else held) if field in record.commitments else none
                for record, held, bare in zip(records, kept, shown, strict=True)
            ]
        return found

    def hide_records(self, records: Sequence[SealedRecord]) -> list[SealedRecord]:
        """Give records whose commitments are hidden, as `hide_tables` would have made them."""
        keys = self._payload_keys([record.person for record in records])
        hidden: list[SealedRecord] = []
        for record, key in zip(records, keys, strict=True):
            pads = [kdf.table_pad(key, field=field, nonce=record.version) for field in record.commitments]
            bare = crossed(list(record.commitments.values()), pads)
            hidden.append(replace(record, commitments=dict(zip(record.commitments, bare, strict=True)), hidden=True))
        return hidden

    # ---- sides under the store's own keys ----------------------------------------------------------------

    def seal_payload(self, payload: bytes) -> tuple[bytes, bytes]:
        """Give the commitment to a bulk release's payload, and salt and payload sealed to be kept beside it."""
        salt = self._entropy.draw(commit.SALT_BYTES)
        sealed = self._payloads.seal(salt + payload, associated=b"")
        return commit.commitment(commit.PAYLOAD, salt=salt, payload=payload), sealed

    def open_payload(self, sealed: bytes) -> tuple[bytes, bytes]:
        """Give salt and payload of a bulk release. Raises: VerificationError: the side was altered."""
        opened = self._payloads.open(sealed, associated=b"")
        return opened[: commit.SALT_BYTES], opened[commit.SALT_BYTES :]

    def seal_side(self, body: bytes, *, name: str, bound: bytes) -> bytes:
        """Seal a private side of a ledger entry, bound to its name and to the entry's own commitment."""
        return self._sides.seal(body, associated=_SIDE + name.encode() + b"\x00" + bound)

    def open_side(self, sealed: bytes, *, name: str, bound: bytes) -> bytes:
        """Open a private side.

        Raises: VerificationError: it was altered, or belongs to another entry or under another name.
        """
        return self._sides.open(sealed, associated=_SIDE + name.encode() + b"\x00" + bound)

    def renew_side_keys(self) -> dict[str, int]:
        """Draw the next keys of the sides: what is sealed from now on does not open with an earlier one. Give their numbers."""
        return {"side-key": self._sides.begin(), "batch-payload-key": self._payloads.begin()}

    # ---- sides that die with a person ----------------------------------------------------------------------

    def seal_rows(self, persons: Sequence[int], *, pool: int, first: int, rows: Sequence[bytes]) -> list[bytes]:
        """Seal manifest rows, each under its person's own row key: leaf hash, nonce, ciphertext, tag.

        Row i consumed row key `first + i` of the pool.
        """
        held, self._rows_at_hand = self._rows_at_hand, None
        ready = held[1] if held is not None and held[0] is persons else None
        found: list[bytes] = []
        for start in range(0, len(rows), _ROWS_PER_STEP):
            step = rows[start : start + _ROWS_PER_STEP]
            stop = start + len(step)
            payload_keys = ready[start:stop] if ready is not None else self._payload_keys(persons[start:stop])
            ordinals = range(first + start, first + start + len(step))
            keys = bulk.row_keys(payload_keys, pool=pool, ordinals=ordinals, suite=self.suite)
            sealed = aead.seal_rows(keys, rows=step, nonces=self._entropy.draw(aead.NONCE_BYTES * len(step)))
            found += [leaf + row for leaf, row in zip(merkle.leaf_hashes(step), sealed, strict=True)]
        return found

    def payload_opening(self, person: PersonNumber, *, pool: int, ordinal: int) -> tuple[bytes, bytes]:
        """Give key and salt of one entry's payload, for the person's own account: they open that entry alone."""
        key = kdf.payload_key(self._secret(person))
        return (
            kdf.entry_payload_key(key, pool=pool, ordinal=ordinal),
            kdf.entry_payload_salt(key, pool=pool, ordinal=ordinal),
        )

    def seal_outcome(self, person: PersonNumber, *, pool: int, ordinal: int, body: bytes, bound: bytes) -> bytes:
        """Seal how a look-up ended under the payload key of its entry: the digest of shown values is guessable."""
        key = self._outcome_key(person, pool=pool, ordinal=ordinal)
        self.forget()
        return aead.wrap(body, kek=key, nonce=self._entropy.draw(aead.NONCE_BYTES), associated=OUTCOME + bound)

    def open_outcome(self, person: PersonNumber, *, pool: int, ordinal: int, sealed: bytes, bound: bytes) -> bytes:
        """Open what `seal_outcome` sealed. Raises: VerificationError: altered, or another's."""
        key = self._outcome_key(person, pool=pool, ordinal=ordinal)
        return aead.unwrap(sealed, kek=key, associated=OUTCOME + bound)

    def _outcome_key(self, person: PersonNumber, *, pool: int, ordinal: int) -> bytes:
        key, _ = self.payload_opening(person, pool=pool, ordinal=ordinal)
        return kdf.outcome_key(key, suite=self.suite)

    def _line(self, name: str) -> KeyLine:
        return KeyLine(name, held=self._named, draw=self.named, entropy=self._entropy, suite=self.suite)


def crossed(ones: Sequence[bytes], others: Sequence[bytes]) -> list[bytes]:
    """Give the exclusive-or of 32-byte rows."""
    joined = np.frombuffer(b"".join(ones), dtype=np.uint8) ^ np.frombuffer(b"".join(others), dtype=np.uint8)
    flat = joined.tobytes()
    return [flat[i : i + 32] for i in range(0, len(flat), 32)]
