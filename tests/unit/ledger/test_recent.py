"""What is signed is what was appended: a store that gives other bytes back is noticed before a checkpoint says so."""

from dataclasses import replace

import pytest
from tests.ledger_world import KEY, FakeClock, MemoryFiles, MemoryStore, digest, started

from suyuan.errors import VerificationError
from suyuan.ledger import Draft, LawEntry, Ledger, publish
from suyuan.ledger.checkpoint import PATH
from suyuan.ledger.recent import KEPT, Recent


def laws(first: int, *, count: int) -> list[Draft]:
    return [Draft(body=LawEntry(law=digest(5000 + first + i))) for i in range(count)]


def flip(store: MemoryStore, index: int) -> None:
    row = store.rows[index]
    store.rows[index] = replace_leaf(row, row.leaf.replace(b'"t":1', b'"t":3'))


def replace_leaf(row, leaf: bytes):  # type: ignore[no-untyped-def]  # A named tuple of the port.
    return row._replace(leaf=leaf) if hasattr(row, "_replace") else replace(row, leaf=leaf)


def test_a_bit_that_turned_between_the_receipt_and_the_publication_is_not_signed() -> None:
    store, files = MemoryStore(), MemoryFiles()
    ledger = started(store)
    ledger.append(laws(0, count=40))
    flip(store, 10)
    with pytest.raises(VerificationError, match="nothing was signed"):
        publish(ledger, files=files, key=KEY)
    with pytest.raises(VerificationError, match="nothing was signed"):
        ledger.seal(closing=False)
    assert PATH not in files.files


def test_a_published_entry_that_turned_does_not_take_the_place_of_the_good_one() -> None:
    store, files = MemoryStore(), MemoryFiles()
    started(store).append(laws(0, count=40))
    publish(Ledger(store, key=KEY, clock=FakeClock()), files=files, key=KEY)
    before = dict(files.files)
    # Another run, which has not appended that entry itself.
    ledger = Ledger(store, key=KEY, clock=FakeClock())
    flip(store, 10)
    ledger.append(laws(40, count=300))
    with pytest.raises(VerificationError, match="not the ones that were published last"):
        publish(ledger, files=files, key=KEY)
    assert files.files[PATH] == before[PATH]
    assert files.files["tile/entries/000.p/42"] == before["tile/entries/000.p/42"]


def test_only_so_many_are_remembered_and_each_in_its_place() -> None:
    recent = Recent()
    leaves = [b"%d" % i for i in range(KEPT + 300)]
    recent.take(leaves[:100], first=0)
    recent.take(leaves[100:], first=100)
    recent.require_same(leaves, first=0)
    recent.require_same([b"forgotten"] * 300, first=0)
    with pytest.raises(VerificationError):
        recent.require_same([b"other"], first=300)
    with pytest.raises(VerificationError):
        recent.require_same([leaves[-2], b"other"], first=len(leaves) - 2)
    # Somebody else appended meanwhile: nothing is known of those.
    recent.take([b"a"], first=KEPT + 400)
    recent.require_same([b"?", b"a"], first=KEPT + 399)
    with pytest.raises(VerificationError):
        recent.require_same([b"b"], first=KEPT + 400)
