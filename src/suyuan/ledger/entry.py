"""The entries of the ledger: their canonical leaf bytes, and the strict way back.

A leaf holds no personal value: labels, salted commitments, roots, ordinals, the op and a time.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from suyuan.crypto.canonical import Json, decode_object, encode_plain, from_base64, to_base64
from suyuan.crypto.sign import is_key_name
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger.bodies import (
    AccountEntry,
    BatchEntry,
    Body,
    CloseEntry,
    ConsentEntry,
    EnrolBatchEntry,
    EnrolEntry,
    EraseEntry,
    FamilyEntry,
    KeysEntry,
    KeySpan,
    LawEntry,
    OpaqueEntry,
    OpenEntry,
    OutcomeEntry,
    PolicyEntry,
    RecipientEntry,
    RefuseEntry,
    RegistryEntry,
    ReleaseEntry,
    SealEntry,
    TraceNoteEntry,
    TraceOpenEntry,
)
from suyuan.ledger.templates import outcome_leaf, read_outcome, read_release, release_leaf
from suyuan.terms import LeafIndex

__all__ = [
    "MAX_LEAF_BYTES",
    "VERSION",
    "AccountEntry",
    "BatchEntry",
    "Body",
    "CloseEntry",
    "ConsentEntry",
    "EnrolBatchEntry",
    "EnrolEntry",
    "Entry",
    "EraseEntry",
    "FamilyEntry",
    "KeySpan",
    "KeysEntry",
    "LawEntry",
    "OpaqueEntry",
    "OpenEntry",
    "OutcomeEntry",
    "PolicyEntry",
    "RecipientEntry",
    "RefuseEntry",
    "RegistryEntry",
    "ReleaseEntry",
    "SealEntry",
    "TraceNoteEntry",
    "TraceOpenEntry",
    "encode_entry",
    "parse_entry",
]

VERSION: Final = 1
MAX_LEAF_BYTES: Final = 65_535
"""A C2SP entry bundle carries a 16-bit length."""

MAX_EPOCH: Final = 2**32 - 1
MAX_ORIGIN_BYTES: Final = 512
"""An origin is a short name, of whatever makes a signed note's line."""


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
    ready: bytes | None = None
    if type(body) is ReleaseEntry:
        ready = release_leaf(body, epoch=epoch, at_ms=at_ms)
    elif type(body) is OutcomeEntry:
        ready = outcome_leaf(body, epoch=epoch, at_ms=at_ms)
    return encode_any(body, epoch=epoch, at_ms=at_ms) if ready is None else ready


def encode_any(body: Body, *, epoch: int, at_ms: int) -> bytes:
    """`encode_entry` without templates: what is encoded is read back strictly before it is given.

    Raises: RefusedError: a member outside its range, named by op and key.
    """
    members = _members(body) | {"e": epoch, "op": body.op, "t": at_ms, "v": VERSION}
    leaf = encode_plain(members)
    try:
        _require_fitting(leaf)
        _read(members, leaf=leaf)
    except VerificationError as error:
        raise RefusedError(str(error)) from error
    return leaf


def parse_entry(leaf: bytes) -> Entry:
    """Read a leaf strictly: canonical bytes, exactly the members of its op, every digest 32 bytes.

    An unknown op gives an `OpaqueEntry`; its version, epoch and time are still checked.

    Raises: VerificationError: anything else, named by op and key.
    """
    ready = read_release(leaf) or read_outcome(leaf)
    return parse_any(leaf) if ready is None else Entry(body=ready[0], epoch=ready[1], at_ms=ready[2])


def parse_any(leaf: bytes) -> Entry:
    """`parse_entry` without templates.

    Raises: VerificationError: as `parse_entry`.
    """
    _require_fitting(leaf)
    return _read(decode_object(leaf), leaf=leaf)


def _require_fitting(leaf: bytes) -> None:
    if len(leaf) > MAX_LEAF_BYTES:
        raise VerificationError(f"entry: longer than {MAX_LEAF_BYTES} bytes")


def _read(members: dict[str, Json], *, leaf: bytes) -> Entry:
    op = members.get("op")
    if not isinstance(op, str):
        raise VerificationError("entry: op is missing")
    reader = _Members(op=op, members=members)
    if members.get("v") != VERSION or isinstance(members.get("v"), bool):
        raise VerificationError(f"entry {op}: v is not {VERSION}")
    epoch, at_ms = reader.integer("e", most=MAX_EPOCH), reader.integer("t")
    expected = _KEYS.get(op)
    if expected is None:
        return Entry(body=OpaqueEntry(op=op, leaf=leaf), epoch=epoch, at_ms=at_ms)
    surplus = set(members) - expected - _COMMON - _OPTIONAL.get(op, frozenset())
    if surplus:
        raise VerificationError(f"entry {op}: {len(surplus)} unknown members")
    return Entry(body=_read_body(reader), epoch=epoch, at_ms=at_ms)


