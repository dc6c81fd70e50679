"""The entries of the ledger: typed bodies, their canonical leaf bytes, and the strict way back.

A leaf holds no personal value: labels, salted commitments, roots, ordinals, the op and a time. Bodies are
what callers append; the ledger adds version, epoch and time.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from suyuan.crypto.canonical import Json, decode_object, encode_plain, from_base64, to_base64
from suyuan.errors import RefusedError, VerificationError
from suyuan.terms import LeafIndex

VERSION: Final = 1
MAX_LEAF_BYTES: Final = 65_535
"""A C2SP entry bundle carries a 16-bit length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySpan:
    """The run of row keys that a release consumes: `count` ordinals of a pool from `first` on."""

    pool: LeafIndex
    first: int
    count: int

    @property
    def end(self) -> int:
        """The first ordinal after the run."""
        return self.first + self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class LawEntry:
    """Fixes a law document (kinds, radices, weights) before the first release under it."""

    op: ClassVar[str] = "law"
    law: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEntry:
    """Fixes the policy files in force from here on."""

    op: ClassVar[str] = "policy"
    policy: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientEntry:
    """Ties a recipient's label to a salted commitment of who it is; the opening is a side."""

    op: ClassVar[str] = "recipient"
    commitment: bytes
    label: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysEntry:
    """Commits to a pool of row keys, drawn before any release uses one; the pool's id is this entry's index."""

    op: ClassVar[str] = "keys"
    rows: int
    root: bytes
    lanes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry:
    """The plan of a release of one person."""

    op: ClassVar[str] = "release"
    commitment: bytes
    keys: KeySpan
    label: bytes
    manifest: bytes
    law: bytes
    recipient: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry:
    """The plan of a bulk release: the root of the sorted table (label, commitment) of its persons."""

    op: ClassVar[str] = "batch"
    commitment: bytes
    keys: KeySpan
    manifest: bytes
    rows: int
    law: bytes
    recipient: bytes
    table: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeEntry:
    """How a release ended; a release without one counts as released."""

    op: ClassVar[str] = "outcome"
    commitment: bytes
    release: LeafIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseEntry:
    """A request that the door refused; the person's label when one person was asked for."""

    op: ClassVar[str] = "refuse"
    commitment: bytes
    recipient: bytes
    label: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOpenEntry:
    """Fixes a dump, its link table, suspects and policy before any mark is read; `number` counts openings from 1."""

    op: ClassVar[str] = "trace-open"
    commitment: bytes
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueEntry:
    """An entry of an op that this version does not know; kept and proved all the same."""

    op: str
    leaf: bytes


