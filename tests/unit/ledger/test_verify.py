from dataclasses import replace
from hashlib import sha256

import pytest
from tests.ledger_world import KEY, LAW, MemoryFiles, MemoryStore, batch, digest, outcome, release, started

from suyuan.crypto.sign import SigningKey
from suyuan.errors import VerificationError
from suyuan.ledger import (
    Body,
    Draft,
    KeysEntry,
    KeySpan,
    LawEntry,
    Log,
    RecipientEntry,
    ReleaseEntry,
    TraceOpenEntry,
    encode_entry,
    publish,
    sign_checkpoint,
    verify_head,
    verify_log,
)
from suyuan.ledger.ports import Row
from suyuan.terms import LeafIndex

KEYS = [KEY.verify_key]


def world(releases: int = 300, *, persons: int = 300) -> tuple[MemoryStore, MemoryFiles]:
    store, files = MemoryStore(), MemoryFiles()
    ledger = started(store)
    ledger.append([release(i) for i in range(releases)])
    ledger.append([batch(releases, count=persons), outcome(2), outcome(releases + 2)])
    publish(ledger, files=files, key=KEY)
    return store, files


def test_a_sound_log_verifies_with_its_files() -> None:
    store, files = world()
    found = verify_log(Log(store), keys=KEYS, files=files)
    assert (found.size, found.unpublished) == (305, 0)
    assert found.counts == {"law": 1, "keys": 1, "release": 300, "batch": 1, "outcome": 2}
    started(store).append([release(600)])
    assert verify_log(Log(store), keys=KEYS, files=files).unpublished == 1
    assert verify_log(Log(store)).checkpoint is None
    assert verify_log(Log(MemoryStore()), files=MemoryFiles()).size == 0


def test_every_altered_file_is_found() -> None:
    store, files = world(20, persons=20)
    for path, data in files.files.items():
        for position in range(0, len(data), 7):
            bad = bytearray(data)
            bad[position] ^= 1
            with pytest.raises(VerificationError):
                verify_log(Log(store), keys=KEYS, files=MemoryFiles(files.files | {path: bytes(bad)}))
        if path != "checkpoint":
            left = {name: body for name, body in files.files.items() if name != path}
            with pytest.raises(VerificationError):
                verify_log(Log(store), keys=KEYS, files=MemoryFiles(left))


def test_every_altered_leaf_is_found() -> None:
    store, files = world(2, persons=2)
    for index, row in enumerate(store.rows):
        for position in range(len(row.leaf)):
            bad = bytearray(row.leaf)
            bad[position] ^= 1
            rows = [*store.rows[:index], row._replace(leaf=bytes(bad)), *store.rows[index + 1 :]]
            with pytest.raises(VerificationError):
                verify_log(Log(MemoryStore(rows=rows)), keys=KEYS, files=files)


def stored(*bodies: Body, times: tuple[int, ...] = ()) -> Log:
    """A log that no ledger would write: entries put into the store past every check."""
    leaves = [encode_entry(body, epoch=0, at_ms=(times or (0,) * 9)[i]) for i, body in enumerate(bodies)]
    return Log(MemoryStore(rows=[Row(leaf=leaf, at_ms=0) for leaf in leaves]))


LAWFUL, KEYED = LawEntry(law=LAW), KeysEntry(rows=5, root=digest(1), lanes=1)
NAMED = RecipientEntry(commitment=digest(1), label=digest(2))
OPENED = TraceOpenEntry(commitment=digest(1), number=1)


def taking(first: int, *, count: int = 1, pool: int = 1) -> ReleaseEntry:
    body = release(first).body
    assert isinstance(body, ReleaseEntry)
    return replace(body, keys=KeySpan(pool=LeafIndex(pool), first=first, count=count))


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (stored(KEYED, taking(0, pool=0)), "entry 1: its law is in no earlier entry"),
        (stored(LAWFUL, taking(0)), "entry 1: entry 1 is no earlier pool"),
        (stored(LAWFUL, KEYED, taking(1)), "entry 2: takes row key 1 of pool 1, the next is 0"),
        (stored(LAWFUL, KEYED, taking(0), taking(0)), "entry 3: takes row key 0 of pool 1, the next is 1"),
        (stored(LAWFUL, KEYED, taking(0, count=6)), "entry 2: takes more row keys than pool 1 has"),
        (stored(LAWFUL, outcome(0).body), "entry 1: an outcome of entry 0, no earlier release"),
        (stored(LAWFUL, outcome(5).body), "entry 1: an outcome of entry 5, no earlier release"),
        (stored(KEYED, LAWFUL, replace(KEYED, rows=9)), "entry 2: the same pool of row keys as entry 0"),
        (stored(NAMED, replace(NAMED, commitment=digest(9))), "entry 1: a second recipient with the label of entry 0"),
        (stored(replace(OPENED, number=2)), "entry 0: opening number 2 of a dump, the next is 1"),
        (stored(OPENED, LAWFUL, OPENED), "entry 2: opening number 1 of a dump, the next is 2"),
        (stored(OPENED, replace(OPENED, number=3)), "entry 1: opening number 3 of a dump, the next is 2"),
        (stored(LAWFUL, KEYED, times=(2, 1)), "entry 1: its time lies before"),
    ],
)
def test_events_out_of_order_are_named(log: Log, message: str) -> None:
    with pytest.raises(VerificationError, match=message):
        verify_log(log)


