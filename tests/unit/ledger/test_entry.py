import pytest
from tests.ledger_world import MemoryStore, digest, started

from suyuan.crypto.canonical import decode_object, encode
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import (
    AccountEntry,
    BatchEntry,
    Body,
    CloseEntry,
    ConsentEntry,
    Draft,
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
    encode_entry,
    parse_entry,
)
from suyuan.ledger.entry import MAX_LEAF_BYTES
from suyuan.terms import LeafIndex

SPAN = KeySpan(pool=LeafIndex(1), first=2, count=3)
BODIES: list[Body] = [
    LawEntry(law=digest(1)),
    PolicyEntry(policy=digest(1)),
    RecipientEntry(commitment=digest(1), label=digest(2)),
    KeysEntry(rows=9, root=digest(1), lanes=7),
    ReleaseEntry(commitment=digest(1), keys=SPAN, label=digest(2), manifest=digest(3), law=digest(4), recipient=digest(5)),
    BatchEntry(commitment=digest(1), keys=SPAN, manifest=digest(3), rows=2, law=digest(4), recipient=digest(5), table=digest(6)),
    OutcomeEntry(commitment=digest(1), release=LeafIndex(7)),
    RefuseEntry(commitment=digest(1), recipient=digest(5)),
    RefuseEntry(commitment=digest(1), recipient=digest(5), label=digest(2)),
    TraceOpenEntry(commitment=digest(1), number=1),
    SealEntry(first=0, end=4, labels=3, root=digest(1), closing=False),
    SealEntry(first=0, end=4, labels=3, root=digest(1), closing=True, origin="log.example/a", turns=1),
    RegistryEntry(first_epoch=1, vrf_key=digest(1)),
    EnrolEntry(keys=digest(1), label=digest(2)),
    EnrolBatchEntry(rows=2, table=digest(1)),
    EraseEntry(label=digest(1)),
    AccountEntry(commitment=digest(1), label=digest(2)),
    ConsentEntry(commitment=digest(1), label=digest(2)),
    TraceNoteEntry(commitment=digest(1)),
    FamilyEntry(commitment=digest(1)),
    CloseEntry(key=digest(1), origin="log.example/b"),
    OpenEntry(key=digest(1), size=9, origin="log.example/a", root=digest(2)),
]  # fmt: skip
LEAVES = [encode_entry(body, epoch=0, at_ms=1_700_000_000_000) for body in BODIES]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.op)
def test_an_entry_reads_back(body: Body) -> None:
    entry = parse_entry(encode_entry(body, epoch=3, at_ms=5))
    assert (entry.body, entry.epoch, entry.at_ms) == (body, 3, 5)


def test_a_release_leaf_looks_as_the_page_says() -> None:
    assert LEAVES[4] == (
        b'{"c":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=","e":0,"k":[1,2,3],'
        b'"l":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI=","m":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAM=",'
        b'"op":"release","q":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ=",'
        b'"r":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAU=","t":1700000000000,"v":1}'
    )


@pytest.mark.parametrize("leaf", LEAVES, ids=[body.op for body in BODIES])
def test_every_missing_surplus_or_misshapen_member_is_refused(leaf: bytes) -> None:
    members = decode_object(leaf)
    for key in members:
        if key == "l" and members["op"] == "refuse":
            continue
        for bad in (None, "AAAA", -1, True, [1, 2], [1, 2, -3], [True, 2, 3], ["a", 2, 3], {}):
            if key in ("op", "o") and bad == "AAAA":
                continue
            with pytest.raises(VerificationError):
                parse_entry(encode(members | {key: bad}))
        with pytest.raises(VerificationError):
            parse_entry(encode({name: value for name, value in members.items() if name != key}))
    with pytest.raises(VerificationError, match="unknown members"):
        parse_entry(encode(members | {"x": 1}))
    with pytest.raises(VerificationError):
        parse_entry(encode(members | {"v": 2}))
    for end in range(len(leaf)):
        with pytest.raises(VerificationError):
            parse_entry(leaf[:end])


def test_an_unknown_op_stays_opaque() -> None:
    leaf = encode({"op": "beacon", "v": 1, "e": 0, "t": 1, "a": 0, "b": {"x": []}})
    assert parse_entry(leaf).body == OpaqueEntry(op="beacon", leaf=leaf)
    for bad in ({"op": "beacon", "v": 1, "e": 0}, {"op": "beacon", "v": True, "e": 0, "t": 1}, {"v": 1}, {"op": 1}):
        with pytest.raises(VerificationError):
            parse_entry(encode(bad))
    with pytest.raises(VerificationError, match="longer"):
        parse_entry(b" " * 65_536)


def test_a_body_out_of_range_is_never_written() -> None:
    for body in (
        LawEntry(law=b"short"), KeysEntry(rows=0, root=digest(1), lanes=1), KeysEntry(rows=1, root=digest(1), lanes=256),
        OutcomeEntry(commitment=digest(1), release=LeafIndex(-1)), TraceOpenEntry(commitment=digest(1), number=0),
    ):  # fmt: skip
        with pytest.raises(RefusedError, match="entry"):
            encode_entry(body, epoch=0, at_ms=0)


def test_an_oversized_entry_is_neither_written_nor_read() -> None:
    room = MAX_LEAF_BYTES - len(b'{"e":0,"op":"later","t":0,"v":1,"x":""}')
    fits = b'{"e":0,"op":"later","t":0,"v":1,"x":"%s"}' % (b"x" * room)
    assert isinstance(parse_entry(fits).body, OpaqueEntry)
    with pytest.raises(VerificationError, match="longer than 65535 bytes"):
        parse_entry(fits.replace(b"xx", b"xxx", 1))
    ledger = started(MemoryStore())
    size = ledger.size
    for length in (1_000, 65_400, 70_000):
        with pytest.raises(RefusedError) as refused:
            ledger.append([Draft(body=CloseEntry(key=digest(1), origin="o" * length))])
        assert "\n" not in str(refused.value)
    assert ledger.size == size
