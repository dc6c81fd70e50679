from hashlib import sha256

import pytest
from tests.ledger_world import (
    KEY,
    FakeClock,
    MemoryFiles,
    MemoryStore,
    batch,
    digest,
    enrol_batch,
    outcome,
    registry,
    release,
    started,
)

from suyuan.crypto.merkle import EMPTY_ROOT, Tree, leaf_hash, leaf_hashes
from suyuan.crypto.multiproof import verify_many
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import (
    AccountEntry,
    ConsentEntry,
    Draft,
    EnrolEntry,
    EraseEntry,
    Item,
    Ledger,
    Log,
    OpaqueEntry,
    RecipientEntry,
    RefuseEntry,
    SealEntry,
    SealReader,
    build_index,
    index_leaf,
    publish,
    read_items,
)
from suyuan.ledger.sealing import Due, SealPolicy


def slow_items(log: Log, *, first: int, end: int) -> dict[bytes, list[Item]]:
    """The index as its definition says it, entry by entry and label by label."""
    found: dict[bytes, list[Item]] = {}
    for index, entry in log.entries(first, end=end):
        body = entry.body
        labels = [] if isinstance(body, OpaqueEntry | SealEntry) else [
            getattr(body, name)
            for name in ("label", "recipient")
            if isinstance(getattr(body, name, None), bytes)
        ]  # fmt: skip
        for label in dict.fromkeys(labels):
            found.setdefault(label, []).append(Item(leaf=index, row=None, hash=leaf_hash(log.leaf(index))))
        table = log.side(index, name="table") or b""
        for number in range(len(table) // 64):
            row = table[64 * number : 64 * number + 64]
            found.setdefault(row[:32], []).append(Item(leaf=index, row=number, hash=leaf_hash(row)))
    return {label: sorted(items, key=lambda item: item.packed) for label, items in found.items()}


def filled() -> Ledger:
    ledger = started(MemoryStore())
    ledger.append([registry(), release(0), batch(1, count=300), outcome(3)])
    ledger.append(
        [
            Draft(body=RecipientEntry(commitment=digest(1), label=digest(4))),
            Draft(body=RefuseEntry(commitment=digest(1), recipient=digest(4))),
            Draft(body=RefuseEntry(commitment=digest(1), recipient=digest(4), label=digest(4))),
            Draft(body=RefuseEntry(commitment=digest(1), recipient=digest(4), label=digest(1007))),
            Draft(body=EnrolEntry(keys=digest(1), label=digest(60))),
            enrol_batch(range(61, 64)),
            Draft(body=EraseEntry(label=digest(60))),
            Draft(body=AccountEntry(commitment=digest(3), label=digest(2))),
            Draft(body=ConsentEntry(commitment=digest(4), label=digest(2))),
            Draft(body=ConsentEntry(commitment=digest(5), label=digest(70))),
        ]
    )
    return ledger


def test_the_index_says_what_its_definition_says() -> None:
    ledger = filled()
    for first, end in ((0, ledger.size), (3, 7), (4, 5), (5, 5)):
        expected = slow_items(ledger, first=first, end=end)
        index = build_index(ledger, first=first, end=end)
        assert index.labels == sorted(expected)
        assert {label: list(index.items(label)) for label in index.labels} == expected
        for label, leaf in zip(index.labels, index.leaves, strict=True):
            items = b"".join(item.packed for item in expected[label])
            assert leaf == label + len(expected[label]).to_bytes(4, "big") + sha256(items).digest()
            assert (leaf, len(leaf)) == (index_leaf(label, items=items), 68)
        assert index.root == Tree(leaf_hashes(index.leaves)).root
    assert (index.root, index.size, index.items(digest(1))) == (EMPTY_ROOT, 0, ())


def test_an_item_is_packed_in_44_bytes() -> None:
    plain, row = Item(leaf=258, row=None, hash=b"\x07" * 32), Item(leaf=258, row=0, hash=b"\x08" * 32)
    assert plain.packed == bytes(6) + b"\x01\x02" + bytes(4) + b"\x07" * 32
    assert row.packed == bytes(6) + b"\x01\x02" + b"\x00\x00\x00\x01" + b"\x08" * 32
    assert read_items(plain.packed + row.packed) == (plain, row)
    with pytest.raises(VerificationError, match="inside an item"):
        read_items(plain.packed[:-1])


def test_seals_follow_one_another_and_a_closing_one_ends_the_epoch() -> None:
    ledger = filled()
    size = ledger.size
    ends = []
    for closing in (False, False, True, True, False):
        receipt = ledger.seal(closing=closing)
        body = ledger.entry(receipt.index).body
        assert isinstance(body, SealEntry)
        ends.append((body.first, body.end, body.closing, ledger.entry(receipt.index).epoch, ledger.epoch))
    assert ends == [
        (0, size, False, 0, 0),
        (size + 1, size + 1, False, 0, 0),
        (0, size + 2, True, 0, 1),
        (size + 3, size + 3, True, 1, 2),
        (size + 4, size + 4, False, 2, 2),
    ]
    assert (ledger.latest("seal"), ledger.latest("seal-close")) == (size + 4, size + 3)
    again = Ledger(ledger._store, key=KEY, clock=FakeClock())
    assert (again.epoch, again.chain(), Log(ledger._store).epoch) == (2, ledger.chain(), 2)


def test_labels_of_another_epoch_are_refused_and_nothing_is_stored() -> None:
    ledger = started(MemoryStore())
    ledger.append([Draft(body=release(0).body, epoch=0)])
    ledger.seal(closing=True)
    size = ledger.size
    for epoch in (0, 2):
        with pytest.raises(RefusedError, match="the epoch in force is 1") as told:
            ledger.append([Draft(body=release(1).body, epoch=1), Draft(body=release(2).body, epoch=epoch)])
        assert (told.value.code, ledger.size) == ("ledger.epoch", size)
    ledger.append([Draft(body=release(1).body, epoch=1)])
    assert ledger.entry(size).epoch == 1


def test_a_seal_is_not_appended_from_outside() -> None:
    ledger = started(MemoryStore())
    seal = SealEntry(first=0, end=2, labels=0, root=EMPTY_ROOT, closing=False)
    with pytest.raises(RefusedError, match="makes its seals itself"):
        ledger.append([release(0), Draft(body=seal)])
    assert ledger.size == 2


def test_a_published_index_shows_presence_and_absence() -> None:
    ledger, files = filled(), MemoryFiles()
    body = ledger.entry(ledger.seal(closing=False).index).body
    publish(ledger, files=files, key=KEY)
    assert isinstance(body, SealEntry)
    reader = SealReader(files, seal=body, index=body.end)
    index = build_index(ledger, first=body.first, end=body.end)
    labels = [*index.labels, digest(0), digest(5), b"\xff" * 32]
    for label in labels:
        shown = reader.show(label)
        assert shown.found == index.find(label)
        assert shown.found.present == (label in index.labels)
        assert shown.leaves == tuple(index.leaves[at] for at in shown.found.positions)
        known = {at: leaf_hash(leaf) for at, leaf in zip(shown.found.positions, shown.leaves, strict=True)}
        verify_many(known, size=index.size, proof=shown.proof, root=body.root)
        if not shown.found.present:
            before = [leaf[:32] for leaf in shown.leaves if leaf[:32] < label]
            after = [leaf[:32] for leaf in shown.leaves if leaf[:32] > label]
            assert (len(before), len(after)) == (label != digest(0), label != b"\xff" * 32)


def test_an_empty_seal_shows_absence_of_everything_and_has_no_files() -> None:
    ledger, files = started(MemoryStore()), MemoryFiles()
    body = ledger.entry(ledger.seal(closing=True).index).body
    publish(ledger, files=files, key=KEY)
    assert isinstance(body, SealEntry)
    assert (body.labels, body.root, [path for path in files.files if path.startswith("seal/")]) == (0, EMPTY_ROOT, [])
    shown = SealReader(files, seal=body, index=body.end).show(digest(1))
    assert (shown.found.positions, shown.leaves, shown.proof) == ((), (), ())


def test_altered_files_of_an_index_show_nothing() -> None:
    ledger, files = filled(), MemoryFiles()
    body = ledger.entry(ledger.seal(closing=False).index).body
    publish(ledger, files=files, key=KEY)
    assert isinstance(body, SealEntry)
    mine = [path for path in files.files if path.startswith(f"seal/{body.end}/")]
    assert len(mine) == 5
    for label in (digest(1000), digest(5)):
        used = 0
        for path in mine:
            for change in (
                lambda data: data[:-1],
                lambda data: data[:1] + data[:1] + data[2:],
                lambda data: bytes(len(data)),
                None,
            ):
                data = files.files[path]
                changed = {k: v for k, v in files.files.items() if k != path}
                if change is not None:
                    changed[path] = change(data)
                try:
                    shown = SealReader(MemoryFiles(changed), seal=body, index=body.end).show(label)
                except VerificationError:
                    used += 1
                    continue
                known = {at: leaf_hash(leaf) for at, leaf in zip(shown.found.positions, shown.leaves, strict=True)}
                verify_many(known, size=body.labels, proof=shown.proof, root=body.root)
        assert used >= 8


@pytest.mark.parametrize(
    ("forward", "count", "due"),
    [
        ({"seconds": 1}, 1, None),
        ({"seconds": 9}, 9, None),
        ({"seconds": 1}, 10, Due.INTERIM),
        ({"seconds": 10}, 1, Due.INTERIM),
        ({"seconds": 99}, 1, Due.INTERIM),
        ({"seconds": 100}, 1, Due.CLOSING),
        ({"seconds": 100}, 0, None),
    ],
)
def test_a_seal_is_due_by_count_and_by_time(forward: dict[str, int], count: int, due: Due | None) -> None:
    clock = FakeClock()
    ledger = started(MemoryStore(), clock=clock)
    ledger.seal(closing=True)
    clock.forward(**forward)
    if count:
        ledger.append([release(i) for i in range(count)])
    assert ledger.seal_due(SealPolicy(entries=10, seconds=10, epoch_seconds=100)) == due


def test_nothing_but_seals_is_never_due_and_an_epoch_of_sealed_entries_ends() -> None:
    clock, policy = FakeClock(), SealPolicy(entries=10, seconds=10, epoch_seconds=100)
    ledger = Ledger(MemoryStore(), key=KEY, clock=clock)
    assert ledger.seal_due(policy) is None
    ledger = started(MemoryStore(), clock=clock)
    assert ledger.seal_due(policy) is None
    clock.forward(seconds=10)
    assert ledger.seal_due(policy) == Due.INTERIM
    ledger.seal(closing=False)
    clock.forward(seconds=50)
    assert ledger.seal_due(policy) is None
    clock.forward(seconds=40)
    assert ledger.seal_due(policy) == Due.CLOSING
    ledger.seal(closing=True)
    clock.forward(days=9)
    assert ledger.seal_due(policy) is None
    for wrong in ({"entries": 0}, {"seconds": 0}, {"epoch_seconds": -1}):
        with pytest.raises(RefusedError):
            SealPolicy(**wrong)


def test_a_clock_that_was_set_forward_and_back_does_not_stop_the_seals() -> None:
    clock, policy = FakeClock(), SealPolicy(entries=10, seconds=10, epoch_seconds=100)
    ledger = started(MemoryStore(), clock=clock)
    clock.forward(days=36_500)
    ledger.seal(closing=False)
    clock.forward(days=-36_500)
    ledger.seal(closing=True)
    dues: list[Due | None] = []
    for number in range(30):
        clock.forward(days=1)
        ledger.append([release(number)])
        due = ledger.seal_due(policy)
        dues.append(due)
        if due is not None:
            ledger.seal(closing=due is Due.CLOSING)
    # Every entry is sealed at once, and the epochs end by what is in them: each holds five entries and their seals.
    assert None not in dues
    assert [at for at, due in enumerate(dues) if due is Due.CLOSING] == [5, 11, 17, 23, 29]
