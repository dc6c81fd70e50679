"""Each rule of the chain, broken once: the ledger refuses to write it, and the replay refuses to read it."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.ledger_world import KEY, FakeClock, MemoryStore, digest, enrol_batch, registry, started

from suyuan.crypto.canonical import encode
from suyuan.crypto.merkle import EMPTY_ROOT, leaf_hashes, root
from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import (
    Body,
    CloseEntry,
    Draft,
    EnrolBatchEntry,
    EnrolEntry,
    EraseEntry,
    Ledger,
    Log,
    OpenEntry,
    RegistryEntry,
    Row,
    SealEntry,
    encode_entry,
    parse_entry,
    verify_log,
)
from suyuan.ledger.draft import latest_of, name_of

NEXT = SigningKey(b"\x08" * 32, name="log.example/suyuan/2")
THIRD = SigningKey(b"\x09" * 32, name="log.example/suyuan/3")
EMPTY = SealEntry(first=0, end=0, labels=0, root=EMPTY_ROOT, closing=False)


def closing(key: SigningKey) -> CloseEntry:
    return CloseEntry(key=key.verify_key.public, origin=key.verify_key.name)


def opening(key: SigningKey, *, size: int, tree: bytes = digest(0)) -> OpenEntry:
    return OpenEntry(key=key.verify_key.public, size=size, origin=key.verify_key.name, root=tree)


def root_of(log: Log, *, size: int | None = None) -> bytes:
    return root(leaf_hashes(log.leaves(0, end=log.size if size is None else size)))


def enrol(label: int) -> Draft:
    return Draft(body=EnrolEntry(keys=digest(1), label=digest(label)))


def erase(label: int) -> Draft:
    return Draft(body=EraseEntry(label=digest(label)))


def sound() -> MemoryStore:
    """A log that has all there is: seals of both sorts, a registry, enrolments, an erasure and a second shard."""
    store = MemoryStore()
    ledger = started(store)
    ledger.append([registry(), enrol(1), enrol_batch([2, 3]), erase(2), erase(99)])
    ledger.seal(closing=False)
    ledger.append([enrol(2)])
    ledger.seal(closing=True)
    ledger.append([Draft(body=closing(NEXT))])
    shard = Ledger(store, key=NEXT, clock=FakeClock())
    shard.append([Draft(body=opening(KEY, size=shard.size, tree=root_of(shard)))])
    shard.append([registry(1)])
    shard.seal(closing=False)
    return store


def extended(store: MemoryStore, body: Body, *, epoch: int | None = None, **sides: bytes) -> Log:
    """The log with one more entry, put there past every check."""
    given = Log(store).epoch if epoch is None else epoch
    leaf = encode_entry(body, epoch=given, at_ms=2**41)
    row = Row(leaf=leaf, at_ms=2**41, sides=sides, name=name_of(body), latest=latest_of(body))
    return Log(MemoryStore(rows=[*store.rows, row]))


def test_a_log_with_every_sort_of_entry_verifies() -> None:
    found = verify_log(Log(sound()))
    assert found.counts == {
        "law": 1, "keys": 1, "registry": 2, "enrol": 2, "enrol-batch": 1, "erase": 2, "seal": 3, "close": 1, "open": 1,
    }  # fmt: skip


Change = Callable[[SealEntry], SealEntry]


def test_a_store_that_hides_a_shard_is_found() -> None:
    rows = [row._replace(name=None) if b'"op":"open"' in row.leaf else row for row in sound().rows]
    for keys in ([], [KEY.verify_key], [NEXT.verify_key]):
        with pytest.raises(VerificationError):
            verify_log(Log(MemoryStore(rows=rows)), keys=keys)


@pytest.mark.parametrize("closes", [False, True])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda seal: replace(seal, first=seal.first + 1), "seals the entries"),
        (lambda seal: replace(seal, end=seal.end - 1), "seals the entries"),
        (lambda seal: replace(seal, end=seal.end + 1), "seals the entries"),
        (lambda seal: replace(seal, labels=seal.labels + 1), "do not give its index"),
        (lambda seal: replace(seal, root=digest(5)), "do not give its index"),
        (lambda seal: replace(seal, turns=3), "counts other registries and shards"),
        (lambda seal: replace(seal, origin=NEXT.verify_key.name), "names another first origin"),
    ],
)
def test_a_seal_over_anything_else_is_refused(change: Change, message: str, closes: bool) -> None:
    store = sound()
    ledger = Ledger(store, key=NEXT, clock=FakeClock())
    ledger.append([enrol(7)])
    ledger.seal(closing=closes)
    seal = Log(store).entry(store.size() - 1).body
    assert isinstance(seal, SealEntry)
    before = MemoryStore(rows=store.rows[:-1])
    verify_log(extended(before, seal))
    with pytest.raises(VerificationError, match=f"entry {before.size()}: .*{message}"):
        verify_log(extended(before, change(seal)))


def test_a_closing_seal_that_starts_where_an_interim_one_ended_is_refused() -> None:
    store = MemoryStore()
    ledger = started(store)
    ledger.seal(closing=False)
    with pytest.raises(VerificationError, match="not from 0 to 3"):
        verify_log(extended(store, replace(EMPTY, first=3, end=3, closing=True)))
    ledger.seal(closing=True)
    with pytest.raises(VerificationError, match="not from 4 to 4"):
        verify_log(extended(store, replace(EMPTY, first=3, end=4)))


def test_a_seal_that_leaves_out_an_entry_of_a_person_is_refused() -> None:
    """The attack that seals are for: an index without somebody's release, whose count and root fit each other."""
    store = sound()
    ledger = Ledger(store, key=NEXT, clock=FakeClock())
    ledger.append([enrol(7), erase(7)])
    left_out = Ledger(MemoryStore(rows=store.rows[:-1]), key=NEXT, clock=FakeClock())
    false = left_out.entry(left_out.seal(closing=False).index).body
    assert isinstance(false, SealEntry)
    with pytest.raises(VerificationError, match="do not give its index"):
        verify_log(extended(store, replace(false, end=store.size())))


