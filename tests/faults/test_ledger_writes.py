"""Each outside write of the ledger fails twice, not persisted and persisted; the log verifies and goes on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

import pytest
from tests.ledger_world import KEY, MemoryFiles, MemoryStore, batch, outcome, release, started

from suyuan.errors import UnavailableError
from suyuan.ledger import Log, Row, publish, verify_log

KEYS = [KEY.verify_key]


@dataclass
class FailingStore(MemoryStore):
    """Fails its next append, before or after it is durable."""

    failing: bool = False
    persisted: bool = False

    def append(self, first: int, *, rows: Sequence[Row]) -> None:
        if self.failing and not self.persisted:
            raise UnavailableError("the disk failed")
        super().append(first, rows=rows)
        if self.failing:
            raise UnavailableError("the disk failed")


@dataclass
class FailingFiles(MemoryFiles):
    """Fails at the n-th file, before or after it is written."""

    fail_at: int = -1
    persisted: bool = False
    steps: "count[int]" = field(default_factory=count)

    def _put(self, path: str, data: bytes) -> None:
        fails = next(self.steps) == self.fail_at
        if not fails or self.persisted:
            self.files[path] = data
        if fails:
            raise UnavailableError("the disk failed")

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        for path, data in files:
            self._put(path, data)

    def commit(self, path: str, *, data: bytes) -> None:
        self._put(path, data)


@pytest.mark.parametrize("persisted", [False, True])
def test_a_failed_append_gives_no_receipt_and_harms_nothing(persisted: bool) -> None:
    store = FailingStore(persisted=persisted)
    ledger = started(store)
    ledger.append([release(0)])
    store.failing = True
    with pytest.raises(UnavailableError):
        ledger.append([release(1), outcome(3)])
    store.failing = False
    following = store.opened[1].next
    assert following == (2 if persisted else 1)
    ledger.append([release(following)])
    assert verify_log(ledger).counts["release"] == following + 1


@pytest.mark.parametrize("persisted", [False, True])
def test_a_publication_that_fails_at_any_file_is_taken_up_again(persisted: bool) -> None:
    for fail_at in range(40):
        ledger = started(MemoryStore())
        files = FailingFiles(persisted=persisted)
        ledger.append([release(i) for i in range(240)])
        publish(ledger, files=files, key=KEY)
        files.fail_at, files.steps = fail_at, count()
        ledger.append([release(i) for i in range(240, 300)])
        ledger.append([batch(300, count=300)])
        try:
            publish(ledger, files=files, key=KEY)
        except UnavailableError:
            # What was published before still verifies, or what was being published already does.
            verify_log(ledger, keys=KEYS, files=files)
        else:
            assert fail_at > 8
            return
        files.fail_at = -1
        ledger.append([release(600)])
        publish(ledger, files=files, key=KEY)
        assert verify_log(Log(ledger._store), keys=KEYS, files=files).unpublished == 0
    pytest.fail("a publication wrote more files than this test expects")
