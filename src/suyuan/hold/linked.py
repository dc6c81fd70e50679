"""Linked persons: what a trace may do with the persons whom a dump's rows name. Their keys stay in here."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from suyuan.crypto import aead, bulk, kdf, merkle
from suyuan.crypto.suite import Suite
from suyuan.errors import VerificationError
from suyuan.terms import FieldName


class LinkedPersons:
    """Finds the persons' entries and opens their own manifest rows. Prints without its keys.

    Only persons whose secret is held are in it: an erased one is linked to nothing.
    """

    def __init__(
        self,
        persons: Sequence[int],
        *,
        secrets: Sequence[bytes],
        origin: str,
        registry_of: Callable[[int], int],
        suite: Suite = Suite.AES,
    ) -> None:
        self.persons: npt.NDArray[np.int64] = np.asarray(persons, dtype=np.int64)
        self._origin = origin
        self._registry_of = registry_of
        self._suite = suite
        self._label_keys = bulk.label_keys(secrets)
        self._payload_keys = dict(zip(persons, bulk.payload_keys(secrets), strict=True))

    def __repr__(self) -> str:
        return f"<{len(self.persons)} linked persons>"

    def labels(self, *, epoch: int) -> list[bytes]:
        """Give the label of each person in an epoch, in the order of `persons`."""
        return bulk.person_labels(
            self._label_keys, origin=self._origin, epoch=epoch, first_epoch=self._registry_of(epoch)
        )

    def open_rows(
        self,
        persons: Sequence[int],
        *,
        pool: int,
        ordinals: Sequence[int],
        sealed: Sequence[bytes],
        hashes: Sequence[bytes],
    ) -> list[bytes]:
        """Open manifest rows: `sealed[i]` is of `persons[i]` and consumed row key `ordinals[i]` of the pool.

        Raises: VerificationError: a row was altered, or is not the one whose leaf hash stands in the manifest.
        """
        payload_keys = [self._payload_keys[person] for person in persons]
        keys = bulk.row_keys(payload_keys, pool=pool, ordinals=ordinals, suite=self._suite)
        rows = aead.open_rows(keys, sealed=sealed)
        if merkle.leaf_hashes(rows) != list(hashes):
            raise VerificationError("a manifest row is not the one that its release committed to")
        return rows

    def table_salts(self, persons: Sequence[int], *, field: FieldName, nonces: Sequence[int]) -> list[bytes]:
        """Give the salts of form tables, by which a trace finds the tables that a dump's rows open; no mark shows."""
        return bulk.table_salts([self._payload_keys[person] for person in persons], field=field, nonces=nonces)

    def opening_keys(self, opening: bytes) -> dict[int, bytes]:
        """Give what each person's pseudonym and salts in one opening of a trace are hashed from."""
        return {person: kdf.opening_key(key, opening=opening) for person, key in self._payload_keys.items()}