@pytest.mark.parametrize("wrong", [0, 2])
def test_an_entry_of_another_epoch_is_refused(wrong: int) -> None:
    with pytest.raises(VerificationError, match=f"is of epoch {wrong}, the epoch in force is 1"):
        verify_log(extended(sound(), EraseEntry(label=digest(50)), epoch=wrong))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (EnrolEntry(keys=digest(1), label=digest(1)), "live since entry 3"),
        (EnrolEntry(keys=digest(1), label=digest(2)), "live since entry 8"),
        (registry(1, first_epoch=1).body, "the same registry as entry 12"),
        (RegistryEntry(first_epoch=3, vrf_key=digest(8)), "neither in this epoch nor in the next"),
        (opening(KEY, size=14), "the one before it is not closed"),
        (opening(KEY, size=13), "the one before it is not closed"),
    ],
)
def test_what_the_chain_forbids_is_neither_written_nor_read(body: Body, message: str) -> None:
    store = sound()
    with pytest.raises(VerificationError, match=message):
        verify_log(extended(store, body))
    with pytest.raises(RefusedError):
        Ledger(store, key=NEXT, clock=FakeClock()).append([Draft(body=body)])
    assert verify_log(Log(store)).size == 14


def test_a_registry_label_is_erased_once() -> None:
    store = sound()
    ledger = Ledger(store, key=NEXT, clock=FakeClock())
    ledger.append([erase(1)])
    with pytest.raises(RefusedError) as told:
        ledger.append([erase(1)])
    assert told.value.code == "ledger.not_enrolled"
    with pytest.raises(VerificationError, match="is not live"):
        verify_log(extended(store, EraseEntry(label=digest(1))))
    ledger.append([enrol(1)])
    verify_log(Log(store))