Body: TypeAlias = (
    LawEntry
    | PolicyEntry
    | RecipientEntry
    | KeysEntry
    | ReleaseEntry
    | BatchEntry
    | OutcomeEntry
    | RefuseEntry
    | TraceOpenEntry
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A leaf, read: what it says, in which epoch, and when it claims to have been written."""

    body: Body | OpaqueEntry
    epoch: int
    at_ms: int


def encode_entry(body: Body, *, epoch: int, at_ms: int) -> bytes:
    """Give the leaf bytes of an entry; they are stored, hashed and served verbatim.

    Raises: RefusedError: a member outside its range, named by op and key.
    """
    members = _members(body) | {"e": epoch, "op": body.op, "t": at_ms, "v": VERSION}
    leaf = encode_plain(members)
    try:
        _read(members, leaf=leaf)
    except VerificationError as error:
        raise RefusedError(str(error)) from error
    return leaf


def parse_entry(leaf: bytes) -> Entry:
    """Read a leaf strictly: canonical bytes, exactly the members of its op, every digest 32 bytes.

    An unknown op gives an `OpaqueEntry`; its version, epoch and time are still checked.

    Raises: VerificationError: anything else, named by op and key.
    """
    if len(leaf) > MAX_LEAF_BYTES:
        raise VerificationError(f"entry: longer than {MAX_LEAF_BYTES} bytes")
    return _read(decode_object(leaf), leaf=leaf)


def _read(members: dict[str, Json], *, leaf: bytes) -> Entry:
    op = members.get("op")
    if not isinstance(op, str):
        raise VerificationError("entry: op is missing")
    reader = _Members(op=op, members=members)
    if members.get("v") != VERSION or isinstance(members.get("v"), bool):
        raise VerificationError(f"entry {op}: v is not {VERSION}")
    epoch, at_ms = reader.integer("e", most=2**32 - 1), reader.integer("t")
    expected = _KEYS.get(op)
    if expected is None:
        return Entry(body=OpaqueEntry(op=op, leaf=leaf), epoch=epoch, at_ms=at_ms)
    surplus = set(members) - expected - _COMMON - ({"l"} if op == RefuseEntry.op else set())
    if surplus:
        raise VerificationError(f"entry {op}: {len(surplus)} unknown members")
    return Entry(body=_read_body(reader), epoch=epoch, at_ms=at_ms)


_COMMON: Final = frozenset({"e", "op", "t", "v"})
_KEYS: Final = {
    LawEntry.op: frozenset("q"),
    PolicyEntry.op: frozenset("q"),
    RecipientEntry.op: frozenset("cl"),
    KeysEntry.op: frozenset("nrw"),
    ReleaseEntry.op: frozenset("cklmqr"),
    BatchEntry.op: frozenset("ckmnqrs"),
    OutcomeEntry.op: frozenset("ci"),
    RefuseEntry.op: frozenset("cr"),
    TraceOpenEntry.op: frozenset("cn"),
}


def _members(body: Body) -> dict[str, Json]:
    match body:
        case LawEntry():
            return {"q": to_base64(body.law)}
        case PolicyEntry():
            return {"q": to_base64(body.policy)}
        case RecipientEntry():
            return {"c": to_base64(body.commitment), "l": to_base64(body.label)}
        case KeysEntry():
            return {"n": body.rows, "r": to_base64(body.root), "w": body.lanes}
        case ReleaseEntry():
            return _plan(body) | {"l": to_base64(body.label)}
        case BatchEntry():
            return _plan(body) | {"n": body.rows, "s": to_base64(body.table)}
        case OutcomeEntry():
            return {"c": to_base64(body.commitment), "i": body.release}
        case RefuseEntry():
            label: dict[str, Json] = {} if body.label is None else {"l": to_base64(body.label)}
            return label | {"c": to_base64(body.commitment), "r": to_base64(body.recipient)}
        case TraceOpenEntry():
            return {"c": to_base64(body.commitment), "n": body.number}


def _plan(body: ReleaseEntry | BatchEntry) -> dict[str, Json]:
    return {
        "c": to_base64(body.commitment),
        "k": [body.keys.pool, body.keys.first, body.keys.count],
        "m": to_base64(body.manifest),
        "q": to_base64(body.law),
        "r": to_base64(body.recipient),
    }


def _read_body(reader: "_Members") -> Body:
    digest, integer = reader.digest, reader.integer
    match reader.op:
        case LawEntry.op:
            return LawEntry(law=digest("q"))
        case PolicyEntry.op:
            return PolicyEntry(policy=digest("q"))
        case RecipientEntry.op:
            return RecipientEntry(commitment=digest("c"), label=digest("l"))
        case KeysEntry.op:
            return KeysEntry(rows=integer("n", least=1), root=digest("r"), lanes=integer("w", least=1, most=255))
        case ReleaseEntry.op:
            return ReleaseEntry(
                commitment=digest("c"), keys=reader.span("k", least=1), label=digest("l"),
                manifest=digest("m"), law=digest("q"), recipient=digest("r"),
            )  # fmt: skip
        case BatchEntry.op:
            return BatchEntry(
                commitment=digest("c"), keys=reader.span("k", least=0), manifest=digest("m"),
                rows=integer("n"), law=digest("q"), recipient=digest("r"), table=digest("s"),
            )  # fmt: skip
        case OutcomeEntry.op:
            return OutcomeEntry(commitment=digest("c"), release=LeafIndex(integer("i")))
        case RefuseEntry.op:
            label = digest("l") if "l" in reader.members else None
            return RefuseEntry(commitment=digest("c"), recipient=digest("r"), label=label)
        case _:
            return TraceOpenEntry(commitment=digest("c"), number=integer("n", least=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Members:
    """Reads the members of one leaf, naming op and key in every error."""

    op: str
    members: dict[str, Json]

    def integer(self, key: str, *, least: int = 0, most: int = 2**53 - 1) -> int:
        return self._range(self.members.get(key), key=key, least=least, most=most)

    def digest(self, key: str) -> bytes:
        text = self.members.get(key)
        if not isinstance(text, str):
            raise VerificationError(f"entry {self.op}: {key} is missing")
        try:
            return from_base64(text, size_bytes=32)
        except VerificationError as error:
            raise VerificationError(f"entry {self.op}: {key} is not 32 bytes of base64") from error

    def span(self, key: str, *, least: int) -> KeySpan:
        value = self.members.get(key)
        if not isinstance(value, list) or len(value) != 3:
            raise VerificationError(f"entry {self.op}: {key} is not [pool, first, count]")
        pool, first = (self._range(part, key=key, least=0, most=2**53 - 1) for part in value[:2])
        return KeySpan(
            pool=LeafIndex(pool), first=first, count=self._range(value[2], key=key, least=least, most=2**53 - 1)
        )

    def _range(self, value: Json, *, key: str, least: int, most: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise VerificationError(f"entry {self.op}: {key} is not an integer from {least} to {most}")
        return value