def test_a_batch_without_its_table_is_named() -> None:
    store, _ = world(2)
    index = next(i for i, row in enumerate(store.rows) if "table" in row.sides)
    for sides, message in (({}, "is missing"), ({"table": bytes(64)}, "not the table")):
        rows = [*store.rows[:index], store.rows[index]._replace(sides=sides), *store.rows[index + 1 :]]
        with pytest.raises(VerificationError, match=f"entry {index}: .*{message}"):
            verify_log(Log(MemoryStore(rows=rows)))
        with pytest.raises(VerificationError):
            publish(Log(MemoryStore(rows=rows)), files=MemoryFiles(), key=KEY)


def test_a_store_behind_its_checkpoint_is_refused() -> None:
    store, files = world(2)
    older = MemoryStore(rows=store.rows[:3])
    with pytest.raises(VerificationError, match="older copy"):
        publish(Log(older), files=files, key=KEY)
    with pytest.raises(VerificationError, match="the store has 3 entries"):
        verify_log(Log(older), keys=KEYS, files=files)


def test_what_was_kept_elsewhere_shows_a_cut_and_a_rewritten_log() -> None:
    store, files = world(20, persons=3)
    note = files.files["checkpoint"]
    started(store).append([release(i) for i in range(23, 40)])
    publish(Log(store), files=files, key=KEY)
    empty = sign_checkpoint(0, root=sha256(b"").digest(), keys=[KEY]).note
    found = verify_log(Log(store), keys=KEYS, files=files, kept=[note, files.files["checkpoint"], empty])
    assert [one.size for one in found.kept] == [25, 42, 0]

    cut = MemoryStore(rows=store.rows[:20])
    fresh = MemoryFiles()
    publish(Log(cut), files=fresh, key=KEY)
    assert verify_log(Log(cut), keys=KEYS, files=fresh).size == 20  # By itself it cannot be seen.
    with pytest.raises(VerificationError, match="20 entries, the checkpoint kept elsewhere 25: its end was cut off"):
        verify_log(Log(cut), keys=KEYS, files=fresh, kept=[note])

    other = MemoryStore()
    started(other).append([release(i, pool=1) for i in range(30)])
    publish(Log(other), files=(fresh := MemoryFiles()), key=KEY)
    with pytest.raises(VerificationError, match="checkpoint of 25 entries kept elsewhere has another root"):
        verify_log(Log(other), keys=KEYS, files=fresh, kept=[note])
    for bad in (
        sign_checkpoint(25, root=digest(1), keys=[SigningKey(b"\x08" * 32, name=KEY.verify_key.name)]).note,
        sign_checkpoint(0, root=digest(1), keys=[KEY]).note,
        b"no checkpoint",
    ):
        with pytest.raises(VerificationError, match="kept elsewhere"):
            verify_log(Log(store), keys=KEYS, kept=[bad])


def test_publication_may_be_repeated_rebuilt_and_never_signs_another_past() -> None:
    store, files = world()
    before = dict(files.files)
    log = Log(store)
    assert publish(log, files=files, key=KEY) == publish(log, files=files, key=KEY, rebuild=True)
    assert files.files == before
    started(store).append([release(i) for i in range(600, 900)])
    publish(log, files=files, key=KEY, rebuild=True)
    assert verify_log(log, keys=KEYS, files=files).unpublished == 0
    assert not [path for path in files.files if path.startswith("tile/entries/001.p")]
    lost = MemoryFiles({"checkpoint": files.files["checkpoint"]})
    with pytest.raises(VerificationError, match="tile"):
        publish(log, files=lost, key=KEY)
    publish(log, files=lost, key=KEY, rebuild=True)
    forged = sign_checkpoint(3, root=digest(1), keys=[KEY]).note.encode("utf-8")
    for rebuild in (False, True):
        with pytest.raises(VerificationError):
            publish(log, files=MemoryFiles(files.files | {"checkpoint": forged}), key=KEY, rebuild=rebuild)


def test_a_store_that_gives_fewer_leaves_than_its_size_is_named() -> None:
    class Short(MemoryStore):
        def size(self) -> int:
            return len(self.rows) + 1

    store, _ = world(2)
    short = Log(Short(rows=store.rows))
    with pytest.raises(VerificationError, match="missing from the store"):
        verify_log(short)
    with pytest.raises(VerificationError, match="lacks entries"):
        publish(short, files=MemoryFiles(), key=KEY)


def test_an_empty_draft_list_of_sides_is_kept_empty() -> None:
    assert Draft(body=LAWFUL).sides == {}


def test_a_run_starts_only_from_the_store_that_was_published() -> None:
    store, files = world()
    assert verify_head(Log(store), files=MemoryFiles(), keys=KEYS) is None
    published = verify_head(Log(store), files=files, keys=KEYS)
    assert published is not None
    assert published.size == 305
    started(store).append([release(600)])
    assert verify_head(Log(store), files=files, keys=KEYS) == published
    with pytest.raises(VerificationError, match="older copy"):
        verify_head(Log(MemoryStore(rows=store.rows[:-2])), files=files, keys=KEYS)
    forked = MemoryStore(rows=[*store.rows[:300], *store.rows[299:304]])
    with pytest.raises(VerificationError, match="not the ones"):
        verify_head(Log(forked), files=files, keys=KEYS)
    empty = MemoryFiles()
    publish(Log(MemoryStore()), files=empty, key=KEY)
    assert verify_head(Log(store), files=empty, keys=KEYS) is not None
