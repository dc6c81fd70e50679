"""Many look-ups at once: every secret is fetched once, and each step of the arithmetic is done for the whole group.

What a group gives is what the single steps give, look-up by look-up: nothing before a receipt but labels and
commitments, and each data key against its own receipt, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.crypto import aead, aead_table, arrays, bulk, commit, kdf, merkle
from suyuan.crypto.side_by_side import KeyRows
from suyuan.hold.labels import Labels
from suyuan.hold.ports import SealedRecord
from suyuan.hold.sealed_columns import SealedColumns
from suyuan.hold.sealing import OUTCOME, Sealing, crossed
from suyuan.terms import FieldName, PersonNumber

Digests = npt.NDArray[np.uint8]


class Group:
    """The persons of a group of look-ups, one each, and their secrets, which stay in here. Prints without them."""

    __slots__ = ("payload_keys", "persons", "secrets")

    def __init__(self, persons: Sequence[PersonNumber], *, secrets: Sequence[bytes]) -> None:
        self.persons = tuple(persons)
        self.secrets = bulk.ready(secrets)
        self.payload_keys = bulk.payload_keys(self.secrets)

    def __len__(self) -> int:
        return len(self.persons)

    def __repr__(self) -> str:
        return f"<a group of {len(self.persons)}>"

    def part(self, which: Sequence[int]) -> "Group":
        """Give the group of some of these look-ups, by their places."""
        part = object.__new__(Group)
        part.persons = tuple([self.persons[i] for i in which])
        part.secrets = bulk.picked(self.secrets, which)
        part.payload_keys = bulk.picked(self.payload_keys, which)
        return part


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedGroup:
    """What the plans of a group need, look-up by look-up, and nothing that opens anything."""

    labels: Sequence[bytes]
    commitments: Sequence[bytes]
    sealed_payloads: list[bytes]


class Grouping(Labels, Sealing):
    """Prepares, seals and concludes groups of look-ups that consume consecutive row keys of one pool."""

    def group(self, persons: Sequence[PersonNumber]) -> Group:
        """Fetch the secrets of these persons. Raises: RefusedError: one was erased."""
        return Group(persons, secrets=self._secrets(persons))

    def budget_pairs(self, group: Group, *, block: int) -> bytes:
        """Give by what a budget tells the persons apart in a block of days and in the next: two tokens each, joined."""
        return bulk.budget_pairs(group.payload_keys, block=block)

    def prepare_group(
        self, group: Group, *, payloads: Sequence[bytes], pool: int, first: int, epoch: int
    ) -> PreparedGroup:
        """Give labels, commitments and sealed payloads; row i consumes row key `first + i` of the pool."""
        keys = group.payload_keys
        salts = bulk.payload_salts(keys, pool=pool, first=first)
        nonces = self._entropy.draw(aead.NONCE_BYTES * len(keys))
        return PreparedGroup(
            labels=self._labels(group.secrets, epoch=epoch),
            commitments=bulk.payload_commitments(salts, payloads=payloads),
            sealed_payloads=aead.seal_rows(
                bulk.entry_payload_keys(keys, pool=pool, first=first), rows=payloads, nonces=nonces
            ),
        )

    def name_rows(
        self, group: Group, *, payload: bytes, pool: int, first: int, epoch: int
    ) -> tuple[Sequence[bytes], Sequence[bytes]]:
        """Give the label and the payload commitment of each row of a list; the same payload for all."""
        salts = bulk.payload_salts(group.payload_keys, pool=pool, first=first)
        committed = bulk.shared_payload_commitments(salts, payload=payload)
        return self._labels(group.secrets, epoch=epoch), committed

    def tables_of_group(
        self, group: Group, *, records: Sequence[SealedRecord], fields: Sequence[tuple[FieldName, ...]]
    ) -> list[list[bytes]]:
        """Give the commitments of each record's marked fields, as `tables_of` does; record i has `fields[i]`."""
        none = bytes(commit.SALT_BYTES)
        found = [
            [record.commitments.get(name, none) for name in names]
            for record, names in zip(records, fields, strict=True)
        ]
        # All records' commitments to one field at a time, each with its place in `found`.
        hidden: dict[FieldName, list[tuple[int, int]]] = {}
        for row, (record, names) in enumerate(zip(records, fields, strict=True)):
            if record.hidden:
                for lane, name in enumerate(names):
                    if name in record.commitments:
                        hidden.setdefault(name, []).append((row, lane))
        keys = group.payload_keys
        for name, places in hidden.items():
            nonces = [records[row].version for row, _ in places]
            pads = bulk.table_pads([keys[row] for row, _ in places], field=name, nonces=nonces)
            shown = crossed([found[row][lane] for row, lane in places], pads)
            for (row, lane), one in zip(places, shown, strict=True):
                found[row][lane] = one
        return found

    def tables_of_rows(self, group: Group, *, records: SealedColumns) -> Digests:
        """`tables_of_group` for records as columns, all their fields: shape (records, 32 * fields)."""
        found = np.zeros((len(records), len(records.tables), commit.SALT_BYTES), np.uint8)
        are_hidden = records.hidden.all()
        for place, (field, column) in enumerate(records.tables.items()):
            pads = KeyRows.of(bulk.table_pads(group.payload_keys, field=field, nonces=records.versions))
            found[:, place] = column.digests ^ pads.array
            if not (are_hidden and column.given.all()):
                found[~records.hidden, place] = column.digests[~records.hidden]
                found[~column.given, place] = 0
        return found.reshape(len(records), -1)

    def seal_columns(self, group: Group, *, pool: int, first: int, rows: Digests) -> tuple[bytes, bytes]:
        """`seal_group_rows` for rows as columns; give the leaf hashes, and the sealed rows, both joined."""
        count = len(rows)
        ordinals = range(first, first + count)
        keys = bulk.row_keys(group.payload_keys, pool=pool, ordinals=ordinals, suite=self.suite)
        nonces = self._entropy.draw(aead.NONCE_BYTES * count)
        kept = aead_table.seal_table(keys, rows=rows, nonces=nonces, head=merkle.HASH_BYTES)
        leaves = arrays.hash_table(rows, before=merkle.LEAF)
        kept[:, : merkle.HASH_BYTES] = leaves
        return leaves.tobytes(), kept.tobytes()

    def seal_group_rows(self, group: Group, *, pool: int, first: int, rows: Sequence[bytes]) -> list[bytes]:
        """Seal one manifest row a look-up, as `seal_rows` does."""
        ordinals = range(first, first + len(rows))
        keys = bulk.row_keys(group.payload_keys, pool=pool, ordinals=ordinals, suite=self.suite)
        sealed = aead.seal_rows(keys, rows=rows, nonces=self._entropy.draw(aead.NONCE_BYTES * len(rows)))
        return [leaf + row for leaf, row in zip(merkle.leaf_hashes(rows), sealed, strict=True)]

    def seal_group_outcomes(
        self, group: Group, *, pool: int, first: int, bodies: Sequence[bytes]
    ) -> list[tuple[bytes, bytes]]:
        """Give each outcome's commitment, and the outcome sealed as `seal_outcome` does, salt in front."""
        keys = bulk.entry_payload_keys(group.payload_keys, pool=pool, first=first)
        drawn, size = self._entropy.draw((commit.SALT_BYTES + aead.NONCE_BYTES) * len(bodies)), commit.SALT_BYTES
        nonces = drawn[size * len(bodies) :]
        found: list[tuple[bytes, bytes]] = []
        for i, (key, body) in enumerate(zip(keys, bodies, strict=True)):
            salt = drawn[i * size : (i + 1) * size]
            committed = commit.commitment(commit.OUTCOME, salt=salt, payload=body)
            nonce = nonces[i * aead.NONCE_BYTES : (i + 1) * aead.NONCE_BYTES]
            sealed = aead.wrap(
                salt + body,
                kek=kdf.outcome_key(key, suite=self.suite),
                nonce=nonce,
                associated=OUTCOME + committed,
            )
            found.append((committed, sealed))
        return found
