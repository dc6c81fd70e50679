import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger_world import KEY, MemoryFiles, MemoryStore, batch, digest, enrol_batch, registry, release, started

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.crypto.frontier import tree_root
from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import Draft, EraseEntry, Log, TileFiles, publish, sign_checkpoint, verify_log
from suyuan.ledger.fsck import fsck
from suyuan.ledger.published import PublishedLog

KEYS = [KEY.verify_key]


def sealed_log(files: TileFiles, *, releases: int = 3, persons: int = 3) -> MemoryStore:
    """A small log with everything that has files of its own, published at four sizes."""
    store = MemoryStore()
    ledger = started(store)
    publish(ledger, files=files, key=KEY)
    ledger.append([registry(), enrol_batch(range(60, 60 + persons))])
    ledger.seal(closing=True)
    publish(ledger, files=files, key=KEY)
    ledger.append([release(i) for i in range(releases)])
    ledger.seal(closing=False)
    ledger.append([batch(releases, count=persons), Draft(body=EraseEntry(label=digest(60)))])
    publish(ledger, files=files, key=KEY)
    ledger.seal(closing=True)
    publish(ledger, files=files, key=KEY)
    return store


def test_published_files_alone_give_what_the_store_gives() -> None:
    files = MemoryFiles()
    store = sealed_log(files, releases=600, persons=300)
    found = fsck(files, keys=KEYS, paths=files.files)
    assert found == verify_log(Log(store), keys=KEYS, files=files)
    assert (found.size, found.unpublished, found.counts["seal"]) == (609, 0, 3)
    published, log = PublishedLog(files), Log(store)
    assert (published.size(), published.last_at_ms()) == (log.size, store.last_at_ms())
    assert published.leaves(250, end=9999) == list(log.leaves(250, end=log.size))
    assert published.leaves(609, end=700) == []
    for index in (0, 3, 606):
        assert published.side(index, name="table") == log.side(index, name="table")
        assert published.side_names(index) == log.side_names(index)
    assert published.side(3, name="table", start=32, size=40) == log.side(3, name="table", start=32, size=40)
    assert (published.side(3, name="payload"), published.side(9999, name="table")) == (None, None)
    for op in ("law", "keys", "seal", "seal-close", "registry", "open"):
        assert (published.latest(op), published.named(op)) == (log.latest(op), log.named(op))
    assert published.find("keys", key=digest(9)) == 1
    assert published.registered([digest(60), digest(61), digest(5)]) == {digest(61): 3}
    assert published.pools() == log.pools()
    assert Log(published).epoch == log.epoch == 2
    for write in (lambda: published.append(609, rows=[]), lambda: published.replace_derived(published.derived())):
        with pytest.raises(RefusedError, match="read only"):
            write()


@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.slow)])
def test_flipped_bits_of_every_published_file_are_found(tmp_path: Path, step: int) -> None:
    files = TileDirectory(tmp_path)
    sealed_log(files)
    paths = list(files.paths())
    fsck(files, keys=KEYS, paths=paths)
    assert {path.split("/")[0] for path in paths} == {"checkpoint", "tile", "batch", "seal"}
    # Partial tiles of earlier sizes are among them: they are still served.
    assert {"tile/0/000.p/2", "tile/0/000.p/5", "tile/0/000.p/12"} <= set(paths)
    missed = []
    for path in paths:
        data = (tmp_path / path).read_bytes()
        for position in range(0, len(data), step):
            bad = bytearray(data)
            bad[position] ^= 1 << position % 8
            (tmp_path / path).write_bytes(bytes(bad))
            try:
                fsck(files, keys=KEYS, paths=paths)
            except VerificationError:
                continue
            missed.append((path, position))
        (tmp_path / path).write_bytes(data)
    assert not missed
    fsck(files, keys=KEYS, paths=paths)


def test_every_missing_cut_or_grown_file_is_found(tmp_path: Path) -> None:
    files = TileDirectory(tmp_path / "ledger")
    sealed_log(files)
    kept = tmp_path / "kept"
    shutil.copytree(tmp_path / "ledger", kept)
    changes: tuple[Callable[[Path], object], ...] = (
        lambda place: place.write_bytes(place.read_bytes()[:-1]),
        lambda place: place.write_bytes(place.read_bytes() + b"\x00"),
        lambda place: place.write_bytes(b""),
        lambda place: place.unlink(),
    )
    needed = set()
    for path in files.paths():
        for number, change in enumerate(changes):
            place = tmp_path / "ledger" / path
            change(place)
            try:
                fsck(files, keys=KEYS, paths=list(files.paths()))
            except VerificationError:
                needed.add((path, number))
            shutil.copy(kept / path, place)
    older = {"tile/0/000.p/2", "tile/entries/000.p/2", "tile/0/000.p/5", "tile/entries/000.p/5"}
    older |= {"tile/0/000.p/11", "tile/entries/000.p/11"}
    missing = {(path, number) for path in files.paths() for number in range(4)} - needed
    assert missing == {(path, 3) for path in older}, "only older partial tiles may be gone: full ones supersede them"


