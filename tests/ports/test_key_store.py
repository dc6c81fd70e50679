"""What every key store keeps: numbers that follow on, order as asked, names written once, and nothing half."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.errors import RefusedError, SuyuanError
from suyuan.hold.ports import KeyStore
from suyuan.terms import PersonNumber

Opening = Callable[[Path], AbstractContextManager[KeyStore]]


def sqlite(folder: Path) -> AbstractContextManager[KeyStore]:
    path = folder / "keys.db"
    return SqliteKeyStore(path, access=Access.WRITE if path.exists() else Access.CREATE)


@pytest.fixture(params=[sqlite], ids=["sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], KeyStore]]:
    """Open the same store, anew each time it is called."""
    opening: Opening = request.param
    with ExitStack() as opened:
        yield lambda: opened.enter_context(opening(tmp_path))


@pytest.fixture
def store(reopen: Callable[[], KeyStore]) -> KeyStore:
    return reopen()


def test_persons_are_numbered_from_zero_and_follow_on(store: KeyStore) -> None:
    assert store.add_persons([b"a", b"b"]) == 0
    assert store.add_persons([]) == 2
    assert store.add_persons([b"c"]) == 2
    assert store.persons([2, 0, 1, 0]) == [b"c", b"a", b"b", b"a"]
    assert store.persons([]) == []


def test_many_persons(store: KeyStore) -> None:
    wrapped = [b"%d" % number for number in range(120_000)]
    store.add_persons(wrapped)
    assert store.persons(range(119_999, -1, -1)) == wrapped[::-1]


def test_an_unknown_person_is_refused_by_number(store: KeyStore) -> None:
    store.add_persons([b"a"])
    for number in (1, -1):
        with pytest.raises(RefusedError, match=f"person {number}:") as refused:
            store.persons([0, number])
        assert refused.value.code == "hold.no_secret"


def test_a_name_is_written_once(store: KeyStore) -> None:
    assert store.get("log") is None
    store.put("log", b"sealed bytes")
    with pytest.raises(RefusedError, match="secret log:") as refused:
        store.put("log", b"other bytes")
    assert refused.value.code == "hold.secret_exists"
    assert "bytes" not in str(refused.value)
    assert store.get("log") == b"sealed bytes"


def test_all_is_there_after_opening_again(store: KeyStore, reopen: Callable[[], KeyStore]) -> None:
    store.add_persons([b"a"])
    store.put("log", b"x")
    again = reopen()
    assert again.persons([0]) == [b"a"]
    assert again.get("log") == b"x"
    assert again.add_persons([b"b"]) == 1


class Interrupted(list[bytes]):
    """A sequence whose source fails half-way."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"a"
        raise InterruptedError("half-way")


def test_persons_of_one_call_are_all_or_none(store: KeyStore) -> None:
    with pytest.raises((InterruptedError, SuyuanError)):
        store.add_persons(Interrupted())
    assert store.add_persons([b"b"]) == 0


def test_an_erased_secret_is_gone_and_its_number_is_never_given_again(
    reopen: Callable[[], KeyStore], tmp_path: Path
) -> None:
    store = reopen()
    store.add_persons([b"first" * 9, b"second" * 9, b"third" * 9])
    assert store.erased_among([0, 1, 2, 3, -1]) == frozenset()
    store.erase(PersonNumber(1))
    store.erase(PersonNumber(1))
    # What was never given is not erased: a key store that is too old is told where its secrets are asked for.
    assert store.erased_among([2, 1, 0, 3, -1]) == {1}
    assert store.erased_among(list(range(20_000))) == {1}
    assert store.persons([2, 0]) == [b"third" * 9, b"first" * 9]
    with pytest.raises(RefusedError) as caught:
        store.persons([0, 1])
    assert caught.value.code == "hold.no_secret"
    files = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("keys.db*")))
    assert [secret in files for secret in (b"first" * 9, b"second" * 9, b"third" * 9)] == [True, False, True]
    assert store.add_persons([b"fourth"]) == 3
    assert reopen().erased_among([1, 3]) == {1}


def test_a_discarded_name_is_gone_and_may_be_written_anew(reopen: Callable[[], KeyStore], tmp_path: Path) -> None:
    store = reopen()
    store.put("vrf", b"\x5a" * 60)
    store.put("log", b"stays")
    assert store.discard("vrf")
    assert not store.discard("vrf")
    assert store.get("vrf") is None
    assert reopen().get("log") == b"stays"
    assert b"\x5a" * 60 not in b"".join(path.read_bytes() for path in tmp_path.glob("keys.db*"))
    store.put("vrf", b"new")
    assert store.get("vrf") == b"new"