def test_two_rows_may_not_enrol_one_label_across_entries_of_one_append() -> None:
    ledger = Ledger(sound(), key=NEXT, clock=FakeClock())
    for drafts in ([enrol(30), enrol(30)], [enrol_batch([30, 31]), enrol(31)], [enrol_batch([1, 30])]):
        with pytest.raises(RefusedError) as told:
            ledger.append(drafts)
        assert (told.value.code, ledger.size) == ("ledger.enrolled", 14)


def test_nobody_is_enrolled_before_there_is_a_registry() -> None:
    store = MemoryStore()
    ledger = started(store)
    with pytest.raises(RefusedError, match="before there is a registry"):
        ledger.append([enrol(1)])
    with pytest.raises(VerificationError, match="before there is a registry"):
        verify_log(extended(store, EnrolEntry(keys=digest(1), label=digest(1))))
    ledger.append([registry(), enrol(1)])
    verify_log(ledger)


def test_a_table_of_enrolments_is_the_one_in_its_entry() -> None:
    draft = enrol_batch([20, 21])
    table = draft.sides["table"]
    for sides, message in (
        ({}, "missing"),
        ({"table": table[:64]}, "not the table"),
        ({"table": table[64:] + table[:64]}, "table"),
    ):
        with pytest.raises(RefusedError, match=message):
            Ledger(sound(), key=NEXT, clock=FakeClock()).append([Draft(body=draft.body, sides=sides)])
        assert isinstance(draft.body, EnrolBatchEntry)
        with pytest.raises(VerificationError, match=message):
            verify_log(extended(sound(), draft.body, **sides))


def test_a_seal_of_an_older_version_counts_nothing() -> None:
    store = sound()
    ledger = Ledger(store, key=NEXT, clock=FakeClock())
    ledger.append([enrol(7)])
    ledger.seal(closing=False)
    seal = Log(store).entry(store.size() - 1).body
    assert isinstance(seal, SealEntry)
    assert (seal.origin, seal.turns) == (KEY.verify_key.name, 4)
    before = MemoryStore(rows=store.rows[:-1])
    verify_log(extended(before, replace(seal, origin=None, turns=None)))
    for half in ("o", "s"):
        leaf = {**json.loads(encode_entry(seal, epoch=1, at_ms=1))}
        del leaf[half]
        with pytest.raises(VerificationError):
            parse_entry(encode(leaf))


def test_seals_name_the_origin_that_the_log_began_with() -> None:
    store = MemoryStore()
    ledger = started(store)
    false = replace(EMPTY, end=2, origin="log.example/other", turns=0)
    verify_log(extended(store, false))
    with pytest.raises(VerificationError, match="another first origin"):
        verify_log(extended(store, false), keys=[KEY.verify_key])
    ledger.seal(closing=True)
    ledger.append([Draft(body=closing(NEXT))])
    with pytest.raises(VerificationError, match="another name than the seals say"):
        verify_log(extended(store, replace(opening(KEY, size=4, tree=root_of(ledger)), origin="log.example/other")))


def test_a_shard_is_closed_right_after_its_epoch() -> None:
    """Else its last epoch would have entries on either side of the next registry."""
    store = sound()
    ledger = Ledger(store, key=NEXT, clock=FakeClock())
    ledger.seal(closing=True)
    ledger.append([enrol(7)])
    with pytest.raises(RefusedError, match="the epoch was not closed right before it"):
        ledger.append([Draft(body=closing(THIRD))])
    with pytest.raises(VerificationError, match="the epoch was not closed right before it"):
        verify_log(extended(store, closing(THIRD)))


def test_a_second_registry_in_one_shard_is_refused() -> None:
    """An account could hide it, and with it every label that hangs on it."""
    with pytest.raises(VerificationError, match="a second registry in one shard"):
        verify_log(extended(sound(), registry(2, first_epoch=1).body))


