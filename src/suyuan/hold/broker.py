"""The key broker: the only holder of people's secrets, and what it gives before and after a receipt.

Before a receipt: labels and commitments, which reveal nothing. After it has checked that a receipt is the
log's and opens to this exact request: the data keys of exactly these persons, once. Receipts do not outlive
the run in which they were issued, so none can be replayed after a crash. The keys of marks are given without
one: that an entry stands before them is for the door and the tracer to see to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.crypto import aead, bulk, commit, kdf, keystream, merkle
from suyuan.crypto.suite import Suite
from suyuan.errors import VerificationError
from suyuan.hold.consent_keys import ConsentKeys
from suyuan.hold.family_keys import FamilyKeys
from suyuan.hold.group import Group, Grouping
from suyuan.hold.kek import KekProvider
from suyuan.hold.ports import KeyStore
from suyuan.hold.shard_keys import ShardKeys
from suyuan.hold.token_keys import TokenKeys
from suyuan.hold.vouching import Vouching
from suyuan.ledger.entry import BatchEntry, ReleaseEntry, parse_entry
from suyuan.ledger.receipt import Receipt, Receipts, open_joint, open_receipt
from suyuan.terms import Entropy, PersonNumber

_ROWS_PER_STEP = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a plan for one person needs, and nothing that opens anything."""

    label: bytes
    commitment: bytes
    sealed_payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRows:
    """What a plan for many rows needs, in the rows' order: 32-byte labels and payload commitments."""

    labels: list[bytes]
    commitments: list[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPool:
    """A pool of row keys drawn ahead: what the `keys` entry commits to."""

    root: bytes
    rows: int
    lanes: int


class KeyBroker(ConsentKeys, FamilyKeys, Grouping, TokenKeys, ShardKeys, Vouching):
    """Guards every secret behind one key, in rooms: labels, consents, sealing, the registry, and here pools and receipts."""

    def __init__(
        self, keys: KeyStore, *, kek: KekProvider, origin: str, entropy: Entropy, suite: Suite = Suite.AES
    ) -> None:
        super().__init__(keys, kek=kek, origin=origin, entropy=entropy, suite=suite)
        self._first_index: int | None = None
        self._prepared: dict[bytes, tuple[PersonNumber, ...]] = {}
        self._spent: set[int] = set()
        self._seeds: dict[bytes, bytes] = {}

    # ---- before a receipt ----------------------------------------------------------------------------

    def prepare(self, person: PersonNumber, *, payload: bytes, pool: int, ordinal: int, epoch: int) -> Prepared:
        """Give label, commitment and sealed payload for a release to be planned, and expect its receipt."""
        secret = self._secret(person)
        key = kdf.payload_key(secret)
        salt = kdf.entry_payload_salt(key, pool=pool, ordinal=ordinal)
        committed = commit.commitment(commit.PAYLOAD, salt=salt, payload=payload)
        self._prepared[committed] = (person,)
        self._at_hand = (person, secret)
        return Prepared(
            label=self._labels((secret,), epoch=epoch)[0],
            commitment=committed,
            sealed_payload=aead.wrap(
                payload,
                kek=kdf.entry_payload_key(key, pool=pool, ordinal=ordinal),
                nonce=self._entropy.draw(aead.NONCE_BYTES),
                associated=b"",
            ),
        )

    def prepare_rows(
        self, persons: Sequence[int], *, payload: bytes, pool: int, first: int, epoch: int
    ) -> PreparedRows:
        """`prepare` for the rows of a bulk release: one ordinal a row, the same payload for all."""
        labels: list[bytes] = []
        commitments: list[bytes] = []
        kept: list[bytes] = []
        for start in range(0, len(persons), _ROWS_PER_STEP):
            secrets = self._secrets(persons[start : start + _ROWS_PER_STEP])
            labels += self._labels(secrets, epoch=epoch)
            keys = bulk.payload_keys(secrets)
            kept += keys
            salts = bulk.payload_salts(keys, pool=pool, first=first + start)
            commitments += bulk.shared_payload_commitments(salts, payload=payload)
        self._rows_at_hand = (persons, kept)
        return PreparedRows(labels=labels, commitments=commitments)

    def expect_batch(self, persons: Sequence[int], *, table_root: bytes) -> None:
        """Expect the receipt of a bulk release whose table, made of `prepare_rows`, has this root."""
        self._prepared[table_root] = tuple(map(PersonNumber, map(int, persons)))

    def expect_group(self, group: Group, *, commitments: Sequence[bytes]) -> None:
        """Expect the receipts of the look-ups of a group, whose entries carry what `prepare_group` gave."""
        self._prepared.update(zip(commitments, ((person,) for person in group.persons), strict=True))

    def draw_pool(self, *, rows: int, lanes: int) -> DrawnPool:
        """Draw a pool of row keys ahead, keep its seed durably, and give what the ledger commits to."""
        seed = self._entropy.draw(kdf.SECRET_BYTES)
        root = keystream.pool_root(seed, rows=rows, lanes=lanes)
        self._put_named(_seed_name(root), seed)
        self._seeds[root] = seed
        return DrawnPool(root=root, rows=rows, lanes=lanes)

    # ---- after a receipt -----------------------------------------------------------------------------

    def start(self, *, log_size: int) -> None:
        """Begin a run: receipts of entries below `log_size` were issued to another and open nothing."""
        self._first_index = log_size

    def open(self, receipt: Receipt) -> Mapping[PersonNumber, bytes]:
        """Give the data keys of the persons of one planned release, once.

        Raises: VerificationError: the receipt is not the log's, is from another run, was spent, or is for
        a leaf that this broker did not prepare.
        """
        persons = self._require_fresh(receipt)
        return {
            person: kdf.data_key(secret, suite=self.suite)
            for person, secret in zip(persons, self._secrets(persons), strict=True)
        }

    def open_group(self, group: Group, *, receipts: Sequence[Receipt]) -> Sequence[bytes]:
        """`open` for a group of look-ups: the data key of each person against her own receipt.

        Raises: VerificationError: as `open`; or a receipt is another person's.
        """
        if isinstance(receipts, Receipts):
            # One signature over all of them, made and checked once.
            first = open_joint(receipts.joint(), leaves=receipts.leaves, keys=(self.log_key().verify_key,))
            numbered = list(enumerate(receipts.leaves, start=first))
        else:
            numbered = [(self._require_signed(receipt), receipt.leaf) for receipt in receipts]
        for person, (index, leaf) in zip(group.persons, numbered, strict=True):
            if self._spend(index, leaf=leaf) != (person,):
                raise VerificationError(f"receipt {index}: is for another person")
        return bulk.data_keys(group.secrets, suite=self.suite)

    def open_rows(self, group: Group, *, receipt: Receipt) -> Sequence[bytes]:
        """`open` for the rows of a list, whose secrets were fetched for its plan: the data key of each row's person.

        Raises: VerificationError: as `open`; or the receipt is for other persons.
        """
        if set(self._require_fresh(receipt)) != set(group.persons):
            raise VerificationError(f"receipt {receipt.index}: is for other persons")
        return bulk.data_keys(group.secrets, suite=self.suite)

    def require_ledgered(self, receipt: Receipt) -> None:
        """Spend the receipt of a release whose values the caller supplied: the checks of `open`, and no key."""
        self._require_fresh(receipt)

    # ---- marks: the broker asks for no receipt; the door and the tracer append their entry first --------

    def lane_keys(self, *, root: bytes, first: int, count: int, lanes: int) -> npt.NDArray[np.uint8]:
        """Give the lane keys of ledgered rows, shape (count, lanes, 32)."""
        return keystream.lane_keys(self._seed(root), first=first, count=count, lanes=lanes)

    def pool_tree(self, *, root: bytes, rows: int, lanes: int) -> merkle.Tree:
        """Give a pool's tree, from which a bundle takes the proofs of the rows it opens."""
        return keystream.pool_tree(self._seed(root), rows=rows, lanes=lanes)

    def lane_commitments(self, *, root: bytes, ordinal: int, lanes: int) -> list[bytes]:
        """Give the commitments of one row's lanes: the sealed neighbours of the lanes a bundle opens."""
        joined = keystream.lane_commitments(self._seed(root), first=ordinal, count=1, lanes=lanes)[0]
        return [joined[i : i + 32] for i in range(0, len(joined), 32)]

    # ---- inside --------------------------------------------------------------------------------------

    def _require_fresh(self, receipt: Receipt) -> tuple[PersonNumber, ...]:
        return self._spend(self._require_signed(receipt), leaf=receipt.leaf)

    def _require_signed(self, receipt: Receipt) -> int:
        return open_receipt(receipt.note, leaf=receipt.leaf, keys=(self.log_key().verify_key,)).index

    def _spend(self, index: int, *, leaf: bytes) -> tuple[PersonNumber, ...]:
        if self._first_index is None or index < self._first_index:
            raise VerificationError(f"receipt {index}: issued before this run; ask for a new release")
        if index in self._spent:
            raise VerificationError(f"receipt {index}: spent already")
        match parse_entry(leaf).body:
            case ReleaseEntry(commitment=expected) | BatchEntry(table=expected):
                persons = self._prepared.pop(expected, None)
            case _:
                persons = None
        if persons is None:
            raise VerificationError(f"receipt {index}: does not open to a release prepared here")
        self._spent.add(index)
        return persons

    def _seed(self, root: bytes) -> bytes:
        if root not in self._seeds:
            held = self._named(_seed_name(root))
            if held is None:
                raise VerificationError("a pool of row keys is in the ledger but not in the key store")
            self._seeds[root] = held
        return self._seeds[root]


def _seed_name(root: bytes) -> str:
    return "pool-seed/" + root.hex()