def test_what_does_not_belong_there_is_found(tmp_path: Path) -> None:
    files = TileDirectory(tmp_path)
    sealed_log(files)
    for path in (
        "tile/0/note", "tile/0/000.p/0", "tile/0/000.p/257", "tile/0/x000/000.p/3", "tile/00/000.p/3", "tile/entries/0",
        "batch/3/tile/0/001", "batch/3/tile/0/000.p/2", "batch/3/other", "batch/2/tile/0/000", "seal/3/tile/0/000",
        "seal/4/tile/1/000.p/1", "seal/04/tile/0/000", "batch/notes",
    ):  # fmt: skip
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(bytes(64))
        with pytest.raises(VerificationError, match=path.split("/", 1)[0]):
            fsck(files, keys=KEYS, paths=[path])
        place.unlink()
    # What else lies beside the log, what a cut-off publication left, and its next tiles are none of our business.
    for path in ("log.vkey", "checkpoint.tmp", "tile/0/000.p/9.tmp", "tile/0/001.p/4", "seal/99/tile/0/000"):
        fsck(files, keys=KEYS, paths=[path])


def test_files_of_a_publication_that_was_cut_off_carry_on_from_the_checkpoint(tmp_path: Path) -> None:
    files = TileDirectory(tmp_path)
    store = sealed_log(files)
    checkpoint = (tmp_path / "checkpoint").read_bytes()
    started(store).append([release(6 + i) for i in range(300)])
    publish(Log(store), files=files, key=KEY)
    # The last thing a publication does is to replace the checkpoint, and then to drop what was superseded.
    (tmp_path / "checkpoint").write_bytes(checkpoint)
    assert fsck(files, keys=KEYS, paths=list(files.paths())).size == 12
    for path in ("tile/0/000", "tile/entries/000"):
        data = (tmp_path / path).read_bytes()
        (tmp_path / path).write_bytes(bytes((data[0] ^ 1,)) + data[1:])
        with pytest.raises(VerificationError):
            fsck(files, keys=KEYS, paths=list(files.paths()))
        (tmp_path / path).write_bytes(data)


def test_a_false_log_under_a_true_signature_is_refused() -> None:
    """Whoever holds the key can sign anything; what is signed must still keep the rules."""
    files = MemoryFiles()
    store = sealed_log(files)
    false = MemoryStore(rows=store.rows[:4] + store.rows[5:])
    leaves = list(Log(false).leaves(0, end=false.size()))
    forged = MemoryFiles()
    clean = MemoryStore(rows=[row for row in false.rows if b'"seal"' not in row.leaf and not row.sides])
    publish(Log(clean), files=forged, key=KEY)
    with pytest.raises(VerificationError, match="is of epoch 1, the epoch in force is 0"):
        fsck(forged, keys=KEYS)
    note = sign_checkpoint(len(leaves), root=tree_root(leaves), keys=[KEY]).note.encode()
    with pytest.raises(VerificationError):
        fsck(MemoryFiles(files.files | {"checkpoint": note}), keys=KEYS)


def test_without_the_logs_key_nothing_is_verified() -> None:
    files = MemoryFiles()
    sealed_log(files)
    other = SigningKey(b"\x0c" * 32, name=KEY.verify_key.name).verify_key
    for keys in ([], [other]):
        with pytest.raises(VerificationError, match="key"):
            fsck(files, keys=keys)
    with pytest.raises(VerificationError, match="no checkpoint"):
        fsck(MemoryFiles(), keys=KEYS)


def test_nothing_more_is_read_under_a_checkpoint_that_is_not_signed() -> None:
    asked: list[str] = []

    class Asked(MemoryFiles):
        def read(self, path: str) -> bytes | None:
            asked.append(path)
            return super().read(path)

    other = SigningKey(b"\x0c" * 32, name=KEY.verify_key.name)
    note = sign_checkpoint(2**50, root=digest(1), keys=[other]).note.encode()
    with pytest.raises(VerificationError):
        fsck(Asked({"checkpoint": note}), keys=KEYS)
    assert asked == ["checkpoint"]


def test_a_checkpoint_kept_elsewhere_shows_a_cut_tail() -> None:
    files = MemoryFiles()
    store = sealed_log(files)
    kept = files.files["checkpoint"]
    shorter = MemoryFiles()
    publish(Log(MemoryStore(rows=store.rows[:8])), files=shorter, key=KEY)
    assert fsck(shorter, keys=KEYS).size == 8
    with pytest.raises(VerificationError, match="its end was cut off"):
        fsck(shorter, keys=KEYS, kept=[kept])


@pytest.mark.parametrize(
    "path", ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"]
)
def test_a_file_that_holds_more_than_its_name_says_is_found(path: str) -> None:
    files = MemoryFiles()
    ledger = started(MemoryStore())
    ledger.append([release(i) for i in range(298)])
    publish(ledger, files=files, key=KEY)
    files.files[path] += b"\x00\x02{}" if "entries" in path else bytes(32)
    with pytest.raises(VerificationError, match=r"of another length|more than 256"):
        fsck(files, keys=KEYS, paths=list(files.files))


def test_a_witnessed_checkpoint_of_another_log_or_another_past_is_found() -> None:
    files = MemoryFiles()
    store = sealed_log(files)
    true = files.files["checkpoint"]
    files.files["witnessed"] = true
    fsck(files, keys=KEYS, paths=files.files)
    other = SigningKey(bytes(32), name=KEY.verify_key.name)
    for size, key in ((store.size(), KEY), (store.size() - 1, KEY), (store.size() + 1, KEY), (3, other)):
        files.files["witnessed"] = sign_checkpoint(size, root=digest(1), keys=(key,)).note.encode()
        with pytest.raises(VerificationError, match=r"witnessed|another root"):
            fsck(files, keys=KEYS, paths=files.files)