def test_a_registry_that_follows_entries_of_its_first_epoch_is_refused() -> None:
    store = closed()
    shard = Ledger(store, key=NEXT, clock=FakeClock())
    shard.append([Draft(body=opening(KEY, size=4, tree=root_of(shard)))])
    with pytest.raises(VerificationError, match="before there is a registry"):
        verify_log(extended(store, enrol(1).body))
    shard.append([registry()])
    verify_log(shard)
    late = sound()
    ledger = Ledger(late, key=NEXT, clock=FakeClock())
    ledger.seal(closing=True)
    ledger.append([Draft(body=closing(THIRD))])
    third = Ledger(late, key=THIRD, clock=FakeClock())
    third.append([Draft(body=opening(NEXT, size=third.size, tree=root_of(third)))])
    verify_log(extended(late, registry(2, first_epoch=2).body))
    third.append([enrol(7)])
    with pytest.raises(VerificationError, match="entries of its first epoch stand before it"):
        verify_log(extended(late, registry(2, first_epoch=2).body))


def closed() -> MemoryStore:
    store = MemoryStore()
    ledger = started(store)
    ledger.seal(closing=True)
    ledger.append([Draft(body=closing(NEXT))])
    return store


def test_after_the_end_of_a_shard_only_the_next_one_opens() -> None:
    store = closed()
    tree = root_of(Log(store))
    for body, message in (
        (EraseEntry(label=digest(1)), "does not open the next"),
        (closing(THIRD), "does not open the next"),
        (replace(EMPTY, end=4), "does not open the next"),
        (opening(KEY, size=3, tree=tree), "opens a shard after 3 entries, not after 4"),
        (opening(KEY, size=5, tree=tree), "opens a shard after 5 entries, not after 4"),
        (opening(KEY, size=4, tree=digest(1)), "another root"),
    ):
        with pytest.raises(VerificationError, match=message):
            verify_log(extended(store, body))
        if not isinstance(body, SealEntry):
            with pytest.raises(RefusedError, match=message):
                Ledger(store, key=NEXT, clock=FakeClock()).append([Draft(body=body)])
    with pytest.raises(RefusedError, match="does not open the next"):
        Ledger(store, key=KEY, clock=FakeClock()).seal(closing=True)
    with pytest.raises(RefusedError, match="names another key"):
        Ledger(store, key=THIRD, clock=FakeClock()).append([Draft(body=opening(KEY, size=4, tree=tree))])
    Ledger(store, key=NEXT, clock=FakeClock()).append([Draft(body=opening(KEY, size=4, tree=tree))])
    verify_log(Log(store))


def test_a_shard_names_the_key_and_origin_of_the_one_before_it() -> None:
    store = sound()
    shard = Ledger(store, key=NEXT, clock=FakeClock())
    shard.seal(closing=True)
    shard.append([Draft(body=closing(THIRD))])
    true = opening(NEXT, size=store.size(), tree=root_of(Log(store)))
    verify_log(extended(store, true))
    for false in (replace(true, key=KEY.verify_key.public), replace(true, origin="log.example/other")):
        with pytest.raises(VerificationError, match="after another one than stands before it"):
            verify_log(extended(store, false))
    Ledger(store, key=THIRD, clock=FakeClock()).append([Draft(body=true)])
    verify_log(Log(store))


def test_the_first_shard_is_the_one_whose_key_is_known() -> None:
    store = closed()
    false = opening(SigningKey(b"\x0a" * 32, name=KEY.verify_key.name), size=4, tree=root_of(Log(store)))
    with pytest.raises(VerificationError, match="another key"):
        verify_log(extended(store, false), keys=[KEY.verify_key])
    verify_log(extended(store, replace(false, key=KEY.verify_key.public)), keys=[KEY.verify_key])


def test_a_shard_that_follows_lost_entries_says_how_many() -> None:
    store = MemoryStore()
    started(store)
    Ledger(store, key=NEXT, clock=FakeClock()).append([Draft(body=opening(KEY, size=9, tree=digest(3)))])
    verify_log(Log(store))
