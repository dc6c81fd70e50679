import pytest
from tests.ledger_world import KEY, LAW, POOL, FakeClock, MemoryStore, digest, outcome, release, started

from suyuan.crypto.sign import SigningKey, sign_note
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import (
    Draft,
    KeysEntry,
    LawEntry,
    PolicyEntry,
    RecipientEntry,
    RefuseEntry,
    TraceOpenEntry,
    open_receipt,
)


def test_drafts_stand_at_contiguous_indexes_with_receipts_that_verify() -> None:
    ledger = started(MemoryStore())
    receipts = ledger.append([release(0, payload=b"sealed"), outcome(2), release(1)])
    assert [receipt.index for receipt in receipts] == [2, 3, 4]
    for receipt in receipts:
        assert receipt.leaf == ledger.leaf(receipt.index)
        assert open_receipt(receipt.note, leaf=receipt.leaf, keys=[KEY.verify_key]) == receipt
        assert len(receipt.leaf_hash) == 32
    assert ledger.side(2, name="payload") == b"sealed"
    assert (ledger.side(3, name="payload"), ledger.side_names(2)) == (None, ("payload",))
    assert [index for index, _ in ledger.entries(2)] == [2, 3, 4]
    assert [entry.body.op for _, entry in ledger.entries(1, end=4)] == ["keys", "release", "outcome"]
    assert ledger.pools()[0].next == 2
    assert ledger.append([]) == ()
    assert (ledger.origin, ledger.key) == ("log.example/suyuan", KEY)


def test_what_would_not_verify_is_refused_and_nothing_stored() -> None:
    ledger = started(MemoryStore(), rows=10)
    size = ledger.size
    for drafts, reason in (
        ([release(0, law=digest(9))], "law"),
        ([release(0), release(2)], "row keys"),
        ([release(1)], "row keys"),
        ([release(0, count=11)], "row keys"),
        ([release(0, pool=0)], "row keys"),
        ([outcome(0)], "no release"),
        ([outcome(2)], "later entry"),
        ([release(0), outcome(5)], "later entry"),
        ([Draft(body=LawEntry(law=b"short"))], "law"),
    ):
        with pytest.raises(RefusedError, match=reason):
            ledger.append(drafts)
        assert ledger.size == size
    for index in (-1, size):
        with pytest.raises(RefusedError, match="no entry"):
            ledger.leaf(index)


def recipient(label: int, *, commitment: int = 1) -> Draft:
    return Draft(body=RecipientEntry(commitment=digest(commitment), label=digest(label)))


def pool(root: int) -> Draft:
    return Draft(body=KeysEntry(rows=5, root=digest(root), lanes=1))


def opening(number: int) -> Draft:
    return Draft(body=TraceOpenEntry(commitment=digest(number), number=number))


def test_a_label_has_one_name_a_pool_one_entry_and_an_opening_the_next_number() -> None:
    ledger = started(MemoryStore())
    ledger.append([recipient(1), pool(50), opening(1), opening(2)])
    size = ledger.size
    for drafts, reason in (
        ([recipient(1, commitment=2)], "label is in the ledger already"),
        ([recipient(2), recipient(2, commitment=2)], "label is in the ledger already"),
        ([pool(50)], "pool of row keys is in the ledger already"),
        ([pool(51), pool(51)], "pool of row keys is in the ledger already"),
        ([opening(2)], "opening number 2, the next is 3"),
        ([opening(4)], "opening number 4, the next is 3"),
        ([opening(3), opening(3)], "opening number 3, the next is 4"),
    ):
        with pytest.raises(RefusedError, match=reason):
            ledger.append(drafts)
        assert ledger.size == size
    ledger.append([recipient(2), pool(51), opening(3)])
    assert ledger.latest("trace-open") == size + 2


def test_laws_policies_and_pools_are_found_again() -> None:
    ledger = started(MemoryStore())
    other = digest(77)
    ledger.append([Draft(body=LawEntry(law=other)), Draft(body=PolicyEntry(policy=other)), release(0, law=other)])
    assert (ledger.find("law", key=LAW), ledger.find("law", key=other), ledger.find("policy", key=other)) == (0, 2, 3)
    assert (ledger.latest("law"), ledger.latest("keys"), ledger.latest("recipient")) == (2, POOL, None)
    ledger.append([Draft(body=KeysEntry(rows=5, root=other, lanes=1)), release(0, pool=5)])
    assert [(pool.index, pool.next) for pool in ledger.pools()] == [(1, 1), (5, 1)]


def test_a_refusal_leaves_an_entry() -> None:
    ledger = started(MemoryStore())
    (receipt,) = ledger.append([Draft(body=RefuseEntry(commitment=digest(1), recipient=digest(2)))])
    assert ledger.entry(receipt.index).body.op == "refuse"


def test_time_never_runs_backwards() -> None:
    clock = FakeClock()
    ledger = started(MemoryStore(), clock=clock)
    clock.forward(hours=-1)
    ledger.append([release(0)])
    clock.forward(hours=2)
    ledger.append([release(1)])
    times = [entry.at_ms for _, entry in ledger.entries()]
    assert times == [times[0]] * 3 + [times[0] + 3_600_000]


def test_a_receipt_is_for_one_leaf_of_one_log() -> None:
    ledger = started(MemoryStore())
    (receipt,) = ledger.append([release(0)])
    other = SigningKey(b"\x09" * 32, name="other.example")
    renamed = sign_note(receipt.note.split("\n\n")[0] + "\n", keys=[other])
    for note, leaf, key in (
        (receipt.note, receipt.leaf + b" ", KEY),
        (receipt.note, receipt.leaf, other),
        (renamed, receipt.leaf, other),
        (sign_note("suyuan-receipt/v2\na\n0\nx\n", keys=[KEY]), receipt.leaf, KEY),
        (sign_note("too short\n", keys=[KEY]), receipt.leaf, KEY),
    ):
        with pytest.raises(VerificationError):
            open_receipt(note, leaf=leaf, keys=[key.verify_key])
