"""What the commitments of an account open to: who was given what, why, and who was told no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from suyuan.errors import VerificationError
from suyuan.evidence.account.entries import ACCOUNT, BATCH, CONSENT, RECIPIENT, REFUSE, RELEASE, Entries, Entry
from suyuan.evidence.account.members import Opening
from suyuan.evidence.hashes import commitment
from suyuan.evidence.plain import HASH_BYTES, Node, decode
from suyuan.evidence.receipt.record import read_record

_NONCE_BYTES: Final = 12
_TAGS: Final = {
    RELEASE: "suyuan/payload/v1",
    BATCH: "suyuan/payload/v1",
    REFUSE: "suyuan/payload/v1",
    RECIPIENT: "suyuan/recipient/v1",
    ACCOUNT: "suyuan/account/v1",
    CONSENT: "suyuan/consent/v1",
}
OPENED: Final = frozenset(_TAGS)
"""The ops whose entries (or rows) commit to something that an account opens."""

Place = tuple[int, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A recipient by name: an account of the platform or a partner."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One release, refusal or drawn account.

    `payload` is None where it can no longer be opened: the person it was about was erased.
    """

    op: str
    leaf: int
    row: int | None
    time: int
    who: Who | None
    payload: Node | None = field(repr=False)

    def text(self, key: str) -> str:
        """Give a text of the payload, or nothing."""
        value = self._value(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int | None:
        """Give a whole number of the payload, or None."""
        value = self._value(key)
        return value if type(value) is int else None

    def fields(self) -> dict[str, str]:
        """Give the fields and how each was shown."""
        value = self._value("fields")
        return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}

    def _value(self, key: str) -> object:
        payload = None if self.payload is None else self.payload.value
        return payload.get(key) if isinstance(payload, dict) else None


class Openings:
    """The openings of an account, each to be asked for once."""

    def __init__(self, openings: Sequence[Opening], *, entries: Entries) -> None:
        self._entries = entries
        self._openings: Mapping[Place, Opening] = {(item.leaf, item.row): item for item in openings}
        self._asked: set[Place] = set()
        self._who: dict[bytes, Who] = {}
        self._named: dict[bytes, Entry] = {}
        for entry in entries.of(RECIPIENT):
            label = entry.hash("l")
            if label in self._named:
                raise VerificationError(f"leaf {entry.index}: a recipient's label has two names")
            self._named[label] = entry

    def who(self, label: bytes) -> tuple[Who, Entry]:
        """Give the recipient of a label, by its own entry.

        Raises: VerificationError: there is none, or it does not open.
        """
        entry = self._named.get(label)
        if entry is None:
            raise VerificationError("leaves.json: the entry that names a recipient is missing")
        if label not in self._who:
            payload = self._open(entry, row=None, committed=entry.hash("c"), needed=True)
            assert payload is not None
            name, kind, opened = payload.object("id", "kind", "label")
            if opened.raw(size=HASH_BYTES) != label:
                payload.wrong("opens another recipient's label")
            self._who[label] = Who(kind=kind.name(), id=name.text())
        return self._who[label], entry

    def show(self, entry: Entry, *, row: int | None, needed: bool) -> Shown:
        """Give what an entry or a row of it says.

        Args:
            needed: whether it must be opened.
        Raises: VerificationError: it does not open, or names another recipient than its entry.
        """
        committed = entry.hash("c") if row is None else self._entries.row(entry.index, row=row).body[HASH_BYTES:]
        payload = self._open(entry, row=row, committed=committed, needed=needed)
        who = self.who(entry.hash("r"))[0] if entry.has("r") else None
        if payload is not None and entry.op in (RELEASE, BATCH):
            stated = payload.value.get("recipient") if isinstance(payload.value, dict) else None
            if who is None or stated != {"id": who.id, "kind": who.kind}:
                payload.wrong("names another recipient than its entry")
        if payload is not None and entry.op == CONSENT:
            read_record(payload)
        return Shown(op=entry.op, leaf=entry.index, row=row, time=entry.time, who=who, payload=payload)

    def require_nothing_left(self) -> None:
        """Check that every opening was asked for.

        Raises: VerificationError: one was not.
        """
        if self._asked != self._openings.keys():
            raise VerificationError("openings.json: something is opened that the account does not show")

    def _open(self, entry: Entry, *, row: int | None, committed: bytes, needed: bool) -> Node | None:
        opening = self._openings.get((entry.index, row))
        place = f"leaf {entry.index}" + ("" if row is None else f" row {row}")
        if opening is None:
            if needed:
                raise VerificationError(f"{place}: is not opened")
            return None
        self._asked.add((entry.index, row))
        payload = _payload(opening, place=place)
        if commitment(_TAGS[entry.op], salt=opening.salt, payload=payload) != committed:
            raise VerificationError(f"{place}: what is shown does not open its commitment")
        node = decode(payload, place=f"what {place} opens to")
        if not isinstance(node.value, dict):
            node.wrong("expected an object")
        return node


def _payload(opening: Opening, *, place: str) -> bytes:
    if opening.payload is not None:
        return opening.payload
    assert opening.key is not None
    assert opening.sealed is not None
    try:
        nonce, sealed = opening.sealed[:_NONCE_BYTES], opening.sealed[_NONCE_BYTES:]
        return AESGCM(opening.key).decrypt(nonce, sealed, b"")
    except (InvalidTag, ValueError):
        raise VerificationError(f"{place}: its key does not open its payload") from None