_Order: TypeAlias = (
    SealEntry
    | RegistryEntry
    | EnrolEntry
    | EnrolBatchEntry
    | EraseEntry
    | AccountEntry
    | ConsentEntry
    | CloseEntry
    | OpenEntry
)
_COMMON: Final = frozenset({"e", "op", "t", "v"})
_OPTIONAL: Final = {RefuseEntry.op: frozenset("l"), SealEntry.op: frozenset("os")}
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
    TraceNoteEntry.op: frozenset("c"),
    FamilyEntry.op: frozenset("c"),
    SealEntry.op: frozenset("abnrz"),
    RegistryEntry.op: frozenset("fg"),
    EnrolEntry.op: frozenset("kl"),
    EnrolBatchEntry.op: frozenset("ns"),
    EraseEntry.op: frozenset("l"),
    AccountEntry.op: frozenset("cl"),
    ConsentEntry.op: frozenset("cl"),
    CloseEntry.op: frozenset("ko"),
    OpenEntry.op: frozenset("knor"),
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
        case TraceNoteEntry() | FamilyEntry():
            return {"c": to_base64(body.commitment)}
        case _:
            return _members_of_order(body)


def _members_of_order(body: "_Order") -> dict[str, Json]:
    """Give the members of the entries that keep the log itself: seals, the registry, shards."""
    match body:
        case SealEntry():
            counted = {} if body.origin is None else {"o": body.origin, "s": body.turns}
            return {
                "a": body.first, "b": body.end, "n": body.labels, "r": to_base64(body.root), "z": int(body.closing), **counted,
            }  # fmt: skip
        case RegistryEntry():
            return {"f": body.first_epoch, "g": to_base64(body.vrf_key)}
        case EnrolEntry():
            return {"k": to_base64(body.keys), "l": to_base64(body.label)}
        case EnrolBatchEntry():
            return {"n": body.rows, "s": to_base64(body.table)}
        case EraseEntry():
            return {"l": to_base64(body.label)}
        case AccountEntry() | ConsentEntry():
            return {"c": to_base64(body.commitment), "l": to_base64(body.label)}
        case CloseEntry():
            return {"k": to_base64(body.key), "o": body.origin}
        case OpenEntry():
            return {"k": to_base64(body.key), "n": body.size, "o": body.origin, "r": to_base64(body.root)}


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
        case TraceOpenEntry.op:
            return TraceOpenEntry(commitment=digest("c"), number=integer("n", least=1))
        case TraceNoteEntry.op:
            return TraceNoteEntry(commitment=digest("c"))
        case FamilyEntry.op:
            return FamilyEntry(commitment=digest("c"))
        case _:
            return _read_body_of_order(reader)


def _read_body_of_order(reader: "_Members") -> Body:
    digest, integer = reader.digest, reader.integer
    match reader.op:
        case SealEntry.op:
            counted = "o" in reader.members or "s" in reader.members
            return SealEntry(
                first=integer("a"), end=integer("b"), labels=integer("n"), root=digest("r"),
                closing=integer("z", most=1) == 1,
                origin=reader.origin("o") if counted else None, turns=integer("s") if counted else None,
            )  # fmt: skip
        case RegistryEntry.op:
            return RegistryEntry(first_epoch=integer("f", least=1, most=MAX_EPOCH), vrf_key=digest("g"))
        case EnrolEntry.op:
            return EnrolEntry(keys=digest("k"), label=digest("l"))
        case EnrolBatchEntry.op:
            return EnrolBatchEntry(rows=integer("n", least=1), table=digest("s"))
        case EraseEntry.op:
            return EraseEntry(label=digest("l"))
        case AccountEntry.op:
            return AccountEntry(commitment=digest("c"), label=digest("l"))
        case ConsentEntry.op:
            return ConsentEntry(commitment=digest("c"), label=digest("l"))
        case CloseEntry.op:
            return CloseEntry(key=digest("k"), origin=reader.origin("o"))
        case _:
            return OpenEntry(key=digest("k"), size=integer("n", least=1), origin=reader.origin("o"), root=digest("r"))


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

    def origin(self, key: str) -> str:
        text = self.members.get(key)
        if not isinstance(text, str) or not is_key_name(text) or len(text.encode("utf-8")) > MAX_ORIGIN_BYTES:
            raise VerificationError(f"entry {self.op}: {key} is not the name of a log")
        return text

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
