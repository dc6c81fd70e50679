"""What every key store keeps: numbers that follow on, order as asked, names written once, and nothing half."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer

from suyuan.adapters.postgres.address import parse_address
from suyuan.adapters.postgres.key_store import PostgresKeyStore
from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.errors import RefusedError, SuyuanError, UnavailableError
from suyuan.hold.ports import MARK, KeyStore
from suyuan.terms import PersonNumber


def sqlite(folder: Path) -> AbstractContextManager[KeyStore]:
    path = folder / "keys.db"
    return SqliteKeyStore(path, access=Access.WRITE if path.exists() else Access.CREATE)


def opening(request: pytest.FixtureRequest, folder: Path) -> Callable[[], AbstractContextManager[KeyStore]]:
    if request.param == "sqlite":
        return lambda: sqlite(folder)
    server: PostgresServer = request.getfixturevalue("postgres")
    address = parse_address(server.url("postgres"), schema=server.new_schema(), what="keys")
    PostgresKeyStore.create(address)
    return lambda: PostgresKeyStore.open(address, writes=True)


@pytest.fixture(params=["sqlite", "postgres"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], KeyStore]]:
    """Open the same store, anew each time it is called."""
    opens = opening(request, tmp_path)
    with ExitStack() as opened:
        yield lambda: opened.enter_context(opens())


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
    if files := b"".join(path.read_bytes() for path in sorted(tmp_path.glob("keys.db*"))):
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


def test_only_what_bears_the_mark_in_force_is_added(store: KeyStore) -> None:
    store.add_persons([b"before"])
    store.put("log", b"before")
    store.rewrite([(MARK, None, b"two:")])
    for add in (lambda: store.add_persons([b"two:a", b"one:b"]), lambda: store.put("side", b"one:c")):
        with pytest.raises(UnavailableError) as refused:
            add()
        assert refused.value.code == "hold.generation"
    assert store.add_persons([b"two:a"]) == 1
    store.put("side", b"two:c")
    store.put("kek/2", b"anything")
    assert store.persons([0, 1]) == [b"before", b"two:a"]


def test_stale_envelopes_are_given_in_order_and_replaced_where_expected(store: KeyStore) -> None:
    store.add_persons([b"old0", b"new1", b"old2", b"old3", b"n"])
    assert store.count_stale(b"new") == 4
    assert store.stale_persons(b"new", after=-1, count=2) == [(0, b"old0"), (2, b"old2")]
    assert store.stale_persons(b"new", after=2, count=9) == [(3, b"old3"), (4, b"n")]
    store.erase(PersonNumber(3))
    changes = [(0, b"old0", b"new0"), (2, b"other", b"new2"), (3, b"old3", b"new3"), (99, b"x", b"new")]
    assert store.rewrap_persons(changes) == 1
    assert store.rewrap_persons([]) == 0
    assert store.persons([0, 1, 2]) == [b"new0", b"new1", b"old2"]
    assert store.erased_among([3]) == {3}


def test_named_values_are_replaced_all_or_none(store: KeyStore) -> None:
    store.put("b", b"old-b")
    store.put("a", b"new-a")
    store.put("ä", b"old-u")
    store.put("kek/1", b"record")
    assert store.stale_secrets(b"new", after="", count=9) == [("b", b"old-b"), ("ä", b"old-u")]
    assert store.stale_secrets(b"new", after="b", count=1) == [("ä", b"old-u")]
    for wrong in (("ä", b"other", b"new"), ("ä", None, b"new"), ("c", b"x", b"new")):
        with pytest.raises(UnavailableError) as refused:
            store.rewrite([("b", b"old-b", b"new-b"), wrong])
        assert refused.value.code == "hold.changed"
    assert store.get("b") == b"old-b"
    store.rewrite([("b", b"old-b", b"new-b"), ("c", None, b"new-c")])
    assert [store.get(name) for name in ("a", "b", "c")] == [b"new-a", b"new-b", b"new-c"]
