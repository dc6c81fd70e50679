"""Linked persons: what a trace may do with the persons whom a dump's rows name. Their keys stay in here."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from suyuan.crypto import aead_table, arrays, bulk, kdf, side_by_side
from suyuan.crypto.arrays import Bytes, Whole
from suyuan.crypto.merkle import LEAF
from suyuan.crypto.national import SM4_KEY_BYTES
from suyuan.crypto.suite import Suite
from suyuan.errors import VerificationError
from suyuan.terms import FieldName

_WIDEST = 8
"""How many times more numbers than persons a table of places may have: beyond, they are searched for."""


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
        self._payload = arrays.Signers(bulk.payload_keys(secrets))
        self._place_of = _places_by_number(self.persons)

    def __repr__(self) -> str:
        return f"<{len(self.persons)} linked persons>"

    def labels(self, *, epoch: int) -> Sequence[bytes]:
        """Give the label of each person in an epoch, in the order of `persons`."""
        return bulk.person_labels(
            self._label_keys, origin=self._origin, epoch=epoch, first_epoch=self._registry_of(epoch)
        )

    def open_rows(self, persons: Whole, *, pools: Whole, ordinals: Whole, kept: Bytes) -> Bytes:
        """Open manifest rows: `kept[i]` is of `persons[i]` and consumed row key `ordinals[i]` of pool `pools[i]`.

        Args:
            kept: what `KeyBroker.seal_rows` gave, the leaf hash first, one row each.
        Returns: the rows, shape (rows, bytes).
        Raises: VerificationError: a row was altered, or is not the one whose leaf hash stands in the manifest.
        """
        numbers = np.stack([pools, ordinals], axis=1).astype(np.uint64)
        if self._suite is Suite.AES:
            keys = self._signed(persons, message=kdf.ROW_KEY, numbers=numbers)
        else:
            tails = numbers.astype(">u8").tobytes()
            held = [self._payload.key(place) for place in self._places(persons).tolist()]
            macs = [
                self._suite.mac(key, message=kdf.ROW_KEY + tails[16 * i : 16 * i + 16]) for i, key in enumerate(held)
            ]
            keys = np.frombuffer(b"".join(macs), dtype=np.uint8).reshape(len(macs), SM4_KEY_BYTES)
        opened = aead_table.open_array(keys, sealed=kept, head=arrays.DIGEST)
        if not np.array_equal(arrays.hash_table(opened, before=LEAF), kept[:, : arrays.DIGEST]):
            raise VerificationError("a manifest row is not the one that its release committed to")
        return opened

    def table_salts(self, persons: Whole, *, field: FieldName, nonces: npt.NDArray[np.uint64]) -> Bytes:
        """Give the salts of form tables, by which a trace finds the tables that a dump's rows open; no mark shows."""
        return self._signed(persons, message=kdf.table_salt_prefix(field), numbers=nonces[:, None])

    def opening_keys(self, opening: bytes) -> dict[int, bytes]:
        """Give what each person's pseudonym and salts in one opening of a trace are hashed from."""
        signed = self._signed(
            self.persons, message=kdf.OPENING_KEY + opening, numbers=np.empty((len(self.persons), 0), dtype=np.uint64)
        )
        return dict(zip(self.persons.tolist(), side_by_side.split(signed.tobytes()), strict=True))

    def _signed(self, persons: Whole, *, message: bytes, numbers: npt.NDArray[np.uint64]) -> Bytes:
        return self._payload.signed(self._places(persons), message=message, numbers=numbers)

    def _places(self, persons: Whole) -> Whole:
        """Give where persons stand among the linked ones. Raises: KeyError: one is not among them."""
        places = self._place_of(persons)
        if not np.array_equal(self.persons[places], persons):
            raise KeyError("a person who is not linked")
        return places


def _places_by_number(persons: Whole) -> Callable[[Whole], Whole]:
    """Give what finds the places of numbers among these: any place for a number that is not there."""
    widest = int(persons.max(initial=0)) + 1
    if widest > _WIDEST * (len(persons) + 1):
        order = np.argsort(persons)
        return lambda wanted: order[np.searchsorted(persons, wanted, sorter=order) % max(1, len(order))]
    table = np.zeros(widest, dtype=np.int64)
    table[persons] = np.arange(len(persons))
    return lambda wanted: table[np.minimum(wanted, widest - 1)]
