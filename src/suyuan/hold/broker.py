"""The key broker: the only holder of people's secrets, and what it gives before and after a receipt.

Before a receipt: labels and commitments, which reveal nothing. After it has checked that a receipt is the
log's and opens to this exact request: the data keys of exactly these persons, once. Receipts do not outlive
the run in which they were issued, so none can be replayed after a crash. The keys of marks are given without
one: that an entry stands before them is for the door and the tracer to see to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt

from suyuan.crypto import aead, bulk, commit, kdf, keystream, merkle
from suyuan.crypto.aead import Sealer
from suyuan.crypto.sign import SigningKey
from suyuan.crypto.token import Tokenizer
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.ports import KeyStore
from suyuan.hold.seal import seal
from suyuan.ledger.entry import BatchEntry, ReleaseEntry, parse_entry
from suyuan.ledger.receipt import Receipt, open_receipt
from suyuan.terms import Entropy, FieldName, KindName, PersonNumber, Recipient

_PERSON = b"suyuan/wrap/person/v1"
_NAMED = b"suyuan/wrap/named/v1\x00"
_SIDE = b"suyuan/side/v1\x00"
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


class KeyBroker:
    """Guards every secret behind one key-encryption key."""

    def __init__(self, keys: KeyStore, *, kek: bytes, origin: str, entropy: Entropy) -> None:
        self._keys = keys
        self._sealer = Sealer(kek)
        self._origin = origin
        self._entropy = entropy
        self._first_index: int | None = None
        self._log: SigningKey | None = None
        self._prepared: dict[bytes, tuple[PersonNumber, ...]] = {}
        # The one secret that a planned look-up is about to need again.
        self._at_hand: tuple[PersonNumber, bytes] | None = None
        self._spent: set[int] = set()
        self._sides: Sealer | None = None
        self._seeds: dict[bytes, bytes] = {}
        self._recipients: dict[Recipient, bytes] = {}
        self._tokenizers: dict[KindName, Tokenizer] = {}

    def __repr__(self) -> str:
        return "<key broker>"

    # ---- named secrets -------------------------------------------------------------------------------

    def named(self, name: str) -> bytes:
        """Give a 32-byte secret by name, drawing and storing it at the first call."""
        wrapped = self._keys.get(name)
        if wrapped is None:
            secret = self._entropy.draw(kdf.SECRET_BYTES)
            self._keys.put(name, self._wrap(secret, associated=_NAMED + name.encode()))
            return secret
        return self._sealer.unwrap(wrapped, associated=_NAMED + name.encode())

    def require_kek(self) -> None:
        """Require that the passphrase is the one this key store was made with.

        Raises: RefusedError: it is another.
        """
        try:
            self.named("log-key")
        except VerificationError as e:
            raise RefusedError(
                "the passphrase does not open this store's keys",
                code="hold.passphrase",
                hint="point SUYUAN_PASSPHRASE_FILE at the file that `suyuan init` wrote for this store",
            ) from e

    def log_key(self) -> SigningKey:
        """Give the key that signs the log."""
        if self._log is None:
            self._log = SigningKey(self.named("log-key"), name=self._origin)
        return self._log

    def tokenizer(self, kind: KindName) -> Tokenizer:
        """Give the keyed tokens of a kind: the store's blind index."""
        if kind not in self._tokenizers:
            self._tokenizers[kind] = Tokenizer(self.named("token-key"), kind=kind)
        return self._tokenizers[kind]

    # ---- before a receipt ----------------------------------------------------------------------------

    def enrol(self, count: int) -> PersonNumber:
        """Draw a secret for each of `count` new persons, durably; give the first one's number."""
        drawn = self._entropy.draw(kdf.SECRET_BYTES * count)
        nonces = self._entropy.draw(aead.NONCE_BYTES * count)
        wrap, nonce, size = self._sealer.wrap, aead.NONCE_BYTES, kdf.SECRET_BYTES
        return self._keys.add_persons(
            [
                wrap(drawn[i * size : (i + 1) * size], nonce=nonces[i * nonce : (i + 1) * nonce], associated=_PERSON)
                for i in range(count)
            ]
        )

    def recipient_label(self, recipient: Recipient) -> bytes:
        """Give the label of an account or partner, from a secret of its own."""
        if recipient not in self._recipients:
            secret = self.named(f"recipient/{recipient.kind.value}/{recipient.id}")
            self._recipients[recipient] = kdf.label(kdf.label_key(secret), origin=self._origin)
        return self._recipients[recipient]

    def label(self, person: PersonNumber) -> bytes:
        """Give the label of a person in the present epoch."""
        return kdf.label(kdf.label_key(self._secret(person)), origin=self._origin)

    def prepare(self, person: PersonNumber, *, payload: bytes, pool: int, ordinal: int) -> Prepared:
        """Give label, commitment and sealed payload for a release to be planned, and expect its receipt."""
        secret = self._secret(person)
        key = kdf.payload_key(secret)
        salt = kdf.entry_payload_salt(key, pool=pool, ordinal=ordinal)
        committed = commit.commitment(commit.PAYLOAD, salt=salt, payload=payload)
        self._prepared[committed] = (person,)
        self._at_hand = (person, secret)
        return Prepared(
            label=kdf.label(kdf.label_key(secret), origin=self._origin),
            commitment=committed,
            sealed_payload=aead.wrap(
                payload,
                kek=kdf.entry_payload_key(key, pool=pool, ordinal=ordinal),
                nonce=self._entropy.draw(aead.NONCE_BYTES),
                associated=b"",
            ),
        )

    def prepare_rows(self, persons: Sequence[int], *, payload: bytes, pool: int, first: int) -> PreparedRows:
        """`prepare` for the rows of a bulk release: one ordinal a row, the same payload for all."""
        labels: list[bytes] = []
        commitments: list[bytes] = []
        for start in range(0, len(persons), _ROWS_PER_STEP):
            secrets = self._secrets(persons[start : start + _ROWS_PER_STEP])
            keys = bulk.payload_keys(secrets)
            labels += bulk.labels(bulk.label_keys(secrets), origin=self._origin)
            salts = bulk.payload_salts(keys, pool=pool, first=first + start)
            commitments += bulk.payload_commitments(salts, payloads=repeat(payload, len(keys)))
        return PreparedRows(labels=labels, commitments=commitments)

    def seal_payload(self, payload: bytes) -> tuple[bytes, bytes]:
        """Give the commitment to a bulk release's payload, and salt and payload sealed to be kept beside it."""
        salt = self._entropy.draw(commit.SALT_BYTES)
        sealed = aead.wrap(
            salt + payload,
            kek=self.named("batch-payload-key"),
            nonce=self._entropy.draw(aead.NONCE_BYTES),
            associated=b"",
        )
        return commit.commitment(commit.PAYLOAD, salt=salt, payload=payload), sealed

    def expect_batch(self, persons: Sequence[int], *, table_root: bytes) -> None:
        """Expect the receipt of a bulk release whose table, made of `prepare_rows`, has this root."""
        self._prepared[table_root] = tuple(PersonNumber(int(n)) for n in persons)

    def commit_tables(
        self, persons: Sequence[int], *, nonces: Sequence[int], tables: Mapping[FieldName, Sequence[bytes]]
    ) -> dict[FieldName, list[bytes]]:
        """Give the salted commitments to the form tables of fields, one per row; the salts stay here."""
        keys = bulk.payload_keys(self._secrets(persons))
        return {
            field: bulk.table_commitments(bulk.table_salts(keys, field=field, nonces=nonces), tables=texts)
            for field, texts in tables.items()
        }

    def draw_pool(self, *, rows: int, lanes: int) -> DrawnPool:
        """Draw a pool of row keys ahead, keep its seed durably, and give what the ledger commits to."""
        seed = self._entropy.draw(kdf.SECRET_BYTES)
        root = keystream.pool_root(seed, rows=rows, lanes=lanes)
        name = _seed_name(root)
        self._keys.put(name, self._wrap(seed, associated=_NAMED + name.encode()))
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
        at_hand, self._at_hand = self._at_hand, None
        if at_hand is not None and persons == (at_hand[0],):
            return {at_hand[0]: kdf.data_key(at_hand[1])}
        return {person: kdf.data_key(secret) for person, secret in zip(persons, self._secrets(persons), strict=True)}

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

    def table_salts(self, persons: Sequence[int], *, field: FieldName, nonces: Sequence[int]) -> list[bytes]:
        """Give the salts of form tables, by which a trace finds the tables that a dump's rows open; no mark shows."""
        distinct = list(dict.fromkeys(persons))
        keys = dict(zip(distinct, bulk.payload_keys(self._secrets(distinct)), strict=True))
        return bulk.table_salts([keys[person] for person in persons], field=field, nonces=nonces)

    # ---- sealing -------------------------------------------------------------------------------------

    def seal_records(
        self, persons: Sequence[int], *, versions: Sequence[int], values: Sequence[Mapping[FieldName, str]]
    ) -> list[bytes]:
        """Seal what was just admitted, each under its person's data key. Sealing gives no key away."""
        rows = zip(persons, versions, values, self._secrets(persons), strict=True)
        return [
            seal(fields, key=kdf.data_key(secret), person=person, version=version, entropy=self._entropy)
            for person, version, fields, secret in rows
        ]

    def seal_side(self, body: bytes, *, name: str, bound: bytes) -> bytes:
        """Seal a private side of a ledger entry, bound to its name and to the entry's own commitment."""
        nonce = self._entropy.draw(aead.NONCE_BYTES)
        return self._side_sealer().wrap(body, nonce=nonce, associated=_SIDE + name.encode() + b"\x00" + bound)

    def open_side(self, sealed: bytes, *, name: str, bound: bytes) -> bytes:
        """Open a private side.

        Raises: VerificationError: it was altered, or belongs to another entry or under another name.
        """
        return self._side_sealer().unwrap(sealed, associated=_SIDE + name.encode() + b"\x00" + bound)

    def _side_sealer(self) -> Sealer:
        if self._sides is None:
            self._sides = Sealer(self.named("side-key"))
        return self._sides

    # ---- inside --------------------------------------------------------------------------------------

    def _require_fresh(self, receipt: Receipt) -> tuple[PersonNumber, ...]:
        index = open_receipt(receipt.note, leaf=receipt.leaf, keys=(self.log_key().verify_key,)).index
        if self._first_index is None or index < self._first_index:
            raise VerificationError(f"receipt {index}: issued before this run; ask for a new release")
        if index in self._spent:
            raise VerificationError(f"receipt {index}: spent already")
        match parse_entry(receipt.leaf).body:
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
            name = _seed_name(root)
            wrapped = self._keys.get(name)
            if wrapped is None:
                raise VerificationError("a pool of row keys is in the ledger but not in the key store")
            self._seeds[root] = self._sealer.unwrap(wrapped, associated=_NAMED + name.encode())
        return self._seeds[root]

    def _secret(self, person: PersonNumber) -> bytes:
        return self._secrets((person,))[0]

    def _secrets(self, persons: Sequence[int]) -> list[bytes]:
        unwrap = self._sealer.unwrap
        return [unwrap(wrapped, associated=_PERSON) for wrapped in self._keys.persons(persons)]

    def _wrap(self, secret: bytes, *, associated: bytes) -> bytes:
        return self._sealer.wrap(secret, nonce=self._entropy.draw(aead.NONCE_BYTES), associated=associated)


def _seed_name(root: bytes) -> str:
    return "pool-seed/" + root.hex()
